// SPDX-License-Identifier: MIT
/// @file
/// How many bits a column is worth: what a `code_book` is made of.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>

namespace ciess {
namespace detail {

/// [bits] what numbers of a normal distribution lose, as a share of their squares, with the step
/// that is best for it; of 0 bits all.  (J. Max, Quantizing for minimum distortion, 1960)
inline constexpr std::array<double, 9> lost_share = {1,       0.3634,   0.1188,   0.03744,  0.01154,
                                                     0.00349, 0.001041, 0.000304, 0.0000873};

/// The bits of up to eight columns that share a byte, and what they lose.
struct byte_of_columns {
  std::array<std::uint8_t, 8> bits{};
  double lost = 0;
};

/// Hands out eight bits, each where it saves most, which is best as each saves less than the last.
/// @pre 1 <= worth.size() <= 8
[[nodiscard]] inline byte_of_columns share_byte(std::span<const double> worth) noexcept {
  byte_of_columns b;
  for (std::size_t c = 0; c < worth.size(); ++c) b.bits[c] = 1;
  const auto saved = [&](std::size_t c) {
    const std::size_t has = b.bits[c];
    return has == 8 ? -1.0 : worth[c] * (lost_share[has] - lost_share[has + 1]);
  };
  for (std::size_t given = worth.size(); given < 8; ++given) {
    std::size_t most = 0;
    for (std::size_t c = 1; c < worth.size(); ++c)
      if (saved(c) > saved(most)) most = c;
    ++b.bits[most];
  }
  for (std::size_t c = 0; c < worth.size(); ++c) b.lost += worth[c] * lost_share[b.bits[c]];
  return b;
}

}  // namespace detail

/// How many bits each of the first columns is worth, for every number of bytes that a row may have:
/// those with which the sum of what is lost is least for normal numbers, if whole bytes stand for
/// columns that follow each other, each of 1 to 8 bits.
/// Memory: 9 bytes for each number of bytes and columns
class bit_allocation {
 public:
  /// @param worth  of each column, not negative: what is lost without it. For scores of two tables
  ///               the product of the column's sums of squares in both
  /// @param bytes  of a row, at most; no more than columns are of use
  /// @throws argument_error if there is no column, bytes are not in [1, 256], or a worth is
  /// negative
  ///         or not finite
  /// O(bytes^2), of at most 8 * bytes columns
  bit_allocation(std::span<const double> worth, int bytes) {
    if (worth.empty() || bytes < 1 || bytes > 256)
      detail::throw_error<argument_error>(
          "bit_allocation: expected columns and 1 to 256 bytes a row, got ", worth.size(), " and ",
          bytes);
    for (std::size_t c = 0; c < worth.size(); ++c)
      if (!(worth[c] >= 0) || !std::isfinite(worth[c]))
        detail::throw_error<argument_error>("bit_allocation: column ", c, " is worth ", worth[c]);
    worth_.assign(worth.begin(), worth.end());
    bytes_ = std::min(std::size_t{static_cast<unsigned>(bytes)}, worth.size());
    columns_ = std::min(worth.size(), 8 * bytes_);
    least_.assign((bytes_ + 1) * (columns_ + 1), never);
    width_.assign(least_.size(), 0);
    least_[0] = 0;
    for (std::size_t from = 0; from < columns_; ++from)
      for (std::size_t w = 1; w <= std::min<std::size_t>(8, columns_ - from); ++w) {
        const double lost = detail::share_byte(worth.subspan(from, w)).lost;
        for (std::size_t m = 0; m < std::min(bytes_, from + 1); ++m) {
          const double sum = least_[at(m, from)] + lost;
          if (!(sum < least_[at(m + 1, from + w)])) continue;
          least_[at(m + 1, from + w)] = sum;
          width_[at(m + 1, from + w)] = static_cast<std::uint8_t>(w);
        }
      }
    without_.assign(worth.size() + 1, 0.0);  // from the end on, so for any bytes the same
    for (std::size_t c = worth.size(); c > 0; --c) without_[c - 1] = without_[c] + worth[c - 1];
  }

  /// The most bytes that a row may have: as asked for, or one for each column.
  [[nodiscard]] int bytes() const noexcept { return static_cast<int>(bytes_); }
  /// The most columns that have bits.
  [[nodiscard]] index_t columns() const noexcept { return static_cast<index_t>(columns_); }

  /// What is lost if so many first columns have bits; infinite if they do not fit.
  /// @pre 1 <= bytes <= bytes(), 1 <= columns <= columns()
  [[nodiscard]] double lost(int bytes, index_t columns) const noexcept {
    return least_[at(static_cast<std::size_t>(bytes), static_cast<std::size_t>(columns))] +
           without_[static_cast<std::size_t>(columns)];
  }

  /// How many columns should have bits; of equals the fewest.  @pre 1 <= bytes <= bytes()
  [[nodiscard]] index_t best_columns(int bytes) const noexcept {
    index_t best = bytes;
    for (index_t c = bytes; c <= columns(); ++c)
      if (lost(bytes, c) < lost(bytes, best)) best = c;
    return best;
  }
  /// The same for two tables, both of which must have as many; what is lost then is infinite if one
  /// has more than 8 times the bytes of the other.
  [[nodiscard]] index_t best_columns(int bytes, int others) const noexcept {
    const auto both = [&](index_t c) { return lost(bytes, c) + lost(others, c); };
    index_t best = std::max(bytes, others);
    for (index_t c = best; c <= columns(); ++c)
      if (both(c) < both(best)) best = c;
    return best;
  }

  /// The bits of so many first columns.
  /// @throws argument_error if so many bytes cannot stand for so many columns
  [[nodiscard]] std::vector<std::uint8_t> bits(int bytes, index_t columns) const {
    if (bytes < 1 || bytes > this->bytes() || columns < 1 || columns > this->columns() ||
        lost(bytes, columns) == never)
      detail::throw_error<argument_error>("bit_allocation: ", bytes, " bytes of ", this->bytes(),
                                          " for ", columns, " columns of ", this->columns());
    std::vector<std::uint8_t> all(static_cast<std::size_t>(columns));
    std::size_t end = all.size();
    for (auto m = static_cast<std::size_t>(bytes); m > 0; --m) {
      const std::size_t w = width_[at(m, end)];
      end -= w;
      const auto group = detail::share_byte(std::span(worth_).subspan(end, w));
      std::copy_n(group.bits.begin(), w, all.begin() + static_cast<std::ptrdiff_t>(end));
    }
    return all;
  }
  [[nodiscard]] std::vector<std::uint8_t> bits(int bytes) const {
    return bits(bytes, best_columns(bytes));
  }

 private:
  static constexpr double never = std::numeric_limits<double>::infinity();
  [[nodiscard]] std::size_t at(std::size_t bytes, std::size_t columns) const noexcept {
    return bytes * (columns_ + 1) + columns;
  }

  std::vector<double> worth_;
  std::size_t bytes_ = 0, columns_ = 0;
  std::vector<double> least_;        ///< [bytes + 1, columns + 1] lost by columns that have bits
  std::vector<std::uint8_t> width_;  ///< likewise: columns of the last byte
  std::vector<double> without_;      ///< [all columns + 1] lost by those from one on
};

}  // namespace ciess
