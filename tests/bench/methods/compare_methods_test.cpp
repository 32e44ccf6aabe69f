// SPDX-License-Identifier: MIT
#include "../bench/methods/compare_methods.hpp"
// its own header first
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/run_summaries.hpp"

namespace {

using ciess_bench::compare_methods;
using ciess_bench::over_seeds;
using places = std::vector<std::size_t>;

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<std::string> names(const ciess_bench::comparison& c) {
  std::vector<std::string> all;
  for (const auto& m : c.methods) all.push_back(m.name);
  return all;
}

}  // namespace

TEST_CASE("figures of seeds have a mean and a range, and say of how many seeds", "[bench]") {
  const over_seeds three({0.25, 0.75, 0.5});
  CHECK(three.seeds == 3);
  CHECK(three.mean == 0.5);
  CHECK(three.low == 0.25);
  CHECK(three.high == 0.75);
  CHECK(three.spread() == 0.5);

  const over_seeds some({std::nullopt, no_number, 0.25, infinity, 0.75});
  CHECK(some.seeds == 2);
  CHECK(some.mean == 0.5);
  CHECK(some.each ==
        std::vector<std::optional<double>>{std::nullopt, std::nullopt, 0.25, std::nullopt, 0.75});

  const over_seeds nothing({std::nullopt, no_number});
  CHECK(nothing.seeds == 0);
  CHECK(nothing.mean != nothing.mean);

  // (0.1 + 0.1 + 0.1) / 3 is not 0.1.
  CHECK(over_seeds({0.1, 0.1, 0.1}).mean == 0.1);
  CHECK(over_seeds({-0.5, -0.25}).high == -0.25);
}

TEST_CASE("methods are compared over seeds, with the full model of the same seed", "[bench]") {
  auto first = run_of(1, 0.5), second = run_of(2, 0.25);
  add_budget(first, 0.9, {{"equal", 0.25}, {"ciess", 0.5}});
  add_budget(first, 0.8, {{"equal", 0.5}, {"ciess", 0.5}});
  add_budget(second, 0.8, {{"equal", 0.125}, {"ciess", 0.25}});
  add_budget(second, 0.9, {{"equal", 0.25}, {"ciess", 0.125}});
  second.searches[1].measurements = 30;
  second.searches[1].training_steps.reset();
  const auto c = compare_methods({first, second});
  CHECK(c.seeds == std::vector<std::uint64_t>{1, 2});
  CHECK(c.full.mean == 0.375);
  CHECK(c.popularity.mean == 0.125);
  CHECK(c.popularity_change.mean == -0.625);  // of -3/4 and -1/2
  CHECK(c.budgets == std::vector{0.8, 0.9});
  REQUIRE(names(c) == std::vector<std::string>{"equal", "ciess"});

  const auto& equal = c.methods[0].budgets;
  CHECK(equal[0].quality.mean == 0.3125);
  CHECK(equal[0].change.mean == -0.25);  // of 0 and -1/2, not 0.3125 / 0.375 - 1
  CHECK(equal[1].quality.mean == 0.25);
  CHECK(equal[1].change.mean == -0.25);  // of -1/2 and 0
  CHECK(equal[0].numbers == 102);        // the most, each by itself
  CHECK(equal[0].bytes == 999);
  CHECK(c.methods[0].seeds == 2);

  const auto& ciess = c.methods[1];
  CHECK(ciess.measurements.mean == 20);
  CHECK(ciess.training_steps.seeds == 1);
  CHECK(ciess.training_steps.mean == 200);
  CHECK(ciess.seconds.mean == 1.5);

  CHECK(c.standings[0].best == places{1});
  CHECK(c.standings[0].next == 0);
  CHECK(c.standings[0].gap == 0.0625);
  CHECK(c.standings[0].ahead == 1);  // level in the first
  CHECK(c.standings[0].seeds == 2);
  CHECK(c.standings[1].best == places{1});
  CHECK(c.standings[1].gap == 0.0625);
  CHECK(c.standings[1].ahead == 1);  // behind in the second
  CHECK(c.standings[1].beside_random == 0);
}

TEST_CASE("methods without every seed of a budget are neither best nor next", "[bench]") {
  auto first = run_of(1, 0.5), second = run_of(2, 0.5), third = run_of(3, 0.5);
  add_budget(first, 0.8, {{"a", 0.25}, {"b", 0.125}, {"c", 1}, {"d", 0.75}, {"e", std::nullopt}});
  add_budget(second, 0.8, {{"a", 0.25}, {"b", 0.125}, {"c", no_number}, {"e", std::nullopt}});
  add_budget(second, 0.9, {{"a", 0.25}});
  const auto c = compare_methods({first, second});
  REQUIRE(names(c) == std::vector<std::string>{"a", "b", "c", "d", "e"});
  CHECK(c.standings[0].best == places{0});
  CHECK(c.standings[0].next == 1);
  CHECK(c.standings[0].left_out == places{2, 3});  // e has nothing to compare
  CHECK(c.methods[2].budgets[0].quality.seeds == 1);
  CHECK(c.methods[2].seeds == 1);
  CHECK(c.methods[3].measurements.seeds == 1);
  CHECK(c.methods[4].seeds == 0);
  CHECK(c.methods[4].budgets[0].numbers == 102);
  CHECK(c.methods[3].budgets[1].quality.seeds == 0);
  CHECK_FALSE(c.methods[3].budgets[1].numbers);
  // One run has the budget: that is all there is to compare.
  CHECK(c.standings[1].seeds == 1);
  CHECK(c.standings[1].best == places{0});
  CHECK_FALSE(c.standings[1].next);
  CHECK(c.standings[1].left_out.empty());

  // Nobody has all three seeds.
  add_budget(third, 0.8, {{"d", 0.5}});
  const auto nobody = compare_methods({first, second, third});
  CHECK(nobody.standings[0].seeds == 3);
  CHECK(nobody.standings[0].best.empty());
  CHECK_FALSE(nobody.standings[0].next);
  CHECK(nobody.standings[0].left_out == places{0, 1, 2, 3});
}

TEST_CASE("starts of a method are rows of their own, whichever a summary calls by its name alone",
          "[bench]") {
  auto first = run_of(1, 0.5), second = run_of(2, 0.5);
  add_budget(first, 0.8, {{"equal, scratch", 0.25}, {"equal, warm", 0.5}, {"bet", 0.5}});
  add_budget(second, 0.8, {{"equal", 0.75}, {"bet", 0.5}});
  const auto c = compare_methods({first, second});
  CHECK(names(c) == std::vector<std::string>{"equal, scratch", "equal, warm", "bet"});
  CHECK(c.methods[0].budgets[0].quality.seeds == 1);
  CHECK(c.methods[1].budgets[0].quality.mean == 0.625);
}

TEST_CASE("methods may be level, and there may be one seed", "[bench]") {
  auto first = run_of(7, 0.5);
  add_budget(first, 0.8, {{"a", 0.25}, {"b", 0.5}, {"c", 0.5}});
  add_budget(first, 0.9, {{"a", 0.5}, {"b", 0.5}, {"c", 0.5}});
  add_budget(first, 0.95, {});
  const auto c = compare_methods({first});
  CHECK(c.standings[0].best == places{1, 2});
  CHECK(c.standings[0].next == 0);
  CHECK(c.standings[0].gap == 0.25);
  CHECK(c.standings[1].best == places{0, 1, 2});
  CHECK_FALSE(c.standings[1].next);
  CHECK(c.standings[2].seeds == 0);
  CHECK(c.standings[2].best.empty());
  CHECK(c.methods[1].budgets[0].quality.spread() == 0);
}

TEST_CASE("methods are held against random sizes of the same start", "[bench]") {
  auto first = run_of(1, 0.5), second = run_of(2, 0.5);
  for (auto* run : {&first, &second})
    add_budget(*run, 0.8,
               {{"random", 0.25},
                {"level", 0.25},
                {"below", 0.125},
                {"above", 0.5},
                {"below, scratch", 0.125}});
  add_budget(first, 0.9, {{"random", 0.25}, {"below", 0.125}});
  add_budget(second, 0.9, {{"below", 0.125}});
  const auto c = compare_methods({first, second});
  REQUIRE(names(c) ==
          std::vector<std::string>{"random", "level", "below, warm", "above", "below, scratch"});
  CHECK(c.standings[0].not_above_random == places{1, 2});
  CHECK(c.standings[0].beside_random == 3);
  CHECK(c.standings[1].beside_random == 0);  // random sizes of fewer seeds are no measure
  CHECK(c.standings[1].not_above_random.empty());
}

TEST_CASE("there is no change against a full model that is worth nothing or was not measured",
          "[bench]") {
  auto first = run_of(1, 0), second = run_of(2, std::nullopt), third = run_of(3, 0.5);
  for (auto* run : {&first, &second, &third}) add_budget(*run, 0.8, {{"a", 0.25}});
  const auto c = compare_methods({first, second, third});
  CHECK(c.full.seeds == 2);
  CHECK(c.methods[0].budgets[0].quality.seeds == 3);
  CHECK(c.methods[0].budgets[0].change.seeds == 1);
  CHECK(c.methods[0].budgets[0].change.mean == -0.5);
  CHECK(c.popularity_change.seeds == 1);
}
