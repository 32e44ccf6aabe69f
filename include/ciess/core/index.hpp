// SPDX-License-Identifier: MIT
/// @file
/// Counts, positions and rows, for headers that need no matrices.
#pragma once

#include <cstddef>
#include <cstdint>

/// All of the library. Names in its namespace `detail` may change at any time.
namespace ciess {

/// Signed counts and positions, Eigen's `Index`. POSIX has a function `index`, so that name is no
/// good beside `using namespace ciess`.
using index_t = std::ptrdiff_t;

/// Position of a row in its embedding table: a user or an item by its internal number, from 0.
using row_id = std::int32_t;

}  // namespace ciess
