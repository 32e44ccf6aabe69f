// SPDX-License-Identifier: MIT
/// @file
/// Laws of how sizes fall from the most frequent row to the rarest: BET's four distributions.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <string_view>

#include <ciess/core/random.hpp>

namespace ciess {

/// What shares of a budget are drawn from, one for each row, with a shape beta > 0:
/// - `power`        density beta x^(beta - 1) on [0, 1]
/// - `exponential`  density ~ e^-x on [0, beta]
/// - `normal`       density ~ e^(-x^2 / 2) on [0, beta]
/// - `log_normal`   e^(beta z), z standard normal
///
/// Source: Y. Qu et al., "Budgeted Embedding Table for Recommender Systems", WSDM 2024; the largest
/// beta of each from its program.
enum class share_law : std::uint8_t { power, exponential, normal, log_normal };

inline constexpr std::uint32_t share_laws = 4;  ///< how many there are

[[nodiscard]] constexpr std::string_view name_of(share_law law) noexcept {
  switch (law) {
    case share_law::power:
      return "power";
    case share_law::exponential:
      return "exponential";
    case share_law::normal:
      return "normal";
    case share_law::log_normal:
      break;
  }
  return "log-normal";
}

/// A law with its beta, which is drawn uniformly below `largest_beta(law)`.
struct shaped_law {
  share_law law = share_law::power;
  double beta = 1;
};

[[nodiscard]] constexpr double largest_beta(share_law law) noexcept {
  switch (law) {
    case share_law::exponential:
      return 5;
    case share_law::log_normal:
      return 0.5;
    case share_law::power:
    case share_law::normal:
      break;
  }
  return 20;
}

/// One of the laws, all alike, and its beta.
[[nodiscard]] inline shaped_law draw_law(random_engine& engine) noexcept {
  const auto law = static_cast<share_law>(bounded(engine, share_laws));
  // 1 - u is above 0
  return {law, largest_beta(law) * (1 - uniform01<double>(engine))};
}

namespace detail {

/// The next number of a law, >= 0.
[[nodiscard]] inline double draw_share(const shaped_law& from, random_engine& engine) noexcept {
  const double u = uniform01<double>(engine);
  switch (from.law) {
    case share_law::power:
      return std::pow(u, 1 / from.beta);
    case share_law::exponential:
      return -std::log1p(u * std::expm1(-from.beta));
    case share_law::normal:
      if (from.beta < 1) {  // few normal numbers are so small: uniform ones, thinned out
        double x = u * from.beta;
        while (uniform01<double>(engine) >= std::exp(-0.5 * x * x))
          x = uniform01<double>(engine) * from.beta;
        return x;
      } else {
        double x = std::abs(normal<double>(engine));
        while (x > from.beta) x = std::abs(normal<double>(engine));
        return x;
      }
    case share_law::log_normal:
      break;
  }
  return std::exp(from.beta * normal<double>(engine));
}

}  // namespace detail

/// Draws shares, sorts them, the largest first, and scales them to mean 1. If all are too small for
/// a double, the first has everything. O(n log n)
inline void draw_shares(const shaped_law& from, random_engine& engine,
                        std::span<float> shares) noexcept {
  for (float& s : shares) s = static_cast<float>(detail::draw_share(from, engine));
  std::ranges::sort(shares, std::greater<>{});
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  const auto n = static_cast<double>(shares.size());
  if (sum > 0)
    for (float& s : shares) s = static_cast<float>(s / sum * n);
  else if (!shares.empty())
    shares.front() = static_cast<float>(n);
}

/// About how far the largest of `n` shares of the power law is above their mean: the expected
/// largest over the expected mean, n (beta + 1) / (n beta + 1), which is (beta + 1) / beta for
/// many.
[[nodiscard]] constexpr double power_peak(double beta, double n) noexcept {
  return n * (beta + 1) / (n * beta + 1);
}

}  // namespace ciess
