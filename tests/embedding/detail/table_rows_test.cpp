// SPDX-License-Identifier: MIT
#include <ciess/embedding/detail/table_rows.hpp>

#include <span>
#include <vector>

#include "support/catch.hpp"

namespace {

/// Counts 1, 2, 3, ... from what the engine says first.
struct counts {
  void operator()(ciess::random_engine& engine, std::span<double> row) const {
    double next = static_cast<double>(engine());
    for (double& x : row) x = next++;
  }
};

}  // namespace

TEST_CASE("what a row gains is the end of what it would have been drawn with", "[embedding]") {
  const ciess::random_stream stream(1, ciess::purpose::user);
  std::vector<double> whole(7);
  ciess::detail::draw_row(counts{}, stream, 5, std::span(whole));
  std::vector<double> gained(3);
  std::vector<double> buffer;
  ciess::detail::draw_gained(counts{}, stream, 5, 7, std::span(gained), buffer);
  CHECK(gained == std::vector(whole.begin() + 4, whole.end()));
  std::vector<double> other(7);
  ciess::detail::draw_row(counts{}, stream, 6, std::span(other));
  CHECK(other != whole);
}

TEST_CASE("sizes of another table, and axes that a row has not, are named", "[embedding]") {
  const ciess::sizes kept(std::vector<int>{3, 2}, {1, 3});
  CHECK(ciess::detail::largest_size(kept) == 3);
  CHECK(ciess::detail::largest_size(ciess::sizes(0, {1, 3})) == 0);
  CHECK_NOTHROW(ciess::detail::check_same_table("it", kept, ciess::sizes(2, {1, 3})));
  CHECK_THROWS_WITH(ciess::detail::check_same_table("it", kept, ciess::sizes(3, {1, 3})),
                    ContainsSubstring("it: 2 rows with sizes in [1, 3], got 3"));
  using axes = ciess::basic_matrix<double>;
  CHECK_NOTHROW(ciess::detail::check_axes("it", axes::Identity(2, 2), kept));
  CHECK_THROWS_WITH(
      ciess::detail::check_axes("it", axes::Identity(3, 3), kept),
      ContainsSubstring("it: axes of 3 columns") && ContainsSubstring("row 1 keeps 2"));
  CHECK_THROWS_WITH(ciess::detail::check_axes("it", axes::Identity(4, 4), kept),
                    ContainsSubstring("at most [3, 3], got [4, 4]"));
  std::vector<double> turned;
  double row[3] = {1, 2, 9};
  axes swap(2, 2);
  swap << 0, 1, 3, 0;
  ciess::detail::turn_row<double>(swap, row, turned);
  CHECK((row[0] == 6 && row[1] == 1 && row[2] == 9));
}
