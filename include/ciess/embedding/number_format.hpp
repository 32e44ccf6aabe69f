// SPDX-License-Identifier: MIT
/// @file
/// The number formats of packed tables as values, for programs that choose one as they run, and
/// what a table will take in each before it is packed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/packed_view.hpp>
#include <ciess/embedding/sizes.hpp>

namespace ciess {

/// One for each `packed_number`. Files of searches know them by their values.
enum class number_format : std::uint8_t {
  float32,
  bfloat16,
  float16,
  eight_bits,  ///< `std::int8_t` with a scale a row
  four_bits,   ///< `bits<4>`
  two_bits,    ///< `bits<2>`
  three_bits   ///< `bits<3>`
};

/// All of them, the finest first.
inline constexpr std::array number_formats = {number_format::float32,   number_format::bfloat16,
                                              number_format::float16,   number_format::eight_bits,
                                              number_format::four_bits, number_format::three_bits,
                                              number_format::two_bits};

namespace detail {

/// [formats by their values], what they are called.
inline constexpr std::array<std::string_view, number_formats.size()> number_format_names = {
    "float", "bfloat16", "float16", "8", "4", "2", "3"};

}  // namespace detail

/// Whether several numbers share a byte.
[[nodiscard]] constexpr bool has_few_bits(number_format format) noexcept {
  return format > number_format::eight_bits;
}

/// "float", "bfloat16", "float16", or how many bits: "8", "4", "3", "2".
[[nodiscard]] constexpr std::string_view name_of(number_format format) noexcept {
  return detail::number_format_names[static_cast<std::size_t>(format)];
}

/// "bfloat16", "8 bits".
[[nodiscard]] inline std::string format_text(number_format f) {
  return std::string(name_of(f)) + (f < number_format::eight_bits ? "" : " bits");
}

/// @throws argument_error if no format is called so
[[nodiscard]] inline number_format parse_number_format(std::string_view name) {
  for (const auto format : number_formats)
    if (name_of(format) == name) return format;
  detail::throw_error<argument_error>(
      "number format: expected float, bfloat16, float16, 8, 4, 3 or 2, got ", detail::shown(name));
}

/// Calls `f.operator()<N>()` with the type of the numbers, and returns what that returns.
template <class F>
decltype(auto) with_number(number_format format, F&& f) {
  switch (format) {
    case number_format::bfloat16:
      return f.template operator()<ciess::bfloat16>();
    case number_format::float16:
      return f.template operator()<ciess::float16>();
    case number_format::eight_bits:
      return f.template operator()<std::int8_t>();
    case number_format::four_bits:
      return f.template operator()<bits<4>>();
    case number_format::three_bits:
      return f.template operator()<bits<3>>();
    case number_format::two_bits:
      return f.template operator()<bits<2>>();
    case number_format::float32:
      break;
  }
  return f.template operator()<float>();
}

namespace detail {

/// What a table takes beside its values, of which there are 0 here. O(1)
/// @param ragged  whether its rows differ in size
template <packed_number N>
[[nodiscard]] packed_memory packed_memory_beside(index_t rows, size_range range, bool ragged) {
  packed_memory m;
  if constexpr (scaled_number<N>) m.scales = rows * std::int64_t{sizeof(scale_of<N>)};
  if (!ragged) return m;
  const std::int64_t blocks = packed_blocks(rows);
  const std::int64_t code = range.max > 256 ? 2 : 1;
  m.sizes = rows * code;
  m.padding = blocks * packed_block * code - m.sizes;
  m.index = (blocks + 1) * std::int64_t{sizeof(std::uint64_t)};
  return m;
}

}  // namespace detail

/// What a table of such sizes takes once it is packed: `packed_view::memory`, without packing.
/// O(rows)
template <packed_number N>
  requires(!booked_number<N>)
[[nodiscard]] packed_memory packed_memory_of(const sizes& s) {
  packed_memory m = detail::packed_memory_beside<N>(s.rows(), s.range(), only_size(s) == 0);
  for (const std::uint16_t size : s.values())
    m.values += static_cast<std::int64_t>(stored_in<N>(size)) * std::int64_t{sizeof(N)};
  return m;
}
/// The same of rows of bytes that stand for columns with bits of their own.
[[nodiscard]] inline packed_memory packed_memory_of_bytes(const sizes& bytes, index_t columns,
                                                          scaled_rows scales = scaled_rows::no) {
  const bool ragged = only_size(bytes) == 0;
  packed_memory m = detail::packed_memory_beside<code_byte>(bytes.rows(), bytes.range(), ragged);
  m.values = bytes.total();
  if (scales == scaled_rows::yes) m.scales = bytes.rows();
  m.book = 3 * std::int64_t{columns};
  return m;
}
[[nodiscard]] inline packed_memory packed_memory_of(const sizes& s, number_format format) {
  return with_number(format, [&]<class N>() { return packed_memory_of<N>(s); });
}

}  // namespace ciess
