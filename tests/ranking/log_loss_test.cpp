// SPDX-License-Identifier: MIT
#include <ciess/ranking/log_loss.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("a log-likelihood is stable for log odds of any size", "[ranking]") {
  using ciess::log_likelihood;
  CHECK(log_likelihood(0, true) == Approx(-std::log(2.0)));
  CHECK(log_likelihood(0, false) == Approx(-std::log(2.0)));
  CHECK(log_likelihood(2, true) == Approx(std::log(1 / (1 + std::exp(-2.0)))));
  CHECK(log_likelihood(2, false) == Approx(std::log(1 / (1 + std::exp(2.0)))));
  CHECK(log_likelihood(-2, true) == log_likelihood(2, false));
  // What is nearly certain keeps its digits, what is nearly impossible does not overflow.
  CHECK(log_likelihood(50, true) == Approx(-std::exp(-50.0)).epsilon(1e-12));
  CHECK(log_likelihood(1000, false) == -1000);
  constexpr float most = std::numeric_limits<float>::max();
  CHECK(log_likelihood(most, true) == 0);
  CHECK(log_likelihood(-most, true) == -double{most});
}

TEST_CASE("a log-loss is the mean of all impressions", "[ranking]") {
  const std::size_t n = 50'000;
  auto engine = ciess::random_stream(1, ciess::purpose::user).at(0);
  std::vector<float> log_odds;
  std::vector<std::uint8_t> labels;
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    log_odds.push_back(3 * ciess::normal(engine));
    labels.push_back(ciess::uniform01(engine) < 0.3F ? 1 : 0);
    const double p = 1 / (1 + std::exp(-double{log_odds[i]}));
    sum -= std::log(labels[i] ? p : 1 - p);
  }
  const double one = ciess::log_loss(log_odds, labels);
  CHECK(one == Approx(sum / double{n}).epsilon(1e-12));
  const ciess::threads pool{3};
  CHECK(ciess::log_loss(log_odds, labels) == one);
}

TEST_CASE("a log-loss refuses what has none", "[ranking]") {
  const std::vector<float> odds{1, 2};
  const std::vector<float> bad{1, std::numeric_limits<float>::infinity()};
  const std::vector<std::uint8_t> labels{1, 1}, other{0, 7}, fewer{1};
  CHECK(ciess::log_loss(odds, labels) > 0);  // labels may be all alike
  CHECK_THROWS_AS(ciess::log_loss(odds, fewer), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::log_loss(bad, labels), ContainsSubstring("impression 1 are inf"));
  CHECK_THROWS_AS(ciess::log_loss(bad, labels), ciess::numeric_error);
  CHECK_THROWS_WITH(ciess::log_loss(odds, other), ContainsSubstring("to be 0 or 1, got 7"));
  CHECK_THROWS_WITH(ciess::log_loss({}, {}), ContainsSubstring("no impressions"));
}
