// SPDX-License-Identifier: MIT
#include <ciess/rl/noise.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"

namespace {

struct archetype {
  void reset(ciess::index_t) {}
  void add(std::span<float>, const ciess::random_stream&, std::uint64_t) {}
};
struct no_reset {
  void add(std::span<float>, const ciess::random_stream&, std::uint64_t) {}
};
struct no_add {
  void reset(ciess::index_t) {}
};
struct no_copy : archetype {
  no_copy(const no_copy&) = delete;
};
static_assert(ciess::noise<archetype>);
static_assert(!ciess::noise<no_reset> && !ciess::noise<no_add> && !ciess::noise<no_copy>);

const ciess::random_stream stream(5, ciess::purpose::noise);

struct moments {
  double mean = 0, deviation = 0, least = 0, most = 0;
};

moments of(const std::vector<float>& x) {
  moments m{0, 0, x[0], x[0]};
  for (const float v : x) {
    m.mean += static_cast<double>(v) / static_cast<double>(x.size());
    m.least = std::min(m.least, static_cast<double>(v));
    m.most = std::max(m.most, static_cast<double>(v));
  }
  for (const float v : x)
    m.deviation += std::pow(static_cast<double>(v) - m.mean, 2) / static_cast<double>(x.size());
  m.deviation = std::sqrt(m.deviation);
  return m;
}

template <class N>
std::vector<float> added(N n, std::size_t rows, std::uint64_t step) {
  std::vector<float> x(rows);
  n.reset(static_cast<ciess::index_t>(rows));
  n.add(x, stream, step);
  return x;
}

}  // namespace

TEST_CASE("gaussian_noise has the moments it states", "[rl]") {
  const std::size_t n = 40000;
  const auto m = of(added(ciess::gaussian_noise{}, n, 3));
  CHECK(std::abs(m.mean) < 4 * 6 / std::sqrt(static_cast<double>(n)));
  CHECK(m.deviation == Approx(6).epsilon(0.015));
  CHECK(of(added(ciess::gaussian_noise({.deviation = 2}), n, 3)).deviation ==
        Approx(2).epsilon(0.015));
}

TEST_CASE("uniform_noise fills its interval", "[rl]") {
  const auto m = of(added(ciess::uniform_noise{}, 40000, 3));
  CHECK(m.least >= -11);
  CHECK(m.most <= 11);
  CHECK(m.least < -10.9);
  CHECK(m.most > 10.9);
  CHECK(std::abs(m.mean) < 4 * 11 / std::sqrt(3.0 * 40000));
  CHECK(m.deviation == Approx(11 / std::sqrt(3.0)).epsilon(0.01));
}

TEST_CASE("ornstein_uhlenbeck_noise follows its process", "[rl]") {
  const std::size_t n = 20000;
  ciess::ornstein_uhlenbeck_noise noise;
  noise.reset(static_cast<ciess::index_t>(n));
  // Var x_{k+1} = (1 - theta dt)^2 Var x_k + deviation^2 dt
  double variance = 0;
  std::vector<float> before(n);
  for (std::uint64_t step = 0; step < 4; ++step) {
    std::vector<float> x(n);
    noise.add(x, stream, step);
    variance = std::pow(1 - 0.15 * 0.01, 2) * variance + 1600 * 0.01;
    CHECK(of(x).deviation == Approx(std::sqrt(variance)).epsilon(0.02));
    std::vector<float> moved(n);
    for (std::size_t r = 0; r < n; ++r) moved[r] = x[r] - 0.9985F * before[r];
    CHECK(of(moved).deviation == Approx(4).epsilon(0.02));
    before = x;
  }
  noise.reset(static_cast<ciess::index_t>(n));  // starts at 0 again
  std::vector<float> x(n);
  noise.add(x, stream, 0);
  CHECK(of(x).deviation == Approx(4).epsilon(0.02));
}

TEST_CASE("noise adds to what is there, and can be shared by all rows", "[rl]") {
  using ciess::draws;
  const auto check = [](auto own, auto shared) {
    const auto a = added(own, 100, 1);
    const auto b = added(own, 100, 2);
    CHECK(a[0] != a[1]);
    CHECK(a[0] != b[0]);
    const auto s = added(shared, 100, 1);
    CHECK(s[0] != 0);
    for (const float v : s) CHECK(v == s[0]);
    CHECK(added(shared, 100, 2)[0] != s[0]);
    std::vector<float> x(100, 50.0F);
    own.reset(100);
    own.add(x, stream, 1);
    CHECK(x[7] == 50.0F + a[7]);
  };
  check(ciess::gaussian_noise{}, ciess::gaussian_noise({.which = draws::shared}));
  check(ciess::uniform_noise{}, ciess::uniform_noise({.which = draws::shared}));
  check(ciess::ornstein_uhlenbeck_noise{},
        ciess::ornstein_uhlenbeck_noise({.which = draws::shared}));
  CHECK(added(ciess::no_noise{}, 3, 1) == std::vector<float>(3));
  CHECK(added(ciess::ornstein_uhlenbeck_noise({.which = draws::shared}), 0, 1).empty());
}

TEST_CASE("noise in parts is that of all rows at once", "[rl]") {
  using ciess::draws;
  const auto check = [](auto whole) {
    auto parts = whole;
    whole.reset(10'000);
    parts.reset(10'000);
    for (std::uint64_t step = 0; step < 3; ++step) {
      std::vector<float> x(10'000, 20.0F), y = x;
      whole.add(x, stream, step);
      for (const auto& [first, last] : {std::pair{0, 1}, {1, 4096}, {4096, 9999}, {9999, 10'000}})
        parts.add(std::span(y).subspan(std::size_t(first), std::size_t(last - first)), stream, step,
                  ciess::noise_part{first, 10'000});
      CHECK(x == y);
    }
  };
  check(ciess::no_noise{});
  for (const auto which : {draws::per_row, draws::shared}) {
    check(ciess::gaussian_noise({.which = which}));
    check(ciess::uniform_noise({.which = which}));
    check(ciess::ornstein_uhlenbeck_noise({.which = which}));
  }
}

TEST_CASE("noise is the same at 1 and 2 threads", "[rl]") {
  const auto run = [](auto n) { return added(n, 10000, 9); };
  const auto a = run(ciess::gaussian_noise{});
  const auto b = run(ciess::ornstein_uhlenbeck_noise{});
  const ciess::threads pool{2};
  CHECK(run(ciess::gaussian_noise{}) == a);
  CHECK(run(ciess::ornstein_uhlenbeck_noise{}) == b);
}

TEST_CASE("noise refuses what is no deviation and rows it was not told of", "[rl]") {
  using limits = std::numeric_limits<double>;
  const double bad = GENERATE(-1.0, limits::quiet_NaN(), limits::infinity());
  CHECK_THROWS_AS(ciess::gaussian_noise({.deviation = bad}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::uniform_noise({.half_width = bad}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::ornstein_uhlenbeck_noise({.deviation = bad}), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::ornstein_uhlenbeck_noise({.theta = bad}), ContainsSubstring("theta"));
  CHECK_THROWS_WITH(ciess::ornstein_uhlenbeck_noise({.dt = bad}), ContainsSubstring("dt"));
  ciess::ornstein_uhlenbeck_noise noise;
  CHECK_THROWS_AS(noise.reset(-1), ciess::argument_error);
  noise.reset(4);
  std::vector<float> x(5);
  CHECK_THROWS_WITH(noise.add(x, stream, 0), ContainsSubstring("5 rows"));
  x.resize(2);
  const auto add = [&](ciess::index_t first, ciess::index_t rows) {
    noise.add(x, stream, 0, ciess::noise_part{first, rows});
  };
  CHECK_THROWS_WITH(add(0, 5), ContainsSubstring("5 rows, but reset()"));
  CHECK_THROWS_WITH(add(3, 4), ContainsSubstring("2 rows from row 3 on, of 4"));
  CHECK_THROWS_AS(add(-1, 4), ciess::argument_error);
  CHECK_NOTHROW(add(2, 4));
}
