// SPDX-License-Identifier: MIT
/// @file
/// How far two judges agree on an order.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>

namespace ciess {
namespace detail {

/// Pairs of equal neighbours in runs: the sum of k (k - 1) / 2 over runs of k equal numbers.
template <class Equal>
std::int64_t tied_pairs(std::size_t n, Equal&& equal) {
  std::int64_t pairs = 0;
  for (std::size_t i = 1, run = 0; i < n; ++i) {
    run = equal(i - 1, i) ? run + 1 : 0;
    pairs += static_cast<std::int64_t>(run);
  }
  return pairs;
}

/// Sorts `values` by merging; returns how many pairs stood in the wrong order.
inline std::int64_t sort_counting(std::vector<double>& values) {
  const std::size_t n = values.size();
  std::vector<double> merged(n);
  std::int64_t inversions = 0;
  for (std::size_t width = 1; width < n; width *= 2) {
    for (std::size_t first = 0; first < n; first += 2 * width) {
      const std::size_t middle = std::min(first + width, n);
      const std::size_t last = std::min(first + 2 * width, n);
      std::size_t left = first, right = middle;
      for (std::size_t at = first; at < last; ++at)
        if (right == last || (left < middle && values[left] <= values[right])) {
          merged[at] = values[left++];
        } else {
          merged[at] = values[right++];
          inversions += static_cast<std::int64_t>(middle - left);
        }
    }
    values.swap(merged);
  }
  return inversions;
}

}  // namespace detail

/// Kendall's tau-b of two lists of the same things: (C - D) / sqrt((C + D + X) (C + D + Y)) over
/// all pairs of things, C of them in the same order in both lists, D in opposite orders, X equal in
/// x only, Y equal in y only. 1: the same order; -1: the reverse; about 0: nothing in common.
/// NaN if a list is constant or has fewer than two entries: it has no order.
/// @throws argument_error if the lengths differ or an entry is NaN
/// Cost: O(n log n), three times the memory of a list. Source: Kendall, "The treatment of ties in
/// ranking problems", 1945; Knight, "A computer method for calculating Kendall's tau", 1966.
[[nodiscard]] inline double kendall_tau(std::span<const double> x, std::span<const double> y) {
  if (x.size() != y.size())
    detail::throw_error<argument_error>("kendall_tau: expected two lists of one length, got ",
                                        x.size(), " and ", y.size());
  const std::size_t n = x.size();
  std::vector<std::pair<double, double>> both(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (std::isnan(x[i]) || std::isnan(y[i]))
      detail::throw_error<argument_error>("kendall_tau: entry ", i, " is ", x[i], " and ", y[i]);
    both[i] = {x[i], y[i]};
  }
  std::ranges::sort(both);
  const auto tied_x = detail::tied_pairs(
      n, [&](std::size_t i, std::size_t j) { return both[i].first == both[j].first; });
  const auto tied_both =
      detail::tied_pairs(n, [&](std::size_t i, std::size_t j) { return both[i] == both[j]; });
  std::vector<double> second(n);
  std::ranges::transform(both, second.begin(), [](const auto& b) { return b.second; });
  const auto discordant = detail::sort_counting(second);
  const auto tied_y =
      detail::tied_pairs(n, [&](std::size_t i, std::size_t j) { return second[i] == second[j]; });

  const auto count = static_cast<std::int64_t>(n);
  const std::int64_t pairs = count * (count - 1) / 2;
  if (pairs == tied_x || pairs == tied_y) return std::numeric_limits<double>::quiet_NaN();
  const std::int64_t surplus = pairs - tied_x - tied_y + tied_both - 2 * discordant;
  return static_cast<double>(surplus) / (std::sqrt(static_cast<double>(pairs - tied_x)) *
                                         std::sqrt(static_cast<double>(pairs - tied_y)));
}

}  // namespace ciess
