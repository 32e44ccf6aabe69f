// SPDX-License-Identifier: MIT
/// @file
/// Rounds a row to what a book's bytes mean, times a scale of its own.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <ciess/core/index.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/embedding/code_book.hpp>
#include <ciess/embedding/detail/scaled_row.hpp>
#include <ciess/embedding/packed_row.hpp>

namespace ciess::detail {

/// Euclidean; at most the largest float.
[[nodiscard]] inline float length_of(std::span<const float> row) noexcept {
  double squares = 0;
  for (const float x : row) squares += double{x} * double{x};
  return static_cast<float>(
      std::min(std::sqrt(squares), double{std::numeric_limits<float>::max()}));
}

/// The code of the scale that is nearest; of a scale below all codes 1 or 0.
[[nodiscard]] inline std::uint8_t code_of_scale(double scale, int octave) noexcept {
  const auto value = [octave](int code) {
    return double{scale_value<code_byte>(static_cast<std::uint8_t>(code), octave)};
  };
  const auto most = double{std::numeric_limits<float>::max()};
  const auto near = static_cast<float>(std::clamp(scale, 0.0, most));
  const int above = std::clamp(upper_bits(near) - (octave << scale_fraction), 1, 255);
  return static_cast<std::uint8_t>(
      std::abs(value(above) - scale) <= std::abs(value(above - 1) - scale) ? above : above - 1);
}

/// Writes the codes of a row and returns that of its scale: goes down from the row's length, by the
/// codes that are nearest with a scale, then the scale that suits these codes best, and so on; of
/// these it takes the scale with which the row loses least, by the sum of squares.
/// @param row   finite, of at least as many columns as the bytes stand for
/// @param book  of rows of length 1, or nearly so
/// O(rounds * columns)
[[nodiscard]] inline std::uint8_t store_scaled_codes(std::span<const float> row,
                                                     const code_book& book, int octave,
                                                     std::span<code_byte> to) noexcept {
  constexpr int rounds = 4;
  row = row.first(static_cast<std::size_t>(book.columns(std::ssize(to))));
  const float largest = book.largest();
  std::uint8_t best = 0, code = code_of_scale(length_of(row), octave);
  double least = 0;
  for (const float x : row) least += double{x} * double{x};  // what scale 0 loses
  for (int round = 0; round < rounds && code != 0; ++round) {
    while (code != 0 && !std::isfinite(largest * scale_value<code_byte>(code, octave))) --code;
    if (code == 0) break;
    const float scale = scale_value<code_byte>(code, octave);
    double error = 0, product = 0, square = 0;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const double number = book.nearest_number(row[c] / scale, static_cast<index_t>(c));
      const double lost = double{row[c]} - double{scale} * number;
      error += lost * lost;
      product += double{row[c]} * number;
      square += number * number;
    }
    if (error < least) {
      least = error;
      best = code;
    }
    if (!(product > 0)) break;
    const std::uint8_t next = code_of_scale(product / square, octave);
    if (next == code) break;
    code = next;
  }
  book.encode_scaled(row, scale_value<code_byte>(best, octave), to);
  return best;
}

}  // namespace ciess::detail
