// SPDX-License-Identifier: MIT
#include "../bench/methods/join_runs.hpp"
// its own header first
#include <filesystem>
#include <string>
#include <vector>

#include "../bench/methods/compare_methods.hpp"
#include "../bench/methods/methods_text.hpp"
#include "support/catch.hpp"
#include "support/run_summaries.hpp"

TEST_CASE("runs of one seed become one, with the methods and budgets of all", "[bench]") {
  auto first = run_of(2, 0.5);
  add_budget(first, 0.9, {{"random", 0.125}, {"bet", 0.25}});
  auto other = run_of(1, 0.5);
  add_budget(other, 0.9, {{"bet", 0.375}});
  auto later = run_of(2, 0.5);
  later.interrupted = true;
  later.file = "later/summary.json";
  add_budget(later, 0.8, {{"bet", 0.5}});
  add_budget(later, 0.9, {{"ciess", 0.375}});
  const auto joined = ciess_bench::join_runs({first, other, later});
  REQUIRE(joined.size() == 2);
  CHECK(joined[0].seed == 2);
  CHECK(joined[0].interrupted);
  CHECK(joined[0].stopped == std::vector<std::filesystem::path>{"later/summary.json"});
  CHECK_THAT(ciess_bench::methods_notes(ciess_bench::compare_methods(joined), joined, {}),
             ContainsSubstring("Interrupted, so searched less than asked: later (seed 2).\n"));
  CHECK(joined[1].seed == 1);
  CHECK(!joined[1].interrupted);
  REQUIRE(joined[0].budgets.size() == 2);
  std::vector<std::string> methods;
  for (const auto& m : joined[0].budgets[0].methods) methods.push_back(m.method);
  CHECK(methods == std::vector<std::string>{"random", "bet", "ciess"});
  CHECK(joined[0].budgets[1].removed == 0.8);
  // What the search of a method took is that of both runs.
  REQUIRE(joined[0].searches.size() == 3);
  CHECK(joined[0].searches[1].method == "bet");
  CHECK(joined[0].searches[1].measurements == 20);
  CHECK(joined[0].searches[1].training_steps == 400);
  CHECK(joined[0].searches[1].seconds == 3.0);
  CHECK(joined[0].searches[2].measurements == 10);

  const auto compared = ciess_bench::compare_methods(joined);
  CHECK(compared.seeds.size() == 2);
  CHECK(compared.budgets == std::vector<double>{0.8, 0.9});
  CHECK(compared.methods[1].budgets[1].quality.mean == (0.25 + 0.375) / 2);
}

TEST_CASE("steps that one run does not tell are not told of both", "[bench]") {
  auto first = run_of(2, 0.5);
  add_budget(first, 0.9, {{"bet", 0.25}});
  auto later = run_of(2, 0.5);
  add_budget(later, 0.8, {{"bet", 0.25}});
  later.searches[0].training_steps.reset();
  CHECK(!ciess_bench::join_runs({first, later})[0].searches[0].training_steps.has_value());
  CHECK(ciess_bench::join_runs({}).empty());
}
