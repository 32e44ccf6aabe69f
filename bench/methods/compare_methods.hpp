// SPDX-License-Identifier: MIT
/// @file
/// Methods side by side over the seeds of several runs: means, ranges, who is ahead. No text, no
/// files.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../support/run_summary.hpp"

namespace ciess_bench {

/// A figure of several seeds. Those without it, or with one that is no finite number, are not
/// counted: `seeds` tells of how many it is.
struct over_seeds {
  std::vector<std::optional<double>> each;  ///< [runs]
  std::size_t seeds = 0;
  double mean = std::numeric_limits<double>::quiet_NaN(), low = mean, high = mean;

  over_seeds() = default;
  explicit over_seeds(std::vector<std::optional<double>> figures) : each{std::move(figures)} {
    double sum = 0;
    for (auto& figure : each) {
      if (figure && !std::isfinite(*figure)) figure.reset();
      if (!figure) continue;
      low = seeds == 0 ? *figure : std::min(low, *figure);
      high = seeds == 0 ? *figure : std::max(high, *figure);
      sum += *figure;
      ++seeds;
    }
    if (seeds == 0) return;
    // The mean of equal figures is that figure, to the last bit: ties stay ties.
    mean = low < high ? std::clamp(sum / static_cast<double>(seeds), low, high) : low;
  }
  /// From the least to the greatest.
  [[nodiscard]] double spread() const { return high - low; }
};

/// A method under one budget.
struct method_at_budget {
  over_seeds quality;
  over_seeds change;  ///< quality against the full model of the same seed, less 1
  /// That are kept, the most over seeds; nothing if the method is in no run.
  std::optional<std::int64_t> numbers, bytes;
};

/// A method with one start of its last trainings.
struct compared_method {
  std::string method, start;
  std::string name;  ///< the method, and its start if it has several in any budget or run
  std::vector<method_at_budget> budgets;             ///< as `comparison::budgets`
  std::size_t seeds = 0;                             ///< in how many runs it has a quality
  over_seeds measurements, training_steps, seconds;  ///< of its search, for all budgets
};

/// Who is ahead under one budget. Only methods that have a quality in every seed of the budget are
/// compared: means of different seeds would be of different splits, too.
struct standing {
  std::size_t seeds = 0;            ///< in which any method has a quality
  std::vector<std::size_t> best;    ///< places in `comparison::methods`; several if they are level
  std::optional<std::size_t> next;  ///< the best of the others
  double gap = 0;                   ///< of the means of best and next
  std::size_t ahead = 0;            ///< seeds in which the (first) best is above the next
  std::vector<std::size_t> left_out;          ///< have a quality, but not in every seed
  std::vector<std::size_t> not_above_random;  ///< than random sizes of the same start
  std::size_t beside_random = 0;              ///< how many were compared with random sizes
};

struct comparison {
  std::vector<std::uint64_t> seeds;  ///< [runs]
  over_seeds full, popularity;
  over_seeds popularity_change;          ///< against the full model of the same seed, less 1
  std::vector<double> budgets;           ///< shares that are removed, ascending
  std::vector<compared_method> methods;  ///< in the order of their first appearance
  std::vector<standing> standings;       ///< as `budgets`
};

namespace detail {

inline std::optional<double> change_of(std::optional<double> quality, std::optional<double> full) {
  if (!quality || !full || !(*full > 0)) return std::nullopt;
  return *quality / *full - 1;
}

inline const run_method* find_method(const run_summary& run, double budget,
                                     const compared_method& method) {
  for (const auto& b : run.budgets)
    if (ciess::budget_name(b.removed) == ciess::budget_name(budget))
      for (const auto& m : b.methods)
        if (m.method == method.method && m.start == method.start) return &m;
  return nullptr;
}

inline std::vector<double> budgets_of(const std::vector<run_summary>& runs) {
  std::vector<double> all;
  for (const auto& run : runs)
    for (const auto& b : run.budgets)
      if (std::ranges::none_of(all, [&](double known) {
            return ciess::budget_name(known) == ciess::budget_name(b.removed);
          }))
        all.push_back(b.removed);
  std::ranges::sort(all);
  return all;
}

inline std::vector<compared_method> methods_of(const std::vector<run_summary>& runs) {
  std::vector<compared_method> all;
  for (const auto& run : runs)
    for (const auto& b : run.budgets)
      for (const auto& m : b.methods)
        if (std::ranges::none_of(all, [&](const compared_method& known) {
              return known.method == m.method && known.start == m.start;
            })) {
          all.emplace_back();
          all.back().method = m.method;
          all.back().start = m.start;
        }
  for (auto& m : all) {
    const bool several = std::ranges::count(all, m.method, &compared_method::method) > 1;
    m.name = several ? m.method + ", " + m.start : m.method;
  }
  return all;
}

inline method_at_budget under_budget(const std::vector<run_summary>& runs, double budget,
                                     const compared_method& method) {
  method_at_budget out;
  std::vector<std::optional<double>> qualities, changes;
  for (const auto& run : runs) {
    const run_method* m = find_method(run, budget, method);
    qualities.push_back(m ? m->quality : std::nullopt);
    changes.push_back(change_of(qualities.back(), run.full));
    if (!m) continue;
    out.numbers = std::max(out.numbers.value_or(0), m->numbers);
    out.bytes = std::max(out.bytes.value_or(0), m->bytes);
  }
  out.quality = over_seeds(std::move(qualities));
  out.change = over_seeds(std::move(changes));
  return out;
}

inline void add_effort(const std::vector<run_summary>& runs, compared_method& method) {
  std::vector<std::optional<double>> measurements, steps, seconds;
  for (const auto& run : runs) {
    const auto s = std::ranges::find(run.searches, method.method, &run_search::method);
    const bool there = s != run.searches.end();
    measurements.emplace_back();
    if (there) measurements.back() = static_cast<double>(s->measurements);
    steps.emplace_back();
    if (there && s->training_steps) steps.back() = static_cast<double>(*s->training_steps);
    seconds.emplace_back();
    if (there) seconds.back() = s->seconds;
  }
  method.measurements = over_seeds(std::move(measurements));
  method.training_steps = over_seeds(std::move(steps));
  method.seconds = over_seeds(std::move(seconds));
}

inline standing standing_of(const std::vector<compared_method>& methods, std::size_t budget) {
  standing out;
  const auto quality = [&](std::size_t m) -> const over_seeds& {
    return methods[m].budgets[budget].quality;
  };
  std::vector<bool> any;
  for (std::size_t m = 0; m < methods.size(); ++m) {
    any.resize(quality(m).each.size());
    for (std::size_t r = 0; r < any.size(); ++r)
      if (quality(m).each[r]) any[r] = true;
  }
  out.seeds = static_cast<std::size_t>(std::ranges::count(any, true));
  std::vector<std::size_t> order;
  for (std::size_t m = 0; m < methods.size(); ++m) {
    if (quality(m).seeds == 0) continue;
    (quality(m).seeds == out.seeds ? order : out.left_out).push_back(m);
  }
  for (const std::size_t m : order)
    for (const std::size_t random : order)
      if (methods[random].method == "random" && methods[m].method != "random" &&
          methods[m].start == methods[random].start) {
        ++out.beside_random;
        if (!(quality(m).mean > quality(random).mean)) out.not_above_random.push_back(m);
      }
  std::ranges::sort(order, {}, [&](std::size_t m) { return std::pair(-quality(m).mean, m); });
  for (const std::size_t m : order) {
    if (quality(m).mean == quality(order.front()).mean) {
      out.best.push_back(m);
      continue;
    }
    out.next = m;
    break;
  }
  if (!out.next) return out;
  const over_seeds &first = quality(out.best.front()), &second = quality(*out.next);
  out.gap = first.mean - second.mean;
  for (std::size_t r = 0; r < any.size(); ++r)
    if (any[r] && *first.each[r] > *second.each[r]) ++out.ahead;
  return out;
}

}  // namespace detail

/// @param runs  of one experiment, as `check_runs` has it: of one seed each
[[nodiscard]] inline comparison compare_methods(const std::vector<run_summary>& runs) {
  comparison out;
  std::vector<std::optional<double>> full, popularity, change;
  for (const auto& run : runs) {
    out.seeds.push_back(run.seed);
    full.push_back(run.full);
    popularity.push_back(run.popularity);
    change.push_back(detail::change_of(run.popularity, run.full));
  }
  out.full = over_seeds(std::move(full));
  out.popularity = over_seeds(std::move(popularity));
  out.popularity_change = over_seeds(std::move(change));
  out.budgets = detail::budgets_of(runs);
  out.methods = detail::methods_of(runs);
  for (auto& m : out.methods) {
    for (const double budget : out.budgets)
      m.budgets.push_back(detail::under_budget(runs, budget, m));
    for (std::size_t r = 0; r < runs.size(); ++r)
      m.seeds += std::ranges::any_of(
          m.budgets, [&](const method_at_budget& b) { return b.quality.each[r].has_value(); });
    detail::add_effort(runs, m);
  }
  for (std::size_t b = 0; b < out.budgets.size(); ++b)
    out.standings.push_back(detail::standing_of(out.methods, b));
  return out;
}

}  // namespace ciess_bench
