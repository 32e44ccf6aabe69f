// SPDX-License-Identifier: MIT
/// @file
/// Which steps suit the columns of a table.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/embedding/code_book.hpp>
#include <ciess/embedding/detail/scaled_codes.hpp>

namespace ciess {

/// The step with which numbers of so many bits lose least by the sum of squares, or nearly so: from
/// the one whose largest number is theirs down, by eighths of an octave, and beside each the one
/// that suits its codes best, until the largest number alone loses more than the best has lost. 0
/// if the numbers are too small for any.
/// @param numbers  finite
/// @param bits     1 to 8
/// O(numbers) for each: some hundred times for normal numbers, 640 at most
[[nodiscard]] inline bfloat16 best_step(std::span<const float> numbers, int bits) noexcept {
  float largest = 0;
  for (const float x : numbers) largest = std::max(largest, std::abs(x));
  if (!(largest > 0)) return {};
  const auto most = static_cast<float>((1 << bits) - 1);
  bfloat16 best{};
  double least = std::numeric_limits<double>::infinity();
  // Returns the step that suits the codes best, which are nearest with this one.
  const auto attempt = [&](float step) {
    const bfloat16 stored = to_bfloat16(step);
    const float used = to_float(stored);
    if (!(used > 0) || !std::isfinite(used)) return used;  // too small or large for two bytes
    double error = 0, product = 0, square = 0;
    for (const float x : numbers) {
      const int k =
          2 * code_book::nearest(x, used, static_cast<int>(most)) - static_cast<int>(most);
      const double lost = double{x} - double{used} * k;
      error += lost * lost;
      product += double{x} * k;
      square += double{1} * k * k;
    }
    if (error < least && std::isfinite(used * most)) {
      least = error;
      best = stored;
    }
    return static_cast<float>(std::max(product, 0.0) / square);
  };
  constexpr float eighth = 0.917004F;  // of an octave, down
  constexpr int octaves = 40;
  float step = largest / most;
  for (int down = 0; down < 8 * octaves; ++down, step *= eighth) {
    const double cut_off = double{largest} - double{step} * most;
    if (cut_off * cut_off > least) break;
    attempt(attempt(step));
  }
  return best;
}

/// How many rows steps are fitted to, at most.
inline constexpr index_t fitted_rows = index_t{1} << 16;

/// A book for rows: bits as given, steps by least squares over at most `of_rows` rows, evenly
/// spread; where rows have unequal columns, of each column over as many of those that have it, so
/// that a few long rows are not missed.
/// @param row  callable (index r) -> std::span<const float>; of what it has beyond bits.size()
///             nothing is looked at, and where it has less nothing is there
/// @throws as `code_book`; numeric_error naming a row and column whose number is not finite, if it
///         is among those that are looked at
/// O(of_rows * columns), as often as `best_step` says
template <class Row>
  requires std::convertible_to<std::invoke_result_t<Row&, index_t>, std::span<const float>>
[[nodiscard]] code_book fit_code_book(index_t rows, Row&& row, std::span<const std::uint8_t> bits,
                                      index_t of_rows = fitted_rows) {
  code_book::check_bits(bits);
  // How many rows have each column.
  std::vector<index_t> owners(bits.size() + 1, 0);
  for (index_t r = 0; r < rows; ++r)
    ++owners[std::min(bits.size(), std::span<const float>(row(r)).size())];
  for (std::size_t c = bits.size(); c > 0; --c) owners[c - 1] += owners[c];
  std::vector<std::vector<float>> columns(bits.size());
  const auto take = [&](index_t r, std::span<const float> from, std::size_t c) {
    if (!std::isfinite(from[c]))
      detail::throw_error<numeric_error>("fit_code_book: row ", r, ", column ", c, " is ", from[c],
                                         ", which cannot be stored");
    columns[c].push_back(from[c]);
  };
  if (owners.back() == rows) {
    const index_t count = std::min(rows, of_rows);
    for (index_t k = 0; k < count; ++k) {
      const index_t r = k * rows / count;
      const std::span<const float> from = row(r);
      for (std::size_t c = 0; c < bits.size(); ++c) take(r, from, c);
    }
  } else {
    std::vector<index_t> before(bits.size(), 0);  // rows that have the column
    for (index_t r = 0; r < rows; ++r) {
      const std::span<const float> from = row(r);
      for (std::size_t c = 0; c < std::min(bits.size(), from.size()); ++c) {
        const index_t all = owners[c + 1], count = std::min(all, of_rows);
        const index_t k = (before[c] * count + all - 1) / all;  // is it the k-th of `count`?
        if (k < count && k * all / count == before[c]) take(r, from, c);
        ++before[c];
      }
    }
  }
  std::vector<bfloat16> steps(bits.size());
  parallel_for(std::ssize(bits), 1, [&](index_t first, index_t last) {
    for (auto c = static_cast<std::size_t>(first); c < static_cast<std::size_t>(last); ++c)
      steps[c] = best_step(columns[c], bits[c]);
  });
  return {bits, steps};
}

/// A book for rows that have a scale each, see `scaled_rows`: that of the same rows at length 1, of
/// the columns that have bits; rows of zeros stay so.
/// @param row  as above, but only until the next one is asked for
/// @throws as above
template <class Row>
  requires std::convertible_to<std::invoke_result_t<Row&, index_t>, std::span<const float>>
[[nodiscard]] code_book fit_scaled_code_book(index_t rows, Row&& row,
                                             std::span<const std::uint8_t> bits,
                                             index_t of_rows = fitted_rows) {
  std::vector<float> unit;
  return fit_code_book(
      rows,
      [&](index_t r) -> std::span<const float> {
        const std::span<const float> all = row(r);
        const auto used = all.first(std::min(all.size(), bits.size()));
        unit.assign(used.begin(), used.end());
        // What is not finite stays, and is told of.
        if (const float length = detail::length_of(used); length > 0 && std::isfinite(length))
          for (float& x : unit) x /= length;
        return unit;
      },
      bits, of_rows);
}
template <class Row>
[[nodiscard]] code_book fit_code_book(index_t rows, Row&& row, std::span<const std::uint8_t> bits,
                                      scaled_rows scales) {
  return scales == scaled_rows::yes ? fit_scaled_code_book(rows, row, bits)
                                    : fit_code_book(rows, row, bits);
}

}  // namespace ciess
