// SPDX-License-Identifier: MIT
#include <ciess/study/named_rules.hpp>

#include <ciess/study/method_names.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/energetic_environment.hpp"

TEST_CASE("a rule has the name that it is asked for by, and a searcher is none", "[study]") {
  int rules = 0;
  for (const auto name : ciess::method_names) {
    const auto rule = ciess::named_rule(name);
    if (!rule) continue;
    ++rules;
    CHECK(rule->name() == name);
  }
  CHECK(rules == 7);
  CHECK(!ciess::named_rule("bet"));
  CHECK(!ciess::named_rule("Equal"));
}

TEST_CASE("a list of rules offers what each of them does, in order", "[study]") {
  energetic_analytic_environment env(1, {14, 11}, {1, 16});
  const auto facts = ciess::full_facts_of(env);
  const ciess::rule equal = *ciess::named_rule("equal");
  const ciess::rule energy = *ciess::named_rule("tail-energy");
  const ciess::rule both = ciess::rule_list({equal, energy});
  CHECK(both.name() == "equal+tail-energy");
  REQUIRE(both.count(facts) == 6);
  const auto limit = ciess::budget::from_sparsity(0.8, env.shapes());
  CHECK(both.title(facts, 0) == equal.title(facts, 0));
  CHECK(both.sizes(facts, limit, 1, 0) == equal.sizes(facts, limit, 1, 0));
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(both.title(facts, 1 + i) == energy.title(facts, i));
    CHECK(both.sizes(facts, limit, 1, 1 + i) == energy.sizes(facts, limit, 1, i));
  }
  analytic_environment blind(1, {14, 11}, {1, 16});
  CHECK_THROWS_WITH(both.check(ciess::facts_of(blind)), ContainsSubstring("tail-energy"));
}
