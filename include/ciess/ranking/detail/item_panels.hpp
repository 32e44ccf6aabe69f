// SPDX-License-Identifier: MIT
/// @file
/// Item vectors in the layout and the order that full rankings read them in.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <span>
#include <vector>

#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/ranking/detail/score_tile.hpp>

namespace ciess::detail {

/// Items in panels, those with the longest vectors first: their scores are the largest in size, so
/// the thresholds of a ranking are high early.
class item_panels {
 public:
  /// @param barred  items that are in no panel, in rising order
  explicit item_panels(const matrix_view& items, std::span<const row_id> barred = {})
      : columns_{items.cols()},
        count_{(items.rows() - std::ssize(barred) + panel_items - 1) / panel_items},
        order_(static_cast<std::size_t>(items.rows() - std::ssize(barred))),
        positions_(static_cast<std::size_t>(items.rows()),
                   static_cast<row_id>(count_ * panel_items)),
        numbers_{matrix::Zero(count_ * columns_, panel_items)} {
    std::vector<float> lengths(positions_.size());
    parallel_for(items.rows(), 256, [&](index_t first, index_t last) {
      for (index_t i = first; i < last; ++i) {
        const float length = items.row(i).squaredNorm();
        // NaN would have no place in an order.
        lengths[static_cast<std::size_t>(i)] = length >= 0.0F ? length : 0.0F;
      }
    });
    std::ranges::set_difference(std::views::iota(row_id{0}, static_cast<row_id>(items.rows())),
                                barred, order_.begin());
    std::ranges::sort(order_, [&](row_id a, row_id b) {
      const float of_a = lengths[static_cast<std::size_t>(a)];
      const float of_b = lengths[static_cast<std::size_t>(b)];
      return of_a != of_b ? of_a > of_b : a < b;
    });
    parallel_for(count_, 8, [&](index_t first, index_t last) {
      for (index_t position = first * panel_items;
           position < std::min(last * panel_items, this->items()); ++position) {
        const row_id item = order_[static_cast<std::size_t>(position)];
        positions_[static_cast<std::size_t>(item)] = static_cast<row_id>(position);
        numbers_.col(position % panel_items).segment(position / panel_items * columns_, columns_) =
            items.row(item).transpose();
      }
    });
  }

  [[nodiscard]] index_t count() const noexcept { return count_; }
  /// Numbers of a panel, [columns, panel_items]; zeros behind the last item.
  [[nodiscard]] const float* operator[](index_t panel) const noexcept {
    return numbers_.data() + panel * columns_ * panel_items;
  }
  [[nodiscard]] row_id item(index_t position) const noexcept {
    return order_[static_cast<std::size_t>(position)];
  }
  /// Of a barred item: the first behind all panels.
  [[nodiscard]] index_t position(row_id item) const noexcept {
    return positions_[static_cast<std::size_t>(item)];
  }
  /// How many are in the panels.
  [[nodiscard]] index_t items() const noexcept { return static_cast<index_t>(order_.size()); }

 private:
  index_t columns_;
  index_t count_;
  std::vector<row_id> order_;
  std::vector<row_id> positions_;  ///< of each item in the order
  matrix numbers_;
};

}  // namespace ciess::detail
