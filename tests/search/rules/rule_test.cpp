// SPDX-License-Identifier: MIT
#include <ciess/search/rules/rule.hpp>
// its own header first
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/search.hpp>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

namespace {

/// The least that is a rule: as many assignments as it is told to offer, all of the smallest sizes.
struct archetype {
  std::size_t offers = 1;
  std::string called = "smallest";
  std::string name() const { return "archetype"; }
  std::size_t count(const ciess::table_facts&) const { return offers; }
  std::string title(const ciess::table_facts&, std::size_t i) const {
    return called + " " + std::to_string(i);
  }
  ciess::assignment sizes(const ciess::table_facts& facts, ciess::budget, std::uint64_t,
                          std::size_t) const {
    std::vector<ciess::sizes> tables;
    for (const auto& s : facts.shapes) tables.emplace_back(s.rows, s.range, s.range.min);
    return ciess::assignment(std::move(tables));
  }
};
struct nameless : archetype {
  void name() const = delete;
};
struct countless : archetype {
  void count(const ciess::table_facts&) const = delete;
};
struct untitled : archetype {
  void title(const ciess::table_facts&, std::size_t) const = delete;
};
struct by_proposal : archetype {
  ciess::proposal sizes(const ciess::table_facts&, ciess::budget, std::uint64_t,
                        std::size_t) const {
    return {};
  }
};
struct changes_itself : archetype {
  ciess::assignment sizes(const ciess::table_facts&, ciess::budget, std::uint64_t, std::size_t);
};
static_assert(ciess::size_rule<archetype>);
static_assert(!ciess::size_rule<nameless> && !ciess::size_rule<countless>);
static_assert(!ciess::size_rule<untitled> && !ciess::size_rule<by_proposal>);
static_assert(!ciess::size_rule<changes_itself>);

struct refusing : archetype {
  void check(const ciess::table_facts&) const { throw ciess::argument_error("not these tables"); }
};

}  // namespace

TEST_CASE("a rule is asked for its first assignment for every budget, then for the next",
          "[search]") {
  analytic_environment env(1, {4, 3}, {1, 8});
  const ciess::rule rule(archetype{.offers = 3});
  const ciess::sizing_request asked{.budgets = {0.5, 0.75}};
  rule.check(env, asked);
  auto run = rule.begin(env, asked);
  CHECK(run.total() == 6);
  while (!run.done()) run.step();
  REQUIRE(run.history().size() == 6);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(run.history()[i].origin == "smallest " + std::to_string(i / 2));
    CHECK(run.history()[i].budget == asked.budgets[i % 2]);
    CHECK(run.history()[i].method == "archetype");
  }
}

TEST_CASE("a rule that cannot be used on some tables says so before it measures", "[search]") {
  const analytic_environment env(1, {4, 3}, {1, 8});
  const ciess::sizing_request asked{.budgets = {0.5}};
  CHECK_THROWS_WITH(ciess::rule(refusing{}).check(env, asked), "not these tables");
  CHECK_THROWS_WITH(ciess::rule(archetype{.called = "a\tb"}).check(env, asked),
                    ContainsSubstring("archetype") && ContainsSubstring("one line without tabs"));
  CHECK_THROWS_AS(ciess::rule(archetype{}).check(env, {.budgets = {1.5}}), ciess::argument_error);
}

TEST_CASE("a rule whose sizes do not meet the budget is named with them", "[search]") {
  analytic_environment env(1, {4, 3}, {1, 8});
  const ciess::rule all =
      ciess::formula("everything", [](const ciess::table_facts& f, ciess::budget, std::uint64_t) {
        return ciess::assignment(f.shapes);
      });
  CHECK_THROWS_WITH(
      ciess::search(env, all, {.budgets = {0.5}}),
      ContainsSubstring("everything") && ContainsSubstring("keeps 56 numbers, the budget is 28"));
}

TEST_CASE("a formula is a rule of one assignment, called as it is", "[search]") {
  const analytic_environment env(1, {4, 3}, {1, 8});
  const auto facts = ciess::facts_of(env);
  const ciess::rule rule = ciess::formula(
      "mine", [](const ciess::table_facts& f, ciess::budget limit, std::uint64_t seed) {
        CHECK(limit.numbers == 30);
        CHECK(seed == 5);
        return archetype{}.sizes(f, limit, seed, 0);
      });
  CHECK(rule.name() == "mine");
  CHECK(rule.count(facts) == 1);
  CHECK(rule.title(facts, 0) == "mine");
  CHECK(rule.sizes(facts, {30}, 5, 0).total() == 7);
}
