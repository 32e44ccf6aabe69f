// SPDX-License-Identifier: MIT
/// @file
/// Some rows of a packed table at a time, in the layout that full rankings read.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <ciess/core/number_formats.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/code_book.hpp>
#include <ciess/embedding/detail/eight_columns.hpp>
#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/packed_view.hpp>
#include <ciess/ranking/detail/score_tile.hpp>
#include <ciess/ranking/packed_choice.hpp>

namespace ciess::detail {

/// A chunk of items in panels, those that keep most numbers first: items of a panel keep nearly as
/// many, so it has hardly more columns than they have numbers. Owns its buffers.
template <packed_number N>
class packed_panels {
 public:
  /// @param columns  d_max of the items
  /// @param chosen   those that are at the places which `load` takes
  packed_panels(index_t columns, const chosen_items& chosen)
      : chosen_{chosen},
        capacity_{std::clamp(most_numbers / columns / panel_items, index_t{1}, most_panels) *
                  panel_items},
        numbers_(1, capacity_ * columns + 7 * panel_items) {
    from_.resize(static_cast<std::size_t>(capacity_));
    sizes_.resize(static_cast<std::size_t>(capacity_));
    scales_.resize(static_cast<std::size_t>(capacity_));
    order_.resize(static_cast<std::size_t>(capacity_));
    positions_.resize(static_cast<std::size_t>(capacity_));
    next_.resize(static_cast<std::size_t>(columns) + 2);
    begins_.resize(static_cast<std::size_t>(capacity_ / panel_items) + 1);
  }

  /// Items of a chunk: a multiple of `panel_items`.
  [[nodiscard]] index_t capacity() const noexcept { return capacity_; }

  /// Takes the items at the places [first, last), at most a chunk.  O(numbers + columns); allocates
  /// nothing
  /// @throws data_error as `packed_view::operator[]`
  void load(const packed_view<N>& items, index_t first, index_t last) {
    first_ = first;
    end_ = items.parts().values.data() + items.parts().values.size();
    book_ = items.parts().book;
    items_ = 0;
    chosen_.for_each_row(items, first, last, [&](const packed_row<N>& row) {
      __builtin_prefetch(row.stored().data());  // read in another order soon
      const auto r = static_cast<std::size_t>(items_++);
      from_[r] = row.stored().data();
      sizes_[r] = static_cast<std::int32_t>(row.size());
      scales_[r] = row.scale();
    });
    sort();
    float* to = numbers_.data();
    for (index_t p = 0; p < count(); ++p) {
      begins_[static_cast<std::size_t>(p)] = to;
      to = decode(p * panel_items, to);
    }
    begins_[static_cast<std::size_t>(count())] = to;
  }

  [[nodiscard]] index_t items() const noexcept { return items_; }
  [[nodiscard]] index_t count() const noexcept { return (items() + panel_items - 1) / panel_items; }
  /// Numbers of a panel, [columns(panel), panel_items], as a dense table would have them.
  [[nodiscard]] const float* operator[](index_t panel) const noexcept {
    return begins_[static_cast<std::size_t>(panel)];
  }
  [[nodiscard]] index_t columns(index_t panel) const noexcept {
    return ((*this)[panel + 1] - (*this)[panel]) / panel_items;
  }
  /// Bit j is set if there is an item j in the panel.
  [[nodiscard]] std::uint32_t present(index_t panel) const noexcept {
    const index_t missing = std::max<index_t>((panel + 1) * panel_items - items(), 0);
    return ~std::uint32_t{0} >> missing;
  }
  [[nodiscard]] row_id item(index_t position) const noexcept {
    return chosen_.item(first_ + order_[static_cast<std::size_t>(position)]);
  }
  /// -1 if the item is none of the chunk.
  [[nodiscard]] index_t position(row_id item) const noexcept {
    const index_t place = chosen_.place(item, first_, first_ + items());
    return place < 0 ? -1 : positions_[static_cast<std::size_t>(place - first_)];
  }

 private:
  static constexpr index_t most_panels = 64;
  static constexpr index_t most_numbers = index_t{1} << 18;  // 1 MB, but for a panel that is larger

  /// Counts, then places.
  void sort() noexcept {
    const auto group = [&](std::size_t r) {
      return next_.size() - 2 - static_cast<std::size_t>(sizes_[r]);
    };
    std::ranges::fill(next_, 0);
    for (std::size_t r = 0; r < static_cast<std::size_t>(items_); ++r) ++next_[group(r) + 1];
    for (std::size_t g = 1; g < next_.size(); ++g) next_[g] += next_[g - 1];
    for (std::size_t r = 0; r < static_cast<std::size_t>(items_); ++r) {
      const auto position = next_[group(r)]++;
      order_[static_cast<std::size_t>(position)] = static_cast<std::int32_t>(r);
      positions_[r] = position;
    }
  }

  /// Writes the panel that begins with the item at a position, and perhaps zeros behind it.
  /// @return where the panel ends
  float* decode(index_t position, float* to) noexcept
    requires(!booked_number<N>)
  {
    const index_t columns = sizes_[at(position)];
    const index_t filled = std::min(panel_items, items() - position);
    for (index_t j = 0; j < panel_items; j += 4) {
      const four_rows<N> rows(
          [&](index_t i) {
            if (j + i >= filled) return some_row<N>{};
            const std::size_t r = at(position + j + i);
            return some_row<N>{from_[r], sizes_[r], scales_[r]};
          },
          end_);
      for (index_t c = 0; c < columns; c += 8) {
        eight_columns of;
        rows.read(c, of);
        for (index_t k = 0; k < 8; ++k)
          std::memcpy(to + (c + k) * panel_items + j, &of.column[k], sizeof of.column[k]);
      }
    }
    return to + columns * panel_items;
  }

  /// The same by the bytes of the rows, one after the other of all rows. What a byte means is
  /// computed, as in the book: that goes through registers, and looking it up would not.
  float* decode(index_t position, float* to) noexcept
    requires booked_number<N>
  {
    const index_t columns = sizes_[at(position)];
    const code_book& book = *book_;
    index_t kept = std::min(panel_items, items() - position);  // rows that still have the byte
    std::array<std::int32_t, panel_items> codes{};
    std::array<float, panel_items> scales{};
    for (index_t j = 0; j < kept; ++j)
      scales[static_cast<std::size_t>(j)] = scales_[at(position + j)];
    for (index_t m = 0; m < book.bytes_for(columns); ++m) {
      for (; sizes_[at(position + kept - 1)] <= book.first_of(m); --kept)
        scales[static_cast<std::size_t>(kept - 1)] = 0;
      for (index_t j = 0; j < kept; ++j)
        codes[static_cast<std::size_t>(j)] = from_[at(position + j)][m].value;
      int shift = 0;
      for (index_t c = book.first_of(m); shift < 8; ++c) {
        const auto at = static_cast<std::size_t>(c);
        const int most = (1 << book.bits()[at]) - 1;
        const float step = to_float(book.steps()[at]);
        float* const out = to + c * panel_items;
        for (std::size_t j = 0; j < panel_items; ++j)
          out[j] = step * static_cast<float>(2 * (codes[j] >> shift & most) - most) * scales[j];
        for (index_t j = kept; j < panel_items; ++j) out[j] = 0.0F;  // not -0
        shift += book.bits()[at];
      }
    }
    return to + columns * panel_items;
  }

  /// Which of the rows is at a position.  @pre there is one
  [[nodiscard]] std::size_t at(index_t position) const noexcept {
    return static_cast<std::size_t>(order_[static_cast<std::size_t>(position)]);
  }

  chosen_items chosen_;
  index_t capacity_;
  index_t first_ = 0;       ///< place of the first item
  const N* end_ = nullptr;  ///< of the numbers of all items
  index_t items_ = 0;
  const code_book* book_ = nullptr;
  // Rows by their parts: a whole one is written by parts, and soon to copy it would wait for that.
  std::vector<const N*> from_;           ///< [capacity] their values
  std::vector<std::int32_t> sizes_;      ///< [capacity] columns
  std::vector<float> scales_;            ///< [capacity]
  std::vector<std::int32_t> order_;      ///< [capacity] rows, the largest first
  std::vector<std::int32_t> positions_;  ///< [capacity] of each row in the order
  std::vector<std::int32_t> next_;       ///< [columns + 2] scratch: places of groups of one size
  std::vector<const float*> begins_;     ///< of panels, and the end
  matrix numbers_;  ///< of all panels, one after the other, and room behind; not set to zeros
};

}  // namespace ciess::detail
