// SPDX-License-Identifier: MIT
#include <ciess/search/rules/mixed_dimensions.hpp>
// its own header first
#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <ciess/search/search.hpp>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

static_assert(ciess::size_rule<ciess::mixed_dimension_rule>);

TEST_CASE("mixed dimensions give tables sizes by the mean frequency of their rows", "[search]") {
  // Three tables: 4 rows of mean frequency 99, 20 of 15, 100 of 0.
  std::vector<std::vector<double>> counts{
      {99, 99, 198, 0}, std::vector<double>(20, 15), std::vector<double>(100, 0)};
  const std::vector<ciess::table_shape> shapes{{4, {1, 32}}, {20, {1, 32}}, {100, {1, 32}}};
  ciess::table_facts facts{.shapes = shapes, .kind = {0, 1, 2}};
  for (const auto& c : counts) facts.frequency.push_back(c);
  const ciess::mixed_dimension_rule rule({0, 0.5});
  REQUIRE(rule.count(facts) == 2);
  CHECK(rule.title(facts, 1) == "mde^0.5");
  const ciess::budget limit{124 * 4};
  CHECK(rule.sizes(facts, limit, 1, 0) ==
        ciess::project(shapes,
                       ciess::proposal{std::vector<float>(4, 1), std::vector<float>(20, 1),
                                       std::vector<float>(100, 1)},
                       limit));
  // p + 1 = 100, 16, 1: sizes as 10 to 4 to 1.
  const auto sized = rule.sizes(facts, limit, 1, 1);
  CHECK(limit.met_by(sized));
  CHECK(sized.total() == 496);
  const auto mean = [&](std::size_t t) {
    return static_cast<double>(sized[t].total()) / static_cast<double>(sized[t].rows());
  };
  CHECK(mean(0) / mean(1) == Approx(2.5).epsilon(0.15));
  CHECK(mean(1) / mean(2) == Approx(4).epsilon(0.15));
  // Within a table sizes differ by one at most, however frequencies do.
  for (std::size_t t = 0; t < 3; ++t) {
    const auto all = sized[t].values();
    const auto [least, most] = std::ranges::minmax(all);
    CHECK(most - least <= 1);
  }
}

TEST_CASE("mixed dimensions are a method like any other", "[search]") {
  analytic_environment env(1, {50, 8, 300}, {1, 16});
  const auto found =
      ciess::search(env, ciess::rule(ciess::mixed_dimension_rule()), {.budgets = {0.5, 0.8}});
  for (std::size_t b = 0; b < 2; ++b) {
    REQUIRE_FALSE(found.best[b].empty());
    CHECK(found.best[b][0].origin.starts_with("mde^"));
  }
  CHECK_THROWS_AS(ciess::search(env, ciess::rule(ciess::mixed_dimension_rule({std::nan("")})), {}),
                  ciess::argument_error);
}
