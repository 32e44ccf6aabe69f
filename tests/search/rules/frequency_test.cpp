// SPDX-License-Identifier: MIT
#include <ciess/search/rules/frequency.hpp>
// its own header first
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/search.hpp>
#include <limits>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

static_assert(ciess::size_rule<ciess::frequency_rule>);

namespace {
const ciess::budget limit{20};
}

TEST_CASE("a sweep has every combination of exponents, then each with each weight", "[search]") {
  const analytic_environment env(1, {5, 4}, {1, 8});
  const auto facts = ciess::facts_of(env);
  const ciess::frequency_rule sweep({0, 0.5, 1}, {4, 0.25});
  CHECK(sweep.name() == "weighted-frequency");
  CHECK(ciess::frequency_rule().name() == "frequency");
  REQUIRE(sweep.count(facts) == 9 + 18);
  CHECK(sweep.title(facts, 0) == "freq^(0, 0)");
  CHECK(sweep.title(facts, 1) == "freq^(0.5, 0)");
  CHECK(sweep.title(facts, 8) == "freq^(1, 1)");
  CHECK(sweep.title(facts, 9) == "freq^(0, 0) x4");
  CHECK(sweep.title(facts, 10) == "freq^(0, 0) x0.25");
  CHECK(sweep.title(facts, 11) == "freq^(0.5, 0) x4");
  CHECK(sweep.title(facts, 26) == "freq^(1, 1) x0.25");
  const auto by_hand = [&](std::vector<double> alpha, std::vector<double> weight) {
    return ciess::project(env.shapes(), ciess::power_proposal(facts.frequency, alpha, weight),
                          limit);
  };
  CHECK(sweep.sizes(facts, limit, 1, 1) == by_hand({0.5, 0}, {1, 1}));
  CHECK(sweep.sizes(facts, limit, 1, 11) == by_hand({0.5, 0}, {4, 1}));
  CHECK(sweep.sizes(facts, limit, 1, 26) == by_hand({1, 1}, {0.25, 1}));
  CHECK(ciess::frequency_rule(std::vector<double>()).count(facts) == 0);
}

TEST_CASE("tables of one kind have the same exponent and weight", "[search]") {
  struct in_kinds : analytic_environment {
    using analytic_environment::analytic_environment;
    static std::size_t kind(std::size_t t) { return t % 2; }
  };
  const in_kinds env(1, {5, 4, 5, 4}, {1, 8});
  const auto facts = ciess::facts_of(env);
  const ciess::frequency_rule sweep({0, 0.5, 1}, {4});
  REQUIRE(sweep.count(facts) == 18);
  CHECK(sweep.title(facts, 10) == "freq^(0.5, 0) x4");
  CHECK(sweep.sizes(facts, {40}, 1, 10) ==
        ciess::project(env.shapes(),
                       ciess::power_proposal(facts.frequency, std::vector{0.5, 0.0, 0.5, 0.0},
                                             std::vector{4.0, 1.0, 4.0, 1.0}),
                       {40}));
  // Many tables whose kinds nobody names share one exponent; a weight would change nothing.
  const analytic_environment many(1, {5, 4, 5, 4}, {1, 8});
  CHECK(sweep.count(ciess::facts_of(many)) == 3);
  CHECK(sweep.title(ciess::facts_of(many), 1) == "freq^(0.5)");
}

TEST_CASE("many kinds of tables share one exponent, whose combinations nobody could measure",
          "[search]") {
  struct of_kinds : analytic_environment {
    using analytic_environment::analytic_environment;
    static std::size_t kind(std::size_t t) { return t; }
  };
  const ciess::frequency_rule sweep({0, 0.5, 1}, {4});
  CHECK(sweep.count(ciess::facts_of(of_kinds(1, {5, 4, 3}, {1, 8}))) == 27 * 2);
  const of_kinds many(1, std::vector<ciess::index_t>(41, 3), {1, 8});
  const auto facts = ciess::facts_of(many);
  REQUIRE(sweep.count(facts) == 3 * 2);
  CHECK(sweep.title(facts, 2) == "freq^(1)");
  CHECK(sweep.title(facts, 4) == "freq^(0.5) x4");
  std::vector<double> weight(41, 1.0);
  weight[0] = 4;
  CHECK(sweep.sizes(facts, {400}, 1, 4) ==
        ciess::project(many.shapes(),
                       ciess::power_proposal(facts.frequency, std::vector<double>(41, 0.5), weight),
                       {400}));
}

TEST_CASE("frequency rules refuse what has no meaning before anything is measured", "[search]") {
  analytic_environment env(1, {5, 4}, {1, 8});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [&](const ciess::frequency_rule& r, const char* words) {
    CHECK_THROWS_WITH(ciess::search(env, ciess::rule(r), {.budgets = {0.5}}),
                      ContainsSubstring(words));
  };
  refused(ciess::frequency_rule({0, nan}), "frequency: an exponent is nan");
  refused(ciess::frequency_rule({0}, {0.0}), "weighted-frequency: a weight is 0");
  refused(ciess::frequency_rule({0}, {-1.0}), "weighted-frequency: a weight is -1");
}

TEST_CASE("a rule searched returns what is best of its own for each budget", "[search]") {
  analytic_environment env(2);
  const ciess::rule sweep = ciess::frequency_rule();
  const std::vector budgets{0.8, 0.95};
  int steps = 0;
  const auto found =
      ciess::search(env, sweep, {.budgets = budgets, .keep = 2}, [&](const ciess::step_report& s) {
        ++steps;
        CHECK(s.method == "frequency");
      });
  CHECK(steps == 18);
  const auto facts = ciess::facts_of(env);
  for (std::size_t b = 0; b < 2; ++b) {
    const auto numbers = ciess::budget::from_sparsity(budgets[b], env.shapes());
    double best = 0;
    for (std::size_t i = 0; i < sweep.count(facts); ++i)
      best = std::max(best, env.measure(sweep.sizes(facts, numbers, 1, i)).quality);
    REQUIRE(found.best[b].size() == 2);
    CHECK(found.best[b][0].quality == best);
    CHECK(found.best[b][0].sizes.total() == numbers.numbers);
  }
}

TEST_CASE("frequency powers: proportions by hand", "[search]") {
  const std::vector<double> users{0, 3, 8};
  const std::vector<double> items{1, 1};
  const std::vector<std::span<const double>> frequency{users, items};
  const auto p = ciess::power_proposal(frequency, std::vector{0.5, 2.0}, std::vector{3.0, 1.0});
  CHECK(p[0][1] / p[0][0] == Approx(2));
  CHECK(p[0][2] / p[0][0] == Approx(3));
  CHECK(p[0][0] + p[0][1] + p[0][2] == Approx(9));  // mean 1 times weight 3
  CHECK(p[1][0] == Approx(1));
}

TEST_CASE("frequency powers refuse what has no meaning", "[search]") {
  const std::vector<double> users{1, 2};
  const std::vector<std::span<const double>> frequency{users};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(ciess::power_proposal(frequency, std::vector{0.5, 0.5}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::power_proposal(frequency, std::vector{nan}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::power_proposal(frequency, std::vector{0.5}, std::vector{0.0}),
                  ciess::argument_error);
  CHECK_THROWS_AS(ciess::power_proposal(frequency, std::vector{0.5}, std::vector{1.0, 1.0}),
                  ciess::argument_error);
}
