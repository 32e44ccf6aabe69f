// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/pair_products.hpp>
// its own header first
#include <vector>

#include "support/catch.hpp"
#include "support/made_rows.hpp"

TEST_CASE("half of squares is the sum over pairs, and its slopes", "[backbone]") {
  const ciess::index_t slots = GENERATE(1, 2, 5), columns = GENERATE(1, 7, 16);
  const auto x = support::made_rows(9, slots * columns);
  std::vector<double> odds(9, 0.5), slopes(9);
  for (std::size_t r = 0; r < 9; ++r) slopes[r] = 0.1 * static_cast<double>(r) - 0.3;
  ciess::detail::pair_sums<double> sums;
  ciess::detail::add_pair_products<double>(x, slots, columns, 12, sums, odds);
  ciess::basic_matrix<double> dx = ciess::basic_matrix<double>::Ones(9, slots * columns);
  ciess::detail::pair_slopes<true, double>(x, slots, columns, sums, slopes, dx);
  ciess::basic_matrix<double> alone(9, slots * columns);
  ciess::detail::pair_slopes<false, double>(x, slots, columns, sums, slopes, alone);
  for (ciess::index_t r = 0; r < 9; ++r) {
    const auto slot = [&](ciess::index_t s) { return x.row(r).segment(s * columns, columns); };
    double sum = 0.5;
    for (ciess::index_t s = 0; s < slots; ++s) {
      Eigen::RowVectorXd others = Eigen::RowVectorXd::Zero(columns);
      for (ciess::index_t t = 0; t < slots; ++t) {
        if (t < s) sum += slot(s).dot(slot(t));
        if (t != s) others += slot(t);
      }
      others *= slopes[static_cast<std::size_t>(r)];
      CHECK((alone.row(r).segment(s * columns, columns) - others).norm() < 1e-13);
      CHECK((dx.row(r).segment(s * columns, columns).array() - 1 - others.array()).matrix().norm() <
            1e-13);
    }
    CHECK(odds[static_cast<std::size_t>(r)] == Approx(sum).margin(1e-13));
  }
}
