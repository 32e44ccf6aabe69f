// SPDX-License-Identifier: MIT
/// @file
/// From what was read to what is studied: rows that come often enough, and parts to train on, to
/// choose by and to report on.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/data/align.hpp>
#include <ciess/data/core_filter.hpp>
#include <ciess/data/forget_unknown.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/loaded.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/split_by_time.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace ciess {

/// How interactions are shared out.
enum class split_kind : std::uint8_t {
  random,    ///< each user's at random
  temporal,  ///< each user's by time, or everybody's at moments of all
  last       ///< each user's last ones
};

/// A moment of all interactions: itself, or the share of them that lies before it.
struct split_border {
  std::optional<std::int64_t> time{};  ///< milliseconds since 1970
  double share = 0;                    ///< in (0, 1); if there is no time
};

struct dataset_options {
  /// Of all interactions; if moments of all are given, of those before the test part, for nobody
  /// knows then who will come often.
  core_options core{.min_user = 1, .min_item = 1};
  split_kind kind = split_kind::random;
  split_options shares{};  ///< of random and temporal
  index_t last = 1;        ///< of each user, for test and again for validation
  /// Moments of all, for `temporal`: where test begins, or where validation and test begin. Of one
  /// alone, validation is the last third of the pairs before it.
  std::vector<split_border> at{};
  std::uint64_t seed = 1;
};

/// Parts with the ids of their rows, and what became of the rest.
struct dataset {
  split parts;
  id_map users;
  id_map items;
  interactions all;  ///< train, validation and, if it was split off at random, test
  index_t few_users = 0, few_items = 0, few_pairs = 0;  ///< left out by `core`
  /// Of a test part of its own: pairs with a user or item that is not in the training file, and
  /// pairs that are.
  index_t unknown_test_pairs = 0, repeated_test_pairs = 0;
  /// Rows that only the test part knows, and its pairs with them. If `split_by_time`, they are left
  /// out of everything.
  index_t future_users = 0, future_items = 0, future_pairs = 0;
  /// Pairs of validation with a user or item that train does not know. If `split_by_time`, they are
  /// left out of its figures (`evaluation_options::known_only`), and are trained on in the end.
  index_t unknown_validation_pairs = 0;
  bool split_by_time = false;
};

namespace detail {

/// Where a border lies among times.
inline std::int64_t moment_of(const interactions& data, const split_border& b) {
  if (b.time) return *b.time;
  if (!(b.share > 0 && b.share < 1))
    throw_error<argument_error>(
        "dataset: a share of the interactions to split at must be in "
        "(0, 1), got ",
        b.share);
  return time_quantile(data, b.share);
}

inline split split_at_borders(const interactions& data, std::span<const split_border> at) {
  need_times("dataset", data);
  if (at.size() > 2)
    throw_error<argument_error>("dataset: expected one or two moments to split at, got ",
                                at.size());
  const std::int64_t test = moment_of(data, at.back());
  if (at.size() == 2) return split_at(data, moment_of(data, at.front()), test);
  // Of the pairs before, a third is to choose by.
  const split two = split_at(data, test, test);
  if (two.train.empty())
    throw_error<argument_error>("dataset: no interaction lies before the moment to split at");
  return split_at(data, std::min(time_quantile(two.train, 2.0 / 3), test), test);
}

/// Train and validation of data whose test part is given.
inline split split_without_test(const interactions& data, const dataset_options& o) {
  check_shares("dataset", o.shares);
  const double train = o.shares.train / (o.shares.train + o.shares.validation);
  const split_options shares{.train = train, .validation = 1 - train};
  if (o.kind == split_kind::last) {
    split parts = split_last(data, o.last, o.seed);
    return {merge(parts.train, parts.validation), std::move(parts.test), {}};
  }
  if (!o.at.empty()) {
    need_times("dataset", data);
    if (o.at.size() != 1)
      throw_error<argument_error>(
          "dataset: with a test part given, expected one moment, where "
          "validation begins, got ",
          o.at.size());
    return split_at(data, moment_of(data, o.at[0]), std::numeric_limits<std::int64_t>::max());
  }
  return o.kind == split_kind::temporal ? ciess::split_by_time(data, shares, o.seed)
                                        : split_interactions(data, shares, o.seed);
}

/// Where the test part begins, and what of the data is left by a core of what comes before.
inline void take_core(loaded& data, dataset_options& o, bool before_test, dataset& made) {
  if (o.core.min_user == 1 && o.core.min_item == 1) return;
  interaction_core core;
  if (before_test) {
    need_times("dataset", data.data);
    const std::int64_t test = moment_of(data.data, o.at.back());
    core = core_filter(split_at(data.data, test, test).train, o.core);
    o.at.back() = {.time = test};
  } else {
    core = core_filter(data.data, o.core);
  }
  interactions rest =
      before_test ? subset(data.data, core.users, core.items) : std::move(core.data);
  made.few_users = data.data.users() - rest.users();
  made.few_items = data.data.items() - rest.items();
  made.few_pairs = data.data.size() - rest.size();
  data.data = std::move(rest);
  data.users = subset(data.users, core.users);
  data.items = subset(data.items, core.items);
}

}  // namespace detail

/// Leaves rows out that come too rarely, and splits. With a split by time rows that only the test
/// part has are left out. With moments of all nothing after them is known to anything before.
/// @param given  a test part of its own; then `data` is split into train and validation alone, in
///               proportion to `shares` (4 to 1 if the shares are the default)
/// @throws argument_error if an option is out of range or times are missing; data_error if nothing
///         is left, or if pairs that came several times have weights and are split by time: their
///         weight is of all times
[[nodiscard]] inline dataset make_dataset(loaded data, const loaded* given, dataset_options o) {
  if (!o.at.empty() && o.kind != split_kind::temporal)
    detail::throw_error<argument_error>("dataset: moments to split at need a temporal split");
  if (o.kind != split_kind::random && data.data.has_weights() && data.duplicates > 0)
    detail::throw_error<data_error>(
        "dataset: ", data.duplicates,
        " pairs came before, and their weights, of all times, were "
        "added up: a split by time would learn from the future; leave the weights out, or have "
        "each pair once");
  dataset made;
  detail::take_core(data, o, !o.at.empty() && !given, made);
  if (given) {
    auto test = align(*given, data);
    made.unknown_test_pairs = test.unknown;
    made.repeated_test_pairs = test.repeated;
    dataset_options four_to_one = o;
    if (o.shares.train == 0.5 && o.shares.validation == 0.25)
      four_to_one.shares = {.train = 0.8, .validation = 0.2};
    made.parts = detail::split_without_test(data.data, four_to_one);
    made.parts.test = std::move(test.data);
  } else {
    made.parts = o.kind == split_kind::random ? split_interactions(data.data, o.shares, o.seed)
                 : o.kind == split_kind::last ? split_last(data.data, o.last, o.seed)
                 : o.at.empty()               ? split_by_time(data.data, o.shares, o.seed)
                                              : detail::split_at_borders(data.data, o.at);
  }
  made.split_by_time = o.kind != split_kind::random;
  const unknown_rows unknown = count_unknown(made.parts);
  made.future_users = unknown.test_users;
  made.future_items = unknown.test_items;
  made.future_pairs = unknown.test_pairs;
  made.unknown_validation_pairs = unknown.validation_pairs;
  if (made.split_by_time) {
    auto known = forget_unknown(made.parts);
    made.parts = std::move(known.parts);
    data.users = subset(data.users, known.users);
    data.items = subset(data.items, known.items);
    made.all = merge(made.parts.train, made.parts.validation);
  } else {
    made.all = std::move(data.data);
  }
  made.users = std::move(data.users);
  made.items = std::move(data.items);
  return made;
}

}  // namespace ciess
