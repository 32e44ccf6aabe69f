// SPDX-License-Identifier: MIT
#include <ciess/ranking/detail/packed_panels.hpp>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/embedding/packed_table.hpp>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("packed_panels holds every item of a chunk once, the largest first", "[ranking]",
                   float, ciess::bfloat16, ciess::float16, std::int8_t, ciess::bits<4>,
                   ciess::bits<3>, ciess::bits<2>) {
  const int columns = GENERATE(1, 20, 260);
  std::vector<int> all(300);
  for (std::size_t r = 0; r < all.size(); ++r) all[r] = 1 + static_cast<int>(r * r * 7) % columns;
  ciess::masked_table table(ciess::sizes(std::span<const int>(all), ciess::size_range{1, columns}));
  table.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(1, ciess::purpose::user));
  const auto packed = ciess::pack<TestType>(table);
  const ciess::matrix dense = packed.view().dense();

  ciess::detail::packed_panels<TestType> panels(columns, {{}, 300});
  REQUIRE(panels.capacity() >= 250);
  for (const auto& [first, last] :
       {std::pair<ciess::index_t, ciess::index_t>{0, 250}, {250, 300}, {64, 128}, {5, 5}}) {
    panels.load(packed.view(), first, last);
    REQUIRE(panels.items() == last - first);
    REQUIRE(panels.count() == (last - first + 31) / 32);
    std::vector<int> found(static_cast<std::size_t>(last - first), 0);
    int wrong = 0;
    for (ciess::index_t p = 0; p < panels.count() * 32; ++p) {
      const float* const panel = panels[p / 32];
      const ciess::index_t kept = panels.columns(p / 32);
      const bool there = p < panels.items();
      wrong += (panels.present(p / 32) >> (p % 32) & 1U) != (there ? 1U : 0U);
      if (!there) continue;
      const auto item = panels.item(p);
      ++found[static_cast<std::size_t>(item - first)];
      wrong += panels.position(item) != p;
      wrong += p > 0 && packed.view().size(item) > packed.view().size(panels.item(p - 1));
      wrong += packed.view().size(panels.item(p / 32 * 32)) != kept;
      for (ciess::index_t c = 0; c < kept; ++c) wrong += panel[c * 32 + p % 32] != dense(item, c);
    }
    CHECK(wrong == 0);
    CHECK(found == std::vector<int>(found.size(), 1));
  }
}

TEST_CASE("packed_panels holds chosen items with what their rows are multiplied by", "[ranking]") {
  const std::vector<int> all(90, 3);
  ciess::masked_table table(ciess::sizes(std::span<const int>(all), ciess::size_range{1, 3}));
  table.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(1, ciess::purpose::user));
  const auto packed = ciess::pack(table);
  const std::vector<ciess::row_id> among{2, 3, 40, 88, 89};
  std::vector<float> factors(90, 2.0F);
  factors[88] = -4.0F;
  ciess::detail::packed_panels<float> panels(3, {{among, factors}, 90});
  panels.load(packed.view(), 1, 4);
  REQUIRE(panels.items() == 3);
  for (ciess::index_t p = 0; p < 3; ++p) {
    const auto item = panels.item(p);
    CHECK(item == among[static_cast<std::size_t>(p + 1)]);
    CHECK(panels.position(item) == p);
    for (ciess::index_t c = 0; c < 3; ++c)
      CHECK(panels[0][c * 32 + p] == packed.view()[item][c] * (item == 88 ? -4.0F : 2.0F));
  }
  for (const ciess::row_id other : {0, 2, 4, 87, 89}) CHECK(panels.position(other) == -1);
}
