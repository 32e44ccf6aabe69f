// SPDX-License-Identifier: MIT
/// @file
/// Other axes for tables, on which the first columns say the most and no score changes.
#pragma once

#include <cmath>

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>

namespace ciess {

/// E^T E in double, [d, d]. O(rows d^2)
template <class T>
[[nodiscard]] Eigen::MatrixXd gram(const basic_masked_table<T>& table) {
  const Eigen::MatrixXd e = table.values().template cast<double>();
  return e.transpose() * e;
}

/// Eigenvectors of a symmetric matrix as columns, largest eigenvalue first. O(d^3)
[[nodiscard]] inline Eigen::MatrixXd principal_axes(const Eigen::MatrixXd& symmetric) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(symmetric);
  Eigen::MatrixXd axes = solver.eigenvectors().rowwise().reverse();
  for (index j = 0; j < axes.cols(); ++j) {  // an eigenvector's sign is free: fix it
    index largest = 0;
    axes.col(j).cwiseAbs().maxCoeff(&largest);
    if (axes(largest, j) < 0) axes.col(j) *= -1;
  }
  return axes;
}

/// A table E and the matrix W that multiplies it become E `turn` and `layer`, with the same
/// product: the columns of E `turn` are the principal components of E W, and the table's energy
/// stays.
struct layer_axes {
  Eigen::MatrixXd turn;   ///< [d, d]
  Eigen::MatrixXd layer;  ///< [d, d], W in the new axes

  /// @param energy   E^T E, [d, d]
  /// @param weights  W, [d, d]
  layer_axes(const Eigen::MatrixXd& energy, const Eigen::MatrixXd& weights) {
    const auto axes = principal_axes(weights.transpose() * energy * weights);
    turn = weights * axes;
    // Longer or shorter rows would change what a penalty and a learning rate mean.
    const double after = (turn.transpose() * energy * turn).trace();
    const double scale = after > 0 ? std::sqrt(energy.trace() / after) : 1;
    turn *= scale;
    layer = axes.transpose() / scale;
  }
};

/// Tables U and V whose scores are U diag(h) V^T become U `users` and V `items`, with all weights
/// equal to `weight`: the diagonal form with the best prefixes, by singular values. The energy of
/// both tables together does not grow.
struct diagonal_axes {
  Eigen::MatrixXd users, items;  ///< [d, d]
  double weight = 0;             ///< 0 if all scores are 0: keep the axes then

  /// @param user_energy, item_energy  U^T U and V^T V, [d, d]
  /// @param h                         [d]
  diagonal_axes(const Eigen::MatrixXd& user_energy, const Eigen::MatrixXd& item_energy,
                const Eigen::VectorXd& h) {
    const root u(user_energy);
    const root v(item_energy);
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(u.value * h.asDiagonal() * v.value,
                                                Eigen::ComputeFullU | Eigen::ComputeFullV);
    const Eigen::VectorXd& values = svd.singularValues();
    const double energy = user_energy.trace() + item_energy.trace();
    weight = energy > 0 ? 2 * values.sum() / energy : 0;
    if (!(weight > 0)) return;
    const Eigen::VectorXd share = (values / weight).cwiseSqrt();
    users = u.inverse * svd.matrixU() * share.asDiagonal();
    items = v.inverse * svd.matrixV() * share.asDiagonal();
  }

 private:
  /// The square root of a symmetric matrix without negative eigenvalues, and its pseudo-inverse.
  struct root {
    Eigen::MatrixXd value, inverse;
    explicit root(const Eigen::MatrixXd& m) {
      const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(m);
      const Eigen::VectorXd roots = solver.eigenvalues().cwiseMax(0).cwiseSqrt();
      const double least = 1e-7 * roots.maxCoeff();
      const auto& q = solver.eigenvectors();
      value = q * roots.asDiagonal() * q.transpose();
      inverse = q *
                roots.unaryExpr([&](double x) { return x > least ? 1 / x : 0.0; }).asDiagonal() *
                q.transpose();
    }
  };
};

}  // namespace ciess
