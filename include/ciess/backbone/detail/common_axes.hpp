// SPDX-License-Identifier: MIT
/// @file
/// One orthogonal matrix for the tables of a model whose widths may differ.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include <ciess/backbone/axes.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>

namespace ciess::detail {

/// @throws argument_error unless every row has its full size; numeric_error if a weight is not
///         finite
template <class T>
void check_turnable(std::span<const basic_masked_table<T>> tables,
                    const basic_vector<T>& parameters) {
  for (std::size_t t = 0; t < tables.size(); ++t) {
    if (const auto& kept = tables[t].row_sizes(); kept.total() != kept.dense())
      throw_error<argument_error>("rotate_to_principal_axes: needs full size; table ", t, " keeps ",
                                  kept.total(), " of ", kept.dense(), " numbers");
    if (!tables[t].values().allFinite())
      throw_error<numeric_error>("rotate_to_principal_axes: table ", t,
                                 " has a number that is not finite");
  }
  if (!parameters.allFinite())
    throw_error<numeric_error>("rotate_to_principal_axes: a parameter is not finite");
}

/// Columns that the same tables have are [widths[w], widths[w + 1]).
template <class T>
std::vector<index_t> common_widths(std::span<const basic_masked_table<T>> tables) {
  std::vector<index_t> widths{0};
  for (const auto& table : tables) widths.push_back(table.columns());
  std::ranges::sort(widths);
  const auto same = std::ranges::unique(widths);
  widths.erase(same.begin(), same.end());
  return widths;
}

/// Turns all tables by one orthogonal matrix; a narrower table by the first of its columns.
template <class T, class AxesOf>
square_matrix turn_blocks(std::span<basic_masked_table<T>> tables, AxesOf&& axes_of) {
  const auto widths = common_widths<T>(tables);
  const index_t d = widths.back();
  square_matrix energy = square_matrix::Zero(d, d);
  for (const auto& table : tables)
    energy.topLeftCorner(table.columns(), table.columns()) += gram(table);
  square_matrix axes = square_matrix::Zero(d, d);
  for (std::size_t w = 1; w < widths.size(); ++w) {
    const index_t first = widths[w - 1];
    const index_t n = widths[w] - first;
    const square_matrix block = energy.block(first, first, n, n);
    axes.block(first, first, n, n) = axes_of(block);
  }
  for (auto& table : tables) {
    const square_matrix own = axes.topLeftCorner(table.columns(), table.columns());
    table.change_axes(own);
  }
  return axes;
}

/// Turns all tables by one orthogonal matrix onto the principal axes of their rows together; inner
/// products stay, also those of a wider row with a narrower one that ends in zeros: columns are
/// turned among those that the same tables have. Tables of one width: all of them.
/// @return the matrix, [d, d] of the widest table: a row x has become x times it
/// @pre every row has its full size
template <class T>
square_matrix turn_commonly(std::span<basic_masked_table<T>> tables) {
  return turn_blocks(tables, [](const square_matrix& energy) { return principal_axes(energy); });
}

/// The order of columns in which the sum of their squares falls, from the products of a table with
/// itself, as a matrix that puts them so.
[[nodiscard]] inline square_matrix order_axes(const square_matrix& energy) {
  const index_t d = energy.rows();
  std::vector<index_t> order(static_cast<std::size_t>(d));
  std::iota(order.begin(), order.end(), index_t{0});
  std::ranges::sort(order, [&](index_t i, index_t j) {
    return energy(i, i) != energy(j, j) ? energy(i, i) > energy(j, j) : i < j;
  });
  square_matrix axes = square_matrix::Zero(d, d);
  for (index_t j = 0; j < d; ++j) axes(order[static_cast<std::size_t>(j)], j) = 1;
  return axes;
}

/// The same with one order of columns for all tables, in place of a turn.
template <class T>
square_matrix order_commonly(std::span<basic_masked_table<T>> tables) {
  return turn_blocks(tables, order_axes);
}

}  // namespace ciess::detail
