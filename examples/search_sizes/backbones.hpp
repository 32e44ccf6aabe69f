// SPDX-License-Identifier: MIT
// The whole run, for each backbone in a source of its own: they take long to compile.
#pragma once

#include "settings.hpp"

namespace example {

/// Searches, reports, writes the results.  @returns the status that the program ends with
int run_mf(const settings& s, const input& in);
int run_ncf(const settings& s, const input& in);
int run_ngcf(const settings& s, const input& in);
int run_lightgcn(const settings& s, const input& in);

}  // namespace example
