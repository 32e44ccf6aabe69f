// SPDX-License-Identifier: MIT
#include <ciess/study/detail/row_choice.hpp>

#include <vector>

#include "support/catch.hpp"

namespace {

using row = ciess::study_result::row;

row row_of(double budget, const std::vector<double>& validation) {
  row r;
  r.budget = budget;
  for (const double v : validation) {
    r.methods.emplace_back();
    r.methods.back().validation = v;
  }
  r.best = ciess::detail::best_of(r.methods);
  return r;
}

}  // namespace

TEST_CASE("the first of the best is taken", "[study]") {
  CHECK(row_of(0.5, {0.1, 0.3, 0.3}).best == 1);
  CHECK(row_of(0.5, {}).best == 0);
}

TEST_CASE("what is better under a smaller budget is taken under a larger one, not the other way",
          "[study]") {
  std::vector<row> rows{row_of(0.5, {0.2}), row_of(0.7, {0.25, 0.1}), row_of(0.9, {0.3}),
                        row_of(0.95, {})};
  for (row& r : rows) ciess::detail::take_smaller(r, rows);
  REQUIRE(rows[0].smaller);
  CHECK(rows[0].smaller->validation == 0.3);
  CHECK(rows[0].smaller_budget == 0.9);
  REQUIRE(rows[1].smaller);
  CHECK(rows[1].smaller->validation == 0.3);
  CHECK(!rows[2].smaller);
  CHECK(!rows[3].smaller);
}
