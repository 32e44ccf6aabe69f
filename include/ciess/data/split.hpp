// SPDX-License-Identifier: MIT
/// @file
/// Parts of a data set to train on, to choose by, and to report on.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace ciess {

/// Shares of each user's interactions; what `train` and `validation` leave is the test part.
/// Default: the reference program's 50 % / 25 % / 25 %.
struct split_options {
  double train = 0.5;        ///< above 0, at most 1
  double validation = 0.25;  ///< at least 0; train + validation at most 1
};

/// Three disjoint parts with the users and items of the whole.
struct split {
  interactions train;
  interactions validation;
  interactions test;
};

namespace detail {

/// How many of n interactions go to train, validation and test.
inline std::array<std::size_t, 3> split_counts(std::size_t n, const split_options& o) noexcept {
  const auto wanted = [&](std::size_t part) {
    return part == 0 || (part == 1 ? o.validation > 0 : 1 - o.train - o.validation > 1e-9);
  };
  if (n <= 2) {
    std::array<std::size_t, 3> few{std::min<std::size_t>(n, 1), 0, 0};
    if (n == 2) ++few[wanted(2) ? 2 : wanted(1) ? 1 : 0];
    return few;
  }
  const auto until = [&](double share) {
    const auto count = std::llround(share * static_cast<double>(n));
    return std::min(static_cast<std::size_t>(count), n);
  };
  const std::size_t a = until(o.train);
  const std::size_t b = until(o.train + o.validation);
  std::array<std::size_t, 3> counts{a, b - a, n - b};
  for (const std::size_t part : {0U, 2U, 1U})
    if (wanted(part) && counts[part] == 0) {
      --*std::ranges::max_element(counts);
      counts[part] = 1;
    }
  return counts;
}

}  // namespace detail

/// Splits each user's interactions at random. A user's part depends on the seed and on that user's
/// interactions only, not on other users.
/// - The borders are the cumulated shares of the user's count, rounded: 4 -> 2 + 1 + 1,
///   5 -> 3 + 1 + 1, 10 -> 5 + 3 + 2 at the default shares.
/// - A user with one interaction keeps it for training; with two, one is for training and one for
///   test; with three or more every part with a share above 0 gets at least one.
/// O(n)
/// @throws argument_error if a share is not a number or out of range
[[nodiscard]] inline split split_interactions(const interactions& data,
                                              const split_options& options, std::uint64_t seed) {
  if (!(options.train > 0 && options.train <= 1))
    detail::throw_error<argument_error>(
        "split_interactions: share for training must be above 0 and at most 1, got ",
        options.train);
  if (!(options.validation >= 0 && options.train + options.validation <= 1 + 1e-9))
    detail::throw_error<argument_error>(
        "split_interactions: share for validation must be at least 0, and at most 1 with the ",
        options.train, " for training, got ", options.validation);
  const random_stream stream(seed, purpose::split);
  std::array<std::vector<interaction>, 3> parts;
  std::vector<row_id> items;
  for (row_id u = 0; u < data.users(); ++u) {
    const auto all = data.items_of(u);
    items.assign(all.begin(), all.end());
    auto engine = stream.at(0, static_cast<std::uint64_t>(u));
    for (std::size_t k = items.size(); k > 1; --k)
      std::swap(items[k - 1], items[bounded(engine, static_cast<std::uint32_t>(k))]);
    const auto counts = detail::split_counts(items.size(), options);
    std::size_t k = 0;
    for (std::size_t part = 0; part < 3; ++part)
      for (const std::size_t last = k + counts[part]; k < last; ++k)
        parts[part].push_back({u, items[k]});
  }
  const auto make = [&](std::size_t part) {
    return interactions(data.users(), data.items(), parts[part]);
  };
  return {make(0), make(1), make(2)};
}

/// All interactions of a and of b, for example train and validation for the final training. O(n)
/// @throws argument_error unless both are of the same users and items
[[nodiscard]] inline interactions merge(const interactions& a, const interactions& b) {
  if (a.users() != b.users() || a.items() != b.items())
    detail::throw_error<argument_error>("merge: expected the same users and items, got ", a.users(),
                                        " x ", a.items(), " and ", b.users(), " x ", b.items());
  std::vector<interaction> pairs;
  pairs.reserve(static_cast<std::size_t>(a.size() + b.size()));
  for (const auto* part : {&a, &b})
    for (row_id u = 0; u < part->users(); ++u)
      for (const row_id i : part->items_of(u)) pairs.push_back({u, i});
  return {a.users(), a.items(), pairs};
}

}  // namespace ciess
