// SPDX-License-Identifier: MIT
// The whole run of a click model.
#pragma once

#include "click_input.hpp"
#include "settings.hpp"

namespace example {

/// Searches, reports, writes the results.
/// @returns the status that the program ends with
int run_click(const settings& s, const click_input& in);

}  // namespace example
