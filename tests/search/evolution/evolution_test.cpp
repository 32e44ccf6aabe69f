// SPDX-License-Identifier: MIT
#include <ciess/search/evolution/evolution.hpp>
// its own header first
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/search/search.hpp>

#include "support/sizer_laws.hpp"

namespace {

const std::vector<double> three_budgets{0.8, 0.9, 0.95};

double quality_of(const ciess::search_result& found, std::size_t b) {
  return found.best[b].front().quality;
}

}  // namespace

TEST_CASE("evolution keeps the laws of sizers", "[search][laws]") {
  sizer_laws::check(ciess::evolution{.steps = 8, .drawn = 3, .parents = 3});
  sizer_laws::check(ciess::evolution{
      .steps = 9,
      .drawn = 1,
      .parents = 2,
      .seeds = {ciess::frequency_rule({0, 1}, {4}), ciess::tail_energy_rule({{0, 1}})}});
  sizer_laws::check(ciess::evolution{
      .steps = 4, .drawn = 0, .parents = 1, .crossover = 1, .seeds = {ciess::equal_rule()}});
  sizer_laws::check(
      ciess::evolution{.steps = 8, .drawn = 3, .parents = 3, .crossover = 0.2, .bent = 0.6});
}

TEST_CASE("evolution measures seeds, then drawn sizes, then children of the best", "[search]") {
  analytic_environment env(1, {30, 20}, {1, 16});
  const ciess::evolution how{.steps = 40, .drawn = 5, .seeds = {ciess::frequency_rule({0, 1})}};
  auto run = how.begin(env, {.budgets = {0.5, 0.8}});
  while (!run.done()) run.step();
  REQUIRE(run.history().size() == 80);
  std::map<std::string, int> origins;
  for (std::size_t i = 0; i < 80; ++i) {
    const auto& r = run.history()[i];
    CHECK(r.budget == (i % 2 == 0 ? 0.5 : 0.8));
    CHECK(r.sparsity == Approx(r.budget).margin(1e-3));
    if (i / 2 >= 4 && i / 2 < 9) CHECK(r.origin == "drawn");
    ++origins[r.origin];
  }
  CHECK(origins["drawn"] == 10);
  CHECK(origins["crossed"] > 15);
  CHECK(origins["redrawn"] > 15);
  CHECK(origins["crossed"] + origins["redrawn"] == 80 - 10 - 8);
}

TEST_CASE("evolution is above so many drawn sizes, and never below the rules that seed it",
          "[search]") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    CAPTURE(seed);
    analytic_environment env(seed);
    const ciess::sizing_request asked{.budgets = three_budgets, .seed = seed};
    const auto random = ciess::search(env, ciess::evolution{.steps = 150, .drawn = 150}, asked);
    const auto evolved = ciess::search(env, ciess::evolution{.steps = 150}, asked);
    const auto rule = ciess::search(env, ciess::rule(ciess::frequency_rule()), asked);
    const auto seeded = ciess::search(
        env, ciess::evolution{.steps = 150, .seeds = {ciess::frequency_rule()}}, asked);
    for (std::size_t b = 0; b < three_budgets.size(); ++b) {
      CAPTURE(three_budgets[b]);
      const double best =
          env.measure(env.optimum(ciess::budget::from_sparsity(three_budgets[b], env.shapes())))
              .quality;
      CHECK(quality_of(evolved, b) > quality_of(random, b));
      CHECK(quality_of(seeded, b) >= quality_of(rule, b));
      CHECK(quality_of(seeded, b) < best);
    }
  }
}

TEST_CASE("rows that come equally often stay alike in a bent child, which meets the budget",
          "[search]") {
  analytic_environment env(1, {30, 20}, {1, 16});
  const ciess::evolution how{.steps = 2,
                             .drawn = 0,
                             .parents = 1,
                             .crossover = 0,
                             .bent = 1,
                             .seeds = {ciess::equal_rule()}};
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U, 6U}) {
    auto run = how.begin(env, {.budgets = {0.7}, .keep = 2, .seed = seed});
    (void)run.step();
    CHECK(run.step().origin == "bent");
    CHECK(run.history().back().sparsity == Approx(0.7).margin(1e-3));
    REQUIRE(run.best(0).size() == 2);  // bent until a size is another
    for (const auto& c : run.best(0)) {
      std::set<int> seen;
      for (std::size_t t = 0; t < 2; ++t) {
        const auto f = env.frequency(t);
        for (std::size_t a = 0; a < f.size(); ++a) {
          const int size = c.sizes[t][static_cast<ciess::index_t>(a)];
          seen.insert(size);
          for (std::size_t b = 0; b < f.size(); ++b)
            if (f[a] == f[b])
              CHECK(std::abs(size - c.sizes[t][static_cast<ciess::index_t>(b)]) <= 1);
        }
      }
      CHECK((c.origin == "bent") == (seen.size() > 2));
    }
  }
}

TEST_CASE("bent children find the shares of tables and the steepness that random ones miss",
          "[search]") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    CAPTURE(seed);
    analytic_environment env(seed);
    const ciess::sizing_request asked{.budgets = three_budgets, .seed = seed};
    const std::vector<ciess::rule> equal{ciess::equal_rule()};
    const auto published =
        ciess::search(env, ciess::evolution{.steps = 100, .drawn = 0, .seeds = equal}, asked);
    const auto bent = ciess::search(
        env, ciess::evolution{.steps = 100, .drawn = 0, .parents = 5, .bent = 0.5, .seeds = equal},
        asked);
    for (std::size_t b = 0; b < three_budgets.size(); ++b) {
      CAPTURE(three_budgets[b]);
      CHECK(quality_of(bent, b) > quality_of(published, b));
    }
  }
}

TEST_CASE("there may be no other size to bend to, and frequencies far apart do not overflow",
          "[search]") {
  std::vector<std::vector<double>> frequency(2);
  for (int i = 0; i < 200; ++i) frequency[0].push_back(std::floor(1e5 / (1 + double(i) * i * i)));
  for (int i = 0; i < 300; ++i) frequency[1].push_back(std::floor(2e4 / (1 + double(i) * i * i)));
  struct skewed : analytic_environment {
    using analytic_environment::analytic_environment;
    const std::vector<std::vector<double>>* often = nullptr;
    [[nodiscard]] std::span<const double> frequency(std::size_t t) const { return (*often)[t]; }
  };
  skewed env(1, {200, 300}, {1, 8});
  env.often = &frequency;
  const ciess::evolution how{.steps = 40,
                             .drawn = 1,
                             .parents = 5,
                             .crossover = 0.2,
                             .bent = 0.8,
                             .seeds = {ciess::equal_rule()}};
  // Of 0.875 all sizes are the least.
  for (const double removed : {0.875, 0.8}) {
    const auto found = ciess::search(env, how, {.budgets = {removed}});
    CHECK(found.best[0].front().sizes.sparsity() == Approx(removed));
  }
}

TEST_CASE("evolution names what is out of range", "[search]") {
  const analytic_environment env(1, {4, 3}, {1, 8});
  const auto refused = [&](const ciess::evolution& how, const char* what) {
    CHECK_THROWS_WITH(how.check(env, {.budgets = {0.5}}), ContainsSubstring(what));
  };
  refused({.steps = 0}, "evolution: steps must be >= 1, got 0");
  refused({.drawn = -1}, "evolution: drawn must be >= 0, got -1");
  refused({.parents = 0}, "evolution: parents must be >= 1, got 0");
  refused({.crossover = 1.5}, "evolution: crossover must be in [0, 1], got 1.5");
  refused({.redrawn = std::numeric_limits<double>::quiet_NaN()}, "evolution: redrawn");
  refused({.bent = -0.5}, "evolution: bent must be in [0, 1], got -0.5");
  refused({.crossover = 0.5, .bent = 0.6},
          "evolution: crossover and bent must be at most 1 in all, got 0.5 and 0.6");
  refused({.drawn = 0}, "nothing to begin with");
  refused({.seeds = {ciess::tail_energy_rule()}}, "does not show its full-size tables");
}
