// SPDX-License-Identifier: MIT
#include <ciess/embedding/unpack_ragged.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>

#include <ciess/core/threads.hpp>
#include <ciess/embedding/packed_table.hpp>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("a packed table becomes a ragged one that trains", "[embedding][threads]", float,
                   ciess::bfloat16, std::int8_t, ciess::bits<4>) {
  const ciess::sizes sizes(5'000, {1, 9},
                           [](ciess::index_t r) { return 1 + static_cast<int>(r * r % 9); });
  ciess::ragged_table table(sizes);
  table.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(1, ciess::purpose::user));
  const auto packed = ciess::pack<TestType>(table);
  const ciess::threads pool(2);
  const auto again = ciess::unpack_ragged(packed.view(), 1);
  const auto dense = packed.view().unpack();
  CHECK(again.beside() == 1);
  CHECK(again.row_sizes() == sizes);
  for (ciess::index_t r = 0; r < 5'000; ++r) {
    REQUIRE(std::ranges::equal(again[r], dense[r]));
    REQUIRE(again.stretch(r).back() == 0);
  }
  if constexpr (std::same_as<TestType, float>)
    for (ciess::index_t r = 0; r < 5'000; ++r) REQUIRE(std::ranges::equal(again[r], table[r]));
  CHECK(ciess::unpack_ragged(ciess::packed_view<TestType>{}).rows() == 0);
}

TEMPLATE_TEST_CASE("rows of wide sizes become ragged ones", "[embedding]", float, ciess::bfloat16,
                   std::int8_t, ciess::bits<4>) {
  // Sizes that need 16 bits when they are packed, up to the largest signed one.
  const ciess::sizes sizes(11, {1, 32'767}, [](ciess::index_t r) {
    return r % 4 == 0 ? 32'767 : 1 + 300 * static_cast<int>(r);
  });
  ciess::ragged_table table(sizes);
  table.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(1, ciess::purpose::user));
  const auto packed = ciess::pack<TestType>(table);
  const auto again = ciess::unpack_ragged(packed.view(), 2);
  const auto dense = packed.view().unpack();
  CHECK(again.row_sizes() == sizes);
  for (ciess::index_t r = 0; r < 11; ++r) {
    REQUIRE(std::ranges::equal(again[r], dense[r]));
    REQUIRE(again.stretch(r).size() == 3 * again[r].size());
    REQUIRE(again.stretch(r).back() == 0);
  }
  if constexpr (std::same_as<TestType, float>)
    for (ciess::index_t r = 0; r < 11; ++r) REQUIRE(std::ranges::equal(again[r], table[r]));
}
