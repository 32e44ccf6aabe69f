// SPDX-License-Identifier: MIT
// What a server is given: final vectors, packed, or the tables again with their layers.
#pragma once

#include <cstdint>
#include <string>

#include <ciess/core/types.hpp>

#include "input.hpp"

namespace example {

/// What a model won.
struct won_budget {
  double budget;
  std::int64_t bytes;  ///< of the tables that are best of this budget itself
  double quality;      ///< on validation
  double of;           ///< the budget whose model it is: this one, or a smaller one
};

/// Packs final vectors into the bytes of the tables, and leaves what became of them for
/// `serving_reports`. They are those of the best model so far, whichever budget it won: the vectors
/// that a server multiplies need not be of the smallest tables. Where this one is better, or is
/// of the budget of those before, what was written with others is written anew; vectors are kept
/// in the folder for it. Vectors that cannot be packed are told and do no harm.
void write_serving(const settings& s, const input& in, const won_budget& won, ciess::matrix users,
                   ciess::matrix items);

/// What was said of each budget, by its name.
json serving_reports(const settings& s, const std::vector<double>& budgets);

/// The same in lines below a table; empty if there are none.
std::string serving_text(const json& reports, double full_mean);

/// Of a backbone whose layers a server needs: what they take beside the tables; of others empty.
std::string layers_text(const settings& s, std::int64_t numbers);

}  // namespace example
