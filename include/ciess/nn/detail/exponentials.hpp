// SPDX-License-Identifier: MIT
/// @file
/// Maxima, exponentials and inner products of runs of numbers, a register at a time: the same bytes
/// wherever in memory a run begins.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include <ciess/core/detail/registers.hpp>
#include <ciess/core/index.hpp>

namespace ciess::detail {

/// Runs of whole registers.
template <class T>
class exponentials {
 public:
  static constexpr index_t width = index_t{register_bytes} / index_t{sizeof(T)};

  /// The largest of n numbers; NaN is passed over. -infinity for none.
  /// @pre n is a multiple of `width`
  static T largest(const T* x, index_t n) noexcept {
    std::array<T, static_cast<std::size_t>(width)> top;
    top.fill(-std::numeric_limits<T>::infinity());
    lane best = load(top.data());
    for (index_t j = 0; j < n; j += width) {
      const lane next = load(x + j);
      best = chosen(next > best, next, best);
    }
    std::memcpy(top.data(), &best, sizeof best);
    return *std::max_element(top.begin(), top.end());
  }

  /// out[j] = factor * exp(x[j] - shift), which may be in place.
  /// @returns the sum of exp(x[j] - shift)
  /// @pre x[j] <= shift, or one is NaN, as the result is then; n is a multiple of `width`
  static T shifted(const T* x, index_t n, T shift, T factor, T* out) noexcept {
    lane sum{};
    for (index_t j = 0; j < n; j += width) {
      const lane e = exp_of(load(x + j) - shift);
      sum += e;
      const lane y = e * factor;
      std::memcpy(out + j, &y, sizeof y);
    }
    return total(sum);
  }

  /// Sum of a[j] b[j] over j < n, any n.
  static T dot(const T* a, const T* b, index_t n) noexcept {
    lane sum{};
    index_t j = 0;
    for (; j + width <= n; j += width) sum += load(a + j) * load(b + j);
    T rest = total(sum);
    for (; j < n; ++j) rest += a[j] * b[j];
    return rest;
  }

 private:
  using lane [[gnu::vector_size(register_bytes)]] = T;
  using whole = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  using mask [[gnu::vector_size(register_bytes)]] = whole;

  static lane load(const T* x) noexcept {
    lane l;
    std::memcpy(&l, x, sizeof l);
    return l;
  }
  static lane chosen(mask yes, lane a, lane b) noexcept {
    return std::bit_cast<lane>((std::bit_cast<mask>(a) & yes) | (std::bit_cast<mask>(b) & ~yes));
  }
  static T total(lane sum) noexcept {
    std::array<T, static_cast<std::size_t>(width)> parts;
    std::memcpy(parts.data(), &sum, sizeof sum);
    T all{};
    for (const T part : parts) all += part;
    return all;
  }

  static lane exp_of(lane x) noexcept {
    if constexpr (sizeof(T) == 4) {
      // x = n log 2 + r, |r| <= log 2 / 2; the series of exp(r) up to r^7 / 7! errs by less than
      // 6e-9. Below -87 floats lose digits: 0.
      constexpr T least = -87;
      constexpr T shift = 12582912;  // 1.5 * 2^23: to add it rounds to a whole number
      const mask keep = ~(x < least);
      const lane e = std::bit_cast<lane>(std::bit_cast<mask>(x) & keep);
      const lane moved = e * T(1.44269504F) + shift;
      const lane n = moved - shift;
      const lane r = (e - n * T(0.693359375F)) + n * T(2.12194440e-4F);
      lane y = r * T(1.0F / 5040) + T(1.0F / 720);
      y = y * r + T(1.0F / 120);
      y = y * r + T(1.0F / 24);
      y = y * r + T(1.0F / 6);
      y = y * r + T(0.5F);
      y = y * r + T(1);
      y = y * r + T(1);
      const mask power = (std::bit_cast<mask>(moved) - 0x4B400000 + 127) << 23;
      return std::bit_cast<lane>(std::bit_cast<mask>(y * std::bit_cast<lane>(power)) & keep);
    } else {
      std::array<T, static_cast<std::size_t>(width)> each;
      std::memcpy(each.data(), &x, sizeof x);
      for (T& number : each) number = std::exp(number);
      return load(each.data());
    }
  }
};

}  // namespace ciess::detail
