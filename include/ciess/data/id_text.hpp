// SPDX-License-Identifier: MIT
/// @file
/// Ids as fields of lines that are separated by tabs. In a field, backslash, tab, line feed and
/// carriage return are `\\`, `\t`, `\n` and `\r`; all other bytes stand for themselves. So any id
/// can be written, and comes back as it was.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/core/error.hpp>

namespace ciess {

/// An id as a field.  O(bytes)
[[nodiscard]] inline std::string escaped_id(std::string_view id) {
  std::string field;
  field.reserve(id.size());
  for (const char c : id) switch (c) {
      case '\\':
        field += "\\\\";
        break;
      case '\t':
        field += "\\t";
        break;
      case '\n':
        field += "\\n";
        break;
      case '\r':
        field += "\\r";
        break;
      default:
        field += c;
    }
  return field;
}

/// The id of a field: `unescaped_id(escaped_id(id)) == id` for any bytes.  O(bytes)
/// @throws data_error if a backslash is followed by anything but `\`, `t`, `n` or `r`
[[nodiscard]] inline std::string unescaped_id(std::string_view field) {
  std::string id;
  id.reserve(field.size());
  for (std::size_t k = 0; k < field.size(); ++k) {
    if (field[k] != '\\') {
      id += field[k];
      continue;
    }
    constexpr std::string_view letters = "\\tnr", bytes = "\\\t\n\r";
    const auto which = ++k < field.size() ? letters.find(field[k]) : letters.npos;
    if (which == letters.npos)
      detail::throw_error<data_error>("id ", detail::shown(field), ", byte ", k - 1,
                                      R"(: expected \\, \t, \n or \r, got )",
                                      detail::shown(field.substr(k - 1, 2)));
    id += bytes[which];
  }
  return id;
}

/// The ids of a line: its fields between tabs, at least one.  O(bytes)
/// @throws data_error as `unescaped_id`
[[nodiscard]] inline std::vector<std::string> id_fields(std::string_view line) {
  std::vector<std::string> ids;
  for (;;) {
    const auto tab = line.find('\t');
    ids.push_back(unescaped_id(line.substr(0, tab)));
    if (tab == line.npos) return ids;
    line.remove_prefix(tab + 1);
  }
}

}  // namespace ciess
