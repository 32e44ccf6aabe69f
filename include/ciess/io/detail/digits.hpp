// SPDX-License-Identifier: MIT
/// @file
/// Numbers as texts that are the same everywhere and come back as they were.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace ciess::detail {

/// The shortest text that `number_of` makes the same number of.
template <class T>
  requires std::is_arithmetic_v<T>
std::string digits_of(T number) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

/// The number that is all of a text; nothing if it is none, does not fit, or is not finite.
template <class T>
  requires std::is_arithmetic_v<T>
std::optional<T> number_of(std::string_view text) noexcept {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc{} || stop != end) return std::nullopt;
  if constexpr (std::floating_point<T>)
    if (!std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace ciess::detail
