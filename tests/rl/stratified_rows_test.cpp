// SPDX-License-Identifier: MIT
#include <ciess/rl/stratified_rows.hpp>
// its own header first
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"

namespace {

using ciess::index_t;

const ciess::random_stream stream(5, ciess::purpose::replay);

std::vector<index_t> drawn(std::uint64_t step, index_t rows, index_t wanted) {
  std::vector<index_t> out(static_cast<std::size_t>(wanted), -1);
  ciess::stratified_rows(stream, step, rows, out);
  return out;
}

}  // namespace

TEST_CASE("stratified_rows are different rows of the table, one of each run", "[rl]") {
  for (const auto& [rows, wanted] : std::vector<std::pair<index_t, index_t>>{
           {1, 1}, {10, 3}, {10, 9}, {1000, 7}, {1000, 999}, {100'000, 41'943}})
    for (std::uint64_t step = 0; step < 20; ++step) {
      CAPTURE(rows, wanted, step);
      const auto got = drawn(step, rows, wanted);
      CHECK(std::ranges::all_of(got, [r = rows](index_t x) { return x >= 0 && x < r; }));
      CHECK(std::set<index_t>(got.begin(), got.end()).size() == got.size());
      // Rising around the ring: they begin again from below once at most, and from there to the
      // next is no longer a way than two runs.
      int falls = 0;
      index_t longest = 0;
      for (std::size_t i = 0; i < got.size(); ++i) {
        const index_t next = got[(i + 1) % got.size()];
        falls += next <= got[i] ? 1 : 0;
        const index_t way = next > got[i] ? next - got[i] : next + rows - got[i];
        longest = std::max(longest, way);
      }
      CHECK(longest <= 2 * ((rows + wanted - 1) / wanted));
      CHECK(falls == 1);
    }
}

TEST_CASE("stratified_rows: each row is as likely as any other, at runs of two lengths", "[rl]") {
  constexpr index_t rows = 25;  // of 10: five runs of three rows, five of two
  constexpr index_t wanted = 10;
  constexpr int steps = 40'000;
  std::vector<double> count(rows);
  for (int step = 0; step < steps; ++step)
    for (const index_t r : drawn(static_cast<std::uint64_t>(step), rows, wanted))
      ++count[static_cast<std::size_t>(r)];
  // Of independent draws the statistic would have mean 24 and variance 48; draws without
  // replacement vary less. A row in a run of two for ever would have half more than one in three.
  const double mean = double{steps} * wanted / rows;
  double statistic = 0;
  for (const double c : count) statistic += (c - mean) * (c - mean) / mean;
  CHECK(statistic < 24 + 4 * std::sqrt(48.0));
}

TEST_CASE("stratified_rows: all rows that are wanted come in order", "[rl]") {
  std::vector<index_t> all(100);
  std::iota(all.begin(), all.end(), 0);
  CHECK(drawn(3, 100, 100) == all);
  CHECK(drawn(3, 100, 0).empty());
  CHECK(drawn(3, 0, 0).empty());
}

TEST_CASE("stratified_rows are addressed, not drawn in order", "[rl][threads]") {
  const auto one = drawn(7, 1'000'000, 20'000);
  CHECK(drawn(8, 1'000'000, 20'000) != one);
  const ciess::threads pool{2};
  CHECK(drawn(7, 1'000'000, 20'000) == one);
}

TEST_CASE("stratified_rows of a table beyond 32 bits", "[rl]") {
  constexpr index_t rows = std::numeric_limits<index_t>::max();
  const auto got = drawn(1, rows, 1000);
  CHECK(std::ranges::all_of(got, [](index_t r) { return r >= 0; }));
  CHECK(std::set<index_t>(got.begin(), got.end()).size() == got.size());
  CHECK(*std::ranges::max_element(got) > rows - rows / 500);
}

TEST_CASE("stratified_rows refuses more rows than there are", "[rl]") {
  std::vector<index_t> out(4, -1);
  CHECK_THROWS_WITH(ciess::stratified_rows(stream, 0, 3, out),
                    ContainsSubstring("4 rows wanted of 3"));
  CHECK(out == std::vector<index_t>(4, -1));
}
