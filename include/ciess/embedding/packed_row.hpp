// SPDX-License-Identifier: MIT
/// @file
/// One row of a packed table, and how its numbers are stored.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <ciess/core/index.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/embedding/code_book.hpp>

namespace ciess {

/// Numbers that count parts of their row's scale: `std::int8_t` -127 to 127 of them, `bits<4>` -15
/// to 15, `bits<3>` -7 to 7 and `bits<2>` -3 to 3, without the even ones.
template <class N>
concept scaled_number = std::same_as<N, std::int8_t> || is_bits<N>;

/// Bytes that mean what a `code_book` says.
template <class N>
concept booked_number = std::same_as<N, code_byte>;

/// Whether the scales of rows are codes of `scale_value`: with few bits a number a float would be a
/// large part of a row.
template <class N>
concept byte_scaled = is_bits<N> || booked_number<N>;

/// What scales of rows are stored as.
template <class N>
using scale_of = std::conditional_t<byte_scaled<N>, std::uint8_t, float>;

/// Bits of a scale's byte that are its fraction; the others count octaves. With three, four bits a
/// number lose a tenth more of a row of eight numbers; with four, a thirtieth.
inline constexpr int scale_fraction = 4;
/// The largest `octave` of a table: all scales from there on are finite.
inline constexpr int most_octave = 255 - (256 >> scale_fraction);

/// What a stored scale means. A float is what it is. In a byte, code 0 is 0, and the others are the
/// floats with four bits of fraction in 16 octaves, the first of which a table has, as the exponent
/// field of floats does. No branches.
template <class N>
  requires scaled_number<N> || booked_number<N>
[[nodiscard]] constexpr float scale_value(scale_of<N> stored,
                                          [[maybe_unused]] int octave) noexcept {
  if constexpr (byte_scaled<N>) {
    const std::uint32_t bits = (std::uint32_t{stored} << (23 - scale_fraction)) +
                               (static_cast<std::uint32_t>(octave) << 23);
    return std::bit_cast<float>(stored == 0 ? 0U : bits);
  } else {
    return stored;
  }
}

/// How a packed table stores its numbers: each in one N, or several in bytes of `bits` or in a
/// `code_byte`.
template <class N>
concept packed_number = std::same_as<N, float> || std::same_as<N, bfloat16> ||
                        std::same_as<N, float16> || scaled_number<N> || booked_number<N>;

/// How many N a row of some numbers takes: each row begins with an N of its own. Of `code_byte`
/// sizes are counted in bytes, so it is as many.
template <packed_number N>
[[nodiscard]] constexpr index_t stored_in(index_t numbers) noexcept {
  if constexpr (is_bits<N>)
    return (N::width * numbers + 7) / 8;
  else
    return numbers;
}
namespace detail {

/// A row refers to a book if its bytes need one.
struct no_book {};
template <packed_number N>
using book_of = std::conditional_t<booked_number<N>, const code_book*, no_book>;

/// Number c of those that begin at `stored`, without the scale.
template <packed_number N>
  requires(!booked_number<N>)
[[nodiscard]] float decoded(const N* stored, index_t c) noexcept {
  if constexpr (is_bits<N>)
    return static_cast<float>(number_at(stored, c));
  else if constexpr (std::same_as<N, float> || std::same_as<N, std::int8_t>)
    return static_cast<float>(stored[c]);
  else
    return to_float(stored[c]);
}

}  // namespace detail

/// One row as it is stored.
template <packed_number N>
class packed_row {
 public:
  /// @param size  numbers, or columns that bytes stand for
  /// @pre stored.size() == stored_in<N>(size), or book->bytes_for(size)
  packed_row(std::span<const N> stored, index_t size, float scale,
             detail::book_of<N> book = {}) noexcept
      : stored_{stored.data()},
        size_{static_cast<std::int32_t>(size)},
        scale_{scale},
        book_{book} {}

  /// Numbers kept; those past them are 0.
  [[nodiscard]] index_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<const N> stored() const noexcept {
    if constexpr (booked_number<N>)
      return {stored_, static_cast<std::size_t>(book_->bytes_for(size()))};
    else
      return {stored_, static_cast<std::size_t>(stored_in<N>(size()))};
  }
  /// What every stored number is multiplied by.
  [[nodiscard]] float scale() const noexcept { return scale_; }
  /// The same row times a factor.
  [[nodiscard]] packed_row times(float factor) const noexcept {
    packed_row row = *this;
    row.scale_ *= factor;
    return row;
  }
  /// What its bytes mean.
  [[nodiscard]] const code_book& book() const noexcept
    requires booked_number<N>
  {
    return *book_;
  }

  /// @pre 0 <= column < size()
  [[nodiscard]] float operator[](index_t column) const noexcept { return number(column) * scale_; }

  /// Writes the numbers, and zeros behind them.  @pre out.size() >= size()
  void copy_to(std::span<float> out) const noexcept {
    if constexpr (std::same_as<N, float>)
      std::copy_n(stored_, size(), out.begin());
    else if constexpr (booked_number<N>)
      for_each_byte([&](index_t first, std::span<const float> numbers) {
        std::ranges::transform(numbers, out.begin() + first,
                               [this](float x) { return x * scale_; });
      });
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
    if constexpr (booked_number<N>)
      return book_->number(stored_, column);
    else
      return detail::decoded(stored_, column);
  }

  /// Calls `f(first_column, numbers)` for each byte, in order, without the scale.
  template <class F>
  void for_each_byte(F&& f) const
    requires booked_number<N>
  {
    const auto all = stored();
    for (std::size_t m = 0; m < all.size(); ++m)
      f(book_->first_of(static_cast<index_t>(m)), book_->numbers(static_cast<index_t>(m), all[m]));
  }

 private:
  const N* stored_;
  std::int32_t size_;
  float scale_;
  [[no_unique_address]] detail::book_of<N> book_;
};

}  // namespace ciess
