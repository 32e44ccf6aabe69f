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
                   ciess::bits<2>) {
  const int columns = GENERATE(1, 20, 260);
  std::vector<int> all(300);
  for (std::size_t r = 0; r < all.size(); ++r) all[r] = 1 + static_cast<int>(r * r * 7) % columns;
  ciess::masked_table table(ciess::sizes(std::span<const int>(all), ciess::size_range{1, columns}));
  table.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(1, ciess::purpose::user));
  const auto packed = ciess::pack<TestType>(table);
  const ciess::matrix dense = packed.view().dense();

  ciess::detail::packed_panels<TestType> panels(columns);
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
