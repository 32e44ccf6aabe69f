// SPDX-License-Identifier: MIT
/// @file
/// One row of a packed table, and how its numbers are stored.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <ciess/core/index.hpp>
#include <ciess/core/number_formats.hpp>

namespace ciess {

/// How a packed table stores a number. An `std::int8_t` counts parts of the row's scale, -127 to
/// 127 of them.
template <class N>
concept packed_number = std::same_as<N, float> || std::same_as<N, bfloat16> ||
                        std::same_as<N, float16> || std::same_as<N, std::int8_t>;
namespace detail {

template <packed_number N>
[[nodiscard]] float decoded(N x) noexcept {
  if constexpr (std::same_as<N, float> || std::same_as<N, std::int8_t>)
    return static_cast<float>(x);
  else
    return to_float(x);
}

}  // namespace detail

/// One row as it is stored.
template <packed_number N>
class packed_row {
 public:
  packed_row(std::span<const N> stored, float scale) noexcept : stored_{stored}, scale_{scale} {}

  /// Numbers kept; those past them are 0.
  [[nodiscard]] index_t size() const noexcept { return static_cast<index_t>(stored_.size()); }
  [[nodiscard]] std::span<const N> stored() const noexcept { return stored_; }
  /// What every stored number is multiplied by.
  [[nodiscard]] float scale() const noexcept { return scale_; }

  /// @pre 0 <= column < size()
  [[nodiscard]] float operator[](index_t column) const noexcept { return number(column) * scale_; }

  /// Writes the numbers, and zeros behind them.  @pre out.size() >= size()
  void copy_to(std::span<float> out) const noexcept {
    if constexpr (std::same_as<N, float>)
      std::copy(stored_.begin(), stored_.end(), out.begin());
    else
      for (index_t c = 0; c < size(); ++c) out[static_cast<std::size_t>(c)] = (*this)[c];
    std::fill(out.begin() + size(), out.end(), 0.0F);
  }

  /// Inner product with a row of any size: the shorter one's numbers take part. A product of two
  /// floats is exact in double, so whether a compiler fuses it with the sum changes nothing; and
  /// lanes have a fixed order: the same bytes wherever it runs, and with the operands swapped.
  template <packed_number M>
  [[nodiscard]] float dot(const packed_row<M>& other) const noexcept {
    const index_t n = std::min(size(), other.size());
    const auto product = [&](index_t c) { return double{number(c)} * double{other.number(c)}; };
    std::array<double, 8> lane{};
    index_t c = 0;
    for (; c + 8 <= n; c += 8)
      for (index_t l = 0; l < 8; ++l) lane[static_cast<std::size_t>(l)] += product(c + l);
    for (index_t l = 0; c + l < n; ++l) lane[static_cast<std::size_t>(l)] += product(c + l);
    for (std::size_t half = 4; half > 0; half /= 2)
      for (std::size_t l = 0; l < half; ++l) lane[l] += lane[l + half];
    return static_cast<float>(lane[0] * (double{scale_} * double{other.scale()}));
  }

  /// As it is stored, without the scale.  @pre 0 <= column < size()
  [[nodiscard]] float number(index_t column) const noexcept {
    return detail::decoded(stored_[static_cast<std::size_t>(column)]);
  }

 private:
  std::span<const N> stored_;
  float scale_;
};

}  // namespace ciess
