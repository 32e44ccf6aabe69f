// SPDX-License-Identifier: MIT
/// @file
/// Runs of one seed as one: methods and budgets that were run later stand beside those of before.
#pragma once

#include <ciess/study/study_files.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include "../support/run_summary.hpp"

namespace ciess_bench {

/// Each seed once, at the place of its first run, with the methods and budgets of all of its runs.
/// What a method's search took is the sum over them. Vectors that are served are those of the
/// first.
/// @pre `check_runs` took them
[[nodiscard]] inline std::vector<run_summary> join_runs(std::vector<run_summary> runs) {
  std::vector<run_summary> joined;
  for (run_summary& run : runs) {
    if (run.interrupted) run.stopped = {run.file};
    const auto same = std::ranges::find(joined, run.seed, &run_summary::seed);
    if (same == joined.end()) {
      joined.push_back(std::move(run));
      continue;
    }
    same->interrupted = same->interrupted || run.interrupted;
    same->stopped.insert(same->stopped.end(), run.stopped.begin(), run.stopped.end());
    for (run_budget& more : run.budgets) {
      const auto at = std::ranges::find_if(same->budgets, [&](const run_budget& b) {
        return ciess::budget_name(b.removed) == ciess::budget_name(more.removed);
      });
      if (at == same->budgets.end())
        same->budgets.push_back(std::move(more));
      else
        for (run_method& m : more.methods) at->methods.push_back(std::move(m));
    }
    for (run_search& more : run.searches) {
      const auto at = std::ranges::find(same->searches, more.method, &run_search::method);
      if (at == same->searches.end()) {
        same->searches.push_back(std::move(more));
        continue;
      }
      at->measurements += more.measurements;
      at->seconds += more.seconds;
      if (at->training_steps && more.training_steps)
        *at->training_steps += *more.training_steps;
      else
        at->training_steps.reset();
    }
  }
  return joined;
}

}  // namespace ciess_bench
