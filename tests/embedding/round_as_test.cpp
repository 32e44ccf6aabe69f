// SPDX-License-Identifier: MIT
#include <ciess/embedding/round_as.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/embedding/packed_table.hpp>

#include "support/catch.hpp"

namespace {

ciess::masked_table random_table() {
  ciess::masked_table table(
      ciess::sizes(900, {1, 40}, [](ciess::index_t r) { return 1 + static_cast<int>(r % 40); }));
  table.draw(ciess::normal_rows{0.3}, ciess::random_stream(5, ciess::purpose::user));
  return table;
}

}  // namespace

TEST_CASE("a table that is rounded is what packing and unpacking make of it", "[embedding]") {
  const ciess::masked_table exact = random_table();
  for (const auto format : ciess::number_formats) {
    auto rounded = exact;
    ciess::round_as(rounded, format);
    const ciess::matrix expected =
        ciess::with_number(format, [&]<class N>() { return ciess::pack<N>(exact).view().dense(); });
    CHECK(rounded.values() == expected);
    CHECK(rounded.row_sizes() == exact.row_sizes());
    CHECK((rounded.values() == exact.values()) == (format == ciess::number_format::float32));

    // Doubles that are floats are rounded to the same.
    ciess::basic_masked_table<double> wide(exact.row_sizes(), exact.values().cast<double>());
    ciess::round_as(wide, format);
    CHECK(wide.values() == expected.cast<double>());

    const ciess::threads pool{2};
    auto parallel = exact;
    ciess::round_as(parallel, format);
    CHECK(parallel.values() == expected);
  }
}

TEST_CASE("a number that cannot be stored leaves the table as it was", "[embedding]") {
  ciess::masked_table table = random_table();
  table[7][0] = 1e6F;
  const ciess::matrix before = table.values();
  CHECK_THROWS_WITH(ciess::round_as(table, ciess::number_format::float16),
                    ContainsSubstring("row 7, column 0"));
  CHECK(table.values() == before);
}
