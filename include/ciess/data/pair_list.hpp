// SPDX-License-Identifier: MIT
/// @file
/// Pairs taken from interactions together with what is known of them.
#pragma once

#include <ciess/core/index.hpp>
#include <ciess/data/interactions.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ciess {

/// Some pairs of interactions with their times and weights, if they have any, to be made into
/// interactions of their own.
class pair_list {
 public:
  void reserve(index_t pairs, bool times, bool weights) {
    const auto n = static_cast<std::size_t>(pairs);
    pairs_.reserve(n);
    if (times) times_.reserve(n);
    if (weights) weights_.reserve(n);
  }

  /// Adds the pair of a user of `from` and entry `at` of their items.
  /// @pre  it is there; all that is added comes with times or nothing does, likewise weights
  void add(const interactions& from, row_id user, std::size_t at) {
    add(from, user, at, user, from.items_of(user)[at]);
  }
  /// The same under other row numbers.
  void add(const interactions& from, row_id user, std::size_t at, row_id as_user, row_id as_item) {
    pairs_.push_back({as_user, as_item});
    if (from.has_times()) times_.push_back(from.times_of(user)[at]);
    if (from.has_weights()) weights_.push_back(from.weights_of(user)[at]);
    assert(times_.empty() || times_.size() == pairs_.size());
    assert(weights_.empty() || weights_.size() == pairs_.size());
  }

  [[nodiscard]] index_t size() const noexcept { return static_cast<index_t>(pairs_.size()); }

  /// What was added as interactions.  @throws as their constructor
  [[nodiscard]] interactions make(index_t users, index_t items) const {
    return {users, items, pairs_, {.times = times_, .weights = weights_}};
  }

 private:
  std::vector<interaction> pairs_;
  std::vector<std::int64_t> times_;
  std::vector<float> weights_;
};

}  // namespace ciess
