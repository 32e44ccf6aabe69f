// SPDX-License-Identifier: MIT
/// @file
/// The picture of a budget: which share of it each table got.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/study/gnuplot.hpp>
#include <ciess/study/study_result.hpp>

namespace ciess {

/// For each table bars side by side: its share of the numbers of the full tables, then of those
/// that stay under each budget, in per cent: fields of click models that pay for others, or are
/// paid for. Data: a line for each table. O(tables) for each budget.
/// @param tables  [tables], their names
/// @param method  whose sizes; empty: those of the best on validation
/// @throws argument_error if tables of the sizes and names do not agree
template <class Figures>
[[nodiscard]] gnuplot_picture shares_picture(const basic_study_result<Figures>& r,
                                             std::span<const std::string> tables,
                                             std::string_view title, std::string_view method = {}) {
  struct bars {
    std::string name;
    std::vector<double> percent;  ///< [tables]
  };
  std::vector<bars> all;
  bool some = false;
  const auto add = [&](std::string name, const assignment& sizes, auto numbers_of) {
    bars& b = all.emplace_back(std::move(name), std::vector<double>{});
    double sum = 0;
    for (std::size_t t = 0; t < tables.size(); ++t) {
      b.percent.push_back(static_cast<double>(numbers_of(sizes[t])));
      sum += b.percent.back();
    }
    some = some || sum > 0;
    if (sum > 0)
      for (double& x : b.percent) x *= 100 / sum;
  };
  for (const auto& row : r.budgets) {
    if (row.methods.empty()) continue;
    const auto named =
        std::ranges::find(row.methods, method, &basic_method_result<Figures>::method);
    if (!method.empty() && named == row.methods.end()) continue;
    const assignment& sizes = method.empty() ? row.best_of_all().sizes : named->sizes;
    if (sizes.size() != tables.size())
      detail::throw_error<argument_error>("shares_picture: ", sizes.size(), " tables with sizes, ",
                                          tables.size(), " names");
    if (all.empty())
      add("full tables", sizes,
          [](const ciess::sizes& s) { return std::int64_t{s.rows()} * s.range().max; });
    add(gnuplot_number(100 * row.budget) + " % removed", sizes,
        [](const ciess::sizes& s) { return s.total(); });
  }
  gnuplot_picture p{"shares", {}, {}};
  p.data = "# table";
  for (const bars& b : all) p.data += "\t" + b.name;
  p.data += '\n';
  if (all.empty() || tables.empty()) {
    p.script = gnuplot_nothing(p.name, "no sizes were found");
    return p;
  }
  std::string labels;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    p.data += std::to_string(t);
    for (const bars& b : all) p.data += "\t" + gnuplot_number(b.percent[t]);
    p.data += '\n';
    labels += (t ? ", " : "") + gnuplot_quoted(tables[t]) + " " + std::to_string(t);
  }
  const double width = 0.8 / static_cast<double>(all.size());
  p.script = gnuplot_head(p.name,
                          std::max(640, 260 + static_cast<int>(tables.size()) *
                                                  (24 + 12 * static_cast<int>(all.size()))),
                          460) +
             "data = here.'shares.tsv'\nset title " + gnuplot_quoted(title) +
             "\nset ylabel 'of the numbers (%)'\nset style fill solid 0.8 noborder\nset boxwidth " +
             gnuplot_number(width) + "\nset xtics scale 0 " +
             (tables.size() > 4 ? "rotate by -45 " : "") + "(" + labels +
             ")\nset xrange [-0.6:" + gnuplot_number(static_cast<double>(tables.size()) - 0.4) +
             "]\nset yrange [0:" + (some ? "*" : "1") +
             "]\nset key outside right top Left reverse samplen 1\nplot ";
  for (std::size_t b = 0; b < all.size(); ++b)
    p.script += (b ? ", \\\n  " : "") + std::string("data using ($1") +
                joined(b * 2 < all.size() - 1 ? "" : "+",
                       gnuplot_number(width * (static_cast<double>(b) -
                                               0.5 * static_cast<double>(all.size() - 1)))) +
                "):" + std::to_string(b + 2) + " with boxes lc rgb '" +
                std::string(b == 0 ? "#999999" : gnuplot_colour(b - 1)) + "' title " +
                gnuplot_quoted(all[b].name);
  p.script += "\nunset output\n";
  return p;
}

}  // namespace ciess
