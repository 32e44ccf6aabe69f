// SPDX-License-Identifier: MIT
/// @file
/// Parts of a data set in the order of time: what is learnt from came before what is asked.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/pair_list.hpp>
#include <ciess/data/split.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace ciess {
namespace detail {

inline void need_times(const char* who, const interactions& data) {
  if (!data.has_times() && !data.empty())
    throw_error<argument_error>(who, ": needs times, but the ", data.size(), " pairs have none");
}

/// Splits each user's interactions, the earliest first; `counts` as in `split_users`. Pairs of one
/// moment come in the order of `split_interactions`: were they left in that of the ids, small ids
/// would be for training and large ones for test.
template <class Counts>
split split_users_by_time(const interactions& data, std::uint64_t seed, Counts counts) {
  struct moment {
    std::int64_t time;
    std::size_t drawn;
    row_id place;
  };
  const random_stream stream(seed, purpose::split);
  std::vector<moment> moments;
  const auto arrange = [&](row_id u, std::vector<row_id>& order) {
    shuffle_places(stream, u, order);
    const auto times = data.times_of(u);
    moments.clear();
    for (std::size_t k = 0; k < order.size(); ++k)
      moments.push_back({times[static_cast<std::size_t>(order[k])], k, order[k]});
    std::ranges::sort(moments, [](const moment& a, const moment& b) {
      return a.time != b.time ? a.time < b.time : a.drawn < b.drawn;
    });
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = moments[k].place;
  };
  return split_users(data, arrange, counts);
}

}  // namespace detail

/// Splits each user's interactions in the order of time: the earliest are for training, those after
/// them for validation, the latest for test; as many of each as `split_interactions` gives. Where
/// pairs of one moment must be told apart, seed and user decide; with one time for all pairs the
/// parts are those of `split_interactions`. O(n log items of a user)
///
/// No user's training is later than what they are asked, but what others do later is learnt from:
/// see `split_at`.
/// @throws argument_error if a share is not a number or out of range, or pairs have no times
[[nodiscard]] inline split split_by_time(const interactions& data, const split_options& options,
                                         std::uint64_t seed) {
  detail::check_shares("split_by_time", options);
  detail::need_times("split_by_time", data);
  return detail::split_users_by_time(
      data, seed, [&](std::size_t n) { return detail::split_counts(n, options); });
}

/// Leaves the last n out: of each user the last n interactions are for test, the n before them for
/// validation, the others for training; n = 1 is leave-one-out. Who has too few keeps one for
/// training, then the test part is served, then validation: of 2 n interactions, n are for test,
/// n - 1 for validation. Moments as in `split_by_time`. O(pairs * log items of a user)
/// @throws argument_error if n < 1 or pairs have no times
[[nodiscard]] inline split split_last(const interactions& data, index_t n, std::uint64_t seed) {
  if (n < 1) detail::throw_error<argument_error>("split_last: n must be >= 1, got ", n);
  detail::need_times("split_last", data);
  return detail::split_users_by_time(data, seed, [n](std::size_t count) {
    const std::size_t left_out = count > 0 ? count - 1 : 0;
    const std::size_t test = std::min(static_cast<std::size_t>(n), left_out);
    const std::size_t validation = std::min(static_cast<std::size_t>(n), left_out - test);
    return std::array<std::size_t, 3>{count - test - validation, validation, test};
  });
}

/// Splits all interactions at two moments: before the first one for training, from it on for
/// validation, from the second one on for test. Pairs of one moment stay together. Nothing of the
/// future is learnt from, so there may be users and items that training does not know: see
/// `forget_unknown`. O(n)
/// @param validation_from, test_from  as the times, in milliseconds; see `time_quantile`
/// @throws argument_error if the second moment is before the first, or pairs have no times
[[nodiscard]] inline split split_at(const interactions& data, std::int64_t validation_from,
                                    std::int64_t test_from) {
  if (test_from < validation_from)
    detail::throw_error<argument_error>("split_at: test begins at ", test_from,
                                        ", before validation at ", validation_from);
  detail::need_times("split_at", data);
  std::array<pair_list, 3> parts;
  for (row_id u = 0; u < data.users(); ++u) {
    const auto times = data.times_of(u);
    for (std::size_t k = 0; k < times.size(); ++k)
      parts[times[k] < validation_from ? 0 : times[k] < test_from ? 1 : 2].add(data, u, k);
  }
  const auto make = [&](std::size_t part) { return parts[part].make(data.users(), data.items()); };
  return {make(0), make(1), make(2)};
}

/// The first moment before which at least a share q of the interactions lies: the smallest t such
/// that time < t holds for at least q * size of them. That is one millisecond after the pair that
/// completes the share, so `split_at(data, time_quantile(data, 0.5), time_quantile(data, 0.75))`
/// gives 50 % / 25 % / 25 %; pairs of the moment at a border all come before it. O(n)
/// @param q  in (0, 1]
/// @throws argument_error if q is out of range, if there are no times, or if the share is only
///         complete at the last time that an integer can tell
[[nodiscard]] inline std::int64_t time_quantile(const interactions& data, double q) {
  if (!(q > 0 && q <= 1))
    detail::throw_error<argument_error>("time_quantile: q must be in (0, 1], got ", q);
  if (!data.has_times())
    detail::throw_error<argument_error>("time_quantile: needs times, but the ", data.size(),
                                        " pairs have none");
  std::vector<std::int64_t> times(data.times().begin(), data.times().end());
  // Rounded up, but 0.55 * 20 is 11, not the 11.000000000000002 that doubles make of it.
  const double exact = q * static_cast<double>(times.size());
  const auto count = static_cast<std::ptrdiff_t>(std::max(1.0, std::ceil(exact - 1e-6)));
  const auto last = times.begin() + (count - 1);
  std::ranges::nth_element(times, last);
  if (*last == std::numeric_limits<std::int64_t>::max())
    detail::throw_error<argument_error>("time_quantile: no moment is after ", *last);
  return *last + 1;
}

}  // namespace ciess
