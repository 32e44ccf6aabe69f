// SPDX-License-Identifier: MIT
#include <ciess/search/sizing_request.hpp>

#include <set>
#include <string>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

TEST_CASE("a request becomes rules first and an agent that learns quickly", "[search]") {
  const analytic_environment env(1, {60, 40});
  const auto o =
      ciess::working_options(env, {.budgets = {0.7}, .keep = 2, .episodes = 4, .seed = 9});
  CHECK(o.budgets == std::vector{0.7});
  CHECK(o.keep == 2);
  CHECK(o.episodes == 4);
  CHECK(o.seed == 9);
  CHECK(o.policy.batch == 256);  // no table has more rows
  CHECK(o.guide.blend > 0);
  REQUIRE(o.shapes.size() == 45);  // 3 exponents a table, 5 weights
  std::set<std::string> names;
  for (const auto& rule : o.shapes) names.insert(rule.name);
  CHECK(names.size() == 45);
  CHECK(names.contains("freq^(0, 0)"));  // equal sizes
  CHECK_NOTHROW(ciess::check_search_options(env, o));
}

TEST_CASE("many tables share one exponent, kinds of tables have one each", "[search]") {
  const analytic_environment many(1, {20, 20, 20, 20});
  CHECK(ciess::rule_seeds(many).size() == 3);
  struct in_kinds : analytic_environment {
    using analytic_environment::analytic_environment;
    static std::size_t kinds() { return 2; }
  };
  CHECK(ciess::rule_seeds(in_kinds(1, {20, 20, 20, 20})).size() == 45);
}
