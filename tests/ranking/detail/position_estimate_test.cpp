// SPDX-License-Identifier: MIT
#include <ciess/ranking/detail/position_estimate.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include <ciess/core/random.hpp>

#include "support/catch.hpp"

namespace {

using ciess::index_t;
using ciess::detail::position_estimate;

constexpr index_t population = 2000;
constexpr index_t drawn = 100;

/// Positions of a known law: many are near the top, but nobody is among the first six.
index_t position(ciess::random_engine& engine) {
  const double u = (static_cast<double>(engine()) + 0.5) / 4294967296.0;
  return static_cast<index_t>(std::pow(static_cast<double>(population) - 6, u * u)) + 5;
}

/// How many of `drawn` of `population` things are among the first `marked`, drawn one by one.
index_t before(ciess::random_engine& engine, index_t marked) {
  index_t hits = 0;
  for (index_t d = 0; d < drawn; ++d) {
    const auto left = static_cast<std::uint32_t>(population - d);
    hits += static_cast<index_t>(ciess::bounded(engine, left)) < marked - hits ? 1 : 0;
  }
  return hits;
}

double below(const std::vector<double>& chances, const position_estimate& of, index_t bound) {
  double sum = 0;
  for (std::size_t b = 0; b < chances.size() && of.positions()[b] < bound; ++b) sum += chances[b];
  return sum;
}

}  // namespace

TEST_CASE("log_factorial is that of the gamma function", "[ranking]") {
  CHECK(ciess::detail::log_factorial(0) == 0.0);
  CHECK(ciess::detail::log_factorial(1) == 0.0);
  for (const index_t n : {2, 20, 63, 64, 65, 1000, 10'000'000}) {
    const double expected = std::lgamma(static_cast<double>(n) + 1);
    // A few roundings of a double.
    CHECK(std::abs(ciess::detail::log_factorial(n) - expected) <= 4e-15 * expected);
  }
}

TEST_CASE("log_hypergeometric counts what can be drawn", "[ranking]") {
  const auto chance = [](index_t hits, index_t n, index_t marked, index_t taken) {
    return std::exp(ciess::detail::log_hypergeometric(hits, n, marked, taken));
  };
  CHECK(chance(1, 4, 2, 2) == Approx(4.0 / 6));
  CHECK(chance(0, 4, 2, 2) == Approx(1.0 / 6));
  CHECK(chance(2, 4, 3, 3) == Approx(3.0 / 4));
  CHECK(chance(1, 4, 3, 3) == 0);  // two others there are not
  CHECK(chance(3, 4, 2, 3) == 0);
  CHECK(chance(-1, 4, 2, 3) == 0);
  CHECK(chance(4, 9, 5, 3) == 0);
  for (const index_t marked : {0, 1, 70, 1999, 2000}) {
    double sum = 0;
    double mean = 0;
    for (index_t x = 0; x <= drawn; ++x) {
      sum += chance(x, population, marked, drawn);
      mean += static_cast<double>(x) * chance(x, population, marked, drawn);
    }
    CHECK(sum == Approx(1).epsilon(1e-11));
    CHECK(mean == Approx(static_cast<double>(drawn * marked) / population).epsilon(1e-10));
  }
}

TEST_CASE("positions are single at the top, and groups have all others", "[ranking]") {
  const position_estimate of(100'000, 64);
  const auto at = of.positions();
  for (std::size_t b = 0; b < 64; ++b) CHECK(at[b] == static_cast<index_t>(b));
  CHECK(std::ranges::is_sorted(at));
  CHECK(at.back() <= 100'000);
  CHECK(at.back() > 95'000);
  CHECK(at.size() < 250);
  CHECK(std::accumulate(of.prior().begin(), of.prior().end(), 0.0) == Approx(1));
  // Even a table of which all are drawn.
  CHECK(position_estimate(3, 20).positions().size() == 4);
}

TEST_CASE("a few known positions tell what draws cannot", "[ranking]") {
  constexpr int users = 20'000;
  const bool with_few = GENERATE(true, false);
  position_estimate of(population, 20);
  const ciess::random_stream stream(5, ciess::purpose::user);
  double true_at_top = 0;
  double true_in_list = 0;
  std::vector<index_t> saw;
  for (int u = 0; u < users; ++u) {
    auto engine = stream.at(0, static_cast<std::uint64_t>(u));
    const index_t p = position(engine);
    const index_t x = before(engine, p);
    true_at_top += p < 3 ? 1.0 / users : 0;
    true_in_list += p < 100 ? 1.0 / users : 0;
    if (with_few && u % 10 == 0) {
      if (p < 20)
        of.add_exact(p, 1);
      else
        of.add_of_few({x, population, drawn, 20}, 1);
    } else {
      of.add({x, population, drawn}, 1);
      saw.push_back(x);
    }
  }
  of.fit();
  double at_top = 0;
  double in_list = 0;
  for (const index_t x : saw) {
    const auto chances = of.posterior({x, population, drawn});
    at_top += below(chances, of, 3) / static_cast<double>(saw.size());
    in_list += below(chances, of, 100) / static_cast<double>(saw.size());
  }
  // One of 20 draws is before position 20: nothing tells 3 from 10 but the few. The 2,000 of them
  // tell a share of a half to 0.011, one deviation; three of them are allowed.
  CHECK(std::abs(in_list - true_in_list) < 0.033);
  if (with_few) CHECK(std::abs(at_top - true_at_top) < 0.033);
  if (!with_few) CHECK(std::abs(at_top - true_at_top) > 0.05);
}

TEST_CASE("who saw more before them is farther behind", "[ranking]") {
  position_estimate of(population, 20);
  for (index_t x = 0; x < 50; ++x) of.add({x, population, drawn}, 1);
  of.fit();
  double last = 2;
  for (index_t x = 0; x <= drawn; ++x) {
    const auto chances = of.posterior({x, population, drawn});
    CHECK(std::accumulate(chances.begin(), chances.end(), 0.0) == Approx(1));
    const double top = below(chances, of, 200);
    CHECK(top <= last + 1e-12);
    last = top;
  }
  // Numbers of one's own: all but one were drawn and none is before it.
  CHECK(below(of.posterior({0, 10, 9}), of, 2) == Approx(1));
}

TEST_CASE("whatever can be told has a position, and nothing told leaves the prior", "[ranking]") {
  position_estimate of(150, 20);
  of.fit();
  CHECK(std::accumulate(of.prior().begin(), of.prior().end(), 0.0) == Approx(1));
  // One of 151 was not drawn: at most one more than those seen is before it.
  for (index_t x = 0; x <= 149; ++x) {
    const auto chances = of.posterior({x, 150, 149});
    CHECK(std::accumulate(chances.begin(), chances.end(), 0.0) == Approx(1));
    for (std::size_t b = 0; b < chances.size(); ++b)
      if (chances[b] > 0) CHECK(std::abs(of.positions()[b] - x) <= 4);  // half a group's width
  }
  // Of half as many others the same sight means half the place.
  const auto far = of.posterior({10, 150, 20});
  const auto near = of.posterior({10, 40, 20});
  CHECK(below(near, of, 30) > 0.99);
  CHECK(below(far, of, 40) < 0.2);
}
