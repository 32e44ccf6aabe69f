// SPDX-License-Identifier: MIT
// What a server is given beside the tables: final vectors, packed.
#pragma once

#include <cstdint>
#include <string>

#include <ciess/core/types.hpp>

#include "input.hpp"

namespace example {

/// Packs final vectors under the bytes of the tables that they come from, and leaves what became of
/// them for `serving_reports`. Vectors that cannot be packed are told and do no harm.
void write_serving(const settings& s, const input& in, double budget, std::int64_t bytes,
                   ciess::matrix users, ciess::matrix items);

/// What was said of each budget, by its name.
json serving_reports(const settings& s, const std::vector<double>& budgets);

/// The same in lines below a table; empty if there are none.
std::string serving_text(const json& reports, double full_mean);

}  // namespace example
