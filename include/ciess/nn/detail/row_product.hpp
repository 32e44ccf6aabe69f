// SPDX-License-Identifier: MIT
/// @file
/// The inner product of two lists of numbers, summed in an order of its own.
#pragma once

#include <cstddef>
#include <cstring>

#include <ciess/core/detail/registers.hpp>
#include <ciess/core/index.hpp>

namespace ciess::detail {

/// The sum of a[j] * b[j], in lanes that depend on n alone: the same bytes wherever the lists lie
/// and whatever is multiplied beside them. A library's product of several rows with a vector sums
/// one row in another order than many.
template <class T>
[[nodiscard]] T row_product(const T* a, const T* b, index_t n) noexcept {
  using lane [[gnu::vector_size(register_bytes)]] = T;
  constexpr index_t width = index_t{register_bytes} / index_t{sizeof(T)};
  lane sums[4] = {};
  index_t j = 0;
  for (; j + 4 * width <= n; j += 4 * width)
    for (index_t s = 0; s < 4; ++s) {
      lane x, y;
      std::memcpy(&x, a + j + s * width, sizeof x);
      std::memcpy(&y, b + j + s * width, sizeof y);
      sums[s] += x * y;
    }
  const lane all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  T sum{0};
  for (index_t l = 0; l < width; ++l) sum += all[l];
  for (; j < n; ++j) sum += a[j] * b[j];
  return sum;
}

}  // namespace ciess::detail
