// SPDX-License-Identifier: MIT
/// @file
/// The k best of a row of scores, the same ones on every machine: equal scores are ordered by item
/// id.
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>

namespace ciess {

/// An item and what a model says of it for one user.
struct scored_item {
  row_id item;
  float score;
  friend bool operator==(const scored_item&, const scored_item&) = default;
};

/// Keeps the k best items of several independent rows (users) while their scores arrive piece by
/// piece. Higher scores first; among equal scores (-0 equals +0) the smaller item id. An item
/// scored minus infinity is never chosen, exactly as an excluded one; so a row holds fewer than k
/// items when fewer are left. Most scores cost one vectorised comparison with the k-th best so far;
/// memory is about 8 (2k + 64) bytes a row.
class top_k {
 public:
  /// @param rows  rows selected at the same time, >= 1
  /// @throws argument_error if k or rows is below 1
  explicit top_k(int k, index rows = 1) {
    if (k < 1) detail::throw_error<argument_error>("top_k: k must be at least 1, got ", k);
    if (rows < 1) detail::throw_error<argument_error>("top_k: rows must be at least 1, got ", rows);
    k_ = static_cast<std::size_t>(k);
    capacity_ = 2 * k_ + 2 * chunk;
    groups_.resize(std::bit_ceil(3 * k_));
    rows_.resize(static_cast<std::size_t>(rows));
    keys_.resize(rows_.size() * capacity_);
    best_.reserve(k_);
  }

  [[nodiscard]] int k() const noexcept { return static_cast<int>(k_); }
  [[nodiscard]] index rows() const noexcept { return static_cast<index>(rows_.size()); }

  /// Forgets all rows; keeps the memory.
  void clear() noexcept { std::fill(rows_.begin(), rows_.end(), row_state{}); }

  /// Offers the items first, first + 1, ... to a row. The pieces of one row must come in rising
  /// item order.
  /// @param scores    shape [n]; overwritten at excluded items
  /// @param excluded  item ids in rising order that must not be chosen; others are ignored
  /// @return the first item whose score is NaN, -1 if there is none; excluded ones do not count.
  ///         After a NaN the row must be cleared. Allocates nothing.
  [[nodiscard]] row_id offer(index row, std::span<float> scores, row_id first,
                             std::span<const row_id> excluded) noexcept {
    assert(0 <= row && row < rows());
    for (auto e = std::lower_bound(excluded.begin(), excluded.end(), first);
         e != excluded.end() && static_cast<std::size_t>(*e - first) < scores.size(); ++e)
      scores[static_cast<std::size_t>(*e - first)] = lowest;

    const auto r = static_cast<std::size_t>(row);
    row_state& state = rows_[r];
    std::uint64_t* const keys = keys_.data() + r * capacity_;
    if (state.count == 0 && scores.size() >= 2 * groups_.size()) state.threshold = seed(scores);
    if (state.count > k_) shrink(state, keys);

    for (std::size_t start = 0; start < scores.size(); start += chunk) {
      std::uint32_t found = above(scores.subspan(start), state.threshold);
      for (; found != 0; found &= found - 1) {
        const std::size_t j = start + static_cast<std::size_t>(std::countr_zero(found));
        const row_id item = first + static_cast<row_id>(j);
        if (std::isnan(scores[j])) return item;
        keys[state.count++] = key(scores[j], item);
      }
      if (state.count + chunk > capacity_) shrink(state, keys);
    }
    return -1;
  }

  /// The chosen items of a row, best first: at most k. Valid until the next call on this object.
  [[nodiscard]] std::span<const scored_item> best(index row) noexcept {
    assert(0 <= row && row < rows());
    const auto r = static_cast<std::size_t>(row);
    std::uint64_t* const keys = keys_.data() + r * capacity_;
    if (rows_[r].count > k_) shrink(rows_[r], keys);
    std::sort(keys, keys + rows_[r].count, std::greater<>{});
    best_.clear();
    for (std::size_t i = 0; i < rows_[r].count; ++i) best_.push_back(value(keys[i]));
    return best_;
  }

 private:
  static constexpr std::size_t chunk = 32;
  static constexpr float lowest = -std::numeric_limits<float>::infinity();

  struct row_state {
    std::size_t count = 0;     ///< keys kept, the k best so far among them
    float threshold = lowest;  ///< scores up to this one cannot be among the k best any more
  };

  /// One integer that is larger the better the item ranks: the score's bits in an order-preserving
  /// form above the complement of the id. Adding zero turns -0 into +0.
  static std::uint64_t key(float score, row_id item) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(score + 0.0F);
    const std::uint32_t ordered = bits >> 31 ? ~bits : bits | 0x80000000U;
    return std::uint64_t{ordered} << 32 | ~static_cast<std::uint32_t>(item);
  }

  static scored_item value(std::uint64_t key) noexcept {
    const auto ordered = static_cast<std::uint32_t>(key >> 32);
    const std::uint32_t bits = ordered >> 31 ? ordered & 0x7FFFFFFFU : ~ordered;
    return {.item = static_cast<row_id>(~static_cast<std::uint32_t>(key)),
            .score = std::bit_cast<float>(bits)};
  }

  /// Bit j is set if score j of a chunk is above the threshold or NaN. No branch inside, so that it
  /// vectorises.
  static std::uint32_t above(std::span<const float> scores, float threshold) noexcept {
    std::uint32_t found = 0;
    if (scores.size() >= chunk) {
      for (std::size_t j = 0; j < chunk; ++j) found |= scores[j] <= threshold ? 0U : 1U << j;
    } else {
      for (std::size_t j = 0; j < scores.size(); ++j)
        found |= scores[j] <= threshold ? 0U : 1U << j;
    }
    return found;
  }

  /// A threshold below the k-th best of the piece, close to it: the piece is dealt out to groups; k
  /// groups whose maximum reaches x prove that k items do. NaN loses every comparison here and is
  /// found by the scan.
  float seed(std::span<const float> scores) noexcept {
    std::fill(groups_.begin(), groups_.end(), lowest);
    for (std::size_t start = 0; start + groups_.size() <= scores.size(); start += groups_.size())
      for (std::size_t j = 0; j < groups_.size(); ++j)
        groups_[j] = groups_[j] < scores[start + j] ? scores[start + j] : groups_[j];
    auto [low, high] = std::minmax_element(groups_.begin(), groups_.end());
    float below = *low, beyond = *high;
    if (!std::isfinite(below) || !std::isfinite(beyond)) return lowest;
    for (int halving = 0; halving < 10; ++halving) {
      const float middle = 0.5F * below + 0.5F * beyond;
      std::uint32_t reached = 0;
      for (const float best : groups_) reached += best > middle ? 1U : 0U;
      (reached >= k_ ? below : beyond) = middle;
    }
    return std::nextafter(below, lowest);
  }

  /// Keeps the k best keys and raises the threshold to the worst of them.
  void shrink(row_state& state, std::uint64_t* keys) const noexcept {
    if (state.count <= k_) return;
    std::nth_element(keys, keys + k_ - 1, keys + state.count, std::greater<>{});
    state.count = k_;
    state.threshold = value(keys[k_ - 1]).score;
  }

  std::size_t k_ = 0;
  std::size_t capacity_ = 0;  ///< keys a row has room for
  std::vector<row_state> rows_;
  std::vector<std::uint64_t> keys_;  ///< [rows, capacity]
  std::vector<float> groups_;        ///< scratch of seed()
  std::vector<scored_item> best_;    ///< what best() returned last
};

}  // namespace ciess
