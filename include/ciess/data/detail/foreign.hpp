// SPDX-License-Identifier: MIT
/// @file
/// Text that people have where interactions should be, and that would be cut like a table: JSON,
/// web pages, LaTeX, libsvm's features, lists without users.
#pragma once

#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ciess::detail {

/// A line without the blanks around it.
inline std::string_view stripped(std::string_view line) noexcept {
  const auto first = line.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r\n") - first + 1);
}

inline bool is_digit(char c) noexcept { return '0' <= c && c <= '9'; }

inline bool is_letter(char c) noexcept { return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z'); }

/// Whether a text has nothing but signs: no digit, and no letter of any alphabet.
inline bool is_signs(std::string_view text) noexcept {
  return std::ranges::none_of(text, [](char c) {
    return is_digit(c) || is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
  });
}

/// What a file is by its first line, if that is nothing with interactions in its lines.
inline std::optional<std::string_view> foreign_kind(std::string_view line) {
  line = stripped(line);
  while (line.ends_with(',') || line.ends_with(';')) line.remove_suffix(1);
  if (line.empty()) return std::nullopt;
  const auto begins = [line](std::string_view what) { return lower(line).starts_with(what); };
  const char first = line.front(), last = line.back();
  const auto inside = stripped(line.substr(1));
  if ((first == '{' && (inside.empty() || inside[0] == '"' || inside[0] == '\'')) ||
      (first == '[' && (inside.empty() || inside[0] == '{' || inside[0] == '[')) ||
      (first == '[' && last == ']'))
    return "JSON; `jq -r '[.user_id, .item_id] | @csv'` makes a table of its objects";
  if ((first == '(' && last == ')') || (first == '{' && last == '}'))
    return "a program's tuples or objects; a table has neither brackets nor braces";
  if (first == '<' && !inside.empty() &&
      (inside[0] == '!' || inside[0] == '?' || is_letter(inside[0])))
    return "a web page or XML: perhaps an error message instead of the data";
  if (begins("version https://git-lfs"))
    return "a pointer of Git LFS instead of the data (git lfs pull)";
  if (begins("\\begin{") || begins("\\documentclass") || line.ends_with("\\\\")) return "LaTeX";
  if (const auto bar = line.find(" |"); bar != std::string_view::npos && bar + 2 < line.size() &&
                                        is_letter(line[bar + 2]) &&
                                        line.find("| ") == std::string_view::npos)
    return "Vowpal Wabbit's `label |name feature ...`";
  if (begins("@relation")) return "ARFF; a table is what stands below its @data";
  if (begins("insert into") || begins("create table")) return "SQL; export a table as CSV";
  if (line.find_first_not_of("+-=") == std::string_view::npos && line.size() > 2)
    return "a drawn table; export it as CSV";
  if (line.size() > 1 && last == ':' && is_integer(line.substr(0, line.size() - 1)))
    return "Netflix' lists of an `item:` above lines `user,rating,date`; write the item into each "
           "line";
  return std::nullopt;
}

/// The same for the first line with text from `begin` on.
/// @throws data_error if it is none of ours
inline void refuse_foreign_line(const source& s, std::size_t begin, std::int64_t line) {
  const auto text = std::string_view(s.bytes).substr(begin);
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return;
  line += std::ranges::count(text.substr(0, first), '\n');
  const auto all = text.substr(first);
  if (const auto kind = foreign_kind(all.substr(0, all.find('\n'))))
    s.fail(line, "expected interactions, got what looks like ", *kind,
           ". If it is a table or a list, name the format, `delimited` or `adjacency` (--format)");
}

/// Whether a field is `index:value` or `field:index:value`.
inline bool is_feature(std::string_view text) noexcept {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || !parse_rating(text.substr(colon + 1))) return false;
  const auto index_t = text.substr(0, colon);
  return !index_t.empty() && is_digit(index_t.front()) && is_digit(index_t.back()) &&
         index_t.find_first_not_of("0123456789:") == std::string_view::npos;
}

/// Refuses records between blanks or tabs that have no user, or not as a user.
/// @throws data_error likewise
inline void refuse_foreign_records(const source& s, const sample& some) {
  const auto& records = some.records();
  if (records.empty()) return;
  const auto all = [&](auto holds) { return std::ranges::all_of(records, holds); };
  const char* how = " name the format, `delimited` or `adjacency` (--format)";
  if (all([](const record& f) {
        return f.size() > 1 && std::all_of(f.begin() + 1, f.end(), [](std::string_view text) {
                 return is_feature(text) || text.starts_with("qid:");
               });
      }))
    s.fail(some.line(0), "expected users and items, got what looks like libsvm's ",
           "`label index:value ...`, for example ", shown(records[0][1]), "; to read it so,", how);
  if (all([](const record& f) { return f[0].size() > 1 && f[0].ends_with(':'); }))
    s.fail(some.line(0), "expected a user id, got ", shown(records[0][0]),
           ": does the colon belong to it? Then", how);
  const bool counted = records.size() >= 3 &&
                       all([](const record& f) { return f[0] == std::to_string(f.size() - 1); });
  if (counted && !some.is_even())
    s.fail(some.line(0), "the first number of each line is how many others there are: lists of a ",
           "user each, without its id? Write the id there; if it is the id,", how);
}

}  // namespace ciess::detail
