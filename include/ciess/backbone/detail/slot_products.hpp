// SPDX-License-Identifier: MIT
/// @file
/// The inner products of all pairs of slots, one by one.
#pragma once

#include <cstddef>

#include <ciess/core/index.hpp>
#include <ciess/core/types.hpp>

namespace ciess::detail {

/// Pairs of so many slots.
[[nodiscard]] constexpr index_t pairs_of(index_t slots) noexcept { return slots * (slots - 1) / 2; }

/// The vectors of an impression: perhaps one of its features, then its slots.
template <class T>
struct slot_vectors {
  const T* first;  ///< null: none
  const T* slots;
  index_t columns;

  [[nodiscard]] const T* operator[](index_t s) const noexcept {
    if (first == nullptr) return slots + s * columns;
    return s == 0 ? first : slots + (s - 1) * columns;
  }
};

/// out[k] = v_s . v_t for all pairs t < s, in the order (1, 0), (2, 0), (2, 1), (3, 0) ...
template <class T>
void slot_products(const slot_vectors<T>& v, index_t count, T* out) {
  for (index_t s = 1; s < count; ++s) {
    const T* const a = v[s];
    for (index_t t = 0; t < s; ++t) {
      const T* const b = v[t];
      T sum{0};
      for (index_t j = 0; j < v.columns; ++j) sum += a[j] * b[j];
      *out++ = sum;
    }
  }
}

/// Adds to the gradient of the vectors what `slopes`, by the products, say.
/// @param into  callable (s) -> T*, where that of v_s is
template <class T, class Into>
void slot_slopes(const slot_vectors<T>& v, index_t count, const T* slopes, Into&& into) {
  for (index_t s = 1; s < count; ++s) {
    const T* const a = v[s];
    T* const da = into(s);
    for (index_t t = 0; t < s; ++t) {
      const T slope = *slopes++;
      const T* const b = v[t];
      T* const db = into(t);
      for (index_t j = 0; j < v.columns; ++j) {
        da[j] += slope * b[j];
        db[j] += slope * a[j];
      }
    }
  }
}

}  // namespace ciess::detail
