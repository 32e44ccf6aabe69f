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
#include <ciess/ranking/evaluation.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/study/study_result.hpp>

namespace ciess {
namespace detail {

/// What a figure is in percent of another one, less 100; a dash where that is no number.
inline std::string against(double figure, double full) {
  if (!(full > 0) || !std::isfinite(figure / full)) return "-";
  const std::string text = fixed_text(100 * (figure / full - 1), 1) + "%";
  return text.front() == '-' ? text : "+" + text;
}

}  // namespace detail

/// A table in lines of text: popularity, the full-size model, then for each budget its methods and,
/// with a star, the best of them on validation; numbers of the tables and their bytes once they are
/// packed (of the full size as floats), Recall and NDCG of the shortest and of the longest list on
/// test. Below it is said what all that means.
/// A dash stands for what was not measured; a budget that no method has met has one line.
/// @param best     said of the lines with a star, for example where their sizes are
/// @param figures  said of further figures, for example where they are
[[nodiscard]] inline std::string result_table(const study_result& r, std::string_view best = {},
                                              std::string_view figures = {}) {
  const auto& cutoffs = r.full.cutoffs;
  std::vector<std::size_t> lists;
  if (!cutoffs.empty()) lists.push_back(0);
  if (cutoffs.size() > 1) lists.push_back(cutoffs.size() - 1);
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
  for (const char* name : {"Recall@", "NDCG@"})
    for (const auto c : lists) table += right(joined(name, cutoffs[c]), 11);
  table += right("vs. full", 11) + '\n';
  const auto line = [&](const std::string& removed, const std::string& method, std::int64_t numbers,
                        std::int64_t bytes, const evaluation& e) {
    table += left(removed, 9) + left(method, 30) +
             right(numbers < 0 ? "-" : std::to_string(numbers), 12) +
             right(bytes < 0 ? "-" : std::to_string(bytes), 13);
    for (const auto* values : {&e.recall, &e.ndcg})
      for (const auto c : lists) {
        const auto at = std::ranges::find(e.cutoffs, cutoffs[c]) - e.cutoffs.begin();
        table += right(at < std::ssize(*values) ? fixed_text(*(values->begin() + at), 4) : "-", 11);
      }
    table += right(detail::against(e.mean, r.full.mean), 11) + '\n';
  };
  line("-", "popularity", -1, -1, r.popularity);
  line("-", "full", r.full_numbers, 4 * r.full_numbers, r.full);
  for (const auto& row : r.budgets) {
    const std::string removed = joined(100 * row.budget, '%');
    if (row.methods.empty()) {
      table += left(removed, 9) + "no sizes were found\n";
      continue;
    }
    const auto tables = [&](const std::string& name, const method_result& m) {
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
      "\ntest set; \"vs. full\" compares the mean of Recall and NDCG at ");
  for (std::size_t c = 0; c < cutoffs.size(); ++c)
    table += joined(c == 0 ? "" : c + 1 == cutoffs.size() ? " and " : ", ", cutoffs[c]);
  return table + joined(figures.empty() ? "" : "; ", figures, '\n');
}

}  // namespace ciess
