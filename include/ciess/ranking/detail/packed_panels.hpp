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
#include <ciess/embedding/detail/eight_numbers.hpp>
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
        numbers_(capacity_, columns) {
    rows_.reserve(static_cast<std::size_t>(capacity_));
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
    rows_.clear();
    chosen_.for_each_row(items, first, last, [&](const packed_row<N>& row) {
      __builtin_prefetch(row.stored().data());  // read in another order soon
      rows_.push_back(row);
    });
    sort();
    float* to = numbers_.data();
    for (index_t p = 0; p < count(); ++p) {
      begins_[static_cast<std::size_t>(p)] = to;
      to = decode(p * panel_items, to);
    }
    begins_[static_cast<std::size_t>(count())] = to;
  }

  [[nodiscard]] index_t items() const noexcept { return std::ssize(rows_); }
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
      return next_.size() - 2 - static_cast<std::size_t>(rows_[r].size());
    };
    std::ranges::fill(next_, 0);
    for (std::size_t r = 0; r < rows_.size(); ++r) ++next_[group(r) + 1];
    for (std::size_t g = 1; g < next_.size(); ++g) next_[g] += next_[g - 1];
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const auto position = next_[group(r)]++;
      order_[static_cast<std::size_t>(position)] = static_cast<std::int32_t>(r);
      positions_[r] = position;
    }
  }

  /// Writes the panel that begins with the item at a position.
  /// @return where the panel ends
  float* decode(index_t position, float* to) noexcept
    requires(!booked_number<N>)
  {
    const auto row = [&](index_t j) -> const packed_row<N>& { return row_at(position + j); };
    const index_t columns = row(0).size();
    const index_t filled = std::min(panel_items, items() - position);
    // The last row is the smallest: up to there, four rows at a time give eight columns of four.
    const index_t common = filled == panel_items ? row(panel_items - 1).size() / 8 * 8 : 0;
    for (index_t j = 0; common > 0 && j < panel_items; j += 4)
      for (index_t c = 0; c < common; c += 8) {
        eight_numbers of[4];
        for (index_t i = 0; i < 4; ++i) read_eight(row(j + i), c, of[i]);
        float* const first = to + c * panel_items + j;
        write_turned(of[0].low, of[1].low, of[2].low, of[3].low, first);
        write_turned(of[0].high, of[1].high, of[2].high, of[3].high, first + 4 * panel_items);
      }
    for (index_t j = 0; j < panel_items; ++j) {
      index_t c = common;
      if (j < filled)
        for (const auto& from = row(j); c < from.size(); ++c) to[c * panel_items + j] = from[c];
      for (; c < columns; ++c) to[c * panel_items + j] = 0.0F;
    }
    return to + columns * panel_items;
  }

  /// The same by the bytes of the rows, one after the other of all rows. What a byte means is
  /// computed, as in the book: that goes through registers, and looking it up would not.
  float* decode(index_t position, float* to) noexcept
    requires booked_number<N>
  {
    const index_t columns = row_at(position).size();
    const code_book& book = row_at(position).book();
    index_t kept = std::min(panel_items, items() - position);  // rows that still have the byte
    std::array<std::int32_t, panel_items> codes{};
    std::array<float, panel_items> scales{};
    for (index_t j = 0; j < kept; ++j)
      scales[static_cast<std::size_t>(j)] = row_at(position + j).scale();
    for (index_t m = 0; m < book.bytes_for(columns); ++m) {
      for (; row_at(position + kept - 1).size() <= book.first_of(m); --kept)
        scales[static_cast<std::size_t>(kept - 1)] = 0;
      for (index_t j = 0; j < kept; ++j)
        codes[static_cast<std::size_t>(j)] =
            row_at(position + j).stored().data()[static_cast<std::size_t>(m)].value;
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

  /// @pre there is one
  [[nodiscard]] const packed_row<N>& row_at(index_t position) const noexcept {
    return rows_[static_cast<std::size_t>(order_[static_cast<std::size_t>(position)])];
  }

  /// Writes four rows as four columns.
  /// @param to  [4, panel_items], of which the first four columns are written
  static void write_turned(const four_floats& r0, const four_floats& r1, const four_floats& r2,
                           const four_floats& r3, float* to) noexcept {
    const four_floats a = __builtin_shufflevector(r0, r1, 0, 4, 1, 5);
    const four_floats b = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
    const four_floats c = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
    const four_floats d = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
    const four_floats turned[4] = {
        __builtin_shufflevector(a, c, 0, 1, 4, 5), __builtin_shufflevector(a, c, 2, 3, 6, 7),
        __builtin_shufflevector(b, d, 0, 1, 4, 5), __builtin_shufflevector(b, d, 2, 3, 6, 7)};
    for (index_t i = 0; i < 4; ++i) std::memcpy(to + i * panel_items, &turned[i], sizeof turned[i]);
  }

  chosen_items chosen_;
  index_t capacity_;
  index_t first_ = 0;  ///< place of the first item
  std::vector<packed_row<N>> rows_;
  std::vector<std::int32_t> order_;      ///< [capacity] rows, the largest first
  std::vector<std::int32_t> positions_;  ///< [capacity] of each row in the order
  std::vector<std::int32_t> next_;       ///< [columns + 2] scratch: places of groups of one size
  std::vector<const float*> begins_;     ///< of panels, and the end
  matrix numbers_;                       ///< of all panels, one after the other
};

}  // namespace ciess::detail
