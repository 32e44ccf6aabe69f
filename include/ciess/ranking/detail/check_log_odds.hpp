// SPDX-License-Identifier: MIT
/// @file
/// What every measure of log odds refuses.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>

namespace ciess::detail {

/// @returns how many labels are 1.  O(n), in parallel
/// @throws argument_error if there are not as many log odds as labels; data_error naming the first
///         label that is neither 0 nor 1; numeric_error naming the first log odds that are not
///         finite
inline index_t check_log_odds(const char* who, std::span<const float> log_odds,
                              std::span<const std::uint8_t> labels) {
  if (log_odds.size() != labels.size())
    throw_error<argument_error>(who, ": got ", log_odds.size(), " log odds for ", labels.size(),
                                " labels");
  struct seen {
    index_t clicks = 0;
    bool right = true;
  };
  const auto n = std::ssize(labels);
  const auto all = parallel_reduce(
      n, 1 << 16, seen{},
      [&](index_t first, index_t last) {
        seen part;
        for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i) {
          part.clicks += labels[i];
          part.right &= std::isfinite(log_odds[i]) && labels[i] <= 1;
        }
        return part;
      },
      [](const seen& a, const seen& b) { return seen{a.clicks + b.clicks, a.right && b.right}; });
  if (all.right) return all.clicks;
  const auto label = std::ranges::find_if(labels, [](std::uint8_t l) { return l > 1; });
  if (label != labels.end())
    throw_error<data_error>(who, ": expected label ", label - labels.begin(), " to be 0 or 1, got ",
                            int{*label});
  const auto wrong = std::ranges::find_if(log_odds, [](float x) { return !std::isfinite(x); });
  throw_error<numeric_error>(who, ": the log odds of impression ", wrong - log_odds.begin(),
                             " are ", *wrong);
}

}  // namespace ciess::detail
