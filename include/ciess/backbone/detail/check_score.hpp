// SPDX-License-Identifier: MIT
/// @file
/// What models of users and items are asked for scores.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>

namespace ciess::detail {

/// @param first          user whose scores come first
/// @param rows, columns  of what is to be filled
/// @param users, items   of the model
/// @throws argument_error unless there are such users, and a column for each item
inline void check_score(index_t first, index_t rows, index_t columns, index_t users,
                        index_t items) {
  if (first < 0 || first > users - rows || columns != items)
    throw_error<argument_error>("score: ", rows, " users from ", first, " on of ", users, ", ",
                                columns, " columns for ", items, " items");
}

}  // namespace ciess::detail
