// SPDX-License-Identifier: MIT
/// @file
/// Rounds a row to whole parts of a scale.
#pragma once

#include <algorithm>
#include <bit>
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

/// A scale, or the next one below with which the largest number stays finite.
template <scaled_number N>
[[nodiscard]] float finite_scale(float scale) noexcept {
  return std::isfinite(most_of<N> * scale) ? scale : std::nextafter(scale, 0.0F);
}

[[nodiscard]] inline float largest_number(std::span<const float> row) noexcept {
  float largest = 0;
  for (const float x : row) largest = std::max(largest, std::abs(x));
  return largest;
}

/// Bits of a float that a scale in a byte does without.
inline constexpr int lower_bits = 23 - scale_fraction;
inline constexpr std::uint32_t lower_mask = (1U << lower_bits) - 1;

/// What the other bits count for a scale, rounded up.
[[nodiscard]] inline int upper_bits(float scale) noexcept {
  return static_cast<int>((std::bit_cast<std::uint32_t>(scale) + lower_mask) >> lower_bits);
}

/// The octave of a table that has this as the largest scale: rounded up it is among the codes.
[[nodiscard]] inline int octave_for(float scale) noexcept {
  return std::clamp((upper_bits(scale) - 255 + (1 << scale_fraction) - 1) >> scale_fraction, 0,
                    most_octave);
}

/// The sum of squares of what a row loses with a scale.
template <scaled_number N>
[[nodiscard]] double squared_loss(std::span<const float> row, float scale) noexcept {
  double sum = 0;
  for (const float x : row) {
    const double lost = double{x} - double{scale} * nearest_number<N>(x, scale);
    sum += lost * lost;
  }
  return sum;
}

/// The code of the scale with which a row loses least, by the sum of squares: of the scale with
/// which its largest number becomes the format's, rounded up, and of those up to `below` codes
/// below it. Of a scale below all codes it is 1 or 0.
template <scaled_number N>
  requires is_bits<N>
[[nodiscard]] std::uint8_t best_code(std::span<const float> row, int octave, int below) noexcept {
  constexpr auto most = static_cast<float>(most_of<N>);
  const float largest = largest_number(row);
  if (scale_value<N>(1, octave) > 2 * largest) return 0;  // a row of zeros, or hardly more
  const int first = upper_bits(largest / most) - (octave << scale_fraction);
  const int last = first < 1 ? 0 : std::max(first - below, 0);
  auto best = static_cast<std::uint8_t>(std::clamp(first, 1, 255));
  while (!std::isfinite(most * scale_value<N>(best, octave))) --best;
  double least = squared_loss<N>(row, scale_value<N>(best, octave));
  for (int code = best - 1; code >= last; --code) {
    const float scale = scale_value<N>(static_cast<std::uint8_t>(code), octave);
    const double cut_off = double{largest} - double{most} * double{scale};
    if (cut_off * cut_off >= least) break;  // of the largest number alone, and it only grows
    if (const double loss = squared_loss<N>(row, scale); loss < least) {
      least = loss;
      best = static_cast<std::uint8_t>(code);
    }
  }
  // There is no smaller scale than the first, so zeros may be nearer.
  if (best == 1 && squared_loss<N>(row, 0.0F) <= least) return 0;
  return best;
}

/// The scale with which a row's largest number becomes the format's; in a byte the better one of
/// the two beside it.
template <scaled_number N>
[[nodiscard]] scale_of<N> largest_scale(std::span<const float> row, int octave) noexcept {
  const float scale = largest_number(row) / static_cast<float>(most_of<N>);
  if constexpr (is_bits<N>) {
    const bool is_one = (std::bit_cast<std::uint32_t>(scale) & lower_mask) == 0;
    return best_code<N>(row, octave, is_one ? 0 : 1);
  } else {
    return finite_scale<N>(scale);
  }
}

/// A scale with which a row loses as little as may be, by the sum of squares; never more than with
/// `largest_scale`. In a byte it is the best one of an octave and a half. A float goes down from
/// each of some first scales: the numbers that are nearest with a scale, then the scale that is
/// best for these numbers, and so on.  O(numbers)
template <scaled_number N>
[[nodiscard]] scale_of<N> least_squares_scale(std::span<const float> row, int octave) noexcept {
  if constexpr (is_bits<N>) {
    return best_code<N>(row, octave, 3 << (scale_fraction - 1));
  } else {
    const float first = largest_scale<N>(row, octave);
    float best = first;
    double least = std::numeric_limits<double>::infinity();
    for (const float part : {1.0F, 0.85F, 0.7F, 0.55F, 0.4F}) {
      float scale = finite_scale<N>(part * first);
      for (int round = 0; round < 4; ++round) {
        double error = 0, product = 0, square = 0;
        for (const float x : row) {
          const int n = nearest_number<N>(x, scale);
          const double lost = double{x} - double{scale} * n;
          error += lost * lost;
          product += double{x} * n;
          square += double{1} * n * n;
        }
        if (error < least) {
          least = error;
          best = scale;
        }
        if (!(product > 0)) break;
        scale = finite_scale<N>(static_cast<float>(product / square));
      }
    }
    return best;
  }
}

/// Writes the numbers nearest to a row.
/// @param to  `stored_in<N>(row.size())` of them; bits that no number has become 0
template <scaled_number N>
void store_scaled(std::span<const float> row, float scale, std::span<N> to) noexcept {
  if constexpr (is_bits<N>) {
    std::ranges::fill(to, N{});
    std::size_t bit = 0;
    for (const float x : row) {
      const int code = (nearest_number<N>(x, scale) + most_of<N>) / 2;
      const auto shift = static_cast<int>(bit % 8);
      N* const first = &to[bit / 8];
      first->codes = static_cast<std::uint8_t>(first->codes | code << shift);
      if (shift > 8 - N::width) first[1].codes = static_cast<std::uint8_t>(code >> (8 - shift));
      bit += static_cast<std::size_t>(N::width);
    }
  } else {
    std::ranges::transform(
        row, to.begin(), [scale](float x) { return static_cast<N>(nearest_number<N>(x, scale)); });
  }
}

}  // namespace ciess::detail
