// SPDX-License-Identifier: MIT
/// @file
/// What a search has learnt, a file for each table.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include <ciess/search/ciess/new_rows.hpp>
#include <ciess/search/ciess/policy_file.hpp>
#include <ciess/study/study_files.hpp>

namespace ciess {

/// Writes `policy-TABLE.safetensors` for each table of a search: enough to size new rows of it.
/// @param run      a `ciess_run` whose agents are `actor_critic` and whose state is `paper_state`
/// @param tables   a name for each table
/// @throws io_error as `save_policy`
template <class Run>
void save_policies(const std::filesystem::path& folder, const Run& run,
                   std::span<const std::string> tables) {
  for (std::size_t t = 0; t < tables.size(); ++t)
    save_policy(
        folder / policy_file(tables[t]),
        {run.policy(t),
         std::empty(run.frequency(t)) ? frequency_range{} : frequency_range::of(run.frequency(t)),
         run.options().state.settings().log_frequency});
}

}  // namespace ciess
