// SPDX-License-Identifier: MIT
#include <ciess/rl/random_walk.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"

namespace {

const ciess::random_stream stream(11, ciess::purpose::walk);

ciess::candidate_matrix walked(const ciess::random_walk& walk, const std::vector<int>& proto,
                               ciess::size_range range, std::uint64_t step = 0) {
  ciess::candidate_matrix out(static_cast<ciess::index_t>(proto.size()), walk.candidates());
  walk.explore(proto, range, stream, step, out);
  return out;
}

/// P(next = y | x), from the law as it is written.
double law(int x, int y, int threshold, ciess::size_range range) {
  double sum = 0;
  for (int z = range.min; z <= range.max; ++z)
    if (z != x && std::abs(x - z) <= threshold) sum += 1.0 / std::abs(x - z);
  return y != x && range.contains(y) && std::abs(x - y) <= threshold ? 1.0 / std::abs(x - y) / sum
                                                                     : 0.0;
}

/// Pearson's statistic of the moves from x, in standard deviations above its mean.
double excess(const std::map<int, double>& moves, int x, int threshold, ciess::size_range range) {
  double total = 0;
  for (const auto& [y, count] : moves) total += count;
  double statistic = 0;
  int classes = 0;
  for (int y = range.min; y <= range.max; ++y) {
    const double expected = total * law(x, y, threshold, range);
    const auto found = moves.find(y);
    const double got = found == moves.end() ? 0 : found->second;
    if (expected == 0) {
      if (got > 0) return 1e9;
      continue;
    }
    statistic += (got - expected) * (got - expected) / expected;
    ++classes;
  }
  const double freedom = std::max(1, classes - 1);
  return (statistic - freedom) / std::sqrt(2 * freedom);
}

}  // namespace

TEST_CASE("random_walk moves by the law, in the middle and at the ends", "[rl]") {
  const ciess::size_range range{3, 30};
  const int x = GENERATE(3, 4, 6, 16, 26, 29, 30);
  const ciess::random_walk one({.steps = 1});
  const std::vector<int> proto(20000, x);
  const auto out = walked(one, proto, range);
  std::map<int, double> moves;
  for (ciess::index_t r = 0; r < out.rows(); ++r) ++moves[out(r, 1)];
  CHECK(excess(moves, x, 5, range) < 4);
  CHECK(moves.size() == static_cast<std::size_t>(std::min(5, x - 3) + std::min(5, 30 - x)));
}

TEST_CASE("random_walk moves by the law at every step", "[rl]") {
  const ciess::size_range range{1, 8};  // narrower than the reach to both sides
  const int threshold = GENERATE(1, 3, 20);
  const ciess::random_walk walk({.steps = 4, .threshold = threshold});
  const std::vector<int> proto(8000, 4);
  const auto out = walked(walk, proto, range);
  CHECK(out.col(0) == ciess::candidate_matrix::Constant(8000, 1, 4));
  for (ciess::index_t s = 1; s < 4; ++s) {
    std::map<int, std::map<int, double>> moves;
    for (ciess::index_t r = 0; r < out.rows(); ++r) ++moves[out(r, s)][out(r, s + 1)];
    for (const auto& [x, to] : moves) {
      double count = 0;
      for (const auto& [y, c] : to) count += c;
      if (count > 300) CHECK(excess(to, x, threshold, range) < 4);
    }
  }
}

TEST_CASE("random_walk is addressed by step and row", "[rl]") {
  const ciess::random_walk walk;
  CHECK(walk.candidates() == 6);
  const std::vector<int> proto(5000, 64);
  const auto a = walked(walk, proto, {}, 1);
  CHECK(a != walked(walk, proto, {}, 2));
  CHECK(a.row(0) != a.row(1));
  const std::vector<int> fewer(10, 64);
  CHECK(walked(walk, fewer, {}, 1) == a.topRows(10));
  const ciess::threads pool{2};
  CHECK(walked(walk, proto, {}, 1) == a);
}

TEST_CASE("random_walk stays put where there is no other size", "[rl]") {
  const auto out = walked(ciess::random_walk{}, {9, 9}, {9, 9});
  CHECK(out == ciess::candidate_matrix::Constant(2, 6, 9));
}

TEST_CASE("random_walk refuses what does not fit", "[rl]") {
  CHECK_THROWS_AS(ciess::random_walk({.steps = 0}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::random_walk({.threshold = 0}), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::random_walk({.threshold = 65536}), ContainsSubstring("65536"));
  CHECK_THROWS_AS(walked(ciess::random_walk{}, {0}, {}), ciess::argument_error);
  ciess::candidate_matrix narrow(1, 5);
  CHECK_THROWS_AS(ciess::random_walk{}.explore(std::vector<int>{4}, {}, stream, 0, narrow),
                  ciess::argument_error);
}
