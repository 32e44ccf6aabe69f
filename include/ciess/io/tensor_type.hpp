// SPDX-License-Identifier: MIT
/// @file
/// Types of numbers in files, by the names that safetensors gives them.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

#include <ciess/core/number_formats.hpp>

namespace ciess {

/// What the numbers of a tensor are. Those without a type in C++ are only bytes here.
enum class tensor_type {
  boolean,
  u8,
  i8,
  f8_e5m2,
  f8_e4m3,
  u16,
  i16,
  f16,
  bf16,
  u32,
  i32,
  f32,
  u64,
  i64,
  f64
};

namespace detail {

struct tensor_type_entry {
  std::string_view name;
  std::size_t bytes;
};
inline constexpr std::array<tensor_type_entry, 15> tensor_types{{{"BOOL", 1},
                                                                 {"U8", 1},
                                                                 {"I8", 1},
                                                                 {"F8_E5M2", 1},
                                                                 {"F8_E4M3", 1},
                                                                 {"U16", 2},
                                                                 {"I16", 2},
                                                                 {"F16", 2},
                                                                 {"BF16", 2},
                                                                 {"U32", 4},
                                                                 {"I32", 4},
                                                                 {"F32", 4},
                                                                 {"U64", 8},
                                                                 {"I64", 8},
                                                                 {"F64", 8}}};

template <class T>
consteval std::optional<tensor_type> tensor_type_of() {
  if (std::same_as<T, float>) return tensor_type::f32;
  if (std::same_as<T, double>) return tensor_type::f64;
  if (std::same_as<T, bfloat16>) return tensor_type::bf16;
  if (std::same_as<T, float16>) return tensor_type::f16;
  if (std::same_as<T, std::byte> || std::same_as<T, code_byte> || is_bits<T>)
    return tensor_type::u8;
  if (!std::integral<T> || std::same_as<T, bool> || std::same_as<T, char> ||
      std::same_as<T, wchar_t> || std::same_as<T, char8_t> || std::same_as<T, char16_t> ||
      std::same_as<T, char32_t>)
    return std::nullopt;
  switch (sizeof(T)) {
    case 1:
      return std::is_signed_v<T> ? tensor_type::i8 : tensor_type::u8;
    case 2:
      return std::is_signed_v<T> ? tensor_type::i16 : tensor_type::u16;
    case 4:
      return std::is_signed_v<T> ? tensor_type::i32 : tensor_type::u32;
    case 8:
      return std::is_signed_v<T> ? tensor_type::i64 : tensor_type::u64;
    default:
      return std::nullopt;
  }
}

}  // namespace detail

/// What a tensor's numbers can be in C++: float, double, float16, bfloat16, std::byte, `bits`
/// and `code_byte`, which are bytes as well, and integers. Not bool: a byte of a file may be
/// neither true nor false.
template <class T>
concept tensor_number = detail::tensor_type_of<T>().has_value();

template <tensor_number T>
inline constexpr tensor_type tensor_type_of = *detail::tensor_type_of<T>();

/// The name in a file, "F32".
[[nodiscard]] constexpr std::string_view tensor_type_name(tensor_type type) noexcept {
  return detail::tensor_types[static_cast<std::size_t>(type)].name;
}
/// Bytes of one number.
[[nodiscard]] constexpr std::size_t tensor_type_bytes(tensor_type type) noexcept {
  return detail::tensor_types[static_cast<std::size_t>(type)].bytes;
}
/// The type of that name, if there is one.
[[nodiscard]] constexpr std::optional<tensor_type> find_tensor_type(std::string_view name) {
  const auto found =
      std::ranges::find(detail::tensor_types, name, &detail::tensor_type_entry::name);
  if (found == detail::tensor_types.end()) return std::nullopt;
  return static_cast<tensor_type>(found - detail::tensor_types.begin());
}

}  // namespace ciess
