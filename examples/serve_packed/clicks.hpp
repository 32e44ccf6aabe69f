// SPDX-License-Identifier: MIT
// Chances of clicks, from the tables and layers of one file.
#pragma once

#include <ciess/backbone/click_file.hpp>

#include "settings.hpp"

namespace serving {

/// Scores the lines of standard input, a chance a line on standard output, and says on the error
/// stream which could not be scored and how long it took.
/// @returns exit status: 1 if a line was refused
/// @throws ciess::data_error if the first line does not name the columns; ciess::io_error if input
///         or output fails, then what was read before is answered
int serve_clicks(const settings& s, const ciess::click_file& file);

}  // namespace serving
