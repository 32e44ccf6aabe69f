// SPDX-License-Identifier: MIT
/// @file
/// Numbers in two bytes or less: bfloat16, IEEE half precision, and codes of a few bits; portable
/// and without branches.
#pragma once

#include <bit>
#include <cstdint>

#include <ciess/core/index.hpp>

namespace ciess {

/// The upper half of a float: its range with 8 bits of precision.
struct bfloat16 {
  std::uint16_t bits = 0;
  friend constexpr bool operator==(bfloat16, bfloat16) = default;
};

/// IEEE 754 binary16: 11 bits of precision up to 65,504.
struct float16 {
  std::uint16_t bits = 0;
  friend constexpr bool operator==(float16, float16) = default;
};

/// A byte of a row of codes of B bits each, which follow each other without gaps: code c begins at
/// bit B c of the row, the first in the lowest bits; of three bits some lie in two bytes. Code k,
/// of 2^B, means the odd whole number 2 k - 2^B + 1: from -3 to 3 for two bits, from -7 to 7 for
/// three, from -15 to 15 for four. There is no 0 among them, so that all codes are used and lie
/// evenly about it.
template <int B>
  requires(B == 2 || B == 3 || B == 4)
struct bits {
  std::uint8_t codes = 0;
  friend constexpr bool operator==(bits, bits) = default;

  static constexpr int width = B;            ///< of a code
  static constexpr int most = (1 << B) - 1;  ///< the largest number
};

/// What code c of a row means. Reads no byte but those that the code lies in.  @pre c >= 0
template <int B>
[[nodiscard]] constexpr int number_at(const bits<B>* row, index_t c) noexcept {
  const bits<B>* const first = row + B * c / 8;
  const auto shift = static_cast<int>(B * c % 8);
  int code = first->codes >> shift;  // NOLINT(misc-const-correctness): of three bits
  if constexpr (8 % B != 0)
    if (shift > 8 - B) code |= first[1].codes << (8 - shift);
  return 2 * (code & bits<B>::most) - bits<B>::most;
}

/// A byte of a row that stands for one to eight of its columns, as a `code_book` says.
struct code_byte {
  std::uint8_t value = 0;
  friend constexpr bool operator==(code_byte, code_byte) = default;
};

template <class N>
inline constexpr bool is_bits = false;
template <int B>
inline constexpr bool is_bits<bits<B>> = true;

/// The nearest number in two bytes, of two as near the even one; too large becomes infinite, NaN
/// stays NaN.
[[nodiscard]] constexpr bfloat16 to_bfloat16(float x) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const bool nan = (bits & 0x7fffffffU) > 0x7f800000U;
  const std::uint32_t near = bits + 0x7fffU + (bits >> 16 & 1U);
  return {static_cast<std::uint16_t>((nan ? bits | 0x00400000U : near) >> 16)};
}
/// Likewise.
[[nodiscard]] constexpr float16 to_float16(float x) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t sign = bits >> 16 & 0x8000U;
  const std::uint32_t size = bits & 0x7fffffffU;
  std::uint32_t half = 0;
  if (size > 0x7f800000U) {
    half = 0x7e00U;
  } else if (size >= 0x477ff000U) {  // from 65,520 on
    half = 0x7c00U;
  } else if (size < 0x38800000U) {  // below 2^-14: multiples of 2^-24, the last bit of 0.5
    half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(size) + 0.5F) - 0x3f000000U;
  } else {
    half = (size - 0x38000000U + 0xfffU + (size >> 13 & 1U)) >> 13;
  }
  return {static_cast<std::uint16_t>(sign | half)};
}

/// Exactly the number that the bits mean.
[[nodiscard]] constexpr float to_float(bfloat16 x) noexcept {
  return std::bit_cast<float>(static_cast<std::uint32_t>(x.bits) << 16);
}
[[nodiscard]] constexpr float to_float(float16 x) noexcept {
  const std::uint32_t sign = (static_cast<std::uint32_t>(x.bits) & 0x8000U) << 16;
  const std::uint32_t rest = static_cast<std::uint32_t>(x.bits) & 0x7fffU;
  // The exponent moves by a product, which also makes normal numbers of subnormal ones.
  const auto finite = std::bit_cast<std::uint32_t>(std::bit_cast<float>(rest << 13) * 0x1p112F);
  return std::bit_cast<float>(sign | (rest < 0x7c00U ? finite : 0x7f800000U | rest << 13));
}

}  // namespace ciess
