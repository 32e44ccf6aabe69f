// SPDX-License-Identifier: MIT
// Sizes and number formats together: a run for each format, and which is best for each budget.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "settings.hpp"

namespace example {

/// Where the results are of the run whose numbers are stored so, beside those of the others:
/// "4-bits", "bfloat16", "3-2-bits".
std::string format_folder(const ciess::table_formats& formats);

/// Runs of several formats under the same budgets of bytes, one after the other, each with all its
/// results in a folder of its own below --out; they share the full-size models. At the end a table
/// and `formats.json` say which format is best for each budget, on validation. What was interrupted
/// goes on with the run that it was in.
/// @param s       of `stored_as` several
/// @param tables  what they are called, of which each may have a format of its own
/// @param begun   what the whole was begun with, as text
/// @param run     a whole run of one format; with `only_check` it ends before it writes
/// @returns the status that the program ends with
/// @throws ciess::argument_error, before anything is written, if budgets are none of bytes, formats
///         are none of these tables or given twice, or one of the runs cannot begin
int run_formats(const settings& s, const std::vector<std::string>& tables, const std::string& begun,
                const std::function<int(const settings&)>& run);

}  // namespace example
