// SPDX-License-Identifier: MIT
/// @file
/// What a model has beside its tables, by name.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <ciess/core/index.hpp>

namespace ciess {

/// Weights of a layer in memory that somebody else owns: in no table, never removed.
struct layer_view {
  std::string name;
  std::vector<index_t> shape;
  std::span<const float> numbers;  ///< row-major, as many as the shape says
};

}  // namespace ciess
