// SPDX-License-Identifier: MIT
/// @file
/// Stored numbers of four rows, eight columns at a time.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <ciess/core/index.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/embedding/packed_row.hpp>

namespace ciess::detail {

/// Registers that every processor has: what is done with them is no loop over lanes anywhere.
using four_floats [[gnu::vector_size(16)]] = float;
using four_ints [[gnu::vector_size(16)]] = std::int32_t;
using four_words [[gnu::vector_size(16)]] = std::uint32_t;
using two_longs [[gnu::vector_size(16)]] = std::uint64_t;
using eight_halves [[gnu::vector_size(16)]] = std::uint16_t;

/// Numbers c to c + 7 of four rows: column k has number c + k of each.
struct eight_columns {
  four_floats column[8];
};

/// A row by its parts; without any it keeps no numbers.
template <packed_number N>
struct some_row {
  const N* from = nullptr;
  std::int32_t size = 0;
  float scale = 0;
};

/// Four rows that are read together.
template <packed_number N>
  requires(!booked_number<N>)
class four_rows {
 public:
  /// @param row  callable (place) -> some_row<N>
  /// @param end  of the numbers of all rows: up to there those behind a row may be read, too
  template <class Row>
  four_rows(Row&& row, const N* end) noexcept : four_rows(row(0), row(1), row(2), row(3), end) {}

  /// As `packed_row::operator[]` has them, and zeros from where a row ends.
  /// @param c  a multiple of 8
  void read(index_t c, eight_columns& to) const noexcept {
    if constexpr (std::same_as<N, std::int8_t> || is_bits<N>) {
      read_codes(c, to);
    } else {
      for (std::size_t half = 0; half < 2; ++half) {
        four_floats row[4];
        for (std::size_t r = 0; r < 4; ++r)
          row[r] = four_of(r, c + 4 * static_cast<index_t>(half)) * scale_[r];
        turn(row, to.column + 4 * half);
      }
    }
    const auto first = static_cast<std::int32_t>(c);
    if (smallest_ < c + 8)
      for (std::int32_t k = 0; k < 8; ++k) {
        four_floats& x = to.column[k];
        x = std::bit_cast<four_floats>(std::bit_cast<four_ints>(x) & (size_ > first + k));
      }
  }

 private:
  using any_row = const some_row<N>&;
  // Whole vectors are made of registers: what is stored by parts is slow to load at once.
  four_rows(any_row a, any_row b, any_row c, any_row d, const N* end) noexcept
      : from_{a.from, b.from, c.from, d.from},
        readable_{left(a, end), left(b, end), left(c, end), left(d, end)},
        size_{a.size, b.size, c.size, d.size},
        scale_{a.scale, b.scale, c.scale, d.scale},
        smallest_{std::min(std::min(a.size, b.size), std::min(c.size, d.size))} {}
  static index_t left(any_row r, const N* end) noexcept { return r.size > 0 ? end - r.from : 0; }

  static_assert(std::endian::native == std::endian::little);

  /// What is stored from number c of row r on: `sizeof(T)` bytes, as far as there are any.
  template <class T>
  [[nodiscard]] T load(std::size_t r, index_t c) const noexcept {
    constexpr auto values = static_cast<index_t>(sizeof(T) / sizeof(N));
    const index_t first = stored_in<N>(c);  // eight numbers begin with a value of their own
    T loaded{};
    if (first + values <= readable_[r])
      std::memcpy(&loaded, from_[r] + first, sizeof loaded);
    else if (first < readable_[r])
      std::memcpy(&loaded, from_[r] + first,
                  static_cast<std::size_t>(readable_[r] - first) * sizeof(N));
    return loaded;
  }

  /// Codes stay in the lanes of their rows: a column of four is a shift of them away.
  void read_codes(index_t c, eight_columns& to) const noexcept {
    using word = std::conditional_t<std::same_as<N, bits<2>>, std::uint16_t, std::uint32_t>;
    const auto four = [&](index_t from) {
      return four_words{load<word>(0, from), load<word>(1, from), load<word>(2, from),
                        load<word>(3, from)};
    };
    if constexpr (std::same_as<N, std::int8_t>) {
      for (int half = 0; half < 2; ++half) {
        const four_words codes = four(c + 4 * index_t{half});
        for (int k = 0; k < 4; ++k)
          to.column[4 * half + k] =
              floats(std::bit_cast<four_ints>(codes << (24 - 8 * k)) >> 24) * scale_;
      }
    } else {
      // Twice as large as they are, as numbers count them.
      const four_words codes = four(c);
      for (int k = 0; k < 8; ++k) {
        const four_words twice = k == 0 ? codes << 1 : codes >> (N::width * k - 1);
        to.column[k] = floats(std::bit_cast<four_ints>(twice & (2U * N::most)) - N::most) * scale_;
      }
    }
  }
  static four_floats floats(const four_ints& numbers) noexcept {
    return __builtin_convertvector(numbers, four_floats);
  }

  /// Numbers c to c + 3 of row r, without the scale.
  [[nodiscard]] four_floats four_of(std::size_t r, index_t c) const noexcept {
    if constexpr (std::same_as<N, float>) {
      return load<four_floats>(r, c);
    } else {
      const auto halves = std::bit_cast<eight_halves>(two_longs{load<std::uint64_t>(r, c), 0});
      // Behind as many zeros each: 65,536 times as large.
      const auto words = std::bit_cast<four_words>(
          __builtin_shufflevector(eight_halves{}, halves, 0, 8, 1, 9, 2, 10, 3, 11));
      if constexpr (std::same_as<N, bfloat16>)
        return std::bit_cast<four_floats>(words);
      else
        return floats_of_halves(words);
    }
  }
  /// As `to_float(float16)`. @param words  halves, 65,536 times as large
  static four_floats floats_of_halves(const four_words& words) noexcept {
    const four_words sign = words & 0x8000'0000U;
    const four_words rest = words >> 16 & 0x7fffU;
    const auto finite =
        std::bit_cast<four_words>(std::bit_cast<four_floats>(rest << 13) * 0x1p112F);
    return std::bit_cast<four_floats>(sign | (rest < 0x7c00U ? finite : 0x7f80'0000U | rest << 13));
  }

  /// Four rows of four as four columns.
  static void turn(const four_floats (&row)[4], four_floats* to) noexcept {
    const four_floats a = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
    const four_floats b = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
    const four_floats c = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
    const four_floats d = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
    to[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    to[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    to[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    to[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
  }

  std::array<const N*, 4> from_;
  std::array<index_t, 4> readable_;  ///< values from there on
  four_ints size_;
  four_floats scale_;
  index_t smallest_;  ///< size
};

}  // namespace ciess::detail
