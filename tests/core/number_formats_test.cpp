// SPDX-License-Identifier: MIT
#include <ciess/core/number_formats.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::bfloat16;
using ciess::float16;
using ciess::to_float;

/// What the bits of a float of `exponent_bits` and `mantissa_bits` mean, by the book.
double meaning(std::uint16_t bits, int exponent_bits, int mantissa_bits) {
  const int sign = bits >> 15;
  const int exponent = (bits >> mantissa_bits) & ((1 << exponent_bits) - 1);
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  const int bias = (1 << (exponent_bits - 1)) - 1;
  double value = 0;
  if (exponent == (1 << exponent_bits) - 1)
    value = mantissa == 0 ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
  else if (exponent == 0)
    value = std::ldexp(mantissa, 1 - bias - mantissa_bits);
  else
    value = std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
  return sign == 1 ? -value : value;
}

bool same(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

/// All 65,536 numbers mean what the standard says, and come back from float as they were.
template <class Half, class Encode>
void check_all(int exponent_bits, int mantissa_bits, Encode encode) {
  int wrong = 0;
  for (std::uint32_t b = 0; b < 65536; ++b) {
    const Half half{static_cast<std::uint16_t>(b)};
    const float value = to_float(half);
    wrong += !same(value, meaning(half.bits, exponent_bits, mantissa_bits));
    wrong += std::isnan(value) ? !std::isnan(to_float(encode(value))) : !(encode(value) == half);
  }
  CHECK(wrong == 0);
}

/// Between neighbours a float goes to the nearer one; from the middle to the one with an even
/// last bit.
template <class Half, class Encode>
void check_rounding(std::uint16_t infinity, Encode encode) {
  int wrong = 0;
  for (std::uint16_t b = 0; b + 1 < infinity; ++b) {
    const Half low{b}, high{static_cast<std::uint16_t>(b + 1)};
    const float middle = static_cast<float>(
        (static_cast<double>(to_float(low)) + static_cast<double>(to_float(high))) / 2);
    if (!(to_float(low) < middle && middle < to_float(high))) continue;  // no float in between
    wrong += !(encode(middle) == (b % 2 == 0 ? low : high));
    wrong += !(encode(std::nextafter(middle, 0.0F)) == low);
    wrong += !(encode(std::nextafter(middle, std::numeric_limits<float>::infinity())) == high);
    wrong += !(to_float(encode(-middle)) == -to_float(encode(middle)));
  }
  CHECK(wrong == 0);
}

constexpr auto encode_bfloat16 = [](float x) { return ciess::to_bfloat16(x); };
constexpr auto encode_float16 = [](float x) { return ciess::to_float16(x); };

/// Code c by its bits, one after the other, and what it means.
template <int B>
int number_by_bits(const std::vector<ciess::bits<B>>& row, std::size_t c) {
  int code = 0;
  for (std::size_t k = 0; k < B; ++k) {
    const std::size_t bit = B * c + k;
    code |= (row[bit / 8].codes >> (bit % 8) & 1) << k;
  }
  return 2 * code - (1 << B) + 1;
}

/// Rows that end with their last code, so that to read further would be found.
template <int B>
void check_numbers() {
  int wrong = 0;
  std::uint32_t random = 1;
  for (std::size_t n = 1; n <= 40; ++n) {
    std::vector<ciess::bits<B>> row((B * n + 7) / 8);
    for (auto& byte : row) byte.codes = static_cast<std::uint8_t>((random *= 69'069) >> 24);
    for (std::size_t c = 0; c < n; ++c)
      wrong +=
          ciess::number_at(row.data(), static_cast<ciess::index_t>(c)) != number_by_bits(row, c);
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("codes of a few bits follow each other without gaps", "[core]") {
  check_numbers<2>();
  check_numbers<3>();
  check_numbers<4>();
  // 0 to 7, three bits each: 76543210 by eights.
  const ciess::bits<3> all[] = {{0x88}, {0xc6}, {0xfa}};
  for (int k = 0; k < 8; ++k) CHECK(ciess::number_at(all, k) == 2 * k - 7);
}

TEST_CASE("numbers in two bytes mean what their standards say", "[core]") {
  check_all<bfloat16>(8, 7, encode_bfloat16);
  check_all<float16>(5, 10, encode_float16);
}

TEST_CASE("floats go to the nearest number in two bytes, ties to even", "[core]") {
  check_rounding<bfloat16>(0x7f80, encode_bfloat16);
  check_rounding<float16>(0x7c00, encode_float16);
}

TEST_CASE("numbers past the largest in two bytes are infinite", "[core]") {
  CHECK(to_float(ciess::to_float16(65504.0F)) == 65504.0F);
  CHECK(to_float(ciess::to_float16(65519.0F)) == 65504.0F);
  CHECK(std::isinf(to_float(ciess::to_float16(65520.0F))));
  CHECK(to_float(ciess::to_float16(-1e30F)) == -std::numeric_limits<float>::infinity());
  CHECK(std::isinf(to_float(ciess::to_bfloat16(std::numeric_limits<float>::max()))));
  CHECK(to_float(ciess::to_bfloat16(3.3895e38F)) == 0x1.fep127F);
}
