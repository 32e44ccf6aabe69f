// SPDX-License-Identifier: MIT
/// @file
/// Moments as data files write them, in milliseconds since 1970-01-01 00:00 UTC.
#pragma once

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace ciess {

/// What a number counts from 1970 on. Told from its size: what is below 10^11 are seconds (until
/// the year 5138), below 10^14 milliseconds, below 10^17 microseconds, else nanoseconds.
enum class time_unit : std::uint8_t { seconds, milliseconds, microseconds, nanoseconds, date };

/// A moment and how it was written.
struct moment {
  std::int64_t milliseconds = 0;
  time_unit unit = time_unit::seconds;  ///< `date`: with year, month and day
};

namespace detail {

/// Takes exactly `digits` digits off the front.
inline bool take_digits(std::string_view& text, std::size_t digits, int& value) noexcept {
  if (text.size() < digits) return false;
  value = 0;
  for (std::size_t k = 0; k < digits; ++k) {
    if (text[k] < '0' || text[k] > '9') return false;
    value = value * 10 + (text[k] - '0');
  }
  text.remove_prefix(digits);
  return true;
}

inline bool take(std::string_view& text, char c) noexcept {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// Minutes east of Greenwich: "", "Z", "+hh", "+hhmm" or "+hh:mm".
inline bool take_offset(std::string_view& text, int& minutes) noexcept {
  minutes = 0;
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return true;
  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return false;
  text.remove_prefix(1);
  int h = 0, m = 0;
  if (!take_digits(text, 2, h)) return false;
  if (!text.empty()) {
    (void)take(text, ':');
    if (!take_digits(text, 2, m)) return false;
  }
  if (h > 14 || m > 59) return false;
  minutes = (west ? -1 : 1) * (h * 60 + m);
  return true;
}

}  // namespace detail

/// ISO 8601: `2012-03-04`, then possibly `T` or a blank and `05:06`, `:07`, `.089`, and an offset
/// (`Z`, `+01:00`); without offset UTC. Digits past milliseconds are cut off.
[[nodiscard]] inline std::optional<std::int64_t> parse_iso_time(std::string_view text) noexcept {
  namespace c = std::chrono;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset = 0;
  std::int64_t fraction = 0;
  if (!detail::take_digits(text, 4, year) || !detail::take(text, '-') ||
      !detail::take_digits(text, 2, month) || !detail::take(text, '-') ||
      !detail::take_digits(text, 2, day))
    return std::nullopt;
  const auto date = c::year{year} / month / day;
  if (!date.ok()) return std::nullopt;
  if (detail::take(text, 'T') || detail::take(text, 't') || detail::take(text, ' ')) {
    if (!detail::take_digits(text, 2, hour) || !detail::take(text, ':') ||
        !detail::take_digits(text, 2, minute))
      return std::nullopt;
    if (detail::take(text, ':')) {
      if (!detail::take_digits(text, 2, second)) return std::nullopt;
      if (detail::take(text, '.') || detail::take(text, ',')) {
        std::size_t digits = 0;
        for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits)
          if (digits < 3) fraction = fraction * 10 + (text[digits] - '0');
        if (digits == 0) return std::nullopt;
        for (std::size_t k = digits; k < 3; ++k) fraction *= 10;
        text.remove_prefix(digits);
      }
    }
    while (detail::take(text, ' ')) {
    }
    if (hour > 24 || minute > 59 || second > 60 ||
        (hour == 24 && (minute > 0 || second > 0 || fraction > 0)) ||
        !detail::take_offset(text, offset))
      return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  const std::int64_t days = c::sys_days(date).time_since_epoch().count();
  const std::int64_t minutes = days * 1440 + std::int64_t{hour} * 60 + minute - offset;
  return (minutes * 60 + second) * 1000 + fraction;
}

namespace detail {

/// A day of the years 1900 to 2099 in 8 digits, or that and a time of day in 14: 20120304050607.
inline std::optional<std::int64_t> parse_digits_of_date(std::string_view text) noexcept {
  if (text.size() != 8 && text.size() != 14) return std::nullopt;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!take_digits(text, 4, year) || !take_digits(text, 2, month) || !take_digits(text, 2, day))
    return std::nullopt;
  if (!text.empty() && (!take_digits(text, 2, hour) || !take_digits(text, 2, minute) ||
                        !take_digits(text, 2, second)))
    return std::nullopt;
  const auto date = std::chrono::year{year} / month / day;
  if (year < 1900 || year > 2099 || !date.ok() || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}

}  // namespace detail

/// A whole field: a date as `parse_iso_time` takes it, or in 8 or 14 digits (20120304,
/// 20120304050607); or a number, whose unit is told from its size.
[[nodiscard]] inline std::optional<moment> parse_time(std::string_view text) noexcept {
  if (const auto date = detail::parse_digits_of_date(text)) return moment{*date, time_unit::date};
  const char* first = text.data();
  const char* last = first + text.size();
  const auto unit_of = [](auto number) {  // exact for integers, too
    const auto below = [number](std::int64_t limit) {
      const auto most = static_cast<decltype(number)>(limit);
      return number < most && number > -most;
    };
    return below(100'000'000'000)           ? time_unit::seconds
           : below(100'000'000'000'000)     ? time_unit::milliseconds
           : below(100'000'000'000'000'000) ? time_unit::microseconds
                                            : time_unit::nanoseconds;
  };
  std::int64_t whole = 0;
  if (const auto [end, code] = std::from_chars(first, last, whole);
      code == std::errc{} && end == last) {
    const auto unit = unit_of(whole);
    if (unit == time_unit::seconds) return moment{whole * 1000, unit};
    const std::int64_t parts = unit == time_unit::milliseconds   ? 1
                               : unit == time_unit::microseconds ? 1000
                                                                 : 1'000'000;
    return moment{whole / parts - (whole % parts < 0 ? 1 : 0), unit};
  }
  double value = 0;
  if (const auto [end, code] = std::from_chars(first, last, value);
      code == std::errc{} && end == last) {
    if (!(std::abs(value) < 9e18)) return std::nullopt;  // NaN, too
    const auto unit = unit_of(value);
    const double scale = unit == time_unit::seconds        ? 1e3
                         : unit == time_unit::milliseconds ? 1
                         : unit == time_unit::microseconds ? 1e-3
                                                           : 1e-6;
    return moment{static_cast<std::int64_t>(std::floor(value * scale)), unit};
  }
  if (const auto date = parse_iso_time(text)) return moment{*date, time_unit::date};
  return std::nullopt;
}

/// `2012-03-04T05:06:07Z`, with `.089` before the Z if there are milliseconds. Outside of the years
/// 0 to 9999: the number of milliseconds.
[[nodiscard]] inline std::string iso_time(std::int64_t milliseconds) {
  namespace c = std::chrono;
  constexpr std::int64_t day_length = 86'400'000;
  std::int64_t days = milliseconds / day_length, rest = milliseconds % day_length;
  if (rest < 0) {
    --days;
    rest += day_length;
  }
  if (days < -719'528 || days > 2'932'896) return std::to_string(milliseconds) + " ms";
  const c::year_month_day date{c::sys_days{c::days{static_cast<int>(days)}}};
  std::string text;
  const auto add = [&text](std::int64_t value, std::size_t digits) {
    const std::string number = std::to_string(value);
    text.append(digits > number.size() ? digits - number.size() : 0, '0').append(number);
  };
  add(static_cast<int>(date.year()), 4);
  text += '-';
  add(static_cast<unsigned>(date.month()), 2);
  text += '-';
  add(static_cast<unsigned>(date.day()), 2);
  text += 'T';
  add(rest / 3'600'000, 2);
  text += ':';
  add(rest / 60'000 % 60, 2);
  text += ':';
  add(rest / 1000 % 60, 2);
  if (rest % 1000 != 0) {
    text += '.';
    add(rest % 1000, 3);
  }
  return text + 'Z';
}

/// Whether a field reads like a moment of our time and like nothing else: a date, or a number of
/// seconds or milliseconds between the years 1995 and 2040.
[[nodiscard]] inline bool looks_like_time(std::string_view text) noexcept {
  const auto t = parse_time(text);
  if (!t) return false;
  if (t->unit == time_unit::date) return true;
  return (t->unit == time_unit::seconds || t->unit == time_unit::milliseconds) &&
         t->milliseconds >= 788'918'400'000 && t->milliseconds < 2'208'988'800'000;
}

}  // namespace ciess
