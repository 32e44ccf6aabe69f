// SPDX-License-Identifier: MIT
/// @file
/// Figures that others have published, from a file with tabs.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/study/study_files.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace ciess_bench {

/// Qualities of one name: of one run, and of another split than ours.
struct published_row {
  std::string name;
  std::vector<std::pair<double, double>> figures;  ///< share that is removed, quality

  [[nodiscard]] std::optional<double> at(double budget) const {
    for (const auto& [removed, quality] : figures)
      if (ciess::budget_name(removed) == ciess::budget_name(budget)) return quality;
    return std::nullopt;
  }
};

/// Reads lines of name, share that is removed and quality with tabs between them; empty ones and
/// those that begin with # are left out.
/// @throws ciess::io_error if it cannot be read; ciess::data_error, with the line, for what is no
///         such figure, or there twice
inline std::vector<published_row> read_published(const std::filesystem::path& file) {
  std::error_code ignored;
  std::ifstream in;
  if (!std::filesystem::is_directory(file, ignored)) in.open(file, std::ios::binary);
  if (!in.is_open())
    ciess::detail::throw_error<ciess::io_error>(
        file.string(), ": expected published figures, got no file that can be read");
  std::vector<published_row> rows;
  std::string text;
  for (std::size_t line = 1; std::getline(in, text); ++line) {
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (text.empty() || text.front() == '#') continue;
    const auto refuse = [&](const auto&... expected) {
      ciess::detail::throw_error<ciess::data_error>(file.string(), ":", line, ": expected ",
                                                    expected..., ", got ",
                                                    ciess::detail::shown(text));
    };
    const auto first = text.find('\t'), second = text.find('\t', first + 1);
    if (first == 0 || first == std::string::npos || second == std::string::npos)
      refuse("a name, a budget and a mean with tabs between them");
    const std::string name = text.substr(0, first);
    const std::string_view rest = text;
    const auto removed = ciess::parse_number<double>(rest.substr(first + 1, second - first - 1));
    const auto quality = ciess::parse_number<double>(rest.substr(second + 1));
    if (!removed || !(*removed >= 0 && *removed < 1))
      refuse("as budget a share from 0 to less than 1");
    if (!quality || !(*quality >= 0 && *quality <= 1)) refuse("as mean a number from 0 to 1");
    auto row = std::ranges::find(rows, name, &published_row::name);
    if (row == rows.end()) row = rows.insert(rows.end(), {name, {}});
    if (row->at(*removed)) refuse("one mean of ", name, " for the budget");
    row->figures.emplace_back(*removed, *quality);
  }
  if (in.bad()) ciess::detail::throw_error<ciess::io_error>(file.string(), ": cannot be read");
  return rows;
}

}  // namespace ciess_bench
