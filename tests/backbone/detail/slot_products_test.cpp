// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/slot_products.hpp>
// its own header first
#include <vector>

#include "support/catch.hpp"
#include "support/made_rows.hpp"

TEST_CASE("products of pairs of slots come in order, with a vector before the slots or none",
          "[backbone]") {
  const ciess::index_t d = 5;
  const auto v = support::made_rows(4, d);
  const bool first = GENERATE(false, true);
  const ciess::detail::slot_vectors<double> vectors{
      .first = first ? v.row(0).data() : nullptr,
      .slots = first ? v.row(1).data() : v.row(0).data(),
      .columns = d};
  static_assert(ciess::detail::pairs_of(4) == 6 && ciess::detail::pairs_of(1) == 0);
  std::vector<double> out(6);
  ciess::detail::slot_products(vectors, 4, out.data());
  std::vector<double> slopes{0.5, -1, 2, 0.25, 3, -2};
  ciess::basic_matrix<double> found = ciess::basic_matrix<double>::Zero(4, d);
  ciess::detail::slot_slopes(vectors, 4, slopes.data(),
                             [&](ciess::index_t s) { return found.row(s).data(); });
  ciess::basic_matrix<double> wanted = ciess::basic_matrix<double>::Zero(4, d);
  std::size_t k = 0;
  for (ciess::index_t s = 1; s < 4; ++s)
    for (ciess::index_t t = 0; t < s; ++t, ++k) {
      CHECK(out[k] == Approx(v.row(s).dot(v.row(t))).margin(1e-14));
      wanted.row(s) += slopes[k] * v.row(t);
      wanted.row(t) += slopes[k] * v.row(s);
    }
  CHECK((found - wanted).norm() < 1e-13);
}
