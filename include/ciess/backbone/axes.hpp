// SPDX-License-Identifier: MIT
/// @file
/// Other axes for tables, on which the first columns say the most and no score changes.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <utility>

#include <Eigen/SVD>

#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/detail/product.hpp>

namespace ciess {

/// A square matrix, [d, d].
using square_matrix = basic_matrix<double>;

namespace detail {

/// Two-sided Jacobi without a QR before it: of square matrices alone, and a tenth of the time to
/// compile that Eigen's other decompositions take. O(d^3) a sweep, about ten sweeps.
using square_svd = Eigen::JacobiSVD<square_matrix, Eigen::NoQRPreconditioner>;

/// Multiplies column j by `factor(j)`.
template <class Factor>
square_matrix scale_columns(square_matrix m, Factor&& factor) {
  for (index_t j = 0; j < m.cols(); ++j) {
    const double f = factor(j);
    for (index_t i = 0; i < m.rows(); ++i) m(i, j) *= f;
  }
  return m;
}

}  // namespace detail

/// E^T E in double, [d, d]. O(rows d^2); memory: a block of rows.
template <class T>
[[nodiscard]] square_matrix gram(const basic_masked_table<T>& table) {
  constexpr index_t block = 256;
  const index_t columns = table.columns();
  square_matrix sum = square_matrix::Zero(columns, columns);
  basic_matrix<double> part(block, columns);
  detail::packed_factor<double> factor;
  for (index_t first = 0; first < table.rows(); first += block) {
    const index_t rows = std::min(block, table.rows() - first);
    const T* const from = table.values().data() + first * columns;
    std::copy(from, from + rows * columns, part.data());
    factor.pack(part.data(), rows, columns, columns, 1);
    factor.multiply<true>(part.data(), columns, 1, columns, sum.data(), columns);
  }
  return sum;
}

/// Eigenvectors of a symmetric matrix without negative eigenvalues as columns, largest eigenvalue
/// first. O(d^3)
[[nodiscard]] inline square_matrix principal_axes(const square_matrix& symmetric) {
  const detail::square_svd svd(symmetric, Eigen::ComputeFullV);
  square_matrix axes = svd.matrixV();
  return detail::scale_columns(axes, [&](index_t j) {  // an eigenvector's sign is free: fix it
    index_t largest = 0;
    for (index_t i = 1; i < axes.rows(); ++i)
      if (std::abs(axes(i, j)) > std::abs(axes(largest, j))) largest = i;
    return axes(largest, j) < 0 ? -1.0 : 1.0;
  });
}

/// Turns all tables by one orthogonal matrix, onto the principal axes of their rows together: inner
/// products stay, but for rounding.
/// @throws argument_error unless every row has its full size, and all tables as many columns;
///         nothing is changed then
template <class T>
void turn_together(std::span<basic_masked_table<T>> tables) {
  if (tables.empty()) return;
  for (const auto& table : tables) {
    if (table.columns() != tables.front().columns())
      detail::throw_error<argument_error>("turn_together: tables have ", tables.front().columns(),
                                          " and ", table.columns(), " columns");
    if (const auto& kept = table.row_sizes(); kept.total() != kept.dense())
      detail::throw_error<argument_error>("turn_together: needs full size; a table keeps ",
                                          kept.total(), " of ", kept.dense(), " numbers");
  }
  square_matrix energy = gram(tables.front());
  for (const auto& table : tables.subspan(1)) energy += gram(table);
  const square_matrix axes = principal_axes(energy);
  for (auto& table : tables) table.change_axes(axes);
}

/// A table E and the matrix W that multiplies it become E `turn` and `layer`, with the same
/// product: the columns of E `turn` are the principal components of E W, and the table's energy
/// stays.
struct layer_axes {
  square_matrix turn;   ///< [d, d]
  square_matrix layer;  ///< [d, d], W in the new axes

  /// @param energy   E^T E, [d, d]
  /// @param weights  W, [d, d]
  layer_axes(const square_matrix& energy, const square_matrix& weights) {
    using detail::times, detail::transposed_times;
    const auto axes = principal_axes(transposed_times(weights, times(energy, weights)));
    turn = times(weights, axes);
    // Longer or shorter rows would change what a penalty and a learning rate mean.
    const double after = transposed_times(turn, times(energy, turn)).trace();
    const double scale = after > 0 ? std::sqrt(energy.trace() / after) : 1;
    turn = detail::scale_columns(turn, [&](index_t) { return scale; });
    layer = axes.transpose();
    layer = detail::scale_columns(layer, [&](index_t) { return 1 / scale; });
  }
};

/// Tables U and V whose scores are U diag(h) V^T become U `users` and V `items`, with all weights
/// equal to `weight`: the diagonal form with the best prefixes, by singular values. The energy of
/// both tables together does not grow.
struct diagonal_axes {
  square_matrix users, items;  ///< [d, d]
  double weight = 0;           ///< 0 if all scores are 0: keep the axes then

  /// @param user_energy, item_energy  U^T U and V^T V, [d, d]
  /// @param h                         [d]
  diagonal_axes(const square_matrix& user_energy, const square_matrix& item_energy,
                const basic_vector<double>& h) {
    using detail::times, detail::scale_columns;
    const root u(user_energy);
    const root v(item_energy);
    const detail::square_svd svd(
        times(scale_columns(u.value, [&](index_t j) { return h[j]; }), v.value),
        Eigen::ComputeFullU | Eigen::ComputeFullV);
    const auto& values = svd.singularValues();
    const double energy = user_energy.trace() + item_energy.trace();
    weight = energy > 0 ? 2 * values.sum() / energy : 0;
    if (!(weight > 0)) return;
    const auto share = [&](index_t j) { return std::sqrt(values[j] / weight); };
    users = scale_columns(times(u.inverse, svd.matrixU()), share);
    items = scale_columns(times(v.inverse, svd.matrixV()), share);
  }

 private:
  /// The square root of a symmetric matrix without negative eigenvalues, and its pseudo-inverse.
  struct root {
    square_matrix value, inverse;
    explicit root(const square_matrix& m) {
      const detail::square_svd svd(m, Eigen::ComputeFullV);
      const square_matrix& q = svd.matrixV();
      const auto& squares = svd.singularValues();
      const double least = 1e-7 * std::sqrt(squares.maxCoeff());
      const auto spread = [&](auto&& factor) {
        return detail::times_transposed(detail::scale_columns(q, factor), q);
      };
      value = spread([&](index_t j) { return std::sqrt(squares[j]); });
      inverse = spread([&](index_t j) {
        const double x = std::sqrt(squares[j]);
        return x > least ? 1 / x : 0.0;
      });
    }
  };
};

/// Vectors U and V whose scores are U V^T become U `users` and V `items` with the same scores:
/// among all pairs of matrices that leave these as they are, one whose first k columns give the
/// scores of rank k with the least squared error, for every k. Both sides have the same energy in
/// each column.
struct balanced_axes {
  square_matrix users, items;  ///< [d, d]; the identity if all scores are 0

  /// @param user_energy, item_energy  U^T U and V^T V, [d, d]
  balanced_axes(const square_matrix& user_energy, const square_matrix& item_energy) {
    const index_t d = user_energy.rows();
    // A column may be large on one side and small on the other: only their product counts.
    basic_vector<double> scale(d);
    for (index_t j = 0; j < d; ++j) {
      const double u = user_energy(j, j), v = item_energy(j, j);
      scale[j] = u > 0 && v > 0 ? std::pow(v / u, 0.25) : 1.0;
    }
    square_matrix u = user_energy, v = item_energy;
    for (index_t i = 0; i < d; ++i)
      for (index_t j = 0; j < d; ++j) {
        u(i, j) *= scale[i] * scale[j];
        v(i, j) /= scale[i] * scale[j];
      }
    const basic_vector<double> ones = basic_vector<double>::Ones(d);
    diagonal_axes axes(u, v, ones);
    // Sides that have no direction in common leave rounding alone.
    const double all = u.trace() + v.trace();
    if (!(axes.weight * all > 1e-12 * std::sqrt(u.trace() * v.trace()))) {
      users = items = square_matrix::Identity(d, d);
      return;
    }
    const double root = std::sqrt(axes.weight);
    users = std::move(axes.users);
    items = std::move(axes.items);
    for (index_t i = 0; i < d; ++i)
      for (index_t j = 0; j < d; ++j) {
        users(i, j) *= root * scale[i];
        items(i, j) *= root / scale[i];
      }
  }
};

/// An orthogonal matrix [d, d] that mixes the first k columns evenly and leaves the others: in the
/// principal axes of a table the first columns are much larger than the last, and a row that is
/// stored by few bits and one scale would lose these; mixed, none has more than twice the mean
/// energy.
/// What is stored so must be kept whole: prefixes of such rows say nothing.
/// Source: Hartley's transform of length k ("A more symmetrical Fourier analysis", Proceedings of
/// the IRE 30, 1942).
/// @throws argument_error unless 0 <= k <= d
[[nodiscard]] inline square_matrix spread_axes(index_t k, index_t d) {
  if (!(k >= 0 && k <= d))
    detail::throw_error<argument_error>("spread_axes: expected 0 to ", d, " columns, got ", k);
  square_matrix axes = square_matrix::Identity(d, d);
  for (index_t i = 0; i < k; ++i)
    for (index_t j = 0; j < k; ++j) {
      const double angle =
          2 * std::numbers::pi * static_cast<double>(i * j % k) / static_cast<double>(k);
      axes(i, j) = (std::cos(angle) + std::sin(angle)) / std::sqrt(static_cast<double>(k));
    }
  return axes;
}

}  // namespace ciess
