// SPDX-License-Identifier: MIT
/// @file
/// What is asked of a size searcher, whichever it is.
#pragma once

#include <cstdint>
#include <vector>

namespace ciess {

/// What is asked of a size searcher.
struct sizing_request {
  std::vector<double> budgets{0.8, 0.9, 0.95};  ///< shares of numbers to remove
  int keep = 3;                                 ///< best assignments returned for each budget
  std::uint64_t seed = 1;                       ///< same seed, same result
};

}  // namespace ciess
