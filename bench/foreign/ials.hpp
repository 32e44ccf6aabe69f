// SPDX-License-Identifier: MIT
/// @file
/// iALS: a plain re-implementation, which stands in for a program of somebody else's, and what
/// plugs it in.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace foreign {

/// Alternating least squares on implicit feedback (Hu, Koren, Volinsky, 2008), on one thread:
///   sum over all u, i of c_ui (p_ui - <x_u, y_i>)^2 + lambda (sum |x_u|^2 + sum |y_i|^2),
/// p and c are 1 and 1 + alpha of a pair that was seen, 0 and 1 of any other.
class ials {
 public:
  using table = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  struct settings {
    int factors = 32;
    float alpha = 8;
    float lambda = 60;
  };
  /// Rows of the other side that each row was seen with.
  using seen = std::vector<std::vector<int>>;

  ials(seen items_of, int item_count, const settings& how)
      : how_{how}, items_of_{std::move(items_of)} {
    users_of_.resize(static_cast<std::size_t>(item_count));
    for (std::size_t u = 0; u < items_of_.size(); ++u)
      for (const int i : items_of_[u]) users_of_[static_cast<std::size_t>(i)].push_back(int(u));
    users.setZero(Eigen::Index(items_of_.size()), how_.factors);
    items.setZero(item_count, how_.factors);
    user_size.assign(items_of_.size(), how_.factors);
    item_size.assign(users_of_.size(), how_.factors);
  }

  /// Draws the items; a sweep computes the users first.
  void restart(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal(0, 0.1F);
    users.setZero();
    for (Eigen::Index i = 0; i < items.rows(); ++i)
      for (Eigen::Index k = 0; k < items.cols(); ++k) items(i, k) = normal(random);
    clear(items, item_size);
  }

  /// All users anew, then all items. Returns the mean squared error of the pairs that were seen.
  double sweep() {
    (void)solve(users, user_size, items_of_, items);
    return solve(items, item_size, users_of_, users);
  }

  /// The rest of each row is zero.
  static void clear(table& t, const std::vector<int>& size) {
    for (Eigen::Index r = 0; r < t.rows(); ++r)
      t.row(r).tail(t.cols() - size[std::size_t(r)]).setZero();
  }

  table users, items;
  std::vector<int> user_size, item_size;  ///< how many numbers of a row are solved for

 private:
  double solve(table& own, const std::vector<int>& size, const seen& with, const table& other) {
    const table gram = other.transpose() * other;
    table left, rows;
    Eigen::VectorXf right;
    double error = 0, pairs = 0;
    for (std::size_t r = 0; r < with.size(); ++r) {
      const int n = size[r];
      rows.resize(Eigen::Index(with[r].size()), n);
      for (std::size_t k = 0; k < with[r].size(); ++k)
        rows.row(Eigen::Index(k)) = other.row(with[r][k]).head(n);
      left = gram.topLeftCorner(n, n);
      left.noalias() += how_.alpha * (rows.transpose() * rows);
      left.diagonal().array() += how_.lambda;
      right = (1 + how_.alpha) * rows.colwise().sum().transpose();
      const Eigen::VectorXf row = left.llt().solve(right);
      own.row(Eigen::Index(r)).head(n) = row.transpose();
      error += double((1 - (rows * row).array()).square().sum());
      pairs += double(rows.rows());
    }
    return pairs > 0 ? error / pairs : 0;
  }

  settings how_;
  seen items_of_, users_of_;
};

}  // namespace foreign

// From here on: sizes.
#include <ciess/backbone/warm_start.hpp>
#include <ciess/data/interactions.hpp>

namespace foreign {

/// iALS as a `backbone`: a step is a sweep. A row of n numbers is the solution in n unknowns.
class sized_ials {
 public:
  struct options : ials::settings {};

  sized_ials(const ciess::interactions& train, const options& how, std::uint64_t seed)
      : model_{lists_of(train), int(train.items()), how},
        shapes_{{train.users(), {1, how.factors}}, {train.items(), {1, how.factors}}} {
    reset(seed);
  }

  [[nodiscard]] ciess::index_t users() const { return shapes_[0].rows; }
  [[nodiscard]] ciess::index_t items() const { return shapes_[1].rows; }
  [[nodiscard]] const std::vector<ciess::table_shape>& shapes() const { return shapes_; }
  void reset(std::uint64_t seed) { model_.restart(seed); }
  void resize(const ciess::assignment& sizes) {
    ciess::check_shapes("sized_ials", shapes_, sizes);
    for (std::size_t r = 0; r < model_.user_size.size(); ++r)
      model_.user_size[r] = sizes[0][ciess::row_id(r)];
    for (std::size_t r = 0; r < model_.item_size.size(); ++r)
      model_.item_size[r] = sizes[1][ciess::row_id(r)];
    ials::clear(model_.users, model_.user_size);
    ials::clear(model_.items, model_.item_size);
  }
  double train(int steps) {
    double loss = 0;
    for (int s = 0; s < steps; ++s) loss += model_.sweep() / steps;
    return loss;
  }
  void score(ciess::index_t first, ciess::matrix_span out) const {
    out.noalias() = model_.users.middleRows(first, out.rows()) * model_.items.transpose();
  }
  // Two members more, and ranking is quick.
  [[nodiscard]] ciess::matrix_view user_vectors() const { return model_.users; }
  [[nodiscard]] ciess::matrix_view item_vectors() const { return model_.items; }
  // And two, and it starts warm: turned onto principal axes, as its score is an inner product.
  static constexpr bool rotates = true;
  [[nodiscard]] ciess::matrix_view rows_of(std::size_t t) const {
    return t == 0 ? model_.users : model_.items;
  }
  void set_rows(std::size_t t, const ciess::matrix_view& rows) {
    (t == 0 ? model_.users : model_.items) = rows;
  }

 private:
  static ials::seen lists_of(const ciess::interactions& train) {
    ials::seen lists(static_cast<std::size_t>(train.users()));
    for (ciess::row_id u = 0; u < train.users(); ++u)
      for (const ciess::row_id i : train.items_of(u)) lists[std::size_t(u)].push_back(int(i));
    return lists;
  }

  ials model_;
  std::vector<ciess::table_shape> shapes_;
};
static_assert(ciess::inner_product_backbone<sized_ials> && ciess::turnable_tables<sized_ials>);

}  // namespace foreign
