// SPDX-License-Identifier: MIT
#include <ciess/search/rules/simple.hpp>
// its own header first
#include <limits>
#include <numeric>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

namespace {
const std::vector<ciess::table_shape> shapes{{.rows = 4, .range = {1, 128}},
                                             {.rows = 20'000, .range = {1, 128}}};
}

TEST_CASE("equal sizes differ by at most one column after projection", "[search]") {
  const auto a = ciess::project(shapes, ciess::equal_proposal(shapes), {20'004 * 6 + 11});
  for (const auto& table : a)
    for (const int d : table.values()) CHECK((d == 6 || d == 7));
}

TEST_CASE("random sizes are uniform, and their own for each row, table and seed", "[search]") {
  const auto p = ciess::random_proposal(shapes, 1);
  const auto& v = p[1];
  const double mean = std::accumulate(v.begin(), v.end(), 0.0) / double(v.size());
  CHECK(mean == Approx(65).margin(5 * 37 / std::sqrt(20'000.0)));  // five standard errors
  CHECK(*std::min_element(v.begin(), v.end()) >= 1);
  CHECK(*std::max_element(v.begin(), v.end()) < 129);
  CHECK(p == ciess::random_proposal(shapes, 1));
  CHECK(p != ciess::random_proposal(shapes, 2));
  CHECK(p[0][0] != p[1][0]);
}

TEST_CASE("rules offer what their names say", "[search]") {
  const analytic_environment env(1, {5, 4}, {1, 8});
  const auto facts = ciess::facts_of(env);
  const ciess::budget limit{20};
  CHECK(ciess::equal_rule().name() == "equal");
  CHECK(ciess::equal_rule().count(facts) == 1);
  CHECK(ciess::equal_rule().sizes(facts, limit, 1, 0) ==
        ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()), limit));
  CHECK(ciess::random_rule().sizes(facts, limit, 7, 0) ==
        ciess::project(env.shapes(), ciess::random_proposal(env.shapes(), 7), limit));
}
