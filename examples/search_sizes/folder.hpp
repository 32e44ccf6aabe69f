// SPDX-License-Identifier: MIT
// The folder of results: what a run leaves there, and what lets it go on after an interruption.
#pragma once

#include <filesystem>
#include <string>

#include <ciess/io/checkpoints.hpp>

#include "settings.hpp"

namespace example {

fs::path checkpoint_folder(const fs::path& out);
fs::path settings_file(const fs::path& out);
std::string budget_name(double budget);

/// What a search was begun with, from its folder.
json saved_settings(const std::string& out);

/// @throws data_error if what was read is not what the search was begun with
void compare(const settings& s, const json& saved, const input& in);

/// Leaves what a new search is begun with.
void begin(const ciess::checkpoints& store, settings s, const input& in);
void end(const ciess::checkpoints& store);

/// Files of an earlier run: nothing of them may lie beside what this one writes.
/// @throws argument_error if there are some and they are not to be removed, or are read
std::vector<fs::path> earlier_results(const settings& s);

/// Removes them.  @pre the folder is this process's
/// @throws io_error if that cannot be done
void clear_results(const settings& s);

}  // namespace example
