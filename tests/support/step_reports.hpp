// SPDX-License-Identifier: MIT
/// @file
/// Reports of a search's steps, two seconds apart.
#pragma once

#include <ciess/search/observer.hpp>

#include <limits>

inline ciess::step_report report(int number, int total, double quality = 0.1, double best = 0.2) {
  return {.method = "ciess",
          .number = number,
          .total = total,
          .budget = 0.9,
          .sparsity = 0.9,
          .quality = quality,
          .best = best,
          .origin = "policy",
          .notes = {{"price", 0.4}, {"loss", std::numeric_limits<double>::quiet_NaN()}},
          .seconds = 2.0 * (number + 1)};
}
