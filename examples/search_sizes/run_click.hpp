// SPDX-License-Identifier: MIT
// The whole run of a click model.
#pragma once

#include <string>
#include <vector>

#include "click_input.hpp"
#include "settings.hpp"

namespace example {

/// What the tables of a run's model are called, in their order.
std::vector<std::string> click_tables(const settings& s, const click_input& in);

/// Searches, reports, writes the results.
/// @returns the status that the program ends with
int run_click(const settings& s, const click_input& in);

}  // namespace example
