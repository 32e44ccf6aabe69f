// SPDX-License-Identifier: MIT
/// @file
/// Sums of the inner products of all pairs of slots: the second order of factorisation machines.
#pragma once

#include <cstddef>
#include <span>

#include <ciess/core/index.hpp>
#include <ciess/core/types.hpp>

namespace ciess::detail {

/// Memory of a block: what `pair_slopes` wants to know of `add_pair_products`.
template <class T>
struct pair_sums {
  basic_matrix<T> of_slots;    ///< [rows, columns], the sum of the slots
  basic_vector<T> of_squares;  ///< [columns], scratch
};

/// log_odds[r] += sum over slots s < t of x_s . x_t, as half of |sum x_s|^2 - sum |x_s|^2.
/// @param x     [n, slots * columns]
/// @param most  rows that `sums` has room for from now on, >= n
/// Cost: 3 flops a number.
template <class T>
void add_pair_products(const basic_matrix_view<T>& x, index_t slots, index_t columns, index_t most,
                       pair_sums<T>& sums, std::span<T> log_odds) {
  sums.of_slots.resize(most, columns);
  sums.of_squares.resize(columns);
  T* const square = sums.of_squares.data();
  for (index_t r = 0; r < x.rows(); ++r) {
    const T* const row = x.row(r).data();
    T* const sum = sums.of_slots.row(r).data();
    for (index_t j = 0; j < columns; ++j) {
      sum[j] = row[j];
      square[j] = row[j] * row[j];
    }
    for (index_t s = 1; s < slots; ++s) {
      const T* const slot = row + s * columns;
      for (index_t j = 0; j < columns; ++j) {
        sum[j] += slot[j];
        square[j] += slot[j] * slot[j];
      }
    }
    T twice{0};
    for (index_t j = 0; j < columns; ++j) twice += sum[j] * sum[j] - square[j];
    log_odds[static_cast<std::size_t>(r)] += twice / 2;
  }
}

/// Their gradient: dx_s = slope * (sum - x_s), overwritten or added.
template <bool add, class T>
void pair_slopes(const basic_matrix_view<T>& x, index_t slots, index_t columns,
                 const pair_sums<T>& sums, std::span<const T> slopes, basic_matrix_span<T> dx) {
  for (index_t r = 0; r < x.rows(); ++r) {
    const T* const row = x.row(r).data();
    const T* const sum = sums.of_slots.row(r).data();
    T* const to = dx.row(r).data();
    const T slope = slopes[static_cast<std::size_t>(r)];
    for (index_t s = 0; s < slots; ++s)
      for (index_t j = s * columns, c = 0; c < columns; ++j, ++c) {
        const T d = slope * (sum[c] - row[j]);
        to[j] = add ? to[j] + d : d;
      }
  }
}

}  // namespace ciess::detail
