// SPDX-License-Identifier: MIT
/// @file
/// Numbers as text and back, and texts from parts. The same bytes whatever `std::locale::global` or
/// `setlocale` say; streams, printf, strtod and their kin would write `12.345` for 12345, or `0,5`.
#pragma once

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace ciess {
namespace detail {

/// Types that count or measure, unlike `char` and its kin.
template <class T>
concept number =
    std::is_arithmetic_v<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
    !std::same_as<T, signed char> && !std::same_as<T, unsigned char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

inline std::string digits(double x, std::chars_format format, int precision) {
  assert(0 <= precision && precision <= 100);
  char text[512];  // the largest double has 309 digits before its point
  return {text, std::to_chars(text, text + sizeof text, x, format, precision).ptr};
}

}  // namespace detail

/// The shortest text that `parse_number` makes the same number of. "inf", "-inf", "nan" or "-nan"
/// where there are no digits.
template <detail::number T>
[[nodiscard]] std::string shortest_text(T x) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, x).ptr};
}

/// So many significant digits, zeros at the end left out, as printf's %.6g.
/// @pre 0 <= digits <= 100
[[nodiscard]] inline std::string significant_text(double x, int digits) {
  return detail::digits(x, std::chars_format::general, digits);
}

/// So many digits after the point, as printf's %.3f.
/// @pre 0 <= decimals <= 100
[[nodiscard]] inline std::string fixed_text(double x, int decimals) {
  return detail::digits(x, std::chars_format::fixed, decimals);
}

/// The number that is all of a text, in the spelling of C's source code without a sign `+`; nothing
/// if it is none, does not fit, or is not finite.
template <detail::number T>
[[nodiscard]] std::optional<T> parse_number(std::string_view text) noexcept {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc{} || stop != end) return std::nullopt;
  if constexpr (std::floating_point<T>)
    if (!std::isfinite(value)) return std::nullopt;
  return value;
}

/// Adds a part at the end of a text: a text, a character, or a number, of which those with a point
/// get six significant digits (a stream's way); `bool` is 0 or 1.
template <class T>
void append_text(std::string& text, const T& part) {
  if constexpr (std::same_as<T, char>)
    text += part;
  else if constexpr (std::same_as<T, bool>)
    text += part ? '1' : '0';
  else if constexpr (std::floating_point<T>)
    text += significant_text(static_cast<double>(part), 6);
  else if constexpr (detail::number<T>)
    text += shortest_text(part);
  else
    text += std::string_view(part);
}

/// The parts one after the other, as `append_text` writes each.
template <class... Parts>
[[nodiscard]] std::string joined(const Parts&... parts) {
  std::string text;
  (append_text(text, parts), ...);
  return text;
}

/// 1234567 as "1,234,567", whatever the locale.  @pre n >= 0
[[nodiscard]] inline std::string grouped_text(std::int64_t n) {
  std::string text = shortest_text(n);
  for (auto at = std::ssize(text) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

/// Seconds as people read them: "41 s", "12 min 05 s", "3 h 07 min".
[[nodiscard]] inline std::string readable_seconds(double seconds) {
  const auto s = static_cast<long long>(std::max(0.0, std::ceil(seconds)));
  const auto two = [](long long n) { return joined(n < 10 ? "0" : "", n); };
  if (s < 60) return joined(s, " s");
  if (s < 3600) return joined(s / 60, " min ", two(s % 60), " s");
  return joined(s / 3600, " h ", two(s % 3600 / 60), " min");
}

}  // namespace ciess
