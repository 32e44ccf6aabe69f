// SPDX-License-Identifier: MIT
/// @file
/// The comparison of methods as a picture: quality against the share that is removed.
#pragma once

#include <ciess/core/text.hpp>
#include <ciess/study/gnuplot.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "../support/run_summary.hpp"
#include "compare_methods.hpp"
#include "published.hpp"

namespace ciess_bench {
namespace detail {

/// Data: a line for each budget; its percentage, the mean of the full model, four columns for each
/// method (mean, least, greatest, of how many seeds), one for each published row.
inline std::string methods_tsv(const comparison& c, const std::vector<published_row>& published) {
  std::string out = "# removed_percent\tfull";
  for (const auto& m : c.methods)
    for (const char* column : {"", " least", " greatest", " seeds"})
      out += "\t" + ciess::tsv_field(m.name) + column;
  for (const auto& row : published) out += "\tpublished: " + ciess::tsv_field(row.name);
  out += '\n';
  for (std::size_t b = 0; b < c.budgets.size(); ++b) {
    out += ciess::gnuplot_number(100 * c.budgets[b]) + "\t" + ciess::gnuplot_number(c.full.mean);
    for (const auto& m : c.methods) {
      const over_seeds& q = m.budgets[b].quality;
      out += ciess::joined("\t", ciess::gnuplot_number(q.mean), "\t", ciess::gnuplot_number(q.low),
                           "\t", ciess::gnuplot_number(q.high), "\t", q.seeds);
    }
    for (const auto& row : published) {
      const auto quality = row.at(c.budgets[b]);
      out += "\t" + (quality ? ciess::gnuplot_number(*quality) : std::string());
    }
    out += '\n';
  }
  return out;
}

/// How wide the picture is, in percent that are removed. @pre there is a budget
inline double room(const std::vector<double>& budgets) {
  return budgets.size() > 1 ? 100 * (budgets.back() - budgets.front()) : 20;
}

/// Ranges of the axes, with a little room. @pre there is a budget
inline std::string axes(const std::vector<double>& budgets, double low, double high) {
  const double left = 100 * budgets.front(), right = 100 * budgets.back();
  const double aside = 0.05 * room(budgets);
  const double above = high > low ? 0.06 * (high - low) : 0.01 * std::abs(high) + 1e-6;
  return "set xrange [" + ciess::gnuplot_number(left - aside) + ":" +
         ciess::gnuplot_number(right + aside) + "]\nset yrange [" +
         ciess::gnuplot_number(low - above) + ":" + ciess::gnuplot_number(high + above) + "]\n";
}

}  // namespace detail

/// A line for each method with bars for the range over the seeds, the full model across, and points
/// in grey for what others have published. A method with fewer seeds under a budget says so.
[[nodiscard]] inline ciess::gnuplot_picture methods_picture(
    const comparison& c, const std::vector<run_summary>& runs,
    const std::vector<published_row>& published) {
  ciess::gnuplot_picture p{"methods", {}, detail::methods_tsv(c, published)};
  const auto& about = runs.front();
  const bool any =
      std::ranges::any_of(c.methods, [](const compared_method& m) { return m.seeds > 0; });
  if (!any || c.full.seeds == 0) {
    p.script = ciess::gnuplot_nothing(p.name, "no method was measured");
    return p;
  }
  double low = c.full.mean, high = c.full.mean;
  std::string plots;
  std::size_t others = 0, column = 3;
  // Side by side, for bars on one line hide each other.
  const double width = c.seeds.size() < 2 ? 0 : 0.03 * detail::room(c.budgets);
  for (std::size_t place = 0; place < c.methods.size(); ++place) {
    const auto& m = c.methods[place];
    const double between = static_cast<double>(place) + 0.5;
    const double aside = width * (between / static_cast<double>(c.methods.size()) - 0.5);
    const bool own = m.method == "ciess";
    const std::size_t n = own ? 0 : others++;
    bool fewer = false;
    for (const auto& b : m.budgets) {
      if (b.quality.seeds == 0) continue;
      low = std::min(low, b.quality.low);
      high = std::max(high, b.quality.high);
      fewer |= b.quality.seeds < c.seeds.size();
    }
    // As the picture of a study has it: the library's own search stands out, and of the others 25
    // look different, a shape and a colour each of five.
    constexpr std::size_t shapes[] = {4, 8, 10, 12, 14};
    const std::size_t shape = (own ? 6 : shapes[(n + n / 5) % 5]) + (m.start == "warm" ? 1 : 0);
    const std::string look =
        ciess::joined(" lw ", own ? "3" : "1.5", " pt ", shape, " ps 0.8 lc rgb '",
                      ciess::gnuplot_colour(own ? 0 : 1 + n % 5), "'");
    if (m.seeds > 0)
      plots += ciess::joined(
          ", \\\n  data using ($1", aside < 0 ? "" : "+", ciess::gnuplot_number(aside),
          "):", column, ":", column + 1, ":", column + 2, " with yerrorlines", look,
          m.start == "scratch" ? " dt 3" : "", " title ",
          ciess::gnuplot_quoted(m.name + (fewer ? " (points of fewer seeds)" : "")));
    column += 4;
  }
  std::size_t n = 0;
  for (const auto& row : published) {
    bool shown = false;
    for (const double b : c.budgets)
      if (const auto quality = row.at(b)) {
        low = std::min(low, *quality);
        high = std::max(high, *quality);
        shown = true;
      }
    if (shown)
      plots += ciess::joined(", \\\n  data using 1:", column, " with points pt ", 1 + n++ % 3,
                             " lw 2 lc rgb '#777777' title ",
                             ciess::gnuplot_quoted("published: " + row.name));
    ++column;
  }
  std::string lists;
  for (const int k : about.at) lists += (lists.empty() ? " at " : ", ") + std::to_string(k);
  p.script =
      ciess::gnuplot_head(p.name, 960, 560) + "data = here.'methods.tsv'\n" +
      detail::axes(c.budgets, low, high) + "set title " +
      ciess::gnuplot_quoted(
          ciess::joined(about.backbone, " of ", about.dim, " numbers, ", c.seeds.size(),
                        c.seeds.size() == 1 ? " seed" : " seeds: mean and range")) +
      "\nset xlabel '" + about.budgets_of + " removed (%)" +
      (width > 0 ? ", methods side by side" : "") + "'\nset ylabel 'mean of Recall and NDCG" +
      lists +
      " (test)'\nset bars 0.5\nset key outside right center Left reverse samplen 3 spacing 1.3\n"
      "plot " +
      ciess::gnuplot_number(c.full.mean) +
      " with lines lw 2 dt 2 lc rgb 'black' title 'full size'" + plots + "\nunset output\n";
  return p;
}

}  // namespace ciess_bench
