// SPDX-License-Identifier: MIT
#include <ciess/nn/dropout.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("dropout leaves out its share and keeps the expectation", "[nn]") {
  const double rate = GENERATE(0.0, 0.1, 0.5, 0.9);
  const ciess::dropout drop(rate);
  CHECK(drop.active() == (rate > 0));
  auto engine = ciess::random_stream(1, ciess::purpose::dropout).at(0);
  const std::size_t n = 100'001;  // odd: the last number takes half a word
  std::vector<double> row(n, 1.0);
  drop(engine, std::span(row));
  double sum = 0;
  std::size_t out = 0;
  for (const double x : row) {
    CHECK_FALSE((x != 0 && x != drop.scale<double>()));
    sum += x;
    out += x == 0 ? 1 : 0;
  }
  const double deviation = std::sqrt(rate * (1 - rate) / static_cast<double>(n));
  CHECK(std::abs(static_cast<double>(out) / static_cast<double>(n) - rate) <= 5 * deviation + 1e-5);
  CHECK(std::abs(sum / static_cast<double>(n) - 1) <= 5 * deviation / (1 - rate) + 1e-4);
  CHECK(drop.scale<double>() == Approx(1 / (1 - rate)).epsilon(1e-3));
}

TEST_CASE("the two choices of a word are independent", "[nn]") {
  const ciess::dropout drop(0.25);
  auto engine = ciess::random_stream(2, ciess::purpose::dropout).at(0);
  const int n = 100'000;
  int both = 0;
  for (int i = 0; i < n; ++i) {
    const auto word = engine();
    both += !drop.keeps_low(word) && !drop.keeps_high(word) ? 1 : 0;
  }
  CHECK(std::abs(static_cast<double>(both) / n - 0.0625) < 5 * std::sqrt(0.0625 * 0.9375 / n));
}

TEST_CASE("dropout refuses what is no share", "[nn]") {
  CHECK_THROWS_AS(ciess::dropout(-0.1), ciess::argument_error);
  CHECK_THROWS_AS(ciess::dropout(1.0), ciess::argument_error);
  CHECK_THROWS_AS(ciess::dropout(0.9999999), ciess::argument_error);  // rounds to 1
  CHECK_THROWS_AS(ciess::dropout(std::numeric_limits<double>::quiet_NaN()), ciess::argument_error);
}
