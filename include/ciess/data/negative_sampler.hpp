// SPDX-License-Identifier: MIT
/// @file
/// Items that a user has not interacted with, drawn uniformly and without trial and error.
#pragma once

#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ciess {

/// The r-th (from 0) of the items [0, items) that are not in `seen`. O(log seen), allocates
/// nothing.
/// @param seen  ascending, different, all below `items`
/// @pre r < items - seen.size()
[[nodiscard]] inline row_id unseen_item(std::span<const row_id> seen,
                                        [[maybe_unused]] index_t items, std::uint32_t r) noexcept {
  assert(static_cast<index_t>(r) < items - static_cast<index_t>(seen.size()));
  // Below seen[k] lie seen[k] - k unseen items, a number that never falls as k grows: the answer
  // comes after the first k entries, those with seen[k] - k <= r. The loop halves without branches.
  std::size_t k = 0;
  for (std::size_t length = seen.size(); length > 0;) {
    const std::size_t half = length - length / 2;
    const auto before = static_cast<std::size_t>(seen[k + half - 1]) - (k + half - 1);
    k += before <= r ? half : 0;
    length -= half;
  }
  return static_cast<row_id>(r + k);
}

/// Draws negatives for pairwise losses. Every unseen item of a user has the same probability, also
/// for users who have seen almost everything: there is no rejection, so the cost does not depend on
/// how much is left. A view: the interactions must outlive it.
class negative_sampler {
 public:
  explicit negative_sampler(const interactions& seen) noexcept : seen_{&seen} {}
  explicit negative_sampler(const interactions&&) = delete;

  /// Items that the user has not seen.  @pre 0 <= user < users
  [[nodiscard]] index_t negatives(row_id user) const noexcept {
    return seen_->items() - seen_->user_frequency(user);
  }
  [[nodiscard]] bool has_negative(row_id user) const noexcept { return negatives(user) > 0; }

  /// One of them. O(log items of the user); mostly one word of the engine.
  /// @pre has_negative(user)
  [[nodiscard]] row_id operator()(row_id user, random_engine& engine) const noexcept {
    const auto items = seen_->items_of(user);
    const auto left = static_cast<std::uint32_t>(negatives(user));
    assert(left > 0);
    return unseen_item(items, seen_->items(), bounded(engine, left));
  }

 private:
  const interactions* seen_;
};

}  // namespace ciess
