// SPDX-License-Identifier: MIT
#include <ciess/search/bet/bet.hpp>
// its own header first
#include <cmath>
#include <limits>
#include <map>
#include <string>

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

/// Five tables of very different rows, each a kind.
struct five_kinds : analytic_environment {
  explicit five_kinds(std::uint64_t seed)
      : analytic_environment(seed, {700, 30, 3, 250, 90}, {1, 32}) {}
  std::size_t kind(std::size_t table) const { return table; }
};

/// Log-likelihoods: below 0, and none for the full-size model.
struct below_zero : analytic_environment {
  explicit below_zero(double full) : analytic_environment(1, {30, 20}, {1, 16}), top{full} {}
  ciess::measurement full() const { return moved(analytic_environment::full()); }
  ciess::measurement measure(const ciess::assignment& a) const {
    return moved(analytic_environment::measure(a));
  }
  ciess::measurement moved(ciess::measurement m) const {
    m.quality += top - analytic_environment::full().quality;
    return m;
  }
  double top;
};

/// Remembers what it measured last.
struct recording : analytic_environment {
  recording() : analytic_environment(1, {60, 40}, {1, 16}) {}
  ciess::measurement measure(const ciess::assignment& a) {
    last = a;
    return analytic_environment::measure(a);
  }
  ciess::assignment last;
};

/// How often sizes are said to be chosen in a way.
std::map<std::string, int> ways_of(const auto& run) {
  std::map<std::string, int> ways;
  for (const auto& r : run.history()) ++ways[r.origin.substr(0, r.origin.find(':'))];
  return ways;
}

}  // namespace

TEST_CASE("bet keeps the laws of sizers", "[search][laws][threads]") {
  sizer_laws::check(ciess::bet{.steps = 7, .candidates = 6, .updates = 3});
  sizer_laws::check(
      ciess::bet{.steps = 8,
                 .candidates = 4,
                 .updates = 2,
                 .seeds = {ciess::frequency_rule({0, 1}, {4}), ciess::tail_energy_rule({{0, 1}})}});
}

TEST_CASE("random bet keeps the laws of sizers", "[search][laws][threads]") {
  sizer_laws::check(ciess::bet{.steps = 5, .predictor = false});
  CHECK(ciess::bet{}.name() == "bet");
  CHECK(ciess::bet{.predictor = false}.name() == "random-bet");
}

TEST_CASE("bet chooses in rounds: thrice the best guess, any, the nearest to the best",
          "[search]") {
  analytic_environment env(1, {30, 20}, {1, 16});
  const ciess::bet how{.steps = 12, .candidates = 5, .seeds = {ciess::frequency_rule({0, 1})}};
  auto run = how.begin(env, {.budgets = {0.5, 0.8}});
  while (!run.done()) run.step();
  REQUIRE(run.history().size() == 24);
  for (std::size_t i = 0; i < 24; ++i) {
    const auto& r = run.history()[i];
    CAPTURE(i, r.origin);
    CHECK(r.budget == (i % 2 == 0 ? 0.5 : 0.8));
    CHECK(r.sparsity == Approx(r.budget).margin(1e-3));
    CHECK(std::isfinite(r.noted("predicted")));
    const std::size_t turn = i / 2;
    const char* const begin = turn < 4             ? "freq^"
                              : (turn - 4) % 5 < 3 ? "predicted: "
                              : (turn - 4) % 5 < 4 ? "random: "
                                                   : "nearest: ";
    CHECK(r.origin.starts_with(begin));
  }
  REQUIRE(run.best_seed(0).size() == 1);
  CHECK(run.best_seed(0)[0].origin.starts_with("freq^"));
  auto drawn = ciess::bet{.steps = 4, .predictor = false}.begin(env, {.budgets = {0.5}});
  ciess::take_steps(drawn);
  CHECK(ways_of(drawn) == std::map<std::string, int>{{"drawn", 4}});
  // The first of all has nothing to be guessed by.
  auto first = ciess::bet{.steps = 6, .candidates = 5}.begin(env, {.budgets = {0.5}});
  ciess::take_steps(first);
  CHECK(ways_of(first) ==
        std::map<std::string, int>{{"random", 2}, {"predicted", 3}, {"nearest", 1}});
}

TEST_CASE("the best guess is above others, and the nearest is near", "[search]") {
  recording env;
  const ciess::bet how{.steps = 80, .candidates = 30, .updates = 5};
  auto run = how.begin(env, {.budgets = {0.7}});
  std::map<std::string, double> guess, distance;
  for (int i = 0; i < 10; ++i) run.step();  // two rounds, to learn from
  while (!run.done()) {
    const ciess::assignment best = run.best(0).front().sizes;
    const auto& r = run.step();
    const std::string way = r.origin.substr(0, r.origin.find(':'));
    guess[way] += r.noted("predicted");
    for (std::size_t t = 0; t < 2; ++t)
      for (ciess::index_t i = 0; i < env.shapes()[t].rows; ++i)
        distance[way] += std::abs(best[t][i] - env.last[t][i]);
  }
  // of 14 rounds
  const auto mean = [&](const std::map<std::string, double>& of, const char* way) {
    return of.at(way) / (way == std::string("predicted") ? 42 : 14);
  };
  CHECK(mean(guess, "predicted") > mean(guess, "random"));
  CHECK(mean(distance, "nearest") < 0.75 * mean(distance, "random"));
}

TEST_CASE("what bet finds for a budget does not depend on the others", "[search]") {
  analytic_environment env(1, {30, 20}, {1, 16});
  const ciess::bet how{.steps = 8, .candidates = 5};
  const auto one = ciess::search(env, how, {.budgets = {0.8}});
  const auto three = ciess::search(env, how, {.budgets = {0.5, 0.8, 0.7}});
  CHECK(one.best[0].front().sizes == three.best[1].front().sizes);
  CHECK(one.best[0].front().origin == three.best[1].front().origin);
}

TEST_CASE("bet learns where qualities are below 0 or the full-size model's is 0", "[search]") {
  for (const double full : {-3.0, 0.0}) {
    below_zero env(full);
    auto run =
        ciess::bet{.steps = 40, .candidates = 10, .updates = 30}.begin(env, {.budgets = {0.7}});
    ciess::take_steps(run);
    const auto& last = run.history().back();
    CHECK(last.noted("predicted") == Approx(last.quality).margin(0.3));
  }
}

// With sanitizers, which leave out what is [long], cases around it run bet on both environments.
TEST_CASE("bet is above equal sizes, and on the whole above random bet", "[search][long]") {
  const auto compare = [](auto env, std::uint64_t seed, int steps, double least) {
    const ciess::sizing_request asked{.budgets = three_budgets, .seed = seed};
    const ciess::bet quick{.steps = steps, .candidates = 12, .updates = 10};
    auto guessed = quick.begin(env, asked);
    auto drawn = ciess::bet{.steps = steps, .predictor = false}.begin(env, asked);
    const auto equal = ciess::search(env, ciess::equal_rule(), asked);
    ciess::take_steps(guessed);
    ciess::take_steps(drawn);
    double above = 0;
    for (std::size_t b = 0; b < three_budgets.size(); ++b) {
      const double best =
          env.measure(env.optimum(ciess::budget::from_sparsity(three_budgets[b], env.shapes())))
              .quality;
      // after 50 measurements, and after all
      for (const std::size_t turn : {std::size_t{49}, static_cast<std::size_t>(steps) - 1}) {
        const double bet = guessed.history()[3 * turn + b].best;
        const double random = drawn.history()[3 * turn + b].best;
        INFO("seed " << seed << ", budget " << three_budgets[b] << ", " << turn + 1
                     << " measurements: bet " << bet << ", random bet " << random << ", equal "
                     << quality_of(equal, b) << ", the best there is " << best);
        CHECK(bet > least * quality_of(equal, b));
        CHECK(bet < best);
        above += (bet - random) / best;
      }
    }
    return above;
  };
  double two = 0;
  double five = 0;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const int steps = seed == 1 ? 150 : 50;
    two += compare(analytic_environment(seed, {600, 400}, {1, 32}), seed, steps, 1);
    five += compare(five_kinds(seed), seed, steps, 0.97);  // five laws and parts are many
  }
  CAPTURE(two, five);
  CHECK(two + five > 0);
}

TEST_CASE("bet is never below the rules that seed it", "[search]") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    five_kinds env(seed);
    const ciess::sizing_request asked{.budgets = three_budgets, .seed = seed};
    const auto rule = ciess::search(env, ciess::rule(ciess::frequency_rule()), asked);
    const auto seeded = ciess::search(
        env,
        ciess::bet{.steps = 12, .candidates = 10, .updates = 5, .seeds = {ciess::frequency_rule()}},
        asked);
    for (std::size_t b = 0; b < three_budgets.size(); ++b)
      CHECK(quality_of(seeded, b) >= quality_of(rule, b));
  }
}

TEST_CASE("bet takes tables that leave it little to choose", "[search]") {
  const auto take = [](auto env, double budget) {
    for (const bool predictor : {true, false}) {
      const auto found =
          ciess::search(env, ciess::bet{.steps = 6, .candidates = 3, .predictor = predictor},
                        {.budgets = {budget}});
      const auto limit = ciess::budget::from_sparsity(budget, env.shapes());
      CHECK(found.best[0].front().sizes.total() == limit.numbers);
    }
  };
  take(analytic_environment(1, {1, 1}, {1, 8}), 0.5);
  take(analytic_environment(1, {1}, {1, 8}), 0.5);
  take(analytic_environment(1, {40, 30}, {2, 8}), 0.75);  // d_min everywhere
  struct alike : analytic_environment {
    explicit alike(double f) : analytic_environment(1, {40, 30}, {1, 8}), same(40, f) {}
    std::span<const double> frequency(std::size_t t) const {
      return std::span(same).first(t == 0 ? 40 : 30);
    }
    std::vector<double> same;
  };
  take(alike(7), 0.6);
  take(alike(0), 0.6);
}

TEST_CASE("bet names what is out of range", "[search]") {
  const analytic_environment env(1, {4, 3}, {1, 8});
  const auto refused = [&](const ciess::bet& how, const char* what) {
    CHECK_THROWS_WITH(how.check(env, {.budgets = {0.5}}), ContainsSubstring(what));
  };
  refused({.steps = 0}, "bet: steps must be >= 1, got 0");
  refused({.candidates = 0}, "bet: candidates must be >= 1, got 0");
  refused({.updates = -1}, "bet: updates must be >= 0, got -1");
  refused({.predicted = -1}, "bet: predicted must be >= 0, got -1");
  refused({.random = -1}, "bet: random must be >= 0, got -1");
  refused({.nearest = -1}, "bet: nearest must be >= 0, got -1");
  refused({.predicted = 0, .random = 0, .nearest = 0}, "bet: a round has no turn");
  refused({.rate = {.first = -1}}, "bet: learning rate must be > 0, got -1");
  CHECK_THROWS_WITH(
      ciess::bet({.steps = std::numeric_limits<int>::max(), .predictor = false})
          .check(env, {.budgets = {0.5, 0.6}}),
      ContainsSubstring("random-bet: 2147483647 steps for each of 2 budgets are too many"));
  refused({.seeds = {ciess::tail_energy_rule()}}, "does not show its full-size tables");
}
