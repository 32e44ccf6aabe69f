// SPDX-License-Identifier: MIT
/// @file
/// Lists of ids in files: plain ones, an id a line, taken as they are, and the ids-*.tsv of a
/// search, whose ids are written with escapes.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <istream>
#include <string>
#include <string_view>
#include <utility>

#include <ciess/core/detail/open_file.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/id_lines.hpp>
#include <ciess/data/id_text.hpp>

namespace ciess {

/// What the ids of a list are.
enum class id_list : std::uint8_t {
  all,   ///< of all rows, in their order: every line counts
  some,  ///< of some rows, in any order: empty lines are skipped
};

/// Calls `use(id)` for each id of a list, in its order. Lines are those of `id_lines`. A line of a
/// plain list is an id as it is, a backslash for instance a backslash; one with a tab is refused,
/// for it would be several fields. Behind a first line `row<TAB>id`, as `ids_tsv` writes it, lines
/// are a row, a tab and an id as of `escaped_id`; of all ids, rows count from 0.
/// @param name  of the stream, for messages
/// @throws data_error "name: line 2: expected ..., got ..."; io_error if the stream fails. What
///         `use` throws goes through
template <std::invocable<std::string> Use>
void read_id_list(std::istream& in, const std::string& name, id_list kind, Use&& use) {
  id_lines lines(in);
  const auto next = [&] {
    try {
      return lines.next();
    } catch (const io_error& e) {
      detail::throw_error<io_error>(name, ": ", e.what());
    }
  };
  const auto refuse = [&](const auto&... parts) {
    detail::throw_error<data_error>(name, ": line ", lines.number(), ": ", parts...);
  };
  bool rows = false;
  std::int64_t row = 0;
  while (next()) {
    const std::string& line = lines.line();
    if (lines.number() == 1 && line == "row\tid") {
      rows = true;
      continue;
    }
    if (line.empty() && kind == id_list::some) continue;
    if (line.empty()) refuse("expected an id, got an empty line");
    const auto tab = line.find('\t');
    if (!rows) {
      if (tab != line.npos)
        refuse("expected one id, got ", detail::shown(line),
               " with a tab, and no first line row<TAB>id, as an ids-*.tsv has");
      use(line);
      continue;
    }
    const std::string of_row = line.substr(0, tab);
    const bool is_row = kind == id_list::all ? of_row == std::to_string(row)
                                             : parse_number<std::uint32_t>(of_row).has_value();
    if (tab == line.npos || line.find('\t', tab + 1) != line.npos || !is_row)
      refuse("expected ", kind == id_list::all ? "row " + std::to_string(row) : "a row",
             ", a tab and an id, got ", detail::shown(line));
    ++row;
    std::string id;
    try {
      id = unescaped_id(std::string_view(line).substr(tab + 1));
    } catch (const data_error& e) {
      refuse(e.what());
    }
    use(std::move(id));
  }
}

/// The same of a file.
/// @throws io_error with the system's reason if it cannot be read; otherwise as `read_id_list`
template <std::invocable<std::string> Use>
void load_id_list(const std::filesystem::path& path, id_list kind, Use&& use) {
  auto in = detail::open_file(path);
  read_id_list(in, path.string(), kind, use);
}

}  // namespace ciess
