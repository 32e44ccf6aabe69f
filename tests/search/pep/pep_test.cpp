// SPDX-License-Identifier: MIT
#include <ciess/search/pep/pep.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

#include <cmath>
#include <vector>

#include "support/small_lens_environment.hpp"

namespace {

using ciess::threshold_of;

/// Measures its first sizes much better than they are.
struct flattering : support::watched_training {
  ciess::measurement measure(const ciess::assignment& a) {
    auto m = watched_training::measure(a);
    if (measured == 1) m.quality += 1;
    return m;
  }
};

}  // namespace

TEST_CASE("pep keeps the laws of sizers", "[search][laws][threads][resume]") {
  for (const auto own : {threshold_of::table, threshold_of::row, threshold_of::number})
    sizer_laws::check<support::watched_training, support::larger_training>(
        ciess::pep{.steps = 2, .stretch = 4, .thresholds = own});
}

TEST_CASE("pep prunes down to each budget, the one that keeps most first", "[search]") {
  for (const auto own : {threshold_of::table, threshold_of::row, threshold_of::number}) {
    support::watched_training env;
    const ciess::pep how{.steps = 5, .stretch = 20, .thresholds = own};
    auto run = how.begin(env, {.budgets = {0.8, 0.5}});
    while (!run.done()) run.step();
    CHECK(run.total() == 12);
    const auto& history = run.history();
    REQUIRE(history.size() <= 12);
    REQUIRE(history.size() >= 6);
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(history[i].budget == (i == 0 ? 0.5 : 0.8));
      CHECK(history[i].origin == "random sizes, to compare with");
      CHECK(std::isnan(history[i].noted("above_random")));
    }
    double trained = 0;
    bool second = false;
    for (std::size_t i = 2; i < history.size(); ++i) {
      const auto& r = history[i];
      CAPTURE(i);
      CHECK(r.origin == "soft thresholds");
      if (r.budget == 0.8) second = true;
      CHECK(r.budget == (second ? 0.8 : 0.5));
      CHECK(r.sparsity == Approx(r.budget).margin(2e-3));
      CHECK(r.noted("training_steps") > trained);
      trained = r.noted("training_steps");
      CHECK(r.noted("mask_bytes") <= 6 * r.noted("kept") * 70 * 16 + 1e-6);
      CHECK(r.noted("above_random") == r.quality - history[second ? 1 : 0].quality);
      // A budget's last step is the one that met it.
      const bool last = i + 1 == history.size() || history[i + 1].budget != r.budget;
      if (last) CHECK(r.noted("kept") <= 1 - r.budget + 0.05);
    }
    CHECK(second);
    CHECK(trained <= 200);
  }
}

TEST_CASE("random sizes are not what pep finds, and it says where they are better", "[search]") {
  flattering env;
  const ciess::pep how{.steps = 2, .stretch = 5};
  auto run = how.begin(env, {.budgets = {0.5, 0.8}});
  CHECK(run.warnings().empty());
  while (!run.done()) run.step();
  for (std::size_t b = 0; b < 2; ++b)
    for (const auto& c : run.best(b)) CHECK(c.origin == "soft thresholds");
  const auto warnings = run.warnings();
  REQUIRE(!warnings.empty());
  CHECK_THAT(warnings.front(),
             ContainsSubstring("pep: with 0.5 removed") && ContainsSubstring("of random sizes"));
  CHECK(run.history().back().noted("above_random") < 1);
}

// On this data (a cut alone is judged): MF random 0.297 0.225, equal 0.371 0.291, pep 0.370 0.281;
// LightGCN random 0.374 0.288, equal 0.425 0.313, pep 0.425 0.323.
TEMPLATE_TEST_CASE("pep is above random sizes", "[search]", ciess::mf, ciess::lightgcn) {
  auto env = support::lens_environment<TestType>(support::larger_parts(), 32, 200);
  const ciess::sizing_request asked{.budgets = {0.8, 0.9}};
  auto run = ciess::pep{.stretch = 10}.begin(env, asked);
  ciess::take_steps(run);
  CHECK(run.warnings().empty());
  const auto found = ciess::result_of(run, asked);
  const auto random = ciess::search(env, ciess::random_rule(), asked);
  for (const double b : asked.budgets) {
    CAPTURE(b);
    CHECK(found.best_of(b).quality > random.best_of(b).quality + 0.02);
  }
}

TEST_CASE("pep sizes a model of four tables", "[search]") {
  auto env = support::lens_environment<ciess::neumf>(support::small_parts(), 8, 20);
  const auto found = ciess::search(env, ciess::pep{.steps = 2, .stretch = 5}, {.budgets = {0.6}});
  CHECK(found.sizes(0.6).size() == 4);
  CHECK(found.best_of(0.6).quality > 0);
}

TEST_CASE("pep names what is out of range", "[search]") {
  const auto refused = [&](const ciess::pep& how, const char* what) {
    support::watched_training env;
    CHECK_THROWS_WITH(ciess::search(env, how, {.budgets = {0.5, 0.6}}), ContainsSubstring(what));
    CHECK(env.asked == 0);
  };
  refused({.steps = 0}, "pep: steps must be >= 1, got 0");
  refused({.stretch = -2}, "pep: stretch must be >= 1, got -2");
  refused({.steps = 2'000'000'000}, "2000000000 steps for each of 2 budgets are too many");
}

TEST_CASE("a saved search of pep that cannot be is refused", "[search][resume]") {
  support::watched_training env;
  const ciess::pep how{.steps = 2, .stretch = 3};
  auto run = how.begin(env, {.budgets = {0.5}});
  run.step();
  auto saved = save_fields(run);
  const std::int64_t bad = 2;
  saved.at("turn").replace(0, sizeof bad, reinterpret_cast<const char*>(&bad), sizeof bad);
  auto other = how.begin(env, {.budgets = {0.5}});
  CHECK_THROWS_WITH(load_fields(saved, other), ContainsSubstring("how far a search can be"));
}
