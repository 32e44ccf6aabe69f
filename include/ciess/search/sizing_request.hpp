// SPDX-License-Identifier: MIT
/// @file
/// What is asked of a size searcher, whichever it is.
#pragma once

#include <cstdint>
#include <vector>

namespace ciess {

/// What shares to remove are counted in.
enum class budget_of : std::uint8_t {
  numbers,  ///< of the full-size tables
  bytes     ///< what packed tables take in all but ids, against the full-size numbers as floats
};

/// What has a size of its own.
enum class sizes_per : std::uint8_t {
  row,
  table  ///< all rows of a table have one size: of a click model, those of a field
};

/// What is asked of a size searcher.
struct sizing_request {
  std::vector<double> budgets{0.8, 0.9, 0.95};  ///< shares to remove
  int keep = 3;                                 ///< best assignments returned for each budget
  std::uint64_t seed = 1;                       ///< same seed, same result
  budget_of of = budget_of::numbers;  ///< of bytes: packed as the environment says, see `stored_as`
  int multiple = 1;  ///< what is projected has sizes that are multiples of it, or d_max
  sizes_per per = sizes_per::row;  ///< of tables, budgets are used up as far as whole tables allow
};

}  // namespace ciess
