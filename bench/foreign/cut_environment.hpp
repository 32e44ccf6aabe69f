// SPDX-License-Identifier: MIT
/// @file
/// The four members of an `environment` for whoever has vectors and nobody to train them.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <Eigen/Eigenvalues>

#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/search/environment.hpp>

namespace foreign {

/// Vectors of users and of items.
struct vectors {
  ciess::matrix users, items;
};

/// Both turned onto the principal axes of their rows together: the same scores, and the first
/// columns hold the most. (A turn: it leaves the lengths of rows alone.)
inline vectors turned(const vectors& v) {
  const Eigen::MatrixXf energy = v.users.transpose() * v.users + v.items.transpose() * v.items;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf> axes(energy);
  const Eigen::MatrixXf turn = axes.eigenvectors().rowwise().reverse();
  return {v.users * turn, v.items * turn};
}

/// Cuts the vectors and judges them without any training.
class cut_environment {
 public:
  /// @param train, held_out  must outlive it
  cut_environment(vectors v, const ciess::interactions& train, const ciess::interactions& held_out)
      : full_{std::move(v)}, train_{&train}, held_out_{&held_out} {
    const int d = int(full_.users.cols());
    shapes_ = {{full_.users.rows(), {1, d}}, {full_.items.rows(), {1, d}}};
    for (ciess::row_id u = 0; u < train.users(); ++u)
      frequency_[0].push_back(double(train.user_frequency(u)));
    for (ciess::row_id i = 0; i < train.items(); ++i)
      frequency_[1].push_back(double(train.item_frequency(i)));
  }

  [[nodiscard]] const std::vector<ciess::table_shape>& shapes() const { return shapes_; }
  [[nodiscard]] const std::vector<double>& frequency(std::size_t t) const { return frequency_[t]; }
  /// Shown to whoever chooses by what a cut takes. Both tables have the same axes.
  [[nodiscard]] const ciess::matrix& full_table(std::size_t t) const {
    return t == 0 ? full_.users : full_.items;
  }
  [[nodiscard]] static std::size_t axes_group(std::size_t) { return 0; }
  ciess::measurement full() { return measure(ciess::assignment(shapes_)); }
  ciess::measurement measure(const ciess::assignment& sizes) {
    const ciess::evaluation e = evaluate(sizes);
    return {e.mean, {e.user_quality, e.item_quality}};
  }
  [[nodiscard]] ciess::evaluation evaluate(const ciess::assignment& sizes) const {
    return ciess::evaluate_vectors(cut(full_.users, sizes[0]), cut(full_.items, sizes[1]), *train_,
                                   *held_out_);
  }

 private:
  static ciess::matrix cut(const ciess::matrix& full, const ciess::sizes& size) {
    ciess::matrix m = ciess::matrix::Zero(full.rows(), full.cols());
    for (ciess::index_t r = 0; r < m.rows(); ++r) {
      const int n = size[ciess::row_id(r)];
      m.row(r).head(n) = full.row(r).head(n);
    }
    return m;
  }

  vectors full_;
  const ciess::interactions* train_;
  const ciess::interactions* held_out_;
  std::vector<ciess::table_shape> shapes_;
  std::vector<double> frequency_[2];
};
static_assert(ciess::energetic_environment<cut_environment>);

}  // namespace foreign
