// SPDX-License-Identifier: MIT
/// @file
/// How likely labels are by predicted log odds.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/ranking/detail/check_log_odds.hpp>

namespace ciess {

/// Logarithm of the probability that log odds give to a label, at most 0: log(1 / (1 + exp(-x))) of
/// a click, else that of -x. Neither overflows nor loses digits, however large they are.
[[nodiscard]] inline double log_likelihood(float log_odds, bool click) noexcept {
  const double against = click ? -double{log_odds} : double{log_odds};
  return -(std::log1p(std::exp(-std::abs(against))) + (against > 0 ? against : 0.0));
}

namespace detail {

/// @param each  callable (std::size_t impression, double log_likelihood), on any thread
/// @pre there are as many log odds as labels, finite, and at least one
template <class Each>
double log_loss_of_checked(std::span<const float> log_odds, std::span<const std::uint8_t> labels,
                           Each&& each) {
  const auto n = std::ssize(labels);
  const double sum = parallel_reduce(
      n, 1 << 14, 0.0,
      [&](index_t first, index_t last) {
        double part = 0;
        for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i) {
          const double l = log_likelihood(log_odds[i], labels[i] != 0);
          each(i, l);
          part -= l;
        }
        return part;
      },
      std::plus<>());
  return sum / static_cast<double>(n);
}

}  // namespace detail

/// Mean of -log_likelihood: binary cross-entropy in nats, >= 0, less is better. The same bytes at
/// any number of threads.  O(n), in parallel
/// @param labels  0 or 1
/// @throws argument_error if lengths differ; data_error if there is nothing to measure, or a label
///         is neither 0 nor 1; numeric_error naming the first log odds that are not finite
[[nodiscard]] inline double log_loss(std::span<const float> log_odds,
                                     std::span<const std::uint8_t> labels) {
  detail::check_log_odds("log_loss", log_odds, labels);
  if (labels.empty()) detail::throw_error<data_error>("log_loss: there are no impressions");
  return detail::log_loss_of_checked(log_odds, labels, [](std::size_t, double) {});
}

}  // namespace ciess
