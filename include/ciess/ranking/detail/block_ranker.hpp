// SPDX-License-Identifier: MIT
/// @file
/// A block of users against all items: tiles of scores that end where they are made.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/ranking/detail/item_panels.hpp>
#include <ciess/ranking/detail/score_tile.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess::detail {

/// Ranks a block of users at a time against all items of the panels. A panel stays in the L1 cache
/// while all users of the block pass by. Owns its buffers: a call allocates nothing.
class block_ranker {
 public:
  /// Users of a block: whole tiles at any tile_users.
  static constexpr index_t users = 96;

  block_ranker(const item_panels& items, index_t columns, int k)
      : items_{&items},
        columns_{columns},
        head_{std::min(items.count(), head_items(k) / panel_items)},
        best_{k, users},
        vectors_{matrix::Zero(users / tile_users * columns, tile_users)},
        scores_(tile_users, (head_ + 1) * panel_items),
        excluded_(static_cast<std::size_t>((items.count() + 1) * users), 0) {
    for (index_t position = items.items(); position < items.count() * panel_items; ++position)
      for (index_t r = 0; r < users; ++r) excluded(position, r) |= bit(position);
  }

  /// @param table  vectors of all users
  /// @param seen   interactions not to recommend again
  /// @param rows   users to rank for, at most `users`
  /// @param user   `user(r)` is the user of row r in [0, rows)
  /// @param take   `take(r, best)`
  /// @param report  `report(user, item)` in place of `take` if a score is NaN
  template <class User, class Take, class Report>
  void operator()(const matrix_view& table, const interactions& seen, index_t rows, User&& user,
                  Take&& take, Report&& report) {
    best_.clear();
    std::fill(bad_.begin(), bad_.end(), row_id{-1});
    for (index_t r = 0; r < rows; ++r) {
      vectors_.col(r % tile_users).segment(r / tile_users * columns_, columns_) =
          table.row(user(r)).transpose();
    }
    for (index_t first = 0; first < rows; first += tile_users) begin(first, rows, seen, user);
    for (index_t panel = head_; panel < items_->count(); ++panel)
      for (index_t first = 0; first < rows; first += tile_users) go_on(panel, first, rows);
    for (index_t r = 0; r < rows; ++r) {
      for (const row_id item : seen.items_of(user(r))) {
        const index_t position = items_->position(item);
        excluded(position, r) &= ~bit(position);
      }
      if (const row_id item = bad_[static_cast<std::size_t>(r)]; item >= 0)
        report(user(r), item);
      else
        take(r, best_.best(r));
    }
  }

 private:
  /// Items scored before the first threshold: enough that it is good, few enough for the cache.
  [[nodiscard]] static index_t head_items(int k) noexcept {
    index_t items = 512;
    while (items < 4096 && items < 96 * index_t{k}) items *= 2;
    return items;
  }
  [[nodiscard]] static std::uint32_t bit(index_t position) noexcept {
    return std::uint32_t{1} << (position % panel_items);
  }
  [[nodiscard]] std::uint32_t& excluded(index_t position, index_t r) noexcept {
    return excluded_[static_cast<std::size_t>(position / panel_items * users + r)];
  }
  [[nodiscard]] bool score(index_t panel, index_t first, float* scores,
                           index_t stride) const noexcept {
    return score_tile((*items_)[panel], vectors_.data() + first * columns_, columns_,
                      best_.thresholds() + first, scores, stride);
  }
  void note(index_t r, row_id item) noexcept {
    row_id& bad = bad_[static_cast<std::size_t>(r)];
    if (item >= 0) bad = bad < 0 ? item : std::min(bad, item);
  }

  /// The first panels: many scores at once, from which good thresholds can be guessed.
  template <class User>
  void begin(index_t first, index_t rows, const interactions& seen, User&& user) noexcept {
    constexpr float never = -std::numeric_limits<float>::infinity();
    const index_t count = std::min(head_ * panel_items, items_->items());
    const index_t stride = scores_.cols();
    for (index_t panel = 0; panel < head_; ++panel)
      static_cast<void>(score(panel, first, scores_.data() + panel * panel_items, stride));
    for (index_t r = first; r < std::min(first + tile_users, rows); ++r) {
      float* const row = scores_.data() + (r - first) * stride;
      for (const row_id item : seen.items_of(user(r))) {
        // Both without a branch: whether the item is one of the first is hard to guess.
        const index_t position = items_->position(item);
        excluded(position, r) |= bit(position);
        row[std::min(position, count)] = never;
      }
      note(r, best_.offer(r, std::span<const float>{row, static_cast<std::size_t>(count)},
                          [this](std::size_t j) { return items_->item(static_cast<index_t>(j)); }));
      best_.tighten(r);
    }
  }

  /// Another panel: only what reaches a threshold is looked at.
  void go_on(index_t panel, index_t first, index_t rows) noexcept {
    if (!score(panel, first, scores_.data(), panel_items)) return;
    for (index_t r = first; r < std::min(first + tile_users, rows); ++r) {
      const float* const row = scores_.data() + (r - first) * panel_items;
      for (std::uint32_t found =
               not_below(row, best_.thresholds()[r]) & ~excluded(panel * panel_items, r);
           found != 0; found &= found - 1) {
        const auto j = std::countr_zero(found);
        note(r, best_.add(r, row[j], items_->item(panel * panel_items + j)));
      }
    }
  }

  const item_panels* items_;
  index_t columns_;
  index_t head_;  ///< panels scored before the first threshold is known
  top_k best_;
  matrix vectors_;  ///< [users / tile_users * columns, tile_users]
  matrix scores_;   ///< [tile_users, first panels and a place for what is in none]
  /// [panels + 1, users]: items not to recommend; the last panel is that of items in none
  std::vector<std::uint32_t> excluded_;
  std::array<row_id, users> bad_{};  ///< smallest item with a NaN score, or -1
};

}  // namespace ciess::detail
