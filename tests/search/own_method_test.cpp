// SPDX-License-Identifier: MIT
#include "search/hill_climbing.hpp"
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>
#include <ciess/study/result_table.hpp>
#include <ciess/study/run_study.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/sizer_laws.hpp"

TEST_CASE("a method of one's own keeps the laws of sizers", "[search][threads][resume]") {
  sizer_laws::check(hill_climbing{.steps = 4, .share = 0.3});
  sizer_laws::check(hill_climbing{.steps = 1});
}

TEST_CASE("hill climbing says what it refuses", "[search]") {
  const auto refused = [](hill_climbing how, const std::string& words) {
    sizer_laws::watched env;
    CHECK_THROWS_WITH(ciess::search(env, how, sizer_laws::request()), ContainsSubstring(words));
    CHECK(env.asked == 0);
  };
  refused({.steps = 0}, "got 0 and 0.01");
  refused({.share = 0}, "got 20 and 0");
  refused({.share = std::numeric_limits<double>::quiet_NaN()}, "got 20 and nan");
}

TEST_CASE("hill climbing beats equal sizes on the way to the optimum", "[search]") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    analytic_environment env(seed);
    const ciess::sizing_request asked{.budgets = {0.9, 0.8}, .seed = seed};
    const auto equal = ciess::search(env, ciess::equal_rule(), asked);
    const auto found = ciess::search(env, hill_climbing{.steps = 300}, asked);
    CHECK(found.steps == 600);
    for (const double b : asked.budgets) {
      const auto limit = ciess::budget::from_sparsity(b, env.shapes());
      const double start = equal.best_of(b).quality;
      const double best = env.measure(env.optimum(limit)).quality;
      const double share = (found.best_of(b).quality - start) / (best - start);
      CAPTURE(seed, b, share);
      CHECK(share > 0.05);
      CHECK(share <= 1);
    }
  }
}

TEST_CASE("a method of one's own has its rows in a study", "[search][study]") {
  const auto make = [](const ciess::interactions& train) {
    ciess::lightgcn::options o;
    o.range = {1, 12};
    o.batch = 300;
    return ciess::lightgcn(train, o, 1);
  };
  const auto data = ciess::split_interactions(
      ciess::make_synthetic({.users = 90, .items = 60, .interactions = 1500, .factors = 6}).data,
      {}, 1);
  ciess::recommender_environment<ciess::lightgcn>::options e;
  e.full = {.every = 20, .patience = 2, .max_steps = 80};
  e.tune = {.every = 10, .patience = 1, .max_steps = 20};
  e.steps = 5;
  ciess::ciess_sizer<> learned{.episodes = 2, .steps = 2};
  learned.agent.hidden = {16};
  learned.agent.batch = 64;
  const auto r = ciess::run_study(
      make, data, e, {.budgets = {0.6, 0.8}},
      ciess::study_methods(ciess::equal_rule(), learned, hill_climbing{.steps = 4}), {},
      ciess::no_store{});
  const std::vector<ciess::table_shape> shapes{{90, {1, 12}}, {60, {1, 12}}};
  REQUIRE(r.budgets.size() == 2);
  for (const auto& row : r.budgets) {
    REQUIRE(row.methods.size() == 3);
    CHECK(row.methods[0].method == "equal");
    CHECK(row.methods[1].method == "ciess");
    CHECK(row.methods[2].method == "hill-climbing");
    const auto limit = ciess::budget::from_sparsity(row.budget, shapes);
    CHECK(limit.met_by(row.methods[2].sizes));
    CHECK(row.methods[2].test.mean > 0);
  }
  CHECK_THAT(ciess::result_table(r), ContainsSubstring("hill-climbing"));
}
