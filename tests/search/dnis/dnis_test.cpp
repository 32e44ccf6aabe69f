// SPDX-License-Identifier: MIT
#include <ciess/search/dnis/dnis.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

#include <limits>
#include <vector>

#include "support/small_lens_environment.hpp"

namespace {

/// A search of few steps.
ciess::dnis small_dnis(bool second_order = false) {
  return {.steps = 2, .pairs = 3, .blocks = {1, 2, 3}, .batch = 60, .second_order = second_order};
}

}  // namespace

TEST_CASE("dnis keeps the laws of sizers", "[search][laws][threads][resume]") {
  for (const bool second_order : {false, true})
    sizer_laws::check<support::watched_training, support::larger_training>(
        small_dnis(second_order));
  sizer_laws::check<support::watched_training, support::larger_training>(
      ciess::dnis{.steps = 1, .pairs = 5, .blocks = {1}, .batch = 30, .rate = 0.2, .fall = 0});
}

TEST_CASE("the gates of dnis come down to each budget, the one that keeps most first", "[search]") {
  support::watched_training env;
  const ciess::dnis how{.steps = 4, .pairs = 30, .blocks = {1, 2, 3}, .batch = 60, .rate = 0.05};
  auto run = how.begin(env, {.budgets = {0.85, 0.5}});
  while (!run.done()) run.step();
  REQUIRE(run.history().size() == 8);
  double before = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    const auto& r = run.history()[i];
    CAPTURE(i);
    CHECK(r.budget == (i < 4 ? 0.5 : 0.85));
    CHECK(r.origin == "gates");
    CHECK(r.sparsity == Approx(r.budget).margin(2e-3));
    CHECK(r.noted("pairs") == 30 * static_cast<double>(i + 1));
    CHECK(r.noted("kept") <= before + 1e-9);
    before = r.noted("kept");
    if (i % 4 == 3) CHECK(before == Approx(1 - r.budget).margin(2e-3));
    CHECK(r.noted("loss") > 0);
    CHECK(r.noted("held_out_loss") > 0);
  }
}

TEST_CASE("dnis of second order says how much it corrects, and what it took", "[search]") {
  support::watched_training env;
  const auto run_of = [&](const ciess::dnis& how) {
    auto run = how.begin(env, {.budgets = {0.7}});
    ciess::take_steps(run);
    return run;
  };
  const auto first = run_of(small_dnis()), second = run_of(small_dnis(true));
  // Two steps of three pairs: training, a look at held-out data, and two more at training data.
  CHECK(first.trained_steps() == 2 * 3 * 2);
  CHECK(second.trained_steps() == 2 * 3 * 4);
  bool other_slopes = false;
  for (std::size_t b = 0; b < 3; ++b)
    other_slopes = other_slopes || first.lens().slope(0)[b] != second.lens().slope(0)[b];
  CHECK(other_slopes);
  CHECK(first.history()[0].notes.size() + 1 == second.history()[0].notes.size());
  for (const auto& r : second.history()) CHECK(r.noted("correction") > 0);
  // The tables learn alike as long as the lengths are the same: in the first pair.
  const auto pair_of = [&](bool second_order) {
    auto how = small_dnis(second_order);
    how.steps = how.pairs = 1;
    return run_of(how);
  };
  CHECK(pair_of(false).history()[0].noted("loss") == pair_of(true).history()[0].noted("loss"));
  // A step of nearly no length is that of the first order, at the tables before training.
  auto near = small_dnis(true);
  near.inner_rate = 1e-9;
  CHECK(run_of(near).history()[0].noted("correction") < 1e-6);
}

TEST_CASE("a saved search of dnis does not go on by another order", "[search][resume]") {
  support::watched_training env;
  auto run = small_dnis(true).begin(env, {.budgets = {0.5}});
  run.step();
  const auto saved = save_fields(run);
  auto other = small_dnis().begin(env, {.budgets = {0.5}});
  CHECK_THROWS_WITH(load_fields(saved, other), ContainsSubstring("second_order"));
  auto faster = small_dnis(true);
  faster.inner_rate = 3;
  auto third = faster.begin(env, {.budgets = {0.5}});
  CHECK_THROWS_WITH(load_fields(saved, third), ContainsSubstring("inner_rate"));
}

TEST_CASE("rows of a block have one length, but for what is left over", "[search]") {
  support::watched_training env;
  const auto found = ciess::search(env, small_dnis(), {.budgets = {0.7}});
  const auto& sizes = found.sizes(0.7);
  for (std::size_t t = 0; t < 2; ++t) {
    const ciess::frequency_blocks blocks(env.frequency(t), small_dnis().blocks);
    for (std::size_t b = 0; b < 3; ++b) {
      int least = 16, most = 0;
      for (ciess::index_t r = 0; r < sizes[t].rows(); ++r)
        if (blocks[r] == b) {
          least = std::min(least, sizes[t][r]);
          most = std::max(most, sizes[t][r]);
        }
      CHECK(most - least <= 1);
    }
  }
}

// On this data (a cut alone is judged): MF random 0.297 0.225, equal 0.371 0.291, dnis 0.378 0.344;
// LightGCN random 0.374 0.288, equal 0.425 0.313, dnis 0.426 0.406.
TEMPLATE_TEST_CASE("dnis is above random sizes and above equal ones", "[search]", ciess::mf,
                   ciess::lightgcn) {
  auto env = support::lens_environment<TestType>(support::larger_parts(), 32, 200);
  const ciess::sizing_request asked{.budgets = {0.8, 0.9}};
  const auto found = ciess::search(env, ciess::dnis{.pairs = 10, .rate = 0.03}, asked);
  const auto second =
      ciess::search(env, ciess::dnis{.pairs = 10, .rate = 0.03, .second_order = true}, asked);
  const auto random = ciess::search(env, ciess::random_rule(), asked);
  const auto equal = ciess::search(env, ciess::equal_rule(), asked);
  for (const double b : asked.budgets) {
    CAPTURE(b);
    for (const auto* of : {&found, &second}) {
      CAPTURE(of == &second, of->best_of(b).quality);
      CHECK(of->best_of(b).quality > random.best_of(b).quality + 0.03);
      CHECK(of->best_of(b).quality >= equal.best_of(b).quality);
    }
  }
}

TEST_CASE("dnis sizes a model of four tables", "[search]") {
  auto env = support::lens_environment<ciess::neumf>(support::small_parts(), 8, 20);
  for (const bool second_order : {false, true}) {
    const auto found = ciess::search(env, small_dnis(second_order), {.budgets = {0.6}});
    CHECK(found.sizes(0.6).size() == 4);
    CHECK(found.best_of(0.6).quality > 0);
  }
}

TEST_CASE("dnis names what is out of range", "[search]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [&](const ciess::dnis& how, const char* what) {
    support::watched_training env;
    CHECK_THROWS_WITH(ciess::search(env, how, {.budgets = {0.5}}), ContainsSubstring(what));
    CHECK(env.asked == 0);
  };
  refused({.steps = 0}, "dnis: steps must be >= 1, got 0");
  refused({.pairs = -1}, "dnis: pairs must be >= 1, got -1");
  refused({.batch = 0}, "dnis: batch must be >= 1, got 0");
  refused({.rate = 0}, "dnis: rate must be above 0 and at most 1, got 0");
  refused({.rate = nan}, "dnis: rate");
  refused({.fall = 1.5}, "dnis: fall must be in [0, 1], got 1.5");
  refused({.inner_rate = -1}, "dnis: inner_rate must be >= 0, got -1");
  refused({.inner_rate = nan}, "dnis: inner_rate");
  refused({.blocks = {}}, "there is no block");
  refused({.blocks = {0.5, 0}}, "a block's share must be > 0, got 0");
  support::watched_training env;
  CHECK_THROWS_WITH((ciess::dnis{.steps = 2'000'000'000}.check(env, {.budgets = {0.5, 0.6}})),
                    ContainsSubstring("2000000000 steps for each of 2 budgets are too many"));
}

TEST_CASE("a saved search whose gates are out of range is refused", "[search][resume]") {
  support::watched_training env;
  auto run = small_dnis().begin(env, {.budgets = {0.5}});
  run.step();
  auto saved = save_fields(run);
  const double bad = 17;
  saved.at("gates.table0").replace(0, sizeof bad, reinterpret_cast<const char*>(&bad), sizeof bad);
  auto other = small_dnis().begin(env, {.budgets = {0.5}});
  CHECK_THROWS_WITH(load_fields(saved, other), ContainsSubstring("lengths in the range"));
}
