// SPDX-License-Identifier: MIT
/// @file
/// Which columns of tables carry their energy.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/search/environment.hpp>

namespace ciess {
namespace detail {

/// @throws numeric_error naming the first number of a table that is not finite. O(numbers)
inline void check_finite(const char* who, std::size_t t, const matrix_view& table) {
  for (index_t r = 0; r < table.rows(); ++r)
    if (!table.row(r).allFinite())
      throw_error<numeric_error>(who, ": table ", t, ", row ", r,
                                 " has a number that is not finite");
}

}  // namespace detail

/// Energy of each column of a table, the sum of the squares of its numbers: [columns], in double.
/// O(numbers); the same bytes at any number of threads.
[[nodiscard]] inline Eigen::VectorXd column_energy(const matrix_view& table) {
  const Eigen::VectorXd none = Eigen::VectorXd::Zero(table.cols());
  return parallel_reduce(
      table.rows(), 1 << 10, none,
      [&](index_t first, index_t last) {
        Eigen::VectorXd sum = none;
        for (index_t r = first; r < last; ++r)
          sum += table.row(r).transpose().cast<double>().cwiseAbs2();
        return sum;
      },
      [](Eigen::VectorXd a, const Eigen::VectorXd& b) {
        a += b;
        return a;
      });
}

/// The same for several tables, of which those with the same number in `axes` have the same axes:
/// column j has the energy of all columns j of its group. A table that is narrower than another of
/// its group adds to the columns that it has.
/// @param axes  [tables], any numbers; empty: each table has axes of its own
/// @return [tables][columns of the table]
/// @throws argument_error if there is not one number of `axes` per table
[[nodiscard]] inline std::vector<Eigen::VectorXd> column_energies(
    std::span<const matrix_view> tables, std::span<const std::size_t> axes = {}) {
  if (!axes.empty() && axes.size() != tables.size())
    detail::throw_error<argument_error>("column_energies: ", tables.size(), " tables, but axes of ",
                                        axes.size());
  std::vector<Eigen::VectorXd> own;
  for (const auto& t : tables) own.push_back(column_energy(t));
  if (axes.empty()) return own;
  std::vector<Eigen::VectorXd> all;
  for (std::size_t t = 0; t < own.size(); ++t) {
    auto& sum = all.emplace_back(Eigen::VectorXd::Zero(own[t].size()));
    for (std::size_t u = 0; u < own.size(); ++u)
      if (axes[u] == axes[t]) {
        const index_t common = std::min(sum.size(), own[u].size());
        sum.head(common) += own[u].head(common);
      }
  }
  return all;
}

namespace detail {

/// @throws argument_error if a table is not [rows, d_max]
inline void check_full_table(const char* who, std::size_t t, const table_shape& shape,
                             const matrix_view& table) {
  if (table.rows() != shape.rows || table.cols() != shape.range.max)
    throw_error<argument_error>(who, ": full_table(", t, ") is [", table.rows(), ", ", table.cols(),
                                "], expected [", shape.rows, ", ", shape.range.max, "]");
}

/// Full-size tables of an environment and the numbers of their axes.
struct full_tables {
  std::vector<matrix_view> views;
  std::vector<std::size_t> axes;

  /// @throws argument_error if a table is not [rows, d_max]
  template <energetic_environment E>
  full_tables(const char* who, const E& env) {
    const std::span<const table_shape> shapes = env.shapes();
    views.reserve(shapes.size());
    for (std::size_t t = 0; t < shapes.size(); ++t) {
      views.emplace_back(env.full_table(t));
      check_full_table(who, t, shapes[t], views[t]);
      if constexpr (requires {
                      { env.axes_group(t) } -> std::convertible_to<std::size_t>;
                    })
        axes.push_back(env.axes_group(t));
      else
        axes.push_back(t);
    }
  }
};

}  // namespace detail

}  // namespace ciess
