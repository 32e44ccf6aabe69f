// SPDX-License-Identifier: MIT
/// @file
/// Options of reading and splitting from texts, as people write them on a command line or into a
/// file. `who` is what the caller calls an option: refusals begin with it.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/dataset.hpp>
#include <ciess/data/read_options.hpp>
#include <ciess/data/time.hpp>

namespace ciess {

/// A column by its name or its number from 1; "none": there is none; empty: to be found.
/// @throws argument_error if a number is below 1
[[nodiscard]] inline column parse_column(std::string_view text, std::string_view who) {
  if (text.empty()) return {};
  if (text == "none") return column::none();
  if (const auto number = parse_number<int>(text)) {
    if (*number < 1) detail::throw_error<argument_error>(who, ": columns count from 1, got ", text);
    return {*number - 1};
  }
  return {std::string(text)};
}

/// What is between fields: tab (or a backslash and t), blank, comma, semicolon, bar, or the
/// characters themselves; empty: to be found.
[[nodiscard]] inline std::string parse_delimiter(std::string_view text) {
  for (const auto& [name, sign] : {std::pair{"tab", "\t"},
                                   {"\\t", "\t"},
                                   {"blank", " "},
                                   {"comma", ","},
                                   {"semicolon", ";"},
                                   {"bar", "|"}})
    if (text == name) return sign;
  return std::string(text);
}

/// One character; "none": '\0'; empty: to be found.
/// @throws argument_error if it is anything else
[[nodiscard]] inline std::optional<char> parse_sign(std::string_view text, std::string_view who) {
  if (text.empty()) return std::nullopt;
  if (text == "none") return '\0';
  if (text.size() != 1)
    detail::throw_error<argument_error>(who, ": expected one character or none, got ", text);
  return text[0];
}

/// How interactions are split.
/// @param how  random, temporal, leave-one-out or last:N
/// @param at   moments of all interactions, which make a split temporal: dates or times, or shares
///             of the interactions before them, between 0 and 1
/// @param o    the options that get it; others stay
/// @throws argument_error if a text is none of these, or moments fall
inline void parse_split(std::string_view how, std::span<const std::string> at, dataset_options& o,
                        std::string_view who_how, std::string_view who_at) {
  using detail::throw_error;
  o.kind = split_kind::random;
  o.at.clear();
  if (how == "temporal" || !at.empty()) {
    o.kind = split_kind::temporal;
    if (how != "temporal" && how != "random")
      throw_error<argument_error>(who_at, ": goes with ", who_how, " temporal, got ", how);
  } else if (how == "leave-one-out") {
    o.kind = split_kind::last;
    o.last = 1;
  } else if (how.starts_with("last:")) {
    o.kind = split_kind::last;
    const auto n = parse_number<std::int32_t>(how.substr(5));
    if (!n || *n < 1)
      throw_error<argument_error>(who_how, ": expected last:N with N at least 1, got ", how);
    o.last = *n;
  } else if (how != "random") {
    throw_error<argument_error>(who_how,
                                ": expected random, temporal, leave-one-out or last:N, got ", how);
  }
  for (const auto& text : at) {
    const auto number = parse_number<double>(text);
    const auto time = parse_time(text);
    const bool date = time && time->unit == time_unit::date;
    if (number && *number > 0 && *number < 1)
      o.at.push_back({.share = *number});
    else if (time && (date || std::abs(*number) >= 10'000))  // 2012 is no second of 1970
      o.at.push_back({.time = time->milliseconds});
    else
      throw_error<argument_error>(
          who_at, ": expected a share between 0 and 1, or a time such as 2012-03-04, got ", text);
  }
  if (o.at.size() == 2 && o.at[0].time && o.at[1].time && *o.at[0].time > *o.at[1].time)
    throw_error<argument_error>(who_at, ": ", at[0], " is after ", at[1]);
  if (o.at.size() == 2 && !o.at[0].time && !o.at[1].time && o.at[0].share > o.at[1].share)
    throw_error<argument_error>(who_at, ": ", at[0], " is above ", at[1]);
}

}  // namespace ciess
