// SPDX-License-Identifier: MIT
/// @file
/// The picture of a study: what is left of the quality when numbers are removed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/study/figures.hpp>
#include <ciess/study/gnuplot.hpp>
#include <ciess/study/study_result.hpp>

namespace ciess {
namespace detail {

/// One line of the picture of quality: a method, or one of its starts if a budget has several.
struct quality_series {
  std::string method;
  std::optional<start> from;
  std::vector<double> quality;  ///< [budgets], NaN where it was not measured
  [[nodiscard]] std::string name() const { return from ? method + start_suffix(*from) : method; }
};

/// Methods in the order of their first appearance, the starts of one side by side. One without a
/// number is left out.
template <class Figures>
std::vector<quality_series> quality_series_of(const basic_study_result<Figures>& r) {
  std::vector<std::pair<std::string, bool>> methods;  // and whether a budget has several starts
  for (const auto& row : r.budgets)
    for (const auto& m : row.methods) {
      const bool several =
          std::ranges::any_of(row.methods, [&](const basic_method_result<Figures>& other) {
            return other.method == m.method && other.recipe.from != m.recipe.from;
          });
      const auto at = std::ranges::find(methods, m.method, &std::pair<std::string, bool>::first);
      if (at == methods.end())
        methods.emplace_back(m.method, several);
      else
        at->second |= several;
    }
  std::vector<quality_series> all;
  for (const auto& [method, several] : methods)
    for (const auto from : several ? std::vector<std::optional<start>>{start::scratch, start::warm}
                                   : std::vector<std::optional<start>>{std::nullopt}) {
      quality_series s{method, from, {}};
      for (const auto& row : r.budgets) {
        const auto m =
            std::ranges::find_if(row.methods, [&](const basic_method_result<Figures>& x) {
              return x.method == method && (!from || x.recipe.from == *from);
            });
        s.quality.push_back(m == row.methods.end() ? std::numeric_limits<double>::quiet_NaN()
                                                   : main_figure(m->test));
      }
      if (std::ranges::any_of(s.quality, [](double x) { return std::isfinite(x); }))
        all.push_back(std::move(s));
    }
  return all;
}

}  // namespace detail

/// Quality on test against the share that was removed: a line for each method of the study, the
/// full tables across. Data: a line for each budget, its percentage first, then the full tables and
/// the methods. The script averages lines of the same percentage: with the data of several seeds
/// one after the other it draws their mean.
template <class Figures>
[[nodiscard]] gnuplot_picture quality_picture(const basic_study_result<Figures>& r,
                                              std::string_view title) {
  const auto series = detail::quality_series_of(r);
  gnuplot_picture p{"quality", {}, {}};
  p.data = "# removed_percent\tfull";
  for (const auto& s : series) p.data += "\t" + tsv_field(s.name());
  p.data += '\n';
  for (std::size_t b = 0; b < r.budgets.size(); ++b) {
    p.data +=
        gnuplot_number(100 * r.budgets[b].budget) + "\t" + gnuplot_number(main_figure(r.full));
    for (const auto& s : series) p.data += "\t" + gnuplot_number(s.quality[b]);
    p.data += '\n';
  }
  if (series.empty() || !std::isfinite(main_figure(r.full))) {
    p.script = gnuplot_nothing(p.name, "no method was measured");
    return p;
  }
  p.script =
      gnuplot_head(p.name, 860, 460) +
      "# Lines of the data with the same first column are averaged. The mean of several seeds:\n"
      "#   cat run1/quality.tsv run2/quality.tsv run3/quality.tsv > mean/quality.tsv\n"
      "#   cp run1/quality.gp mean && gnuplot mean/quality.gp\n"
      "data = here.'quality.tsv'\n"
      "stats data using 2 nooutput\n"
      "full = STATS_mean\n"
      "low = full\n"
      "high = full\n"
      "do for [c = 3:" +
      std::to_string(series.size() + 2) +
      "] {\n"
      "  stats data using c nooutput\n"
      "  if (STATS_min < low) { low = STATS_min }\n"
      "  if (STATS_max > high) { high = STATS_max }\n"
      "}\n"
      "stats data using 1 nooutput\n"
      "pad = STATS_max > STATS_min ? 0.05 * (STATS_max - STATS_min) : 1\n"
      "set xrange [STATS_min - pad:STATS_max + pad]\n"
      "pad = high > low ? 0.06 * (high - low) : 0.01 * abs(high) + 1e-6\n"
      "set yrange [low - pad:high + pad]\n"
      "set title " +
      gnuplot_quoted(title) +
      "\n"
      "set xlabel '" +
      (r.of == budget_of::bytes ? "bytes" : "numbers") +
      " removed (%)'\n"
      "set ylabel '" +
      main_figure_name(r.full, ", ") +
      " (test)'\n"
      "set key outside right center Left reverse samplen 3 spacing 1.3\n"
      "plot full with lines lw 2 dt 2 lc rgb 'black' title 'full tables'";
  // The library's own search stands out. Of the others, 25 look different: a shape and a colour
  // each of five, shifted against each other after every round.
  std::size_t others = 0;
  std::string last;
  for (std::size_t s = 0; s < series.size(); ++s) {
    const bool own = series[s].method == "ciess";
    if (!own && series[s].method != last) ++others;
    last = own ? last : series[s].method;
    const bool scratch = series[s].from == start::scratch;
    const std::size_t n = others - 1;
    const std::size_t colour = own ? 0 : 1 + n % 5;
    constexpr std::size_t shapes[] = {4, 8, 10, 12, 14};  // square, triangles, diamond, pentagon
    const std::size_t shape = own ? 6 : shapes[(n + n / 5) % 5];
    p.script += ", \\\n  data using 1:" + std::to_string(s + 3) +
                " smooth unique with linespoints lw " + (own ? "3" : "1.5") +
                (scratch ? " dt 3" : "") + " pt " + std::to_string(shape + (scratch ? 0 : 1)) +
                " ps 0.8 lc rgb '" + std::string(gnuplot_colour(colour)) + "' title " +
                gnuplot_quoted(series[s].name());
  }
  p.script += "\nunset output\n";
  return p;
}

}  // namespace ciess
