// SPDX-License-Identifier: MIT
/// @file
/// Whether runs are seeds of one experiment.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>

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
          {"full.parameters", std::to_string(run.full_numbers)},
          {"other_parameters", std::to_string(run.other_numbers)}};
}

/// @throws ciess::argument_error unless all runs are of one experiment, each of a seed of its own,
///         and whole, if they must be
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
      if (runs[before].seed == runs[r].seed)
        throw_error<argument_error>(file, ": seed: expected one that no other run has, got ",
                                    runs[r].seed, ", that of ", runs[before].file.string());
    if (runs[r].interrupted && !allow_interrupted)
      throw_error<argument_error>(file,
                                  ": interrupted: expected false, got true (--allow-interrupted "
                                  "takes it)");
  }
}

}  // namespace ciess_bench
