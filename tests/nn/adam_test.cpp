// SPDX-License-Identifier: MIT
#include <ciess/nn/adam.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"

namespace {

/// The published algorithm, number by number.
struct plain_adam {
  std::vector<double> m, v;
  int t = 0;
  void step(std::vector<double>& w, const std::vector<double>& g, double rate) {
    ++t;
    for (std::size_t i = 0; i < w.size(); ++i) {
      m[i] = 0.9 * m[i] + 0.1 * g[i];
      v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
      const double a = m[i] / (1 - std::pow(0.9, t));
      const double b = v[i] / (1 - std::pow(0.999, t));
      w[i] -= rate * a / (std::sqrt(b) + 1e-8);
    }
  }
};

}  // namespace

TEMPLATE_TEST_CASE("adam agrees with the published algorithm", "[nn]", float, double) {
  const std::size_t n = 2500;  // more than two pieces, the last one cut
  std::vector<double> w(n, 1.0);
  std::vector<double> g(n);
  plain_adam plain{std::vector<double>(n), std::vector<double>(n)};
  std::vector<TestType> weights(n, TestType{1});
  std::vector<TestType> gradient(n);
  ciess::adam_moments<TestType> moments(n);
  for (int t = 1; t <= 20; ++t) {
    for (std::size_t i = 0; i < n; ++i) {
      g[i] = i % 5 == 0 ? 0 : std::sin(static_cast<double>(i) + 0.3 * t);
      gradient[i] = static_cast<TestType>(g[i]);
    }
    plain.step(w, g, 0.01);
    const ciess::adam_step<TestType> step(ciess::adam{}, 0.01, t);
    moments.update(step, weights, gradient);
  }
  for (std::size_t i = 0; i < n; ++i) {
    const double tolerance = sizeof(TestType) == 4 ? 2e-6 : 1e-12;
    REQUIRE(std::abs(static_cast<double>(weights[i]) - w[i]) < tolerance);
  }
  CHECK(weights[0] == 1);  // no gradient, no move
}

TEST_CASE("adam's first step has the length of the rate", "[nn]") {
  std::vector<double> w{0, 0};
  const std::vector<double> g{1e-3, -50};
  ciess::adam_moments<double> moments(2);
  moments.update(ciess::adam_step<double>(ciess::adam{}, 0.1, 1), w, g);
  CHECK(w[0] == Approx(-0.1).epsilon(1e-4));
  CHECK(w[1] == Approx(0.1));
  moments.reset();
  CHECK(moments.m == std::vector<double>{0, 0});
  CHECK(moments.v == std::vector<double>{0, 0});
}

TEST_CASE("adam gives the same bytes wherever a number lies", "[nn]") {
  const std::size_t n = 700;
  const auto run = [&](std::size_t offset, std::size_t piece) {
    std::vector<float> w(n + offset, 1.0F), g(n + offset), m(n + offset), v(n + offset);
    for (std::size_t i = 0; i < n; ++i) g[i + offset] = std::sin(0.37F * static_cast<float>(i));
    for (std::int64_t t = 1; t <= 5; ++t) {
      const ciess::adam_step<float> step(ciess::adam{}, 0.01, t);
      for (std::size_t i = offset; i < n + offset; i += piece)
        step(&w[i], &g[i], &m[i], &v[i], std::min(piece, n + offset - i));
    }
    return std::vector<float>(w.begin() + static_cast<std::ptrdiff_t>(offset), w.end());
  };
  const auto expected = run(0, n);
  for (const std::size_t offset : {1U, 3U, 8U}) CHECK(run(offset, n) == expected);
  CHECK(run(0, 1) == expected);
  CHECK(run(2, 19) == expected);
}

TEST_CASE("adam refuses lengths that differ and changes nothing", "[nn]") {
  std::vector<float> w{1, 2};
  const std::vector<float> g{1, 2};
  const std::vector<float> short_g{1};
  const ciess::adam_step<float> step(ciess::adam{}, 0.1, 1);
  ciess::adam_moments<float> moments(2);
  CHECK_THROWS_AS(moments.update(step, w, short_g), ciess::argument_error);
  ciess::adam_moments<float> three(3);
  CHECK_THROWS_WITH(three.update(step, w, g), ContainsSubstring("3 moments"));
  CHECK(w == std::vector<float>{1, 2});
  CHECK(moments.m == std::vector<float>{0, 0});
}
