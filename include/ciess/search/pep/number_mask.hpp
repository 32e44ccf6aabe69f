// SPDX-License-Identifier: MIT
/// @file
/// Which numbers of a table are kept, one by one.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>

namespace ciess {

/// A bit for each number of a table [rows, columns]: whether it is kept. A row begins with a word
/// of its own, so that several threads can write several rows. Memory: 8 bytes a row for each 64
/// columns.
class number_mask {
 public:
  number_mask() = default;
  /// Keeps nothing.
  /// @throws argument_error if a number is negative
  number_mask(index_t rows, int columns) : rows_{rows}, columns_{columns} {
    if (rows < 0 || columns < 0)
      detail::throw_error<argument_error>("number_mask: expected rows and columns >= 0, got ", rows,
                                          " and ", columns);
    words_.resize(static_cast<std::size_t>(rows) * row_words());
  }

  [[nodiscard]] index_t rows() const noexcept { return rows_; }
  [[nodiscard]] int columns() const noexcept { return columns_; }
  /// @pre both are inside
  [[nodiscard]] bool operator()(index_t row, int column) const noexcept {
    const auto j = static_cast<std::size_t>(column);
    return (of(row)[j / word_bits] >> (j % word_bits) & 1U) != 0;
  }
  /// @pre both are inside
  void keep(index_t row, int column) noexcept {
    const auto j = static_cast<std::size_t>(column);
    words_[first(row) + j / word_bits] |= std::uint64_t{1} << (j % word_bits);
  }
  /// Keeps nothing of a row.  @pre it is inside
  void clear(index_t row) noexcept {
    std::fill_n(words_.begin() + static_cast<std::ptrdiff_t>(first(row)), row_words(), 0U);
  }
  /// Bits of a row: column j is bit j % 64 of word j / 64.  @pre it is inside
  [[nodiscard]] std::span<const std::uint64_t> of(index_t row) const noexcept {
    return {words_.data() + first(row), row_words()};
  }
  /// Numbers that are kept of a row: its size, if a prefix takes the mask's place.  @pre it is
  /// inside
  [[nodiscard]] int count(index_t row) const noexcept {
    const auto bits = of(row);
    return std::accumulate(bits.begin(), bits.end(), 0,
                           [](int n, std::uint64_t word) { return n + std::popcount(word); });
  }
  /// Of all rows.
  [[nodiscard]] std::int64_t count() const noexcept {
    return std::accumulate(
        words_.begin(), words_.end(), std::int64_t{0},
        [](std::int64_t n, std::uint64_t word) { return n + std::popcount(word); });
  }

  /// What the kept numbers take as floats beside their columns, two bytes each, and where each row
  /// begins among them: four bytes a row and four for the end, or eight where there are more
  /// numbers than four count.
  [[nodiscard]] std::int64_t list_bytes() const noexcept {
    const std::int64_t n = count();
    const std::int64_t start = n > std::numeric_limits<std::uint32_t>::max() ? 8 : 4;
    return (4 + 2) * n + start * (rows_ + 1);
  }
  /// What they take as floats beside a bit for each number of the table. Where rows begin follows
  /// from the bits.
  [[nodiscard]] std::int64_t bitmap_bytes() const noexcept {
    return 4 * count() + (std::int64_t{rows_} * columns_ + 7) / 8;
  }
  /// The smaller of the two.
  [[nodiscard]] std::int64_t bytes() const noexcept {
    return std::min(list_bytes(), bitmap_bytes());
  }

  /// See `field_visitor`. Rows and columns are those that this has.
  template <class F>
  void visit(F& f) {
    f("bits", std::span<std::uint64_t>(words_));
    f.check("bits", fits(), "no bits beyond the columns");
  }

  friend bool operator==(const number_mask&, const number_mask&) = default;

 private:
  static constexpr std::size_t word_bits = 64;

  [[nodiscard]] std::size_t row_words() const noexcept {
    return (static_cast<std::size_t>(columns_) + word_bits - 1) / word_bits;
  }
  [[nodiscard]] std::size_t first(index_t row) const noexcept {
    return static_cast<std::size_t>(row) * row_words();
  }
  [[nodiscard]] bool fits() const noexcept {
    const std::size_t used = static_cast<std::size_t>(columns_) % word_bits;
    if (used == 0) return true;
    for (std::size_t last = row_words() - 1; last < words_.size(); last += row_words())
      if (words_[last] >> used != 0) return false;
    return true;
  }

  index_t rows_ = 0;
  int columns_ = 0;
  std::vector<std::uint64_t> words_;  ///< [rows][words of a row]
};

}  // namespace ciess
