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

TEST_CASE("balanced axes: the same scores, the best prefixes, both sides alike", "[backbone]") {
  const ciess::index_t users = GENERATE(30, 4);  // fewer rows than columns as well
  const square u = 50 * drawn(users, 6, 1);
  const square v = drawn(25, 6, 2);
  const ciess::balanced_axes axes(energy(u), energy(v));
  const square x = u * axes.users;
  const square y = v * axes.items;
  const square scores = u * v.transpose();
  CHECK((x * y.transpose()).isApprox(scores, 1e-9));
  for (ciess::index_t k = 1; k < 6; ++k) {
    const square cut = x.leftCols(k) * y.leftCols(k).transpose();
    CHECK((cut - scores).norm() == Approx(least_miss(scores, k)).margin(1e-6 * scores.norm()));
  }
  for (ciess::index_t j = 0; j < std::min<ciess::index_t>(users, 6); ++j)
    CHECK(x.col(j).norm() == Approx(y.col(j).norm()));
  // Columns that are large on one side and small on the other matter as much as any.
  square a = u, b = v;
  for (ciess::index_t j = 0; j < 6; ++j) {
    const double f = std::pow(10.0, j % 2 == 0 ? 9 : -9);
    a.col(j) *= f;
    b.col(j) /= f;
  }
  const ciess::balanced_axes apart(energy(a), energy(b));
  CHECK(((a * apart.users) * (b * apart.items).transpose()).isApprox(scores, 1e-6));
  // Scores that are all zero, but for rounding.
  square left = u, right = v;
  left.rightCols(3).setZero();
  right.leftCols(3).setZero();
  CHECK(ciess::balanced_axes(energy(left), energy(right)).users == square::Identity(6, 6));
  const ciess::balanced_axes nothing(square::Zero(6, 6), energy(v));
  CHECK(nothing.users == square::Identity(6, 6));
  CHECK(nothing.items == square::Identity(6, 6));
}

TEST_CASE("spread axes mix the first columns evenly and no others", "[backbone]") {
  for (const ciess::index_t k : {0, 1, 2, 3, 8, 31, 40}) {
    const square axes = ciess::spread_axes(k, 40);
    CHECK((axes * axes.transpose()).isApprox(square::Identity(40, 40), 1e-12));
    CHECK(axes.bottomRightCorner(40 - k, 40 - k) == square::Identity(40 - k, 40 - k));
    CHECK(axes.topRightCorner(k, 40 - k).isZero(0));
  }
  // Energies that fall by powers, as those of principal axes do: no column has much more after it.
  const ciess::index_t k = 32;
  const square axes = ciess::spread_axes(k, k);
  Eigen::VectorXd before(k);
  for (ciess::index_t j = 0; j < k; ++j) before[j] = std::pow(0.8, static_cast<double>(j));
  const Eigen::VectorXd after = axes.cwiseAbs2().transpose() * before;
  CHECK(after.maxCoeff() < 2.1 * after.mean());
  CHECK(before.maxCoeff() > 6 * before.mean());
  CHECK_THROWS_WITH(ciess::spread_axes(5, 4), "spread_axes: expected 0 to 4 columns, got 5");
  CHECK_THROWS_WITH(ciess::spread_axes(-1, 4), "spread_axes: expected 0 to 4 columns, got -1");
}

TEST_CASE("tables that are turned together keep their inner products", "[backbone]") {
  std::vector<ciess::basic_masked_table<double>> tables;
  for (const ciess::index_t rows : {30, 20}) {
    tables.emplace_back(ciess::sizes(rows, {1, 7}));
    tables.back().draw(ciess::normal_rows{1}, ciess::random_stream(static_cast<std::uint64_t>(rows),
                                                                   ciess::purpose::user));
  }
  const square before = tables[0].values() * tables[1].values().transpose();
  ciess::turn_together<double>(tables);
  CHECK(square(tables[0].values() * tables[1].values().transpose()).isApprox(before, 1e-12));
  square energy = ciess::gram(tables[0]) + ciess::gram(tables[1]);
  for (ciess::index_t j = 1; j < 7; ++j) CHECK(energy(j, j) < energy(j - 1, j - 1));
  energy.diagonal().setZero();
  CHECK(energy.isZero(1e-9));
  tables.emplace_back(ciess::sizes(3, {1, 5}));
  CHECK_THROWS_WITH(ciess::turn_together<double>(tables), ContainsSubstring("7 and 5 columns"));
  tables.pop_back();
  const auto full = tables[0].values();
  tables[1].resize(ciess::sizes(20, {1, 7}, 6));
  CHECK_THROWS_WITH(ciess::turn_together<double>(tables), ContainsSubstring("120 of 140"));
  CHECK(tables[0].values() == full);
  ciess::turn_together<double>({});
}
