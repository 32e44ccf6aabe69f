// SPDX-License-Identifier: MIT
#include <ciess/search/bet/share_law.hpp>
// its own header first
#include <array>
#include <numbers>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::shaped_law;
using ciess::share_law;

ciess::random_engine engine_for(std::uint64_t step) {
  return ciess::random_stream(5, ciess::purpose::user).at(step);
}

/// The share of a law's numbers that are below x.
double below(const shaped_law& of, double x) {
  switch (of.law) {
    case share_law::power:
      return std::pow(x, of.beta);
    case share_law::exponential:
      return (1 - std::exp(-x)) / (1 - std::exp(-of.beta));
    case share_law::normal:
      return std::erf(x / std::numbers::sqrt2) / std::erf(of.beta / std::numbers::sqrt2);
    case share_law::log_normal:
      break;
  }
  return 0.5 * std::erfc(-std::log(x) / of.beta / std::numbers::sqrt2);
}

constexpr std::array all_laws{
    shaped_law{share_law::power, 0.1},      shaped_law{share_law::power, 1},
    shaped_law{share_law::power, 20},       shaped_law{share_law::exponential, 0.01},
    shaped_law{share_law::exponential, 5},  shaped_law{share_law::normal, 0.001},
    shaped_law{share_law::normal, 0.99},    shaped_law{share_law::normal, 1.01},
    shaped_law{share_law::normal, 20},      shaped_law{share_law::log_normal, 0.01},
    shaped_law{share_law::log_normal, 0.5},
};

}  // namespace

TEST_CASE("shares follow their laws", "[search]") {
  constexpr std::size_t n = 20'000;
  for (std::size_t i = 0; i < all_laws.size(); ++i) {
    CAPTURE(name_of(all_laws[i].law), all_laws[i].beta);
    auto engine = engine_for(i);
    std::vector<double> x(n);
    for (double& one : x) one = ciess::detail::draw_share(all_laws[i], engine);
    std::ranges::sort(x);
    double most = 0;  // Kolmogorov's distance
    for (std::size_t k = 0; k < n; ++k) {
      const double p = below(all_laws[i], x[k]);
      most = std::max({most, p - double(k) / n, double(k + 1) / n - p});
    }
    CHECK(most < 1.95 / std::sqrt(double{n}));  // p = 0.001
  }
}

TEST_CASE("shares fall, and their mean is 1", "[search]") {
  for (std::size_t i = 0; i < all_laws.size(); ++i)
    for (const std::size_t n : {1U, 2U, 1000U}) {
      CAPTURE(name_of(all_laws[i].law), all_laws[i].beta, n);
      auto engine = engine_for(i);
      std::vector<float> shares(n);
      ciess::draw_shares(all_laws[i], engine, shares);
      CHECK(std::ranges::is_sorted(shares, std::greater<>{}));
      CHECK(shares.back() >= 0);
      CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) ==
            Approx(static_cast<double>(n)).epsilon(1e-5));
    }
  auto engine = engine_for(0);
  std::vector<float> none;
  ciess::draw_shares(all_laws[0], engine, none);
  // too small for any number there is
  std::vector<float> five(5);
  ciess::draw_shares({share_law::power, 1e-9}, engine, five);
  CHECK(five == std::vector<float>{5, 0, 0, 0, 0});
}

TEST_CASE("laws are drawn alike, and beta up to its largest", "[search]") {
  constexpr int n = 40'000;
  std::array<int, ciess::share_laws> count{};
  std::array<double, ciess::share_laws> sum{};
  for (std::uint64_t i = 0; i < n; ++i) {
    auto engine = engine_for(i);
    const shaped_law drawn = ciess::draw_law(engine);
    const auto law = static_cast<std::size_t>(drawn.law);
    ++count[law];
    sum[law] += drawn.beta;
    REQUIRE(drawn.beta > 0);
    REQUIRE(drawn.beta <= ciess::largest_beta(drawn.law));
  }
  for (std::size_t law = 0; law < count.size(); ++law) {
    CHECK(count[law] == Approx(n / 4).epsilon(0.05));
    CHECK(sum[law] / count[law] ==
          Approx(ciess::largest_beta(static_cast<share_law>(law)) / 2).epsilon(0.03));
  }
}

TEST_CASE("the peak of the power law is told before it is drawn", "[search]") {
  CHECK(ciess::power_peak(0.5, 1) == 1);
  CHECK(ciess::power_peak(0.5, 1e9) == Approx(3));
  for (const double beta : {0.3, 2.0, 15.0})
    for (const std::size_t n : {2U, 10U, 500U}) {
      CAPTURE(beta, n);
      double largest = 0;
      double mean = 0;
      for (std::uint64_t i = 0; i < 4000; ++i) {
        auto engine = engine_for(i);
        double most = 0;
        for (std::size_t k = 0; k < n; ++k) {
          const double x = ciess::detail::draw_share({share_law::power, beta}, engine);
          mean += x / double(n);
          most = std::max(most, x);
        }
        largest += most;
      }
      CHECK(largest / mean == Approx(ciess::power_peak(beta, double(n))).epsilon(0.02));
    }
}
