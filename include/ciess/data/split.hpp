// SPDX-License-Identifier: MIT
/// @file
/// Parts of a data set to train on, to choose by, and to report on.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/pair_list.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
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

/// The places 0 ... order.size() - 1 in an order drawn by user.
inline void shuffle_places(const random_stream& stream, row_id user, std::vector<row_id>& order) {
  std::iota(order.begin(), order.end(), row_id{0});
  auto engine = stream.at(0, static_cast<std::uint64_t>(user));
  for (std::size_t k = order.size(); k > 1; --k)
    std::swap(order[k - 1], order[bounded(engine, static_cast<std::uint32_t>(k))]);
}

/// Splits user by user.
/// @param arrange  callable (row_id user, std::vector<row_id>& order): fills `order`, which is as
///                 long as the user's list, with places in that list: first those for training,
///                 then for validation, then for test
/// @param counts   callable (std::size_t n) -> std::array<std::size_t, 3>: how many each, of sum n
template <class Arrange, class Counts>
split split_users(const interactions& data, Arrange arrange, Counts counts) {
  std::array<pair_list, 3> parts;
  std::vector<row_id> order;
  for (row_id u = 0; u < data.users(); ++u) {
    order.resize(static_cast<std::size_t>(data.user_frequency(u)));
    arrange(u, order);
    const std::array<std::size_t, 3> wanted = counts(order.size());
    std::size_t k = 0;
    for (std::size_t part = 0; part < 3; ++part)
      for (const std::size_t last = k + wanted[part]; k < last; ++k)
        parts[part].add(data, u, static_cast<std::size_t>(order[k]));
  }
  const auto make = [&](std::size_t part) { return parts[part].make(data.users(), data.items()); };
  return {make(0), make(1), make(2)};
}

inline void check_shares(const char* who, const split_options& o) {
  if (!(o.train > 0 && o.train <= 1))
    throw_error<argument_error>(who, ": share for training must be above 0 and at most 1, got ",
                                o.train);
  if (!(o.validation >= 0 && o.train + o.validation <= 1 + 1e-9))
    throw_error<argument_error>(
        who, ": share for validation must be at least 0, and at most 1 with the ", o.train,
        " for training, got ", o.validation);
}

/// Whether pairs of both can be told in one list.
inline void check_details_alike(const char* who, const interactions& a, const interactions& b) {
  if (a.empty() || b.empty()) return;
  const auto check = [&](const char* what, bool first, bool second) {
    if (first != second)
      throw_error<argument_error>(who, ": the ", (first ? a : b).size(), " pairs of one side have ",
                                  what, ", the ", (first ? b : a).size(),
                                  " of the other have none");
  };
  check("times", a.has_times(), b.has_times());
  check("weights", a.has_weights(), b.has_weights());
}

}  // namespace detail

/// Splits each user's interactions at random. A user's part depends on the seed and on that user's
/// interactions only, not on other users. Times and weights go with their pairs.
/// - The borders are the cumulated shares of the user's count, rounded: 4 -> 2 + 1 + 1,
///   5 -> 3 + 1 + 1, 10 -> 5 + 3 + 2 at the default shares.
/// - A user with one interaction keeps it for training; with two, one is for training and one for
///   test; with three or more every part with a share above 0 gets at least one.
/// O(n)
/// @throws argument_error if a share is not a number or out of range
[[nodiscard]] inline split split_interactions(const interactions& data,
                                              const split_options& options, std::uint64_t seed) {
  detail::check_shares("split_interactions", options);
  const random_stream stream(seed, purpose::split);
  return detail::split_users(
      data, [&](row_id u, std::vector<row_id>& order) { detail::shuffle_places(stream, u, order); },
      [&](std::size_t n) { return detail::split_counts(n, options); });
}

/// All interactions of a and of b, for example train and validation for the final training. Of a
/// pair that is in both the earliest time and the sum of the weights. O(n)
/// @throws argument_error unless both are of the same users and items; if one side's pairs have
///         times or weights and the other's do not. A side without pairs goes with any
[[nodiscard]] inline interactions merge(const interactions& a, const interactions& b) {
  if (a.users() != b.users() || a.items() != b.items())
    detail::throw_error<argument_error>("merge: expected the same users and items, got ", a.users(),
                                        " x ", a.items(), " and ", b.users(), " x ", b.items());
  detail::check_details_alike("merge", a, b);
  pair_list pairs;
  pairs.reserve(a.size() + b.size(), a.has_times() || b.has_times(),
                a.has_weights() || b.has_weights());
  for (const auto* part : {&a, &b})
    for (row_id u = 0; u < part->users(); ++u)
      for (std::size_t k = 0; k < part->items_of(u).size(); ++k) pairs.add(*part, u, k);
  return pairs.make(a.users(), a.items());
}

}  // namespace ciess
