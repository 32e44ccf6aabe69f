// SPDX-License-Identifier: MIT
/// @file
/// Decisions about a file that its reader has not been told: comments, delimiter, format. What is
/// certain and what is refused stands in data/read.hpp.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/data/detail/delimiter.hpp>
#include <ciess/data/detail/foreign.hpp>
#include <ciess/data/detail/lists.hpp>
#include <ciess/data/detail/names.hpp>
#include <ciess/data/detail/preamble.hpp>
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/read_options.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ciess::detail {

/// How to read a file.
struct layout {
  data_format format{};
  cutting how{};
  std::int64_t comments = 0;  ///< lines above the data that are none
  std::string_view header{};  ///< of a header that stands in a comment, without its sign
  std::int64_t header_line = 0;
};

/// Decides what the lines above the data are.
/// @throws data_error if one could be data or a header
inline void look_at_preamble(const source& s, const preamble& above, const read_options& o,
                             layout& found) {
  const sample below(s, found.how);
  if (below.records().empty())
    s.fail(above.lines[0].first, "all lines begin with '", above.lines[0].second[0],
           "': comments or ids? `comment` none reads them (--comment)");
  const std::size_t width = below.records()[0].size();
  const bool lists = found.format == data_format::adjacency;
  const auto cut = [&](std::string_view text, std::vector<std::string>& owned) {
    const source one{s.name, std::string(text)};
    cutting how = found.how;
    how.begin = 0;
    how.refuse_signs = false;
    const sample line(one, how);
    owned.clear();
    if (!line.records().empty())
      for (const auto field : line.records()[0]) owned.emplace_back(field);
  };
  std::vector<std::string> owned;
  for (const auto& [line, text] : above.lines) {
    ++found.comments;
    const auto begin = text.find_first_not_of("#% \t");
    if (begin == std::string_view::npos) continue;
    const auto inside = text.substr(begin);
    cut(inside, owned);
    const record names(owned.begin(), owned.end());
    const bool user = !usual_columns(names, column_role::user, found.format).empty();
    const bool item = !usual_columns(names, column_role::item, found.format).empty();
    if (!lists && names.size() == width && o.header != header_line::no && (user || item)) {
      if (!user || !item)
        s.fail(line, "a comment, or a header of which only the ", user ? "users" : "items",
               " are known? `comment` '", text[0],
               "' reads over it; else name the columns (--user, --item)");
      found.header = inside;
      found.header_line = line;
      continue;
    }
    if (begin > 1) continue;  // "# ", "%%": no id begins so
    cut(text, owned);
    if (lists ? owned.size() > 1 : owned.size() == width)
      s.fail(line, "begins with '", text[0],
             "' and is as long as a record: a comment or data? `comment` '", text[0],
             "' reads over such lines, none reads them (--comment)");
  }
  if (!found.header.empty()) --found.comments;
}

/// The format of records cut at a delimiter; where a tab stands before items between blanks, these
/// are the delimiter in the end.
/// @throws data_error if it could be several, naming the option that says which
inline data_format find_format(const source& s, const read_options& o, const cutting& how,
                               const sample& some, std::string& delimiter) {
  const auto& records = some.records();
  const bool table = o.header == header_line::yes || o.user.is_given() || o.item.is_given() ||
                     o.rating.is_given() || o.label.is_given() || o.time.is_given() ||
                     o.weight.is_given();
  if (records.empty() || names_pairs(records[0], data_format::delimited) || table)
    return data_format::delimited;
  if (delimiter == "::") {
    const bool pairs = std::ranges::all_of(records, [](const record& f) {
      return is_integer(f[0]) && (f.size() == 1 || is_integer(f[1]));
    });
    return pairs ? data_format::movielens : data_format::delimited;
  }
  const bool lists =
      std::ranges::any_of(records, [](const record& f) { return f.size() == 2 && is_list(f[1]); });
  if (delimiter == "\t" && some.is_even() && lists) {
    delimiter = " ";
    const sample again(s, cutting_by(delimiter, o, how));
    return table_or_lists(s, again);
  }
  const bool several = delimiter == "\t" ? records[0].size() == 2 && may_be_lists(records) : lists;
  if (delimiter != " " && some.is_even() && several)
    s.fail(some.line(0), "is an item of several words one id, or a list? name the format, ",
           "`delimited` or `adjacency` (--format)");
  if (delimiter == "\t" || delimiter == " ") return table_or_lists(s, some);
  if (some.is_even() && may_be_lists_of_numbers(records)) refuse_even_lists(s, some);
  return data_format::delimited;
}

/// @throws data_error if it could be several things, naming the option that says which
inline layout find_layout(const source& s, const read_options& o) {
  layout found;
  found.format = o.format;
  const bool automatic = o.format == data_format::automatic;
  const bool banner = lower(s.bytes.substr(0, 14)) == "%%matrixmarket";
  if (o.format == data_format::matrix_market && !banner)
    s.fail(1, "expected `%%MatrixMarket matrix coordinate ...`");
  const bool matrix = banner && (automatic || o.format == data_format::matrix_market);
  preamble above;
  if (!o.comment || matrix) above = preamble_of(s);
  found.how.begin = above.end;
  found.how.line = above.line;
  if (matrix) {
    found.comments = std::ssize(above.lines) - 1;
    found.format = data_format::matrix_market;
    found.how.delimiter = " ";
    return found;
  }
  found.how.refuse_signs = !o.comment;
  if (o.comment) found.how.comment = *o.comment;

  std::string delimiter = o.delimiter;
  if (const auto told = told_delimiter(s.bytes);
      told && (automatic || o.format == data_format::delimited)) {
    found.how.begin = std::min(s.bytes.find('\n'), s.bytes.size() - 1) + 1;
    found.how.line = 2;
    found.comments = 1;
    if (delimiter.empty()) delimiter = std::string(1, *told);
  }
  if (automatic) refuse_foreign_line(s, found.how.begin, found.how.line);
  if (delimiter.empty())
    delimiter = o.format == data_format::movielens   ? "::"
                : o.format == data_format::adjacency ? " "
                : o.format == data_format::inter     ? "\t"
                                                     : delimiter_finder(s, found.how, o).find();
  const sample some(s, cutting_by(delimiter, o, found.how));
  const bool typed = !some.records().empty() && is_typed_header(some.records()[0]);
  const auto file = lower(s.name);
  if (automatic) {
    const bool named =
        file.ends_with(".inter") || file.ends_with(".inter.gz") || file.ends_with(".inter.zst");
    found.format =
        typed || named ? data_format::inter : find_format(s, o, found.how, some, delimiter);
  }
  if (found.format == data_format::adjacency && o.delimiter.empty()) delimiter = " ";
  if (found.format == data_format::inter && o.delimiter.empty() && !typed) {
    delimiter = "\t";
    const sample tabs(s, cutting_by(delimiter, o, found.how, found.format));
    if (!tabs.records().empty() && tabs.records()[0].size() == 1)
      s.fail(tabs.line(0), "expected RecBole's `user_id:token<TAB>item_id:token`, got one field: ",
             shown(tabs.records()[0][0]), "; where fields end elsewhere, name the delimiter ",
             "(--delimiter), and the format `delimited` if the names have no types (--format)");
  }
  found.how = cutting_by(delimiter, o, found.how, found.format);
  if (!above.lines.empty()) look_at_preamble(s, above, o, found);
  return found;
}

}  // namespace ciess::detail
