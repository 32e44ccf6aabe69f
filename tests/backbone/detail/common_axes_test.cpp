// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/common_axes.hpp>
// its own header first
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/made_rows.hpp"

namespace {

using table = ciess::basic_masked_table<double>;
using matrix = ciess::basic_matrix<double>;

table made(ciess::index_t rows, int columns, std::uint64_t seed) {
  return table(ciess::sizes(rows, {1, columns}), support::made_rows(rows, columns, seed));
}

/// Inner products of the rows of two tables, in the columns that both have.
matrix products(const table& a, const table& b) {
  const ciess::index_t d = std::min(a.columns(), b.columns());
  return a.values().leftCols(d) * b.values().leftCols(d).transpose();
}

}  // namespace

TEST_CASE("tables of different widths turn together, their inner products stay", "[backbone]") {
  std::vector<table> tables{made(20, 6, 1), made(15, 3, 2), made(9, 6, 3), made(5, 4, 4)};
  const auto before = tables;
  const auto axes = ciess::detail::turn_commonly(std::span(tables));
  CHECK((axes.transpose() * axes - matrix::Identity(6, 6)).norm() < 1e-12);
  CHECK(axes.topRightCorner(3, 3).isZero(0));
  matrix energy = matrix::Zero(6, 6);
  for (std::size_t a = 0; a < tables.size(); ++a) {
    const auto d = tables[a].columns();
    const matrix turned = before[a].values() * axes.topLeftCorner(d, d);
    CHECK((tables[a].values() - turned).norm() < 1e-12);
    energy.topLeftCorner(d, d) += tables[a].values().transpose() * tables[a].values();
    for (std::size_t b = 0; b < tables.size(); ++b)
      CHECK((products(tables[a], tables[b]) - products(before[a], before[b])).norm() < 1e-11);
  }
  // Principal axes among the columns of each width: diagonal, and falling.
  CHECK(std::abs(energy(0, 1)) + std::abs(energy(0, 2)) + std::abs(energy(1, 2)) < 1e-10);
  CHECK(std::abs(energy(4, 5)) < 1e-10);
  CHECK((energy(0, 0) >= energy(1, 1) && energy(1, 1) >= energy(2, 2)));
  CHECK(energy(4, 4) >= energy(5, 5));
}

TEST_CASE("columns are put in the order of their energy, all tables alike", "[backbone]") {
  std::vector<table> tables{made(20, 5, 1), made(15, 5, 2)};
  for (auto& t : tables)
    for (ciess::index_t r = 0; r < t.rows(); ++r)
      for (std::size_t j = 0; j < 5; ++j)
        t[r][j] *= j == 3 ? 10 : j == 1 ? 5 : 0.1 * (static_cast<double>(j) + 1);
  const auto before = tables;
  const auto axes = ciess::detail::order_commonly(std::span(tables));
  const std::vector<ciess::index_t> order{3, 1, 4, 2, 0};
  for (std::size_t t = 0; t < 2; ++t)
    for (ciess::index_t j = 0; j < 5; ++j)
      CHECK(tables[t].values().col(j) ==
            before[t].values().col(order[static_cast<std::size_t>(j)]));
  CHECK(axes.sum() == 5);
}

TEST_CASE("what cannot be turned is refused", "[backbone]") {
  std::vector<table> tables{made(20, 5, 1), made(15, 5, 2)};
  ciess::basic_vector<double> parameters = ciess::basic_vector<double>::Ones(3);
  const auto check = [&] {
    ciess::detail::check_turnable(std::span<const table>(tables), parameters);
  };
  CHECK_NOTHROW(check());
  parameters[1] = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(check(), ciess::numeric_error);
  parameters[1] = 0;
  tables[1][2][3] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(check(), ContainsSubstring("table 1"));
  tables[1][2][3] = 0;
  tables[0].resize(ciess::sizes(20, {1, 5}, 4));
  CHECK_THROWS_WITH(check(), ContainsSubstring("table 0 keeps 80 of 100"));
}
