// SPDX-License-Identifier: MIT
#include <ciess/search/budget/bytes.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/simple.hpp>

#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::assignment;
using ciess::budget;
using ciess::number_format;

const std::vector<ciess::table_shape> shapes{{200, {1, 20}}, {70, {2, 20}}};

/// Unequal sizes that add up to the budget.
assignment drawn_sizes(budget limit) {
  return ciess::project(shapes, ciess::random_proposal(shapes, 3), limit);
}

}  // namespace

TEST_CASE("bytes of an assignment are those of its packed tables", "[search]") {
  const assignment a = drawn_sizes({1500});
  for (const auto format : ciess::number_formats) {
    const auto packed = ciess::with_number(format, [&]<class N>() {
      return ciess::pack<N>(ciess::masked_table(a[0])).view().memory().total() +
             ciess::pack<N>(ciess::masked_table(a[1])).view().memory().total();
    });
    CHECK(ciess::packed_bytes(a, format) == packed);
  }
}

TEST_CASE("sizes that fit into bytes use them up", "[search]") {
  for (const auto format : ciess::number_formats) {
    const std::int64_t all = ciess::packed_bytes(assignment(shapes), format);
    const std::int64_t least = ciess::packed_bytes(drawn_sizes({200 + 140}), format);
    for (std::int64_t bytes = least; bytes <= all + 9; bytes += 97) {
      const assignment a = ciess::sizes_in_bytes(shapes, format, bytes, drawn_sizes);
      const std::int64_t used = ciess::packed_bytes(a, format);
      CHECK(used <= bytes);
      if (bytes >= all) {
        CHECK(a == assignment(shapes));
        continue;
      }
      // One number more would not fit. With several in a byte rounding up of rows goes up and
      // down with the budget, by a few of 270 rows.
      if (format < number_format::four_bits)
        CHECK(ciess::packed_bytes(drawn_sizes({a.total() + 1}), format) > bytes);
      else
        CHECK(used >= bytes - 8);
    }
    CHECK_THROWS_WITH(ciess::sizes_in_bytes(shapes, format, least - 1, drawn_sizes),
                      ciess::joined("sizes_in_bytes: ", least - 1,
                                    " bytes do not hold the smallest sizes, which take ", least));
  }
}

TEST_CASE("without rows nothing but an index is needed", "[search]") {
  const std::vector<ciess::table_shape> none{{0, {1, 4}}};
  const auto make = [&](budget) { return assignment(none); };
  const assignment a = ciess::sizes_in_bytes(none, number_format::four_bits, 8, make);
  CHECK(ciess::packed_bytes(a, number_format::four_bits) == 8);
}
