// SPDX-License-Identifier: MIT
/// @file
/// Stored numbers, eight at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include <ciess/core/index.hpp>
#include <ciess/embedding/packed_row.hpp>

namespace ciess::detail {

/// Registers that every processor has: what is done with them is no loop over lanes anywhere.
using four_floats [[gnu::vector_size(16)]] = float;
using four_ints [[gnu::vector_size(16)]] = std::int32_t;
using four_words [[gnu::vector_size(16)]] = std::uint32_t;
using two_longs [[gnu::vector_size(16)]] = std::uint64_t;
using eight_halves [[gnu::vector_size(16)]] = std::uint16_t;
using sixteen_bytes [[gnu::vector_size(16)]] = std::uint8_t;

/// Four numbers each in `low` and `high`.
struct eight_numbers {
  four_floats low, high;
};

/// Eight halves behind as many zeros each: what they are 65,536 times as.
inline void widen(const eight_halves& halves, four_words& low, four_words& high) noexcept {
  const eight_halves zero{};
  const eight_halves first = __builtin_shufflevector(zero, halves, 0, 8, 1, 9, 2, 10, 3, 11);
  const eight_halves last = __builtin_shufflevector(zero, halves, 4, 12, 5, 13, 6, 14, 7, 15);
  low = std::bit_cast<four_words>(first);
  high = std::bit_cast<four_words>(last);
}

/// The first eight bytes behind three zeros each: what they are 2^24 times as.
inline void widen(const sixteen_bytes& bytes, four_words& low, four_words& high) noexcept {
  const sixteen_bytes halves = __builtin_shufflevector(sixteen_bytes{}, bytes, 0, 16, 1, 17, 2, 18,
                                                       3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  widen(std::bit_cast<eight_halves>(halves), low, high);
}

/// The codes of eight numbers of B bits, a byte each in the first eight bytes.
template <int B>
[[nodiscard]] sixteen_bytes codes_of_eight(const bits<B>* from) noexcept {
  std::uint32_t packed = 0;
  std::memcpy(&packed, from, B);
  if constexpr (B == 2) {  // four bits a number
    packed = (packed | packed << 8) & 0x00ff'00ffU;
    packed = (packed | packed << 4) & 0x0f0f'0f0fU;
    packed = (packed | packed << 2) & 0x3333'3333U;
  }
  const four_words first{packed & 0x0f0f'0f0fU}, second{packed >> 4 & 0x0f0f'0f0fU};
  return __builtin_shufflevector(std::bit_cast<sixteen_bytes>(first),
                                 std::bit_cast<sixteen_bytes>(second), 0, 16, 1, 17, 2, 18, 3, 19,
                                 4, 20, 5, 21, 6, 22, 7, 23);
}

/// As `to_float(float16)`. @param words  halves, 65,536 times as large
inline four_floats floats_of_halves(const four_words& words) noexcept {
  const four_words sign = words & 0x8000'0000U;
  const four_words rest = words >> 16 & 0x7fffU;
  const auto finite = std::bit_cast<four_words>(std::bit_cast<four_floats>(rest << 13) * 0x1p112F);
  return std::bit_cast<four_floats>(sign | (rest < 0x7c00U ? finite : 0x7f80'0000U | rest << 13));
}

/// Eight numbers from one on, without the scale, as `decoded` has them.
/// @pre there are as many, and the first is at the beginning of a byte
template <packed_number N>
  requires(!booked_number<N>)
void read_eight(const N* from, eight_numbers& to) noexcept {
  static_assert(std::endian::native == std::endian::little);
  if constexpr (std::same_as<N, float>) {
    std::memcpy(&to.low, from, sizeof to.low);
    std::memcpy(&to.high, from + 4, sizeof to.high);
  } else if constexpr (std::same_as<N, std::int8_t>) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, from, sizeof bytes);
    four_words low, high;
    widen(std::bit_cast<sixteen_bytes>(two_longs{bytes, 0}), low, high);
    to.low = __builtin_convertvector(std::bit_cast<four_ints>(low) >> 24, four_floats);
    to.high = __builtin_convertvector(std::bit_cast<four_ints>(high) >> 24, four_floats);
  } else if constexpr (is_bits<N>) {
    four_words low, high;
    widen(codes_of_eight(from), low, high);
    const auto number = [](const four_words& codes) {
      return (std::bit_cast<four_ints>(codes >> 23)) - N::most;
    };
    to.low = __builtin_convertvector(number(low), four_floats);
    to.high = __builtin_convertvector(number(high), four_floats);
  } else {
    eight_halves halves;
    std::memcpy(&halves, from, sizeof halves);
    four_words low, high;
    widen(halves, low, high);
    if constexpr (std::same_as<N, bfloat16>) {
      to.low = std::bit_cast<four_floats>(low);
      to.high = std::bit_cast<four_floats>(high);
    } else {
      to.low = floats_of_halves(low);
      to.high = floats_of_halves(high);
    }
  }
}

/// Numbers c to c + 7 of a row as `packed_row::operator[]` has them.
/// @pre c is a multiple of 8, and the row has these numbers
template <packed_number N>
  requires(!booked_number<N>)
void read_eight(const packed_row<N>& row, index_t c, eight_numbers& to) noexcept {
  read_eight(row.stored().data() + c / numbers_in<N>, to);
  to.low *= row.scale();
  to.high *= row.scale();
}

}  // namespace ciess::detail
