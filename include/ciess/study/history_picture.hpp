// SPDX-License-Identifier: MIT
/// @file
/// The picture of a search: quality and sparsity step by step.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/search/sizing_request.hpp>
#include <ciess/study/gnuplot.hpp>

namespace ciess {
namespace detail {

/// The smallest and the largest of the finite numbers that were added.
struct extent {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();

  void add(double x) {
    if (!std::isfinite(x)) return;
    least = std::min(least, x);
    most = std::max(most, x);
  }
  [[nodiscard]] bool empty() const noexcept { return !(least <= most); }
  /// As gnuplot's range, a twentieth wider on both sides and never empty, of which gnuplot would
  /// complain.
  [[nodiscard]] std::string range() const {
    const double size = std::max(std::abs(least), std::abs(most));
    const double pad =
        most > least ? std::max(0.05 * (most - least), 1e-6 * size) : (size > 0 ? 0.05 * size : 1);
    return "[" + gnuplot_number(least - pad) + ":" + gnuplot_number(most + pad) + "]";
  }
};

/// Cuts a line at its tabs.
inline std::vector<std::string_view> tsv_fields(std::string_view line) {
  std::vector<std::string_view> cut;
  for (;;) {
    const auto tab = line.find('\t');
    cut.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return cut;
    line.remove_prefix(tab + 1);
  }
}

/// The number of a field, NaN if there is none.
inline double tsv_number(std::string_view field) {
  double x = 0;
  const auto end = field.data() + field.size();
  const auto got = std::from_chars(field.data(), end, x);
  return got.ec == std::errc{} && got.ptr == end ? x : std::numeric_limits<double>::quiet_NaN();
}

/// What a picture needs of a history: where its columns are, and what steps there are.
struct drawn_history {
  struct steps_of_budget {
    std::string budget;  // as written, so that gnuplot reads the same number
    bool quality = false, best = false, asked = false;
  };
  std::size_t number = 0, budget = 0, asked = 0, quality = 0, best = 0;  ///< columns
  bool asks = false;  ///< the method notes what it asks for beside the budget
  std::vector<steps_of_budget> budgets;
  extent steps, heights, shares;

  /// @param history  not empty
  /// @throws data_error if a column is not there
  explicit drawn_history(std::string_view history) {
    const auto next_line = [&] {
      const auto end = history.find('\n');
      const auto line = history.substr(0, end);
      history.remove_prefix(end == std::string_view::npos ? history.size() : end + 1);
      return line;
    };
    const auto header = tsv_fields(next_line());
    const auto column = [&](std::string_view name) {
      const auto at = std::ranges::find(header, name);
      if (at == header.end())
        throw_error<data_error>("history_picture: expected a column ", shown(name),
                                " in the first line of the history, got none");
      return static_cast<std::size_t>(at - header.begin());
    };
    asks = std::ranges::count(header, "asked_sparsity") > 0;
    number = column("number");
    budget = column("budget");
    // What a method does not ask for it removes as it is measured.
    asked = column(asks ? "asked_sparsity" : "sparsity");
    quality = column("quality");
    best = column("best");
    while (!history.empty()) add(tsv_fields(next_line()));
  }

 private:
  void add(const std::vector<std::string_view>& fields) {
    if (fields.size() <= std::max({number, budget, asked, quality, best})) return;
    const auto value = [&](std::size_t c) { return tsv_number(fields[c]); };
    const auto has = [&](std::size_t c) { return std::isfinite(value(c)); };
    if (!has(budget) || !has(number)) return;
    auto b = std::ranges::find(budgets, fields[budget], &steps_of_budget::budget);
    if (b == budgets.end()) b = budgets.insert(b, steps_of_budget{std::string(fields[budget])});
    b->quality |= has(quality);
    b->asked |= has(asked);
    b->best |= has(best) && value(best) != 0;  // 0: none met the budget yet
    steps.add(value(number));
    heights.add(value(quality));
    shares.add(100 * value(asked));
    shares.add(100 * value(budget));
  }
};

}  // namespace detail

/// The course of a search: above, the quality of each step and the best so far, below, the share
/// that the method itself asked to remove, or if it notes none, that it removed. A colour for each
/// budget that has steps. The script reads history.tsv beside it.
/// @param history  what `ciess::history` wrote
/// @param of       what its budgets are of: those of numbers are drawn below
/// @throws data_error if a column is not there
[[nodiscard]] inline gnuplot_picture history_picture(std::string_view history,
                                                     std::string_view title,
                                                     budget_of of = budget_of::numbers) {
  gnuplot_picture p{"history", {}, {}};
  if (history.empty()) {
    p.script = gnuplot_nothing(p.name, "the search took no step");
    return p;
  }
  const detail::drawn_history h(history);
  if (h.steps.empty() || h.heights.empty()) {
    p.script = gnuplot_nothing(p.name, "the search took no step");
    return p;
  }

  const auto dollar = [](std::size_t c) { return "$" + std::to_string(c + 1); };
  const auto only = [&](const detail::drawn_history::steps_of_budget& b) {
    return "(" + dollar(h.budget) + " == " + b.budget + " ? ";
  };
  const std::string x = " using " + std::to_string(h.number + 1) + ":";
  std::string above, below;
  const auto add = [](std::string& plot, const std::string& what) {
    plot += (plot.empty() ? "plot " : ", \\\n  ") + what;
  };
  p.script = gnuplot_head(p.name, 860, 620) + "data = here.'history.tsv'\n";
  for (std::size_t n = 0; n < h.budgets.size(); ++n) {
    const auto& b = h.budgets[n];
    const std::string colour = " lc rgb '" + std::string(gnuplot_colour(n)) + "'";
    const std::string name =
        " title " +
        gnuplot_quoted(gnuplot_number(100 * detail::tsv_number(b.budget)) + " % removed");
    if (b.quality)
      add(above, joined("data skip 1", x, only(b), dollar(h.quality),
                        " : NaN) with points pt 7 ps 0.3", colour, b.best ? " notitle" : name));
    if (b.best) {  // steps of other budgets leave the best of this one as it was
      const std::string memory = "best_" + std::to_string(n);
      p.script += memory + " = NaN\n";
      add(above, joined("data skip 1", x, "(", memory, " = ", dollar(h.budget), " == ", b.budget,
                        " && ", dollar(h.best), " != 0 ? ", dollar(h.best), " : ", memory,
                        ") with steps lw 2", colour, name));
    }
    if (b.asked)
      add(below, joined("data skip 1", x, only(b), "100 * ", dollar(h.asked),
                        " : NaN) with points pt 7 ps 0.3", colour, " notitle"));
    if (of == budget_of::numbers)
      add(below, "100 * " + b.budget + " with lines lw 1.5 dt 2" + colour + " notitle");
  }
  p.script += "set multiplot layout 2,1 margins 0.1,0.8,0.1,0.88 spacing 0,0.06\nset xrange " +
              h.steps.range() +
              "\nset key outside right top Left reverse samplen 2 spacing 1.3\nset title " +
              gnuplot_quoted(title) + ".\"\\n\".'dots: steps; line: best so far" +
              (of == budget_of::numbers ? "; dashed below: budget" : "") +
              "'\n"
              "set ylabel 'quality (validation)'\nset format x ''\nset yrange " +
              h.heights.range() + "\n" + above +
              "\nunset title\nset format x '%g'\nset xlabel 'step of the search'\n"
              "set ylabel '" +
              (h.asks ? "asked to remove (% of numbers)" : "removed (% of numbers)") +
              "'\nset yrange " + h.shares.range() + "\n" + below +
              "\nunset multiplot\nunset output\n";
  return p;
}

}  // namespace ciess
