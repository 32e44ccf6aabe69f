// SPDX-License-Identifier: MIT
/// @file
/// Rounds a row to whole parts of a scale.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <ciess/core/number_formats.hpp>
#include <ciess/embedding/packed_row.hpp>

namespace ciess::detail {

/// The largest number of a format.
template <scaled_number N>
inline constexpr int most_of = std::numeric_limits<std::int8_t>::max();
template <int B>
inline constexpr int most_of<bits<B>> = bits<B>::most;

/// The number of a format that is nearest to x / scale; of a scale 0 the one that is nearest to 0.
template <scaled_number N>
[[nodiscard]] int nearest_number(float x, float scale) noexcept {
  constexpr auto most = static_cast<float>(most_of<N>);
  // Clamped, for the quotient is larger where the scale itself was rounded.
  const float parts = scale > 0 ? std::clamp(x / scale, -most, most) : 0.0F;
  if constexpr (is_bits<N>) {
    // Never negative, and lround would not be vectorised.
    const auto code =
        static_cast<int>((parts + most) / 2 + 0.5F);  // NOLINT(bugprone-incorrect-roundings)
    return 2 * std::min(code, most_of<N>) - most_of<N>;
  } else {
    return static_cast<int>(std::lround(parts));
  }
}

/// The stored scale that is next to one; the largest number stays finite with it.
template <scaled_number N>
[[nodiscard]] scale_of<N> stored_scale(float scale) noexcept {
  constexpr auto most = static_cast<float>(most_of<N>);
  if constexpr (is_bits<N>) {
    bfloat16 near = to_bfloat16(scale);
    if (!std::isfinite(most * to_float(near))) --near.bits;
    return near;
  } else {
    return std::isfinite(most * scale) ? scale : std::nextafter(scale, 0.0F);
  }
}

/// The scale with which a row's largest number becomes the format's.
template <scaled_number N>
[[nodiscard]] scale_of<N> largest_scale(std::span<const float> row) noexcept {
  float largest = 0;
  for (const float x : row) largest = std::max(largest, std::abs(x));
  return stored_scale<N>(largest / static_cast<float>(most_of<N>));
}

/// A scale with which a row loses as little as may be, by the sum of squares; never more than with
/// `largest_scale`. From each of some first scales it goes down: the numbers that are nearest with
/// a scale, then the scale that is best for these numbers, and so on.  O(numbers)
template <scaled_number N>
[[nodiscard]] scale_of<N> least_squares_scale(std::span<const float> row) noexcept {
  const auto value = [](scale_of<N> s) { return decoded(&s, 0); };
  scale_of<N> best = largest_scale<N>(row);
  const float first = value(best);
  double least = std::numeric_limits<double>::infinity();
  for (const float part : {1.0F, 0.85F, 0.7F, 0.55F, 0.4F}) {
    scale_of<N> scale = stored_scale<N>(part * first);
    for (int round = 0; round < 4; ++round) {
      double error = 0, product = 0, square = 0;
      for (const float x : row) {
        const int n = nearest_number<N>(x, value(scale));
        const double lost = double{x} - double{value(scale)} * n;
        error += lost * lost;
        product += double{x} * n;
        square += double{1} * n * n;
      }
      if (error < least) {
        least = error;
        best = scale;
      }
      if (!(product > 0)) break;
      scale = stored_scale<N>(static_cast<float>(product / square));
    }
  }
  return best;
}

/// Writes the numbers nearest to a row.
/// @param to  `stored_in<N>(row.size())` of them; bits that no number has become 0
template <scaled_number N>
void store_scaled(std::span<const float> row, float scale, std::span<N> to) noexcept {
  if constexpr (is_bits<N>) {
    constexpr auto in_one = static_cast<std::size_t>(numbers_in<N>);
    std::ranges::fill(to, N{});
    for (std::size_t c = 0; c < row.size(); ++c) {
      const int code = (nearest_number<N>(row[c], scale) + most_of<N>) / 2;
      auto& byte = to[c / in_one].codes;
      byte = static_cast<std::uint8_t>(byte | code << (c % in_one * (8 / in_one)));
    }
  } else {
    std::ranges::transform(
        row, to.begin(), [scale](float x) { return static_cast<N>(nearest_number<N>(x, scale)); });
  }
}

}  // namespace ciess::detail
