// SPDX-License-Identifier: MIT
// Lists of everybody, into a file.
#pragma once

#include "server.hpp"
#include "settings.hpp"

namespace serving {

/// Refuses to write over what is read, or where no file can be.
/// @throws ciess::argument_error
void check_out(const settings& s);

/// Writes the lists of all who can ask, a line each in the order of the table, and says on the
/// error stream how far it is. The file is there whole or as it was before.
/// @returns exit status: 128 and the signal if one ended it
/// @throws ciess::io_error as `write_file`, ciess::numeric_error if a score is NaN
int write_all(const settings& s, server& tables);

}  // namespace serving
