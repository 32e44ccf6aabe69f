// SPDX-License-Identifier: MIT
/// @file
/// One orthogonal matrix for the tables of a model whose widths may differ.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <ciess/backbone/axes.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>

namespace ciess::detail {

/// Turns all tables by one orthogonal matrix onto the principal axes of their rows together; inner
/// products stay, also those of a wider row with a narrower one that ends in zeros: columns are
/// turned among those that the same tables have. Tables of one width: all of them.
/// @return the matrix, [d, d] of the widest table: a row x has become x times it
/// @pre every row has its full size
template <class T>
square_matrix turn_commonly(std::span<basic_masked_table<T>> tables) {
  std::vector<index_t> widths{0};
  for (const auto& table : tables) widths.push_back(table.columns());
  std::ranges::sort(widths);
  const auto same = std::ranges::unique(widths);
  widths.erase(same.begin(), same.end());
  const index_t d = widths.back();
  square_matrix energy = square_matrix::Zero(d, d);
  for (const auto& table : tables) {
    const square_matrix own = gram(table);
    for (index_t i = 0; i < own.rows(); ++i)
      for (index_t j = 0; j < own.cols(); ++j) energy(i, j) += own(i, j);
  }
  square_matrix axes = square_matrix::Zero(d, d);
  for (std::size_t w = 1; w < widths.size(); ++w) {
    const index_t first = widths[w - 1];
    const index_t n = widths[w] - first;
    const square_matrix block = energy.block(first, first, n, n);
    axes.block(first, first, n, n) = principal_axes(block);
  }
  for (auto& table : tables) {
    const square_matrix own = axes.topLeftCorner(table.columns(), table.columns());
    table.change_axes(own);
  }
  return axes;
}

}  // namespace ciess::detail
