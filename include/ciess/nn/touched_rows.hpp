// SPDX-License-Identifier: MIT
/// @file
/// The rows that a batch names, grouped without a look at any other row.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/index.hpp>

namespace ciess {

/// The different rows of a list, rising, and for each of them the positions of the list that name
/// it, rising: what `row_groups` says of all rows of a table, here of those that are named. Time
/// and memory go with the list alone. Kept between calls it allocates nothing once it has had a
/// list of this length.
class touched_rows {
 public:
  /// Groups `first`, followed by `second`: positions of `second` go on where `first` ends.
  /// O(positions): at most three passes over them, by digits of the rows' numbers.
  /// @pre every entry is >= 0, there are less than 2^32
  void assign(std::span<const row_id> first, std::span<const row_id> second = {}) {
    const std::size_t n = first.size() + second.size();
    keys_.resize(n);
    other_.resize(n);
    positions_.resize(n);
    places_.resize(n);
    rows_.clear();
    rows_.reserve(n);
    offsets_.clear();
    offsets_.reserve(n + 1);
    std::uint64_t most = 0;
    std::uint64_t position = 0;
    for (const auto list : {first, second})
      for (const row_id r : list) {
        const auto row = std::uint64_t{static_cast<std::uint32_t>(r)};
        most = std::max(most, row);
        keys_[position] = row << 32 | position;
        ++position;
      }
    // Each pass keeps the order of what is equal, so that positions stay rising within a row.
    for (unsigned shift = 0; most >> shift != 0; shift += digit) pass(32 + shift);
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = static_cast<row_id>(keys_[i] >> 32);
      if (rows_.empty() || rows_.back() != row) {
        rows_.push_back(row);
        offsets_.push_back(i);
      }
      const auto from = static_cast<std::uint32_t>(keys_[i]);
      positions_[i] = from;
      places_[from] = static_cast<std::uint32_t>(rows_.size() - 1);
    }
    offsets_.push_back(n);
  }

  /// Different rows there are.
  [[nodiscard]] index_t size() const noexcept { return std::ssize(rows_); }
  /// [size()], rising. Valid until the next `assign`, as all that is returned.
  [[nodiscard]] std::span<const row_id> rows() const noexcept { return rows_; }
  /// Positions that name `rows()[k]`, rising.  @pre 0 <= k < size()
  [[nodiscard]] std::span<const std::uint32_t> operator[](index_t k) const noexcept {
    const auto at = static_cast<std::size_t>(k);
    return std::span(positions_).subspan(offsets_[at], offsets_[at + 1] - offsets_[at]);
  }
  /// [positions]: where the row that a position names stands in `rows()`.
  [[nodiscard]] std::span<const std::uint32_t> places() const noexcept { return places_; }
  /// Where a row stands in `rows()`; -1 if nothing names it.  O(log size())
  [[nodiscard]] index_t place_of(row_id row) const noexcept {
    const auto found = std::ranges::lower_bound(rows_, row);
    return found != rows_.end() && *found == row ? found - rows_.begin() : -1;
  }

 private:
  static constexpr unsigned digit = 11;  ///< bits: 2^31 rows in three passes

  /// Sorts by one digit of the keys.
  void pass(unsigned shift) {
    constexpr std::uint64_t mask = (std::uint64_t{1} << digit) - 1;
    std::array<std::size_t, std::size_t{1} << digit> begin{};
    for (const std::uint64_t key : keys_) ++begin[key >> shift & mask];
    std::size_t sum = 0;
    for (std::size_t& count : begin) sum += std::exchange(count, sum);
    for (const std::uint64_t key : keys_) other_[begin[key >> shift & mask]++] = key;
    std::swap(keys_, other_);
  }

  std::vector<std::uint64_t> keys_, other_;  ///< [positions], row and position, and room to sort
  std::vector<row_id> rows_;
  std::vector<std::size_t> offsets_;  ///< [rows + 1]
  std::vector<std::uint32_t> positions_, places_;
};

}  // namespace ciess
