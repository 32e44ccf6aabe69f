// SPDX-License-Identifier: MIT
/// @file
/// Whether lines are columns or lists of items.
#pragma once

#include <ciess/data/detail/doubts.hpp>
#include <ciess/data/detail/foreign.hpp>
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/read_options.hpp>
#include <ciess/data/time.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

namespace ciess::detail {

/// Whether items of several words may be lists: all words are like ids, or hardly any item comes
/// again.
inline bool may_be_lists(const std::vector<record>& pairs) {
  const auto is_ids = [](std::string_view text) { return is_several(text, " ", is_id_word); };
  if (std::ranges::all_of(pairs, [&](const record& f) {
        return f.size() == 2 && (is_id_word(f[1]) || is_ids(f[1]));
      }))
    return std::ranges::any_of(pairs, [&](const record& f) { return is_ids(f[1]); });
  std::vector<std::string_view> several;
  for (const record& f : pairs)
    if (f.size() == 2 && f[1].find(' ') != std::string_view::npos &&
        f[1].find_first_of("\"'") == std::string_view::npos)
      several.push_back(f[1]);
  const auto all = several.size();
  std::ranges::sort(several);
  const auto again = std::ranges::unique(several);
  return all > 0 && again.size() < 3;
}

/// Whether the first record is text above numbers, or above other figures.
inline bool is_text_above_numbers(const std::vector<record>& records) {
  if (records.size() < 2) return false;
  for (const auto field : records[0])
    if (field.empty() || parse_rating(field) || looks_like_time(field)) return false;
  for (std::size_t c = 0; c < records[0].size(); ++c) {
    const auto below = kind_of(records, c, 1);
    if (below.count + 1 < records.size()) continue;
    if (below.all_numbers() || below.all_times()) return true;
    // Figures that are no numbers to us, such as 2,5 and 07/11/2020, are none of text either.
    const auto is_figure = [](std::string_view text) {
      return std::ranges::any_of(text, is_digit) && std::ranges::none_of(text, is_letter);
    };
    if (std::ranges::none_of(records[0][c], is_digit) &&
        std::all_of(records.begin() + 1, records.end(),
                    [&](const record& f) { return is_figure(f[c]); }))
      return true;
  }
  return false;
}

/// Whether records without header, all of one length, are certainly columns: a column beyond the
/// first two holds what no list of items would.
inline bool are_columns(const std::vector<record>& records) {
  const auto users = kind_of(records, 0), items = kind_of(records, 1);
  if (users.all_times() || items.all_times()) return true;
  for (std::size_t c = 2; c < records[0].size(); ++c) {
    const auto other = kind_of(records, c);
    if (other.all_times() && items.times == 0) return true;
    if (other.empty > 0) return true;  // no list has a hole
    if (items.all_integers() && other.all_numbers() && other.integers == 0) return true;  // 3.0
    if (records.size() < 3) continue;
    if (items.all_integers() && (other.no_numbers() || other.fractions > 0)) return true;
    if (items.no_numbers() && other.all_numbers()) return true;
    if (records.size() >= 8 && users.different < records.size() && other.like_ratings() &&
        items.different >= 2 * other.different)
      return true;
  }
  return false;
}

/// Whether records of a comma file and its kin, without header and all of one length, may be lists:
/// nothing but integers, and no column beyond the first two that is known.
inline bool may_be_lists_of_numbers(const std::vector<record>& records) {
  const std::size_t width = records[0].size();
  for (std::size_t c = 0; c < width; ++c) {
    const auto kind = kind_of(records, c);
    if (!kind.all_integers() || kind.all_times() || (c >= 2 && kind.like_ratings())) return false;
  }
  return width > 2 && !are_numbered_names(records);
}

/// Whether lines of several lengths are certainly lists: too many lengths for a table of which some
/// lines are damaged, and nothing but ids; words without digits are prose rather.
inline bool are_lists(const std::vector<record>& records) {
  std::vector<std::size_t> lengths;
  for (const record& f : records) {
    lengths.push_back(f.size());
    for (const auto field : f) {
      if (std::ranges::none_of(field, is_digit)) return false;
      if (const auto number = parse_rating(field); number && *number != std::floor(*number))
        return false;
    }
  }
  std::ranges::sort(lengths);
  std::size_t different = 0, usual = 0;
  for (std::size_t k = 0; k < lengths.size();) {
    std::size_t same = k;
    while (same < lengths.size() && lengths[same] == lengths[k]) ++same;
    usual = std::max(usual, same - k);
    ++different;
    k = same;
  }
  const std::size_t n = lengths.size(), unusual = n - usual;
  return different >= 3 && (2 * usual <= n || (unusual >= 3 && 5 * unusual >= n));
}

/// @throws data_error always: records of one length and nothing but ids
[[noreturn]] inline void refuse_even_lists(const source& s, const sample& some) {
  const std::size_t width = some.records()[0].size();
  const auto doubt = doubt_about_places(some.records(), width);
  s.fail(
      some.line(0), "could begin a table of users, items and ", width - 2,
      " more, or lists of a user's items, all of one length: name the format, `delimited` or ",
      "`adjacency` (--format)",
      doubt ? "; but " + *doubt + ": if users and items stand elsewhere, name them (--user, --item)"
            : std::string());
}

/// A table or lists, for records between tabs or blanks.
/// @throws data_error if it could be either
inline data_format table_or_lists(const source& s, const sample& some) {
  refuse_foreign_records(s, some);
  const auto& records = some.records();
  const bool two = std::ranges::all_of(records, [](const record& f) { return f.size() == 2; });
  if (two || is_text_above_numbers(records)) return data_format::delimited;
  const char* how = "name the format, `delimited` or `adjacency` (--format)";
  if (some.is_even()) {
    if (are_columns(records)) return data_format::delimited;
    refuse_even_lists(s, some);
  }
  if (!some.damaged() && are_lists(records)) return data_format::adjacency;
  std::size_t other = 0;
  while (other < records.size() && records[other].size() == records[0].size()) ++other;
  if (other == records.size()) return data_format::delimited;  // its reader meets the damage
  s.fail(some.line(other), "expected ", records[0].size(), " fields like the first line, got ",
         records[other].size(), ": a damaged table, or lists of items? ", how);
}

}  // namespace ciess::detail
