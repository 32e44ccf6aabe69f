// SPDX-License-Identifier: MIT
/// @file
/// What a file was read as, in a line that a person can check.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/loaded.hpp>
#include <ciess/data/time.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace ciess {

/// What was left out of a file, by reason: those reasons that left something out.
[[nodiscard]] inline std::vector<std::pair<std::string, index_t>> left_out(const read_account& a) {
  std::vector<std::pair<std::string, index_t>> all;
  const auto add = [&all](const char* reason, index_t n) {
    if (n > 0) all.emplace_back(reason, n);
  };
  add("duplicates", a.duplicates);
  add("rated too low", a.below_threshold);
  add("label not positive", a.negatives);
  add("comments", a.comments);
  add("users without items", a.empty_lists);
  return all;
}

/// For example: "delimited at tabs, with header: user = user_id (column 1), item = item_id
/// (column 2), rating = rating (column 3, not needed); first record '196', '242', '3'; 3 lines, 2
/// interactions; left out: 1 duplicates".
[[nodiscard]] inline std::string describe(const read_account& a) {
  std::string text(to_string(a.format));
  if (a.format != data_format::matrix_market)
    text += joined(" at ",
                   a.delimiter == "\t"  ? std::string("tabs")
                   : a.delimiter == " " ? std::string("blanks")
                                        : detail::shown(a.delimiter),
                   a.format == data_format::adjacency ? ""
                   : a.header                         ? ", with header"
                                                      : ", without header");
  const auto name = [](const found_column& c) {  // as `shown`, without the quotes
    const std::string quoted = detail::shown(c.name);
    return quoted.substr(1, quoted.size() - 2);
  };
  const char* before = ": ";
  for (std::size_t r = 0; r < a.columns.size(); ++r)
    if (const auto& c = a.columns[r]) {
      text += joined(std::exchange(before, ", "), column_role_names[r], " = ",
                     c->name.empty() ? std::string() : name(*c) + " (", "column ", c->position + 1,
                     c->used ? "" : ", not needed", c->name.empty() ? "" : ")");
    }
  text += "; first record ";
  for (std::size_t k = 0; k < a.first_record.size() && k < 12; ++k)
    text += (k > 0 ? ", " : "") + detail::shown(a.first_record[k]);
  if (a.first_record.size() > 12) text += ", ...";
  text += joined("; ", a.lines, " lines, ", a.kept, " interactions");
  if (a.time_range)
    text +=
        joined(", from ", iso_time(a.time_range->first), " to ", iso_time(a.time_range->second));
  before = "; left out: ";
  for (const auto& [reason, n] : left_out(a))
    text += joined(std::exchange(before, ", "), n, ' ', reason);
  return text;
}

}  // namespace ciess
