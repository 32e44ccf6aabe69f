// SPDX-License-Identifier: MIT
/// @file
/// Whether runs are seeds of one experiment.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/study/study_files.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "../support/run_summary.hpp"

namespace ciess_bench {

/// What runs must have in common, by the names that a summary gives it.
[[nodiscard]] inline std::vector<std::pair<std::string, std::string>> experiment_of(
    const run_summary& run) {
  std::string at;
  for (const int k : run.at) at += (at.empty() ? "" : " ") + std::to_string(k);
  return {{"backbone", run.backbone},
          {"dim", std::to_string(run.dim)},
          {"preset", run.preset},
          {"at", at},
          {"data.users", std::to_string(run.users)},
          {"data.items", std::to_string(run.items)},
          {"data.interactions", std::to_string(run.interactions)},
          {"data.parts.train", std::to_string(run.train)},
          {"data.parts.validation", std::to_string(run.validation)},
          {"data.parts.test", std::to_string(run.test)},
          {"data.split", run.split},
          {"budgets_of", run.budgets_of},
          {"stored_as", run.stored_as},
          {"loss", run.loss},
          {"full.parameters", std::to_string(run.full_numbers)},
          {"other_parameters", std::to_string(run.other_numbers)}};
}

/// Whether a run of a seed can stand beside another: its full model is the same, and no method of
/// the one has a row of the other.
/// @throws ciess::argument_error naming what does not fit
inline void check_same_seed(const run_summary& before, const run_summary& run) {
  using ciess::argument_error;
  using ciess::detail::throw_error;
  const std::string file = run.file.string(), of = before.file.string();
  if (before.full != run.full)
    throw_error<argument_error>(file, ": full.test: expected that of ", of, ", with seed ",
                                run.seed, ", too, got another: these are not of one program");
  for (const auto& b : run.budgets)
    for (const auto& other : before.budgets)
      if (ciess::budget_name(b.removed) == ciess::budget_name(other.removed))
        for (const auto& m : b.methods)
          for (const auto& known : other.methods)
            if (m.method == known.method && m.start == known.start)
              throw_error<argument_error>(file, ": seed: expected one whose ",
                                          ciess::budget_name(b.removed), " no other run has of ",
                                          m.label, ", got ", run.seed, ", that of ", of);
}

/// Runs of one seed may add methods and budgets to each other, see `join_runs`.
/// @throws ciess::argument_error unless all runs are of one experiment, no row is there twice, and
///         all are whole, if they must be
inline void check_runs(const std::vector<run_summary>& runs, bool allow_interrupted) {
  using ciess::argument_error;
  using ciess::detail::throw_error;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const std::string file = runs[r].file.string(), first = runs.front().file.string();
    const auto expected = experiment_of(runs.front()), got = experiment_of(runs[r]);
    for (std::size_t i = 0; i < got.size(); ++i)
      if (got[i] != expected[i])
        throw_error<argument_error>(file, ": ", got[i].first, ": expected ", expected[i].second,
                                    ", as in ", first, ", got ", got[i].second);
    for (std::size_t before = 0; before < r; ++before)
      if (runs[before].seed == runs[r].seed) check_same_seed(runs[before], runs[r]);
    if (runs[r].interrupted && !allow_interrupted)
      throw_error<argument_error>(file,
                                  ": interrupted: expected false, got true (--allow-interrupted "
                                  "takes it)");
  }
}

}  // namespace ciess_bench
