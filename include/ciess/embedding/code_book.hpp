// SPDX-License-Identifier: MIT
/// @file
/// What the bytes of a row mean where each column has a number of bits of its own.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/number_formats.hpp>

namespace ciess {

/// Whether each row of code bytes has a scale, a byte, which what the others mean is multiplied by:
/// where rows differ in length one step of a column suits none of them.
enum class scaled_rows : std::uint8_t { no, yes };

/// Columns of 1 to 8 bits, packed into whole bytes, and how large a step of each is: the first
/// columns of vectors on principal or balanced axes have most of the energy, so they are worth more
/// bits than the last. A column of B bits has the numbers step * k, k odd and from -(2^B - 1) to
/// 2^B - 1, as `bits` have; its code is among the bits of one byte, the first column of a byte in
/// the lowest. So a byte stands for one to eight columns, and so many bytes of a row for as many
/// first columns: fewer bytes are a coarser row. All rows of a table share the steps; where rows
/// are of unlike length each may have a scale beside, see `scaled_rows`. Memory: 1 kB a column, for
/// what each byte can mean. Immutable.
class code_book {
 public:
  /// @param bits   of each column
  /// @param steps  of each column: half the distance of two numbers
  /// @throws data_error as `check_bits`, if there are not as many steps, or if a step is negative
  /// or
  ///         its largest number not finite
  code_book(std::span<const std::uint8_t> bits, std::span<const bfloat16> steps) {
    check_bits(bits);
    check_steps(bits, steps);
    bits_.assign(bits.begin(), bits.end());
    steps_.assign(steps.begin(), steps.end());
    for (std::size_t c = 0; c < bits_.size();) {
      group g{.first = static_cast<std::uint16_t>(c), .width = 0, .entries = entries_.size()};
      int used = 0;
      for (std::size_t d = c; used < 8; ++d) {
        used += bits_[d];
        ++g.width;
      }
      entries_.resize(g.entries + std::size_t{256} * g.width);
      for (std::size_t code = 0; code < 256; ++code) {
        int shift = 0;
        for (std::size_t k = 0; k < g.width; ++k) {
          const int most = most_of(c + k);
          entries_[g.entries + code * g.width + k] =
              step(c + k) * static_cast<float>(2 * (static_cast<int>(code) >> shift & most) - most);
          shift += bits_[c + k];
        }
      }
      for (std::size_t k = 0; k < g.width; ++k)
        columns_.push_back({static_cast<std::uint32_t>(g.entries + k),
                            static_cast<std::uint16_t>(groups_.size()),
                            static_cast<std::uint16_t>(g.width)});
      groups_.push_back(g);
      c += g.width;
    }
  }

  /// @throws data_error if there are no columns, one has not 1 to 8 bits, they do not fill whole
  ///         bytes one after the other, or these are more than 256
  static void check_bits(std::span<const std::uint8_t> bits) {
    constexpr std::size_t most_bytes = 256;
    if (bits.empty() || bits.size() > 8 * most_bytes)
      detail::throw_error<data_error>("code_book: expected 1 to ", 8 * most_bytes, " columns, got ",
                                      bits.size());
    int used = 0;
    std::size_t bytes = 0;
    for (std::size_t c = 0; c < bits.size(); ++c) {
      if (bits[c] < 1 || bits[c] > 8)
        detail::throw_error<data_error>("code_book: column ", c, " has ", int{bits[c]},
                                        " bits, expected 1 to 8");
      used += bits[c];
      if (used > 8)
        detail::throw_error<data_error>("code_book: columns up to ", c, " take ", used,
                                        " bits of a byte, expected whole bytes");
      if (used < 8) continue;
      used = 0;
      ++bytes;
    }
    if (used != 0)
      detail::throw_error<data_error>("code_book: the last columns take ", used,
                                      " bits of a byte, expected 8");
    if (bytes > most_bytes)
      detail::throw_error<data_error>("code_book: expected at most ", most_bytes,
                                      " bytes a row, got ", bytes);
  }

  /// Of a whole row.
  [[nodiscard]] index_t bytes() const noexcept { return std::ssize(groups_); }
  [[nodiscard]] index_t columns() const noexcept { return std::ssize(bits_); }
  /// Columns that so many bytes stand for.  @pre 0 <= bytes <= bytes()
  [[nodiscard]] index_t columns(index_t bytes) const noexcept {
    if (bytes == 0) return 0;
    const group& last = groups_[static_cast<std::size_t>(bytes) - 1];
    return index_t{last.first} + last.width;
  }
  /// How many bytes stand for so many columns, which are those of whole bytes.
  /// @pre 0 <= columns <= columns()
  [[nodiscard]] index_t bytes_for(index_t columns) const noexcept {
    return columns == 0 ? 0 : columns_[static_cast<std::size_t>(columns) - 1].byte + index_t{1};
  }
  [[nodiscard]] std::span<const std::uint8_t> bits() const noexcept { return bits_; }
  [[nodiscard]] std::span<const bfloat16> steps() const noexcept { return steps_; }
  /// Bytes of what is stored of it: bits and steps.
  [[nodiscard]] std::int64_t stored_bytes() const noexcept { return 3 * std::int64_t{columns()}; }

  /// The largest number of any column.
  [[nodiscard]] float largest() const noexcept {
    float most = 0;
    for (std::size_t c = 0; c < bits_.size(); ++c)
      most = std::max(most, step(c) * static_cast<float>(most_of(c)));
    return most;
  }

  /// The first of the columns that a byte stands for.  @pre 0 <= byte < bytes()
  [[nodiscard]] index_t first_of(index_t byte) const noexcept {
    return groups_[static_cast<std::size_t>(byte)].first;
  }
  /// What a byte of a row means.  @pre 0 <= byte < bytes()
  [[nodiscard]] std::span<const float> numbers(index_t byte, code_byte code) const noexcept {
    const group& g = groups_[static_cast<std::size_t>(byte)];
    return {entries_.data() + g.entries + std::size_t{code.value} * g.width, g.width};
  }
  /// Number c of a row.  @pre 0 <= column < columns(), and the row has the byte that stands for it
  [[nodiscard]] float number(const code_byte* row, index_t column) const noexcept {
    const place& p = columns_[static_cast<std::size_t>(column)];
    return entries_[p.entries + std::size_t{row[p.byte].value} * p.width];
  }

  /// Writes the codes of the nearest numbers; what is beyond the largest becomes the largest.
  /// @param row  finite
  /// @param out  the first bytes of it, as many as there are
  /// @pre row.size() >= columns(out.size())
  void encode(std::span<const float> row, std::span<code_byte> out) const noexcept {
    encode_scaled(row, 1.0F, out);
  }
  /// The same of a row whose numbers count parts of a scale, not negative: of 0 all are 0.
  void encode_scaled(std::span<const float> row, float scale,
                     std::span<code_byte> out) const noexcept {
    for (std::size_t m = 0; m < out.size(); ++m) {
      const group& g = groups_[m];
      unsigned code = 0, shift = 0;
      for (std::size_t c = g.first; c < std::size_t{g.first} + g.width; ++c) {
        const float x = scale > 0 ? row[c] / scale : 0.0F;
        code |= static_cast<unsigned>(nearest(x, step(c), most_of(c))) << shift;
        shift += bits_[c];
      }
      out[m].value = static_cast<std::uint8_t>(code);
    }
  }

  /// The number of a column that is nearest to x.  @pre 0 <= column < columns()
  [[nodiscard]] float nearest_number(float x, index_t column) const noexcept {
    const auto c = static_cast<std::size_t>(column);
    return step(c) * static_cast<float>(2 * nearest(x, step(c), most_of(c)) - most_of(c));
  }

  /// The code, of `most` + 1, whose number is nearest to x.
  /// @param most  2^bits - 1
  [[nodiscard]] static int nearest(float x, float step, int most) noexcept {
    const auto last = static_cast<float>(most);
    const float parts = step > 0 ? std::clamp(x / step, -last, last) : 0.0F;
    // Never negative, and lround would not be vectorised.
    return std::min(
        static_cast<int>((parts + last) / 2 + 0.5F),  // NOLINT(bugprone-incorrect-roundings)
        most);
  }

 private:
  /// Columns that share a byte.
  struct group {
    std::uint16_t first, width;
    std::size_t entries;  ///< where [256, width] begin
  };
  /// Where a column's numbers are.
  struct place {
    std::uint32_t entries;
    std::uint16_t byte, width;
  };

  [[nodiscard]] int most_of(std::size_t column) const noexcept { return (1 << bits_[column]) - 1; }
  [[nodiscard]] float step(std::size_t column) const noexcept { return to_float(steps_[column]); }

  static void check_steps(std::span<const std::uint8_t> bits, std::span<const bfloat16> steps) {
    if (bits.size() != steps.size())
      detail::throw_error<data_error>("code_book: expected steps of ", bits.size(),
                                      " columns, got ", steps.size());
    for (std::size_t c = 0; c < bits.size(); ++c)
      if (const float step = to_float(steps[c]);
          !(step >= 0) || !std::isfinite(step * static_cast<float>((1 << bits[c]) - 1)))
        detail::throw_error<data_error>("code_book: column ", c, " has step ", step);
  }

  std::vector<std::uint8_t> bits_;
  std::vector<bfloat16> steps_;
  std::vector<group> groups_;
  std::vector<place> columns_;
  std::vector<float> entries_;
};

}  // namespace ciess
