// SPDX-License-Identifier: MIT
// Answers for those who ask.
#pragma once

#include "server.hpp"
#include "settings.hpp"

namespace serving {

/// Answers standard input on standard output, and says on the error stream what could not be
/// answered and how long it took.
/// @returns exit status: 1 if a line was refused
/// @throws ciess::io_error if input or output fails; what was read before is answered
int serve(const settings& s, server& tables);

}  // namespace serving
