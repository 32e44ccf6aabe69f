// SPDX-License-Identifier: MIT
/// @file
/// The result of a study as people read it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/core/text.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/study/figures.hpp>
#include <ciess/study/study_result.hpp>

namespace ciess {

/// A table in lines of text: what needs no model, the full-size model, then for each budget its
/// methods and, with a star, the best of them on validation; numbers of the tables and their bytes
/// once they are packed (of the full size as floats), figures on test (of rankings Recall and NDCG
/// of the shortest and of the longest list). Below it is said what all that means.
/// A dash stands for what was not measured; a budget that no method has met has one line.
/// @param best     said of the lines with a star, for example where their sizes are
/// @param figures  said of further figures, for example where they are
template <class Figures>
[[nodiscard]] std::string result_table(const basic_study_result<Figures>& r,
                                       std::string_view best = {}, std::string_view figures = {}) {
  const auto gap = [](const std::string& text, std::size_t width) {
    return std::string(std::max(width, text.size() + 1) - text.size(), ' ');
  };
  const auto right = [&](const std::string& text, std::size_t width) {
    return gap(text, width) + text;
  };
  const auto left = [&](const std::string& text, std::size_t width) {
    return text + gap(text, width);
  };
  std::string table =
      left("removed", 9) + left("method", 30) + right("numbers", 12) + right("bytes", 13);
  for (const auto& name : figure_names(r.full)) table += right(name, 11);
  table += right("vs. full", 11) + '\n';
  const auto line = [&](const std::string& removed, const std::string& method, std::int64_t numbers,
                        std::int64_t bytes, const Figures& e) {
    table += left(removed, 9) + left(method, 30) +
             right(numbers < 0 ? "-" : std::to_string(numbers), 12) +
             right(bytes < 0 ? "-" : std::to_string(bytes), 13);
    for (const auto& figure : shown_figures(e, r.full))
      table += right(figure ? fixed_text(*figure, 4) : "-", 11);
    table += right(against_full(e, r.full), 11) + '\n';
  };
  line("-", r.baseline_name, -1, -1, r.baseline);
  line("-", "full", r.full_numbers, 4 * r.full_numbers, r.full);
  for (const auto& row : r.budgets) {
    const std::string removed = joined(100 * row.budget, '%');
    if (row.methods.empty()) {
      table += left(removed, 9) + "no sizes were found\n";
      continue;
    }
    const auto tables = [&](const std::string& name, const basic_method_result<Figures>& m) {
      line(removed, name, m.sizes.total(), packed_bytes(m.sizes, r.stored_as), m.test);
    };
    for (const auto& m : row.methods) tables(label(row, m), m);
    const auto& chosen = row.best_of_all();
    tables("* " + label(row, chosen), chosen);
  }
  table += "\nbytes: packed as " + format_text(r.stored_as) +
           ", with scales, sizes and index, without ids; full: floats";
  if (r.of == budget_of::bytes) table += "; removed are shares of the bytes of the full size";
  if (r.other_numbers > 0)
    table += joined("\nbeside the tables, in every row: ", r.other_numbers, " numbers of layers\n");
  table += joined(
      "\n* the best of all that was tried, chosen on validation", best.empty() ? "" : ": ", best,
      std::ranges::any_of(r.budgets, [](const auto& row) { return row.smaller.has_value(); })
          ? "\n\"of\" another budget: a smaller one, whose best fits this one as well and is better"
          : "",
      "\ntest set; \"vs. full\" compares the ", main_figure_name(r.full));
  return table + joined(figures.empty() ? "" : "; ", figures, '\n');
}

}  // namespace ciess
