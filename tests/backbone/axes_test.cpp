// SPDX-License-Identifier: MIT
#include <ciess/backbone/axes.hpp>
// its own header first
#include <ciess/core/random.hpp>

#include <algorithm>
#include <cmath>

#include "support/catch.hpp"

namespace {

using square = ciess::square_matrix;

square drawn(ciess::index_t rows, ciess::index_t columns, std::uint64_t seed) {
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  square m(rows, columns);
  for (double& x : m.reshaped()) x = ciess::normal<double>(engine);
  return m;
}

square energy(const square& e) { return e.transpose() * e; }

/// What a product of rank k misses at the least, by Eckart and Young: the other singular values.
double least_miss(const square& product, ciess::index_t k) {
  const square energy = product.transpose() * product;
  const Eigen::VectorXd squares = ciess::detail::square_svd(energy).singularValues();
  return std::sqrt(squares.tail(std::max<ciess::index_t>(squares.size() - k, 0)).sum());
}

}  // namespace

TEST_CASE("principal axes are orthogonal and diagonalise, largest first", "[backbone]") {
  const square m = energy(drawn(20, 6, 1));
  const square axes = ciess::principal_axes(m);
  CHECK((axes.transpose() * axes).isApprox(square::Identity(6, 6), 1e-12));
  const square d = axes.transpose() * m * axes;
  for (ciess::index_t j = 0; j + 1 < 6; ++j) CHECK(d(j, j) >= d(j + 1, j + 1));
  CHECK((d - square(d.diagonal().asDiagonal())).norm() < 1e-10 * m.norm());
  for (ciess::index_t j = 0; j < 6; ++j)  // signs are fixed
    CHECK(axes.col(j).maxCoeff() == axes.col(j).cwiseAbs().maxCoeff());
}

TEST_CASE("a table and its layer in new axes: the same product, the best prefixes", "[backbone]") {
  const ciess::index_t rows = GENERATE(30, 4);  // fewer rows than columns as well
  const square e = drawn(rows, 6, 1);
  const square w = drawn(6, 6, 2);
  const ciess::layer_axes axes(energy(e), w);
  const square turned = e * axes.turn;
  CHECK((turned * axes.layer).isApprox(e * w, 1e-12));
  CHECK(turned.norm() == Approx(e.norm()));
  for (ciess::index_t k = 1; k < 6; ++k) {
    const square cut = turned.leftCols(k) * axes.layer.topRows(k);
    CHECK((cut - e * w).norm() == Approx(least_miss(e * w, k)).margin(1e-6));
  }
}

TEST_CASE("two tables in their diagonal form: the same scores, the best prefixes", "[backbone]") {
  const ciess::index_t users = GENERATE(30, 4);
  const square u = drawn(users, 6, 1);
  const square v = drawn(25, 6, 2);
  Eigen::VectorXd h = drawn(6, 1, 3);
  h[2] = 0;  // a column that nobody uses
  const square scores = u * h.asDiagonal() * v.transpose();
  const ciess::diagonal_axes axes(energy(u), energy(v), h);
  const square x = u * axes.users;
  const square y = v * axes.items;
  CHECK((axes.weight * x * y.transpose()).isApprox(scores, 1e-9));
  CHECK(x.squaredNorm() + y.squaredNorm() <= (u.squaredNorm() + v.squaredNorm()) * (1 + 1e-9));
  for (ciess::index_t k = 1; k < 6; ++k) {
    const square cut = axes.weight * x.leftCols(k) * y.leftCols(k).transpose();
    CHECK((cut - scores).norm() == Approx(least_miss(scores, k)).margin(1e-6));
  }
  CHECK(ciess::diagonal_axes(energy(u), energy(v), Eigen::VectorXd::Zero(6)).weight == 0);
  CHECK(ciess::diagonal_axes(square::Zero(6, 6), square::Zero(6, 6), h).weight == 0);
}
