// SPDX-License-Identifier: MIT
/// @file
/// The comparison of methods as people read it: a table in Markdown, and below it what it says.
#pragma once

#include <ciess/core/text.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/study/gnuplot.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../support/run_summary.hpp"
#include "compare_methods.hpp"
#include "published.hpp"

namespace ciess_bench {
namespace detail {

/// "90 % of numbers removed"
inline std::string budget_text(double removed, std::string_view of) {
  return ciess::joined(100 * removed, " % of ", of, " removed");
}

/// "4 bits"; as it is if it is no format that we know, of which later ones may be.
inline std::string stored_as_text(const std::string& name) {
  try {
    return ciess::format_text(ciess::parse_table_formats(name));
  } catch (const ciess::argument_error&) {
    return name;
  }
}

/// "2 of 3 seeds", or nothing if it is all of them.
inline std::string fewer_seeds(std::size_t seeds, std::size_t all) {
  return seeds == all ? "" : ciess::joined(seeds, " of ", all, " seeds");
}

/// Four decimals, or so many digits that it is not 0.
inline std::string quality_text(double x) {
  const std::string text = ciess::fixed_text(x, 4);
  return x != 0 && text.find_first_of("123456789") == std::string::npos
             ? ciess::significant_text(x, 2)
             : text;
}

inline std::string change_text(double x) {
  return (x < 0 ? "" : "+") + ciess::fixed_text(100 * x, 1) + " %";
}

/// The names with commas and an "and".
inline std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t n = 0; n < names.size(); ++n)
    out += (n == 0 ? "" : n + 1 == names.size() ? " and " : ", ") + names[n];
  return out;
}

/// A text that does not end a cell of a table in Markdown.
inline std::string cell(std::string_view text) {
  std::string out;
  for (const char c : ciess::tsv_field(std::string(text))) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

/// "**0.3049** (0.3038 to 0.3069), +3.1 %", and of how many seeds, if not of all.
inline std::string quality_cell(const over_seeds& quality, const over_seeds& change, bool best) {
  if (quality.seeds == 0) return "";
  const std::string stars = best ? "**" : "";
  std::string out = stars + quality_text(quality.mean) + stars;
  if (quality.seeds > 1)
    out += " (" + quality_text(quality.low) + " to " + quality_text(quality.high) + ")";
  const std::string fewer = fewer_seeds(quality.seeds, quality.each.size());
  if (!fewer.empty()) out += ", " + fewer;
  if (change.seeds == 0) return out;
  out += ", " + change_text(change.mean);
  return change.seeds == quality.seeds
             ? out
             : out + " (" + fewer_seeds(change.seeds, quality.each.size()) + ")";
}

inline std::string count_cell(std::optional<std::int64_t> n) {
  return n ? ciess::grouped_text(*n) : "";
}

/// A mean of counts, or of seconds.
inline std::string effort_cell(const over_seeds& effort, bool counts) {
  if (effort.seeds == 0) return "";
  const bool whole = counts && effort.mean == std::floor(effort.mean) && effort.mean < 1e15;
  const std::string mean = whole ? ciess::grouped_text(static_cast<std::int64_t>(effort.mean))
                                 : ciess::fixed_text(effort.mean, 1);
  const std::string fewer = fewer_seeds(effort.seeds, effort.each.size());
  return fewer.empty() ? mean : mean + " (" + fewer + ")";
}

inline std::string seeds_cell(std::size_t seeds, std::size_t all) {
  return seeds == all ? std::to_string(all) : ciess::joined(seeds, " of ", all);
}

/// What is said of the gap beside the ranges of the best and the next.
inline std::string gap_beside_ranges(const standing& s, const std::string& best,
                                     const over_seeds& first, const std::string& next,
                                     const over_seeds& second) {
  if (s.seeds < 2) return "there is one seed, and no range to hold the gap against";
  const bool above_first = s.gap > first.spread(), above_second = s.gap > second.spread();
  const std::string of_best = best + " (" + quality_text(first.spread()) + ")",
                    of_next = next + " (" + quality_text(second.spread()) + ")";
  if (above_first != above_second)
    return "the gap is greater than the seeds' range of " + (above_first ? of_best : of_next) +
           ", but not than that of " + (above_first ? of_next : of_best);
  return std::string("the gap is ") + (above_first ? "" : "not ") +
         "greater than the seeds' range of " +
         (above_first ? of_best + " and that of " + of_next : of_best + " or that of " + of_next);
}

}  // namespace detail

/// One sentence: who is best under a budget, by how much, and what that is beside the seeds.
[[nodiscard]] inline std::string standing_text(const comparison& c, std::size_t budget) {
  const standing& s = c.standings[budget];
  const auto name = [&](std::size_t m) { return ciess::tsv_field(c.methods[m].name); };
  const auto quality = [&](std::size_t m) -> const over_seeds& {
    return c.methods[m].budgets[budget].quality;
  };
  if (s.seeds == 0) return "no method has a quality.";
  const std::string all = ciess::joined(s.seeds, s.seeds == 1 ? " seed" : " seeds");
  if (s.best.empty())
    return "no method has a quality in each of the " + all + ": the means are not compared.";
  std::vector<std::string> best;
  for (const std::size_t m : s.best) best.push_back(name(m));
  const std::string mean = detail::quality_text(quality(s.best.front()).mean);
  if (best.size() == 1 && !s.next)
    return best.front() + " alone has a quality in each of the " + all + ", " + mean + ".";
  const std::string gap = detail::quality_text(s.gap);
  if (best.size() > 1)
    return detail::listed(best) + " are level on the mean of " + all + ", " + mean +
           (s.next ? ", by " + gap + " over the next, " + name(*s.next) : "") + ".";
  return best.front() + " is best on the mean of " + all + ", " + mean + ", by " + gap +
         " over the next, " + name(*s.next) +
         ciess::joined(", and above it in ", s.ahead, " of ", all, "; ") +
         detail::gap_beside_ranges(s, best.front(), quality(s.best.front()), name(*s.next),
                                   quality(*s.next)) +
         ".";
}

/// What more is to be said of a budget: methods that were not compared, and those that are not
/// above random sizes. Empty if there is nothing.
[[nodiscard]] inline std::string rest_of_standing_text(const comparison& c, std::size_t budget) {
  const standing& s = c.standings[budget];
  std::string out;
  std::vector<std::string> names;
  for (const std::size_t m : s.left_out)
    names.push_back(ciess::joined(ciess::tsv_field(c.methods[m].name), " (",
                                  c.methods[m].budgets[budget].quality.seeds, " of ", s.seeds,
                                  " seeds)"));
  if (!names.empty()) out += " Not compared: " + detail::listed(names) + ".";
  if (s.beside_random == 0) return out;
  names.clear();
  for (const std::size_t m : s.not_above_random)
    names.push_back(ciess::tsv_field(c.methods[m].name));
  return out + (names.empty() ? ciess::joined(" Above random on the mean: all ", s.beside_random,
                                              " that were compared with it.")
                              : " Not above random on the mean: " + detail::listed(names) + ".");
}

/// The table: popularity, the full model, the methods and what others have published. A cell is the
/// mean over seeds, the range, and the mean change against the full model of the same seed.
/// @param runs  what `c` is of
[[nodiscard]] inline std::string methods_table(const comparison& c,
                                               const std::vector<run_summary>& runs,
                                               const std::vector<published_row>& published) {
  const auto& about = runs.front();
  std::string head = "| method |", line = "|---|";
  for (const double b : c.budgets) {
    head += " " + detail::budget_text(b, about.budgets_of) + " | numbers | bytes |";
    line += "---|---:|---:|";
  }
  std::string out = head + " measurements | training steps | seconds | seeds |\n" + line +
                    "---:|---:|---:|---:|\n";
  const auto add_reference = [&](const std::string& name, const over_seeds& quality,
                                 const over_seeds& change, std::optional<std::int64_t> numbers) {
    out += "| " + name + " |";
    for (std::size_t b = 0; b < c.budgets.size(); ++b)
      out += " " + detail::quality_cell(quality, change, false) + " | " +
             (numbers ? detail::count_cell(numbers) + " | " + detail::count_cell(4 * *numbers)
                      : "no embeddings | ") +
             " |";
    out += " | | | " + detail::seeds_cell(quality.seeds, c.seeds.size()) + " |\n";
  };
  add_reference("popularity", c.popularity, c.popularity_change, std::nullopt);
  add_reference("full", c.full, {}, about.full_numbers);
  for (std::size_t m = 0; m < c.methods.size(); ++m) {
    const auto& method = c.methods[m];
    out += "| " + detail::cell(method.name) + " |";
    for (std::size_t b = 0; b < c.budgets.size(); ++b) {
      const auto& figures = method.budgets[b];
      const bool best = std::ranges::find(c.standings[b].best, m) != c.standings[b].best.end();
      out += " " + detail::quality_cell(figures.quality, figures.change, best) + " | " +
             detail::count_cell(figures.numbers) + " | " + detail::count_cell(figures.bytes) + " |";
    }
    out += " " + detail::effort_cell(method.measurements, true) + " | " +
           detail::effort_cell(method.training_steps, true) + " | " +
           detail::effort_cell(method.seconds, false) + " | " +
           detail::seeds_cell(method.seeds, c.seeds.size()) + " |\n";
  }
  for (const auto& row : published) {
    out += "| published: " + detail::cell(row.name) + " |";
    for (const double b : c.budgets) {
      const auto quality = row.at(b);
      out += " " + (quality ? detail::quality_text(*quality) : "") + " | | |";
    }
    out += " | | | one run, another split |\n";
  }
  return out;
}

/// What stands beside the table: what its figures are, of what, and what they lack.
[[nodiscard]] inline std::string methods_notes(const comparison& c,
                                               const std::vector<run_summary>& runs,
                                               const std::vector<published_row>& published) {
  const auto& about = runs.front();
  std::vector<std::string> seeds, lists, interrupted;
  for (const auto& run : runs) {
    seeds.push_back(std::to_string(run.seed));
    if (!run.interrupted) continue;
    for (const auto& file : run.stopped.empty() ? std::vector{run.file} : run.stopped)
      interrupted.push_back(ciess::joined(file.parent_path().string(), " (seed ", run.seed, ")"));
  }
  for (const int k : about.at) lists.push_back(std::to_string(k));
  std::string out = ciess::joined(
      about.backbone, " of ", about.dim, " numbers, ", about.users, " users, ", about.items,
      " items, ", about.interactions, " pairs; ", runs.size() == 1 ? "seed " : "seeds ",
      detail::listed(seeds), ". Quality: the mean of Recall and NDCG at ", detail::listed(lists),
      " on test, its mean and range over the seeds, and the mean of the changes against the full "
      "model of the same seed. Numbers and bytes: the most over the seeds, tables packed as ",
      detail::stored_as_text(about.stored_as),
      ", full: floats. Measurements, training steps and "
      "seconds: means, of a method's search for all its budgets; what another method had measured "
      "before takes no seconds.\n");
  if (about.other_numbers > 0)
    out += ciess::joined("Beside the tables, in every model: ", about.other_numbers,
                         " numbers of layers.\n");
  for (const auto& m : c.methods)
    if (m.measurements.seeds > 0 && m.measurements.low < m.measurements.high)
      out += ciess::joined("Not of one effort: ", ciess::tsv_field(m.name), " has ",
                           m.measurements.low, " to ", m.measurements.high,
                           " measurements in these seeds.\n");
  if (!interrupted.empty())
    out += "Interrupted, so searched less than asked: " + detail::listed(interrupted) + ".\n";
  for (const auto& row : published)
    for (const auto& [removed, quality] : row.figures)
      if (std::ranges::none_of(c.budgets, [&](double b) {
            return ciess::budget_name(b) == ciess::budget_name(removed);
          }))
        out += "Not in the table, for no run has that budget: published: " +
               ciess::tsv_field(row.name) + ", " + detail::budget_text(removed, about.budgets_of) +
               ", " + detail::quality_text(quality) + ".\n";
  return out;
}

/// Table, notes and sentences.
[[nodiscard]] inline std::string methods_text(const comparison& c,
                                              const std::vector<run_summary>& runs,
                                              const std::vector<published_row>& published) {
  std::string out =
      methods_table(c, runs, published) + "\n" + methods_notes(c, runs, published) + "\n";
  for (std::size_t b = 0; b < c.budgets.size(); ++b)
    out += "- " + detail::budget_text(c.budgets[b], runs.front().budgets_of) + ": " +
           standing_text(c, b) + rest_of_standing_text(c, b) + "\n";
  if (c.budgets.empty()) out += "- no run has a budget: there is nothing to compare.\n";
  return out;
}

}  // namespace ciess_bench
