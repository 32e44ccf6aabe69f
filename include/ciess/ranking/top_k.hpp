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
#include <ciess/core/index.hpp>

namespace ciess {

/// An item and what a model says of it for one user.
struct scored_item {
  row_id item;
  float score;
  friend bool operator==(const scored_item&, const scored_item&) = default;
};

namespace detail {

/// Bit j is set if score j of 32 is not below the threshold: as high, higher, or NaN. No branch
/// inside, so that it vectorises.
inline std::uint32_t not_below(const float* scores, float threshold) noexcept {
  std::uint32_t found = 0;
  for (std::size_t j = 0; j < 32; ++j) found |= scores[j] < threshold ? 0U : 1U << j;
  return found;
}

}  // namespace detail

/// Keeps the k best items of several independent rows (users) while their scores arrive piece by
/// piece. Higher scores first; among equal scores (-0 equals +0) the smaller item id. An item
/// scored minus infinity is never chosen, exactly as an excluded one; so a row holds fewer than k
/// items when fewer are left. Most scores cost one vectorised comparison with the k-th best so far;
/// memory is about 8 (2k + 64) bytes a row.
class top_k {
 public:
  /// @param rows  rows selected at the same time, >= 1
  /// @throws argument_error if k or rows is below 1
  explicit top_k(int k, index_t rows = 1) {
    if (k < 1) detail::throw_error<argument_error>("top_k: k must be at least 1, got ", k);
    if (rows < 1) detail::throw_error<argument_error>("top_k: rows must be at least 1, got ", rows);
    k_ = static_cast<std::size_t>(k);
    capacity_ = 2 * k_ + 2 * chunk;
    groups_.resize(std::bit_ceil(3 * k_));
    rows_.resize(static_cast<std::size_t>(rows));
    thresholds_.assign(rows_.size(), lowest);
    keys_.resize(rows_.size() * capacity_);
    best_.reserve(k_);
  }

  [[nodiscard]] int k() const noexcept { return static_cast<int>(k_); }
  [[nodiscard]] index_t rows() const noexcept { return static_cast<index_t>(rows_.size()); }

  /// Forgets all rows; keeps the memory.
  void clear() noexcept {
    std::fill(rows_.begin(), rows_.end(), row_state{});
    std::fill(thresholds_.begin(), thresholds_.end(), lowest);
  }

  /// Offers the items first, first + 1, ... to a row.
  /// @param scores    shape [n]; overwritten at excluded items
  /// @param excluded  item ids in rising order that must not be chosen; others are ignored
  /// @return the first item whose score is NaN, -1 if there is none; excluded ones do not count.
  ///         After a NaN the row must be cleared. Allocates nothing.
  [[nodiscard]] row_id offer(index_t row, std::span<float> scores, row_id first,
                             std::span<const row_id> excluded) noexcept {
    for (auto e = std::lower_bound(excluded.begin(), excluded.end(), first);
         e != excluded.end() && static_cast<std::size_t>(*e - first) < scores.size(); ++e)
      scores[static_cast<std::size_t>(*e - first)] = -std::numeric_limits<float>::infinity();
    return offer(row, scores, [first](std::size_t j) { return first + static_cast<row_id>(j); });
  }

  /// Offers items in any order to a row.
  /// @param scores   shape [n]; minus infinity at excluded items
  /// @param item_of  `item_of(std::size_t j)` is the item that score j is of; no item comes twice
  /// @return the smallest item whose score is NaN, -1 if there is none
  template <class ItemOf>
  [[nodiscard]] row_id offer(index_t row, std::span<const float> scores,
                             ItemOf&& item_of) noexcept {
    assert(0 <= row && row < rows());
    const auto r = static_cast<std::size_t>(row);
    if (rows_[r].count == 0 && scores.size() >= 2 * groups_.size()) thresholds_[r] = seed(scores);
    shrink(r);
    row_id bad = -1;
    for (std::size_t start = 0; start < scores.size(); start += chunk) {
      std::uint32_t found = 0;
      if (scores.size() - start >= chunk) {
        found = detail::not_below(scores.data() + start, thresholds_[r]);
      } else {
        for (std::size_t j = start; j < scores.size(); ++j)
          found |= scores[j] < thresholds_[r] ? 0U : 1U << (j - start);
      }
      for (; found != 0; found &= found - 1) {
        const std::size_t j = start + static_cast<std::size_t>(std::countr_zero(found));
        if (const row_id nan = add(row, scores[j], item_of(j)); nan >= 0)
          bad = bad < 0 ? nan : std::min(bad, nan);
      }
    }
    return bad;
  }

  /// What a score must reach to matter, shape [rows]: scores below cannot be among the k best of
  /// their row any more. Never NaN, above minus infinity.
  [[nodiscard]] const float* thresholds() const noexcept { return thresholds_.data(); }

  /// Offers one item whose score is not below the threshold of the row.
  /// @return the item if its score is NaN, else -1
  row_id add(index_t row, float score, row_id item) noexcept {
    if (std::isnan(score)) return item;
    const auto r = static_cast<std::size_t>(row);
    const std::uint64_t k = key(score, item);
    if (k < rows_[r].least) return -1;  // a tie with the k-th best that the other wins
    keys_[r * capacity_ + rows_[r].count++] = k;
    if (rows_[r].count == capacity_) shrink(r);
    return -1;
  }

  /// Raises the threshold of a row as far as what it was offered allows.
  void tighten(index_t row) noexcept { shrink(static_cast<std::size_t>(row)); }

  /// The chosen items of a row, best first: at most k. Valid until the next call on this object.
  [[nodiscard]] std::span<const scored_item> best(index_t row) noexcept {
    assert(0 <= row && row < rows());
    const auto r = static_cast<std::size_t>(row);
    shrink(r);
    std::uint64_t* const keys = keys_.data() + r * capacity_;
    std::sort(keys, keys + rows_[r].count, std::greater<>{});
    best_.clear();
    for (std::size_t i = 0; i < rows_[r].count; ++i) best_.push_back(value(keys[i]));
    return best_;
  }

 private:
  static constexpr std::size_t chunk = 32;
  static constexpr float lowest = std::numeric_limits<float>::lowest();

  struct row_state {
    std::size_t count = 0;    ///< keys kept, the k best so far among them
    std::uint64_t least = 0;  ///< keys below this one are not among the k best
  };

  /// A number that is no NaN as an integer in the same order, and back.
  static std::uint32_t ordered(float score) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(score);
    return bits >> 31 ? ~bits : bits | 0x80000000U;
  }
  static float score_of(std::uint32_t ordered) noexcept {
    return std::bit_cast<float>(ordered >> 31 ? ordered & 0x7FFFFFFFU : ~ordered);
  }

  /// One integer that is larger the better the item ranks: the score's bits in an order-preserving
  /// form above the complement of the id. Adding zero turns -0 into +0.
  static std::uint64_t key(float score, row_id item) noexcept {
    return std::uint64_t{ordered(score + 0.0F)} << 32 | ~static_cast<std::uint32_t>(item);
  }

  static scored_item value(std::uint64_t key) noexcept {
    return {.item = static_cast<row_id>(~static_cast<std::uint32_t>(key)),
            .score = score_of(static_cast<std::uint32_t>(key >> 32))};
  }

  /// A threshold not above the k-th best of the piece, close to it: the piece is dealt out to
  /// groups; k groups whose maximum reaches x prove that k items do. NaN loses every comparison
  /// here and is found by the scan.
  float seed(std::span<const float> scores) noexcept {
    std::fill(groups_.begin(), groups_.end(), -std::numeric_limits<float>::infinity());
    for (std::size_t start = 0; start + groups_.size() <= scores.size(); start += groups_.size())
      for (std::size_t j = 0; j < groups_.size(); ++j)
        groups_[j] = groups_[j] < scores[start + j] ? scores[start + j] : groups_[j];
    // As integers, whose least and greatest are found by vectors.
    std::uint32_t low = ~0U, high = 0;
    for (const float best : groups_) {
      low = std::min(low, ordered(best));
      high = std::max(high, ordered(best));
    }
    float below = score_of(low), beyond = score_of(high);
    if (!std::isfinite(below) || !std::isfinite(beyond)) return lowest;
    for (int halving = 0; halving < 10; ++halving) {
      const float middle = 0.5F * below + 0.5F * beyond;
      std::uint32_t reached = 0;
      for (const float best : groups_) reached += best > middle ? 1U : 0U;
      (reached >= k_ ? below : beyond) = middle;
    }
    return below;
  }

  /// Keeps the k best keys and raises the threshold to the worst of them.
  void shrink(std::size_t r) noexcept {
    row_state& state = rows_[r];
    if (state.count <= k_) return;
    std::uint64_t* const keys = keys_.data() + r * capacity_;
    std::nth_element(keys, keys + k_ - 1, keys + state.count, std::greater<>{});
    state.count = k_;
    state.least = keys[k_ - 1];
    thresholds_[r] = value(state.least).score;
  }

  std::size_t k_ = 0;
  std::size_t capacity_ = 0;  ///< keys a row has room for
  std::vector<row_state> rows_;
  std::vector<float> thresholds_;    ///< [rows]
  std::vector<std::uint64_t> keys_;  ///< [rows, capacity]
  std::vector<float> groups_;        ///< scratch of seed()
  std::vector<scored_item> best_;    ///< what best() returned last
};

}  // namespace ciess
