// SPDX-License-Identifier: MIT
// The impressions of a run.
#pragma once

#include <string>
#include <vector>

#include <ciess/data/click_dataset.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/study/study_settings.hpp>

#include "settings.hpp"

namespace example {

/// Impressions in parts, and what was read, for a summary.
struct click_input {
  ciess::click_dataset data;
  json read;
  std::vector<std::string> fields;  ///< names as files and tables may have them
  ciess::id_map features;           ///< their names
};

/// Reads, draws and splits, and says on standard output what came of it.
click_input read_click_input(const settings& s);

/// Numbers that stand for what was read, by the option that says where from.
ciess::named_fingerprints fingerprints(const click_input& in);

/// Reads and splits as a search would, and prints as JSON what was found; returns the exit status.
/// @throws ciess::io_error if it cannot be printed
int inspect_clicks(settings s);

}  // namespace example
