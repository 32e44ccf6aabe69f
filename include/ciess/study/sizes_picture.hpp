// SPDX-License-Identifier: MIT
/// @file
/// The picture of an assignment: sizes against frequency.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/study/gnuplot.hpp>
#include <ciess/study/study_result.hpp>

namespace ciess {
namespace detail {

/// Of sorted numbers, linear between neighbours.  @pre not empty, 0 <= q <= 1
inline double quantile(std::span<const int> sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

/// Sizes of the rows by frequency: bin k holds frequencies that round to 2^(k/2) in the logarithm,
/// so that 1, 2, 3, 4 have bins of their own; rows that never occur have one below all others.
struct frequency_bins {
  std::map<int, std::vector<int>> sizes;  ///< [bin], sorted
  std::optional<int> never;               ///< the bin of frequency 0, if there is such a row

  static double centre(int bin) { return std::exp2(0.5 * bin); }

  frequency_bins(std::span<const double> frequency, const ciess::sizes& s) {
    std::vector<int> absent;
    for (std::size_t r = 0; r < frequency.size(); ++r) {
      const int size = s[static_cast<index_t>(r)];
      if (frequency[r] > 0)
        sizes[static_cast<int>(std::lround(2 * std::log2(frequency[r])))].push_back(size);
      else
        absent.push_back(size);
    }
    if (!absent.empty()) {
      never = sizes.empty() ? -2 : sizes.begin()->first - 2;
      sizes[*never] = std::move(absent);
    }
    for (auto& [bin, list] : sizes) std::ranges::sort(list);
  }
};

}  // namespace detail

/// Sizes against frequency: a panel for each budget (below each other) and table (side by side, up
/// to four in a line). In bins of frequency: the median, the middle half and the middle four fifths
/// of the sizes, so that 100,000 rows read as 1,000 do and the file stays small; across, the mean
/// size of the table. O(rows log rows) for each budget.
/// @param frequency  [tables][rows], >= 0
/// @param tables     [tables], their names
/// @param method     whose sizes; empty: those of the best on validation
/// @throws argument_error if tables or rows of the sizes, frequencies and names do not agree
template <class Figures>
[[nodiscard]] gnuplot_picture sizes_picture(const basic_study_result<Figures>& r,
                                            std::span<const std::vector<double>> frequency,
                                            std::span<const std::string> tables,
                                            std::string_view title, std::string_view method = {}) {
  gnuplot_picture p{"sizes", {}, {}};
  p.data =
      "# a block for each budget and table\n"
      "# frequency\tfrom\tto\tp10\tp25\tmedian\tp75\tp90\trows\n";
  std::string panels;
  const std::size_t across = std::clamp<std::size_t>(tables.size(), 1, 4);
  const std::size_t lines = (tables.size() + across - 1) / across;
  std::size_t budgets = 0, block = 0;
  for (const auto& row : r.budgets) {
    if (row.methods.empty()) continue;
    const auto named =
        std::ranges::find(row.methods, method, &basic_method_result<Figures>::method);
    if (!method.empty() && named == row.methods.end()) continue;
    const basic_method_result<Figures>* const m = method.empty() ? &row.best_of_all() : &*named;
    if (m->sizes.size() != frequency.size() || m->sizes.size() != tables.size())
      detail::throw_error<argument_error>("sizes_picture: ", m->sizes.size(),
                                          " tables with sizes, ", frequency.size(),
                                          " with frequencies, ", tables.size(), " names");
    ++budgets;
    for (std::size_t t = 0; t < tables.size(); ++t) {
      const auto& sizes = m->sizes[t];
      if (std::ssize(frequency[t]) != sizes.rows())
        detail::throw_error<argument_error>("sizes_picture: table ", t, " has ", sizes.rows(),
                                            " sizes and ", frequency[t].size(), " frequencies");
      const std::string heading =
          tables[t] + ", " + gnuplot_number(100 * row.budget) + " % removed";
      const detail::frequency_bins bins(frequency[t], sizes);
      const auto edge = [](int bin, double shift) {
        return gnuplot_number(detail::frequency_bins::centre(bin) * std::exp2(shift));
      };
      if (!bins.sizes.empty()) p.data += (block ? "\n\n# " : "# ") + tsv_field(heading) + "\n";
      for (const auto& [bin, list] : bins.sizes) {
        p.data += (bin == bins.never ? "0" : edge(bin, 0)) + "\t" + edge(bin, -0.25) + "\t" +
                  edge(bin, 0.25);
        for (const double q : {0.1, 0.25, 0.5, 0.75, 0.9})
          p.data += "\t" + gnuplot_number(detail::quantile(list, q));
        p.data += "\t" + std::to_string(list.size()) + "\n";
      }
      const int first = bins.sizes.empty() ? 0 : bins.sizes.begin()->first;
      const int last = bins.sizes.empty() ? 1 : bins.sizes.rbegin()->first;
      const double mean = sizes.rows() == 0 ? sizes.range().max
                                            : static_cast<double>(sizes.total()) /
                                                  static_cast<double>(sizes.rows());
      panels += "set title " + gnuplot_quoted(heading) + "\nset xtics auto\n";
      if (bins.never) panels += "set xtics add ('0' " + edge(*bins.never, 0) + ")\n";
      panels += "set xrange [" + edge(first, -0.6) + ":" + edge(last, 0.6) + "]\nset yrange [" +
                gnuplot_number(sizes.range().min / 1.2) + ":" +
                gnuplot_number(sizes.range().max * 1.2) + "]\nplot ";
      if (!bins.sizes.empty()) {
        const std::string at = "data index " + std::to_string(block++) + " using (sqrt($2*$3)):";
        const std::string colour = " lc rgb '" + std::string(gnuplot_colour(t + 1)) + "' notitle";
        panels += joined(
            at, "6:2:3:4:8 with boxxyerror fs transparent solid 0.2 noborder", colour, ", \\\n  ",
            at, "6:2:3:5:7 with boxxyerror fs transparent solid 0.4 noborder", colour, ", \\\n  ",
            at, "6:2:3 with xerrorbars pt 7 ps 0.35 lw 2", colour, ", \\\n  ");
      }
      panels += gnuplot_number(mean) + " with lines lw 1 dt 2 lc rgb 'black' notitle\n";
    }
    for (std::size_t t = tables.size(); t < lines * across; ++t) panels += "set multiplot next\n";
  }
  if (panels.empty()) {
    p.script = gnuplot_nothing(p.name, "no sizes were found");
    return p;
  }
  p.script =
      gnuplot_head(p.name, std::max(640, static_cast<int>(across) * 420),
                   90 + 260 * static_cast<int>(budgets * lines)) +
      "data = here.'sizes.tsv'\nset logscale x 10\nset logscale y 2\nset errorbars 0\nunset key\n"
      "set xlabel 'frequency in training'\nset ylabel 'size'\nset multiplot layout " +
      std::to_string(budgets * lines) + "," + std::to_string(across) + " title " +
      gnuplot_quoted(title) +
      ".\"\\n\".'line: median, boxes: middle half and middle four fifths, dashed: mean'" + "\n" +
      panels + "unset multiplot\nunset output\n";
  return p;
}

}  // namespace ciess
