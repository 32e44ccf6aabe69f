// SPDX-License-Identifier: MIT
/// @file
/// A block of users against the items of a packed table, a chunk of items at a time.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <ciess/core/types.hpp>
#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/packed_view.hpp>
#include <ciess/ranking/detail/packed_panels.hpp>
#include <ciess/ranking/detail/score_tile.hpp>
#include <ciess/ranking/packed_choice.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess::detail {

/// Ranks a block of users at a time. A chunk of items is decoded once for all of them; a panel of
/// it stays in the L1 cache while they pass by. A score costs the numbers that the largest user of
/// its tile and the largest item of its panel both keep. Owns its buffers: a call allocates
/// nothing.
template <packed_number N>
class packed_ranker {
 public:
  /// @param chosen  of the items
  /// @param users   largest block
  packed_ranker(const packed_view<N>& items, const chosen_items& chosen, index_t users, int k)
      : items_{&items},
        chosen_{chosen},
        tiles_{(users + tile_users - 1) / tile_users},
        panels_{items.columns(), chosen},
        best_{k, tiles_ * tile_users},
        vectors_(tiles_ * items.columns(), tile_users),
        scores_(tile_users, panels_.capacity()),
        copy_(at(items.columns())),
        sizes_(at(tiles_)),
        rows_(at(tiles_ * tile_users)),
        excluded_(at(chunk() / panel_items * tiles_ * tile_users), 0),
        next_(rows_.size()),
        bad_(rows_.size()) {}

  /// Items that are decoded at the same time.
  [[nodiscard]] index_t chunk() const noexcept { return panels_.capacity(); }

  /// @param users        how many, at most those of the largest block
  /// @param first, last  places of the items to choose from
  /// @param vector       `vector.size(u)` numbers of user u in [0, users) matter, and
  ///                     `vector.copy(u, std::span<float> out)` writes them, with zeros behind
  /// @param excluded     `excluded(u)` are items in rising order not to choose
  /// @param take         `take(u, best)`
  /// @param report       `report(u, item)` in place of `take` if a score is NaN
  /// @throws data_error as `packed_view::operator[]`
  template <class Vector, class Excluded, class Take, class Report>
  void operator()(index_t users, index_t first, index_t last, Vector&& vector, Excluded&& excluded,
                  Take&& take, Report&& report) {
    place(users, vector);
    for (index_t r = 0; r < users; ++r) {
      const std::span<const row_id> all = excluded(row(r));
      next_[at(r)] = std::ranges::lower_bound(all, chosen_.bound(first)) - all.begin();
    }
    best_.clear();
    std::ranges::fill(bad_, row_id{-1});
    for (index_t from = first; from < last; from += chunk()) {
      const index_t to = std::min(last, from + chunk());
      panels_.load(*items_, from, to);
      exclude(users, excluded, chosen_.bound(to));
      if (from == first) {
        for (index_t r = 0; r < users; r += tile_users) begin(r, users);
      } else {
        for (index_t panel = 0; panel < panels_.count(); ++panel)
          for (index_t r = 0; r < users; r += tile_users) go_on(panel, r, users);
      }
    }
    for (index_t r = 0; r < users; ++r) {
      if (const row_id item = bad_[at(r)]; item >= 0)
        report(row(r), item);
      else
        take(row(r), best_.best(r));
    }
  }

 private:
  [[nodiscard]] static std::size_t at(index_t r) noexcept { return static_cast<std::size_t>(r); }
  [[nodiscard]] index_t row(index_t r) const noexcept { return rows_[at(r)]; }
  [[nodiscard]] std::uint32_t& excluded(index_t panel, index_t r) noexcept {
    return excluded_[at(panel * tiles_ * tile_users + r)];
  }
  void note(index_t r, row_id item) noexcept {
    if (item >= 0) bad_[at(r)] = bad_[at(r)] < 0 ? item : std::min(bad_[at(r)], item);
  }

  /// Puts users of like size into the same tile, column by column.
  template <class Vector>
  void place(index_t users, Vector&& vector) {
    std::iota(rows_.begin(), rows_.begin() + users, index_t{0});
    std::sort(rows_.begin(), rows_.begin() + users, [&](index_t a, index_t b) {
      const auto of_a = vector.size(a), of_b = vector.size(b);
      return of_a != of_b ? of_a > of_b : a < b;
    });
    const index_t columns = items_->columns();
    for (index_t r = 0; r < (users + tile_users - 1) / tile_users * tile_users; ++r) {
      if (r % tile_users == 0) sizes_[at(r / tile_users)] = vector.size(row(r));
      auto to = vectors_.col(r % tile_users).segment(r / tile_users * columns, columns);
      if (r < users) {
        vector.copy(row(r), std::span(copy_));
        to = Eigen::Map<const basic_vector<float>>(copy_.data(), columns);
      } else {
        to.setZero();
      }
    }
  }

  /// Marks what users must not be given of this chunk, which ends before item `end`.
  template <class Excluded>
  void exclude(index_t users, Excluded&& excluded_of, index_t end) noexcept {
    std::ranges::fill(excluded_, 0U);
    for (index_t r = 0; r < users; ++r) {
      const std::span<const row_id> all = excluded_of(row(r));
      for (auto& next = next_[at(r)]; next < std::ssize(all) && all[at(next)] < end; ++next) {
        const index_t position = panels_.position(all[at(next)]);
        if (position < 0) continue;  // not chosen from at all
        excluded(position / panel_items, r) |= std::uint32_t{1} << (position % panel_items);
      }
    }
  }

  [[nodiscard]] bool score(index_t panel, index_t r, index_t users, float* scores,
                           index_t stride) const noexcept {
    const auto tile = users - r == 1 ? score_tile<1> : score_tile<tile_users>;
    return tile(panels_[panel], vectors_.data() + r * items_->columns(),
                std::min(panels_.columns(panel), sizes_[at(r / tile_users)]),
                best_.thresholds() + r, scores, stride);
  }

  /// The first chunk: many scores at once, from which good thresholds can be guessed.
  void begin(index_t first, index_t users) noexcept {
    constexpr float never = -std::numeric_limits<float>::infinity();
    const index_t stride = scores_.cols();
    for (index_t panel = 0; panel < panels_.count(); ++panel)
      static_cast<void>(score(panel, first, users, scores_.data() + panel * panel_items, stride));
    for (index_t r = first; r < std::min(first + tile_users, users); ++r) {
      float* const scores = scores_.data() + (r - first) * stride;
      for (index_t panel = 0; panel < panels_.count(); ++panel)
        for (std::uint32_t bits = excluded(panel, r); bits != 0; bits &= bits - 1)
          scores[panel * panel_items + std::countr_zero(bits)] = never;
      note(r, best_.offer(r, std::span<const float>{scores, at(panels_.items())},
                          [this](std::size_t j) { return panels_.item(static_cast<index_t>(j)); }));
      best_.tighten(r);
    }
  }

  /// Another panel: only what reaches a threshold is looked at.
  void go_on(index_t panel, index_t first, index_t users) noexcept {
    if (!score(panel, first, users, scores_.data(), panel_items)) return;
    for (index_t r = first; r < std::min(first + tile_users, users); ++r) {
      const float* const scores = scores_.data() + (r - first) * panel_items;
      for (std::uint32_t found = not_below(scores, best_.thresholds()[r]) & panels_.present(panel) &
                                 ~excluded(panel, r);
           found != 0; found &= found - 1) {
        const auto j = std::countr_zero(found);
        note(r, best_.add(r, scores[j], panels_.item(panel * panel_items + j)));
      }
    }
  }

  const packed_view<N>* items_;
  chosen_items chosen_;
  index_t tiles_;
  packed_panels<N> panels_;
  top_k best_;
  matrix vectors_;                       ///< [tiles * columns, tile_users]
  matrix scores_;                        ///< [tile_users, chunk]
  std::vector<float> copy_;              ///< of a user, [columns]
  std::vector<index_t> sizes_;           ///< of the largest user of each tile
  std::vector<index_t> rows_;            ///< [users] who is where: by falling size
  std::vector<std::uint32_t> excluded_;  ///< [panels, users]: items not to choose
  std::vector<std::ptrdiff_t> next_;     ///< [users]: the first excluded item from this chunk on
  std::vector<row_id> bad_;              ///< [users]: smallest item with a NaN score, or -1
};

}  // namespace ciess::detail
