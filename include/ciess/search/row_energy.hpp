// SPDX-License-Identifier: MIT
/// @file
/// Where in its row a table keeps its energy: how much a cut would take away.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/search/environment.hpp>

namespace ciess {
namespace detail {

/// @throws numeric_error naming the first number of a table that is not finite. O(numbers)
inline void check_finite(const char* who, std::size_t t, const matrix_view& table) {
  for (index r = 0; r < table.rows(); ++r)
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
      [&](index first, index last) {
        Eigen::VectorXd sum = none;
        for (index r = first; r < last; ++r)
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
        const index common = std::min(sum.size(), own[u].size());
        sum.head(common) += own[u].head(common);
      }
  }
  return all;
}

/// The energy of every row of full-size tables, from each column on.
/// Memory: one float for each number of the tables and one for each row.
class row_energy {
 public:
  /// @param tables  [rows, d_max] each, columns in the order in which prefixes are kept; not needed
  ///                afterwards
  /// @param axes    as for `column_energies`
  /// @throws argument_error as `column_energies`; numeric_error if a number is not finite, or the
  ///         energy of a row is more than a float can say. O(numbers)
  explicit row_energy(std::span<const matrix_view> tables, std::span<const std::size_t> axes = {})
      : columns_{column_energies(tables, axes)} {
    for (std::size_t t = 0; t < tables.size(); ++t) {
      const matrix_view& table = tables[t];
      detail::check_finite("row_energy", t, table);
      const index d = table.cols();
      matrix from = matrix::Zero(table.rows(), d + 1);
      parallel_for(table.rows(), 256, [&](index first, index last) {
        for (index r = first; r < last; ++r) {
          double sum = 0;
          for (index j = d; j-- > 0;) {
            const double x = table(r, j);
            sum += x * x;
            from(r, j) = static_cast<float>(sum);
          }
        }
      });
      for (index r = 0; r < from.rows(); ++r)
        if (!(from(r, 0) <= std::numeric_limits<float>::max()))
          detail::throw_error<numeric_error>("row_energy: table ", t, ", row ", r,
                                             " has an energy of ", from(r, 0));
      from_.push_back(std::move(from));
    }
  }

  [[nodiscard]] std::size_t tables() const noexcept { return from_.size(); }
  [[nodiscard]] index rows(std::size_t table) const noexcept { return from_[table].rows(); }
  /// d_max of the table.
  [[nodiscard]] int columns(std::size_t table) const noexcept {
    return static_cast<int>(from_[table].cols()) - 1;
  }

  /// Square of one number, exact to a rounding of the energy from that column on; >= 0. O(1)
  /// @pre 0 <= column < columns(table)
  [[nodiscard]] float energy(std::size_t table, index row, int column) const noexcept {
    return from_[table](row, column) - from_[table](row, column + 1);
  }

  /// Share of a row's energy that is in the columns from `size` on: what a cut to that size would
  /// take. In [0, 1], 0 for a row of zeros. O(1)
  /// @pre 0 <= size <= columns(table)
  [[nodiscard]] double past(std::size_t table, index row, int size) const noexcept {
    const double all = from_[table](row, 0);
    return all > 0 ? double(from_[table](row, size)) / all : 0.0;
  }

  /// Energy of each column over all tables that share axes with this one, [columns(table)].
  [[nodiscard]] const Eigen::VectorXd& column_energy(std::size_t table) const noexcept {
    return columns_[table];
  }

 private:
  std::vector<Eigen::VectorXd> columns_;
  std::vector<matrix> from_;  ///< [rows, d_max + 1], energy from a column on
};

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

/// The energies of an environment's full-size tables.
/// @pre env.peak() was called
/// @throws argument_error if a table is not [rows, d_max]; numeric_error as `row_energy`
template <class E>
[[nodiscard]] row_energy energies_of(const E& env) {
  static_assert(detail::explain_energetic_environment<E>::value);
  static_assert(detail::explain_environment<E>::value);
  const detail::full_tables full("energies_of", env);
  return row_energy(full.views, full.axes);
}

}  // namespace ciess
