// SPDX-License-Identifier: MIT
// The data of a run.
#pragma once

#include <ciess/data/dataset.hpp>
#include <ciess/study/study_settings.hpp>

#include "settings.hpp"

namespace example {

/// The interactions with the names of their rows, in parts, and what was read, for a summary.
struct input {
  ciess::dataset data;
  json read;
};

/// Reads and splits, and says on standard output what was read.
input read_input(const settings& s);

/// Prints what --data and --test are, and nothing else.
/// @returns 0 if they can be used as they are, else 2
int inspect(const data_options& o);
/// Prints what was found, and on standard error why it cannot be used, if so; returns the status.
/// @throws ciess::io_error if it cannot be printed
int print_inspected(const json& out);

/// Numbers that stand for what was read, by the option that says where from.
ciess::named_fingerprints fingerprints(const input& in);

}  // namespace example
