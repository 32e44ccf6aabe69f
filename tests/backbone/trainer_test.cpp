// SPDX-License-Identifier: MIT
#include <ciess/backbone/trainer.hpp>
// its own header first
#include <limits>
#include <new>
#include <vector>

#include "support/catch.hpp"

namespace {

/// A model whose state is the number of steps it has trained.
struct counter {
  std::vector<ciess::table_shape> s{{.rows = 1, .range = {1, 1}}};
  int steps = 0;
  const std::vector<ciess::table_shape>& shapes() const { return s; }
  void reset(std::uint64_t) { steps = 0; }
  void resize(const ciess::assignment&) {}
  double train(int n) {
    steps += n;
    return 0;
  }
};
struct restorable_counter : counter {
  int snapshot() const { return steps; }
  void restore(int to) { steps = to; }
};
static_assert(ciess::sized_model<counter> && !ciess::restorable_backbone<counter>);
static_assert(ciess::restorable_backbone<restorable_counter>);

double hill(int steps) { return -std::abs(steps - 50); }

}  // namespace

TEST_CASE("training stops when quality has not improved for a while, and goes back to the best",
          "[backbone]") {
  restorable_counter model;
  const auto o = ciess::train_until(model, [&] { return hill(model.steps); },
                                    {.every = 20, .patience = 2, .max_steps = 1000});
  CHECK(o.curve == std::vector<double>{-50, -30, -10, -10, -30});
  CHECK(o.best == -10);
  CHECK(o.best_step == 40);
  CHECK(o.steps == 80);
  CHECK(model.steps == 40);

  counter plain;
  ciess::train_until(plain, [&] { return hill(plain.steps); },
                     {.every = 20, .patience = 2, .max_steps = 1000});
  CHECK(plain.steps == 80);
}

TEST_CASE("training never takes more steps than allowed - none is allowed, too", "[backbone]") {
  counter model;
  const auto o = ciess::train_until(model, [&] { return model.steps; },
                                    {.every = 30, .patience = 1, .max_steps = 70});
  CHECK(o.steps == 70);
  CHECK(o.best_step == 70);
  CHECK(o.curve.size() == 4);
  CHECK(ciess::train_until(model, [&] { return 1.0; }, {.max_steps = 0}).steps == 0);
}

TEST_CASE("an improvement must be larger than asked", "[backbone]") {
  counter model;
  const auto o = ciess::train_until(model, [&] { return 1e-3 * model.steps; },
                                    {.every = 1, .patience = 3, .max_steps = 50, .min_gain = 0.01});
  CHECK(o.steps == 3);
}

TEST_CASE("training until refuses options out of range and qualities that are none", "[backbone]") {
  counter model;
  const auto measure = [] { return 0.0; };
  CHECK_THROWS_AS(ciess::train_until(model, measure, {.every = 0}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::train_until(model, measure, {.patience = 0}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::train_until(model, measure, {.max_steps = -1}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::train_until(model, measure, {.min_gain = -1}), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::train_until(model,
                                       [&] {
                                         return model.steps < 200
                                                    ? 0.1 * model.steps
                                                    : std::numeric_limits<double>::quiet_NaN();
                                       },
                                       {}),
                    ContainsSubstring("after 200 steps"));
}

TEST_CASE("a watcher is told after each judgement, and what it throws ends the training",
          "[backbone]") {
  const ciess::train_until_options o{.every = 20, .patience = 2, .max_steps = 90};
  restorable_counter model;
  std::vector<ciess::training_report> told;
  const auto outcome = ciess::train_until(
      model, [&] { return hill(model.steps); }, o,
      [&](const ciess::training_report& r) { told.push_back(r); });
  REQUIRE(told.size() == outcome.curve.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    CHECK(told[i].quality == outcome.curve[i]);
    CHECK(told[i].step == 20 * static_cast<int>(i));
    CHECK(told[i].most_steps == 90);
    CHECK(told[i].seconds >= (i == 0 ? 0 : told[i - 1].seconds));
  }
  CHECK(told[1].best == -30);
  CHECK(told[1].best_step == 20);
  CHECK(told.back().best == -10);
  CHECK(told.back().best_step == 40);

  restorable_counter unseen;
  CHECK(ciess::train_until(unseen, [&] { return hill(unseen.steps); }, o).curve == outcome.curve);
  CHECK(unseen.steps == model.steps);
  CHECK_THROWS_AS(ciess::train_until(
                      model, [] { return 0.0; }, o,
                      [](const ciess::training_report&) { throw std::bad_alloc(); }),
                  std::bad_alloc);
}
