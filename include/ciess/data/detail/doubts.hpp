// SPDX-License-Identifier: MIT
/// @file
/// Reasons to doubt that the columns of a table are what their places or names say.
#pragma once

#include <ciess/data/detail/foreign.hpp>
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/sample.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ciess::detail {

/// Whether a text is several words, each of which is one of `holds`, between signs.
template <class Holds>
bool is_several(std::string_view text, std::string_view signs, Holds holds) {
  int words = 0;
  while (!text.empty()) {
    const auto length = std::min(text.find_first_of(signs), text.size());
    if (length > 0) {
      if (!holds(text.substr(0, length))) return false;
      ++words;
    }
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return words > 1;
}

/// Whether a text is several integers between blanks.
inline bool is_list(std::string_view text) { return is_several(text, " ", is_integer); }

/// Whether a word is like an id: letters, digits, - and _, one digit at least.
inline bool is_id_word(std::string_view text) noexcept {
  return std::ranges::any_of(text, is_digit) && std::ranges::all_of(text, [](char c) {
           return is_digit(c) || is_letter(c) || c == '-' || c == '_';
         });
}

/// Whether a text is several words like ids between blanks, commas, bars or semicolons, or anything
/// in brackets: lists in a field, or numbers with signs between the thousands.
inline bool is_joined(std::string_view text) {
  text = stripped(text);
  if (text.size() > 1 &&
      ((text.front() == '[' && text.back() == ']') || (text.front() == '{' && text.back() == '}')))
    return true;
  return is_several(text, " ,|;", is_id_word);
}

/// The first field of a column that is a list, if all others are lists or words like ids.
/// @param first  record to begin with
inline std::optional<std::size_t> first_joined(const std::vector<record>& records,
                                               std::size_t column, std::size_t first) {
  std::optional<std::size_t> found;
  for (std::size_t r = first; r < records.size(); ++r) {
    if (column >= records[r].size()) continue;
    if (is_joined(records[r][column]))
      found = found.value_or(r);
    else if (!is_id_word(records[r][column]))
      return std::nullopt;
  }
  return found;
}

/// Whether all fields of a column stand between single quotes.
inline bool all_in_single_quotes(const std::vector<record>& records, std::size_t column) {
  return !records.empty() && std::ranges::all_of(records, [&](const record& f) {
    return column < f.size() && f[column].size() > 1 && f[column].front() == '\'' &&
           f[column].back() == '\'';
  });
}

/// Whether a record is the line of a drawn table: `---`, `:--:`, `====`, empty at its ends at most.
inline bool is_rule(const record& f) noexcept {
  std::size_t drawn = 0;
  for (const auto text : f) {
    if (text.find_first_not_of("-=:+") != std::string_view::npos) return false;
    drawn += text.size() >= 2 ? 1U : 0U;
  }
  return drawn > 1;
}

/// Whether a column counts the records, from 0 or 1 on, four at least.
inline bool counts_records(const std::vector<record>& records, std::size_t column) {
  if (records.size() < 4) return false;
  const std::size_t begin = records[0][column] == "1" ? 1 : 0;
  for (std::size_t r = 0; r < records.size(); ++r)
    if (column >= records[r].size() || records[r][column] != std::to_string(r + begin))
      return false;
  return true;
}

/// Whether a text is the number of an article at Amazon: B and nine letters or digits, or an ISBN
/// of ten digits whose last one checks the others.
inline bool is_asin(std::string_view text) noexcept {
  if (text.size() != 10) return false;
  if (text[0] == 'B')
    return is_digit(text[1]) &&
           std::ranges::all_of(text, [](char c) { return is_digit(c) || ('A' <= c && c <= 'Z'); });
  int sum = 0;
  for (int k = 0; k < 10; ++k) {
    const char c = text[static_cast<std::size_t>(k)];
    if (!is_digit(c) && !(k == 9 && c == 'X')) return false;
    sum += (10 - k) * (c == 'X' ? 10 : c - '0');
  }
  return sum % 11 == 0;
}

/// Why the first two columns of a table without header may not be its users and items.
inline std::optional<std::string> doubt_about_places(const std::vector<record>& records,
                                                     std::size_t width) {
  if (records.empty()) return std::nullopt;
  const auto all = [&](std::size_t c, auto holds) {
    return std::ranges::all_of(records,
                               [&](const record& f) { return c < f.size() && holds(f[c]); });
  };
  for (const std::size_t c : {std::size_t{0}, std::size_t{1}})
    if (all(c, [](std::string_view text) { return !text.empty() && is_signs(text); }))
      return "column " + std::to_string(c + 1) + " holds nothing but signs, for example " +
             shown(records[0][c]);
  if (records.size() >= 3 && all(0, is_asin) && !all(1, is_asin))
    return "column 1 holds numbers of articles, for example " + shown(records[0][0]);
  const auto users = kind_of(records, 0), items = kind_of(records, 1);
  if (records.size() >= 50 && users.different == records.size() && items.different <= 11)
    return "each user of column 1 comes once, and column 2 has few different values, for example " +
           shown(records[0][1]);
  if (width < 3) return std::nullopt;
  const auto third = kind_of(records, 2);
  if (counts_records(records, 0) && !third.like_ratings() && !third.all_times() &&
      third.fractions == 0 && third.empty < third.count)
    return "column 1 counts the lines";
  std::size_t flags = 0, small = 0;
  for (std::size_t c = 0; c < width; ++c) {
    const auto kind = kind_of(records, c);
    const bool like = kind.count == records.size() && kind.like_ratings();
    flags += like && kind.least >= 0 && kind.largest <= 1 && kind.fractions == 0 ? 1U : 0U;
    small += like ? 1U : 0U;
  }
  if (records.size() > 1 && flags == width) return "all columns hold 0 and 1, like a whole matrix";
  if (records.size() >= 12 && width >= 4 && small == width)
    return "all columns hold few different numbers, like a whole matrix";
  return std::nullopt;
}

/// Whether the first record may be data although it has usual names for users and items: one of the
/// two comes again in its column, beside another value than there.
inline bool is_name_among_data(const std::vector<record>& records, std::size_t user,
                               std::size_t item) {
  return std::any_of(records.begin() + 1, records.end(), [&](const record& f) {
    return std::max(user, item) < f.size() &&
           (f[user] == records[0][user]) != (f[item] == records[0][item]);
  });
}

/// The columns that hold 0 and 1, both of them, and nothing else.
inline std::vector<std::size_t> flag_columns(const std::vector<record>& records,
                                             std::size_t width) {
  std::vector<std::size_t> flags;
  for (std::size_t c = 0; c < width; ++c) {
    const auto kind = kind_of(records, c);
    if (kind.all_numbers() && kind.fractions == 0 && kind.least == 0 && kind.largest == 1)
      flags.push_back(c);
  }
  return flags;
}

/// What is told about such columns, which may be views and purchases, that nobody has named.
/// @param header  empty if there is none
inline std::string note_about_flags(const std::vector<std::size_t>& flags, const record& header) {
  std::string all;
  for (std::size_t k = 0; k < std::min<std::size_t>(flags.size(), 3); ++k) {
    all += k > 0 ? ", " : "";
    all += header.empty() ? "column " + std::to_string(flags[k] + 1) : shown(header[flags[k]]);
  }
  return "nothing but 0 and 1 in " + all +
         ": if 0 means that nothing happened, name the column as label (--label)";
}

/// Whether the first of several records has the numbers of its columns, as pandas writes them for
/// want of names: of three columns or more, or of two that no other record mentions.
inline bool are_numbered_names(const std::vector<record>& records) {
  if (records.size() < 2 || records[0].size() < 2) return false;
  for (std::size_t c = 0; c < records[0].size(); ++c)
    if (records[0][c] != std::to_string(c)) return false;
  if (records[0].size() > 2) return true;
  return records.size() >= 5 &&
         std::none_of(records.begin() + 1, records.end(), [](const record& f) {
           return f.size() == 2 && (f[0] == "0" || f[1] == "1");
         });
}

}  // namespace ciess::detail
