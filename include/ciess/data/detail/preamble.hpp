// SPDX-License-Identifier: MIT
/// @file
/// Lines above the data of a file.
#pragma once

#include <ciess/data/detail/source.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace ciess::detail {

/// The lines above the data that begin with a sign of comments.
struct preamble {
  std::size_t end = 0;  ///< where the data begins
  std::int64_t line = 1;
  std::vector<std::pair<std::int64_t, std::string_view>> lines;
};

inline preamble preamble_of(const source& s) {
  preamble found;
  const std::string_view all(s.bytes);
  std::int64_t line = 1;
  for (std::size_t at = 0; at < all.size(); ++line) {
    const auto stop = std::min(all.find('\n', at), all.size());
    auto text = all.substr(at, stop - at);
    if (text.ends_with('\r')) text.remove_suffix(1);
    const auto begin = text.find_first_not_of(" \t");
    if (begin != std::string_view::npos) {
      if (text[begin] != '#' && text[begin] != '%') break;
      found.lines.emplace_back(line, text.substr(begin));
    }
    at = std::min(stop + 1, all.size());
    found.end = at;
    found.line = line + 1;
  }
  if (found.lines.empty()) return {};
  return found;
}

}  // namespace ciess::detail
