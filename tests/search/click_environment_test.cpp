// SPDX-License-Identifier: MIT
#include <ciess/search/click_environment.hpp>
// its own header first
#include <ciess/backbone/fm.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/search/bet/bet.hpp>
#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/dnis/dnis.hpp>
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/lens_environment.hpp>
#include <ciess/search/pep/pep.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/small_click_model.hpp"

namespace {

using ciess::impressions;
using ciess::start;
using support::made_up_clicks;
using support::small_fm;
using environment = ciess::click_environment<small_fm>;

static_assert(ciess::retrainable_environment<environment>);
static_assert(ciess::energetic_environment<environment>);
static_assert(ciess::visitable<environment>);
static_assert(ciess::held_out_lens_environment<ciess::click_environment<ciess::fm>>);
static_assert(ciess::energetic_environment<ciess::click_environment<ciess::fm>>);
template <class Train, class HeldOut>
constexpr bool is_made_of =
    std::is_constructible_v<environment, small_fm, Train, HeldOut, environment::options>;
static_assert(is_made_of<const impressions&, const impressions&>);
static_assert(!is_made_of<impressions, const impressions&>);
static_assert(!is_made_of<const impressions&, impressions>);
static_assert(!is_made_of<impressions, impressions>);

environment::options quick() {
  environment::options o;
  o.full = {.every = 20, .patience = 2, .max_steps = 120};
  o.tune = {.every = 10, .patience = 1, .max_steps = 30};
  o.from = start::warm;
  o.steps = 5;
  o.tune_rate.first = 0.02;
  return o;
}

struct data {
  impressions train, held_out;
  explicit data(bool feature = false)
      : train{made_up_clicks(4000, 1, feature)}, held_out{made_up_clicks(1500, 2, feature)} {}
};

/// The same bytes whatever the times were.
template <class Run>
saved_fields state_of(Run& run) {
  auto saved = save_fields(run);
  for (auto& [name, bytes] : saved)
    if (name.ends_with("history.steps"))
      for (std::size_t at = 4 * sizeof(double); at < bytes.size(); at += 5 * sizeof(double))
        bytes.replace(at, sizeof(double), sizeof(double), '\0');
  return saved;
}

}  // namespace

TEST_CASE("a click environment learns and measures the same sizes the same", "[search]") {
  const data parts;
  auto o = quick();
  o.from = GENERATE(start::scratch, start::warm);
  if (o.from == start::scratch) o.steps = 60;
  environment env(small_fm(parts.train), parts.train, parts.held_out, o);
  const auto full = env.full();
  CHECK(full.quality > 0.7);  // it has learnt something
  CHECK(env.full_evaluation().auc == full.quality);
  CHECK(env.full_evaluation().log_loss < 0.65);  // of a coin: 0.69
  CHECK(env.full_evaluation().impressions == 1500);
  const auto limit = ciess::budget::from_sparsity(0.6, env.shapes());
  const auto a = ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()), limit);
  const auto b = ciess::project(env.shapes(), ciess::random_proposal(env.shapes(), 1), limit);
  const auto first = env.measure(a);
  CHECK(env.measure(b).quality != first.quality);
  CHECK(env.measure(a).rows == first.rows);
  CHECK(first.quality > 0.55);
  CHECK(first.rows.size() == 3);
  CHECK(env.table_name(2) == "genres");
  CHECK(env.kinds() == 3);
  CHECK(env.retrain(a).quality >= 0.6);
}

TEST_CASE("a click environment maximises AUC or likelihood", "[search]") {
  const data parts;
  auto o = quick();
  environment by_auc(small_fm(parts.train), parts.train, parts.held_out, o);
  o.maximise = ciess::click_quality::likelihood;
  environment by_likelihood(small_fm(parts.train), parts.train, parts.held_out, o);
  by_auc.full();
  by_likelihood.full();
  CHECK(by_likelihood.full().quality == by_likelihood.full_evaluation().mean_likelihood());
  // The best of each by its own measure, on the same way.
  CHECK(by_likelihood.full_evaluation().log_loss <= by_auc.full_evaluation().log_loss);
  CHECK(by_auc.full_evaluation().auc >= by_likelihood.full_evaluation().auc);
}

TEST_CASE("a table of features is searched as the others are", "[search]") {
  const data parts(true);
  environment with(small_fm(parts.train, true), parts.train, parts.held_out, quick());
  environment without(small_fm(parts.train), parts.train, parts.held_out, quick());
  CHECK(with.shapes().size() == 4);
  CHECK(with.table_name(3) == "features");
  CHECK(with.frequency(3)[0] == 4000);
  CHECK(with.full().rows[3].size() == 1);
  CHECK(with.full().rows[3][0] == with.full_evaluation().mean_likelihood());
  CHECK(without.full().rows.size() == 3);
  const auto found = ciess::search(with, ciess::equal_rule(), {.budgets = {0.5}});
  CHECK(found.best[0][0].sizes.size() == 4);
}

TEST_CASE("methods search the sizes of a click model within a budget, to the same bytes",
          "[search]") {
  const data parts;
  const ciess::sizing_request asked{.budgets = {0.6}, .keep = 2};
  const auto at = [&](int threads, const auto& how) {
    const ciess::threads pool{threads};
    environment env(small_fm(parts.train), parts.train, parts.held_out, quick());
    auto run = how.begin(env, asked);
    ciess::take_steps(run);
    const auto limit = ciess::budget::from_sparsity(0.6, env.shapes());
    const auto found = result_of(run, asked);
    REQUIRE(!found.best[0].empty());
    CHECK(limit.met_by(found.best[0][0].sizes));
    CHECK(found.best[0][0].quality == env.measure(found.best[0][0].sizes).quality);
    CHECK(found.best[0][0].quality > 0.55);
    return state_of(run);
  };
  const auto both = [&](const auto& how) { CHECK((at(1, how) == at(2, how))); };
  both(ciess::equal_rule());
  both(ciess::rule(ciess::frequency_rule()));
  both(ciess::bet{.steps = 4, .candidates = 10});
  both(ciess::evolution{.steps = 5, .drawn = 3, .parents = 2});
  ciess::ciess_sizer<> agents{.episodes = 2, .steps = 3};
  agents.agent.hidden = {8};
  agents.agent.batch = 16;
  both(agents);
}

TEST_CASE("a full-size click model comes back from its fields and goes on", "[search]") {
  const data parts;
  environment env(small_fm(parts.train), parts.train, parts.held_out, quick());
  const auto saved = save_fields(env);
  environment back(small_fm(parts.train), parts.train, parts.held_out, quick());
  load_fields(saved, back);
  CHECK(back.has_full());
  CHECK(back.full().rows == env.full().rows);
  CHECK(back.full_evaluation().auc == env.full_evaluation().auc);
  const auto sizes = ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()),
                                    ciess::budget::from_sparsity(0.5, env.shapes()));
  const auto first = env.measure(sizes);
  const auto again = back.measure(sizes);
  CHECK(again.quality == first.quality);
  CHECK(again.rows == first.rows);
  CHECK((save_fields(back) == saved));

  // Of other data, or of another quality, it is another model.
  const auto other_held_out = made_up_clicks(1500, 3);
  environment of_others(small_fm(parts.train), parts.train, other_held_out, quick());
  CHECK_THROWS_WITH(load_fields(saved, of_others), ContainsSubstring("held_out.fingerprint"));
  auto o = quick();
  o.maximise = ciess::click_quality::likelihood;
  environment by_likelihood(small_fm(parts.train), parts.train, parts.held_out, o);
  CHECK_THROWS_WITH(load_fields(saved, by_likelihood), ContainsSubstring("maximised"));
}

TEST_CASE("sizes of a factorisation machine are learnt by slopes, on held-out data, too",
          "[search]") {
  const data parts(true);
  const auto make = [&] {
    ciess::fm::options o;
    o.range = {1, 6};
    o.batch = 500;
    o.rate.first = 0.02;
    o.deviation = 0.1;
    ciess::click_environment<ciess::fm>::options how;
    how.full = {.every = 40, .patience = 2, .max_steps = 240};
    how.from = start::warm;
    how.steps = 5;
    return ciess::click_environment(ciess::fm(parts.train, o, 1), parts.train, parts.held_out, how);
  };
  const ciess::sizing_request asked{.budgets = {0.5}, .keep = 1};
  const auto check = [&](const auto& how) {
    const auto at = [&](int threads) {
      const ciess::threads pool{threads};
      auto env = make();
      auto run = how.begin(env, asked);
      ciess::take_steps(run);
      CHECK(env.full().quality > 0.7);
      CHECK(env.table_name(3) == "features");
      const auto limit = ciess::budget::from_sparsity(0.5, env.shapes());
      CHECK(limit.met_by(run.best(0)[0].sizes));
      CHECK(run.best(0)[0].quality > 0.6);
      return state_of(run);
    };
    CHECK((at(1) == at(2)));
  };
  ciess::dnis gates;
  gates.steps = 2;
  gates.pairs = 4;
  gates.batch = 300;
  check(gates);
  ciess::pep thresholds;
  thresholds.steps = 2;
  thresholds.stretch = 4;
  check(thresholds);

  // The full-size model is saved, loaded, and gone on from.
  auto env = make();
  const auto saved = save_fields(env);
  auto back = make();
  load_fields(saved, back);
  const auto sizes = ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()),
                                    ciess::budget::from_sparsity(0.5, env.shapes()));
  const auto first = env.measure(sizes);
  CHECK(back.measure(sizes).rows == first.rows);
  CHECK(back.measure(sizes).quality == first.quality);
}
