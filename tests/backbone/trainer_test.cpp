// SPDX-License-Identifier: MIT
#include <ciess/backbone/trainer.hpp>
// its own header first
#include <limits>

#include "support/catch.hpp"

namespace {

/// A model whose state is the number of steps it has trained.
struct counter {
  std::vector<ciess::table_shape> s{{.rows = 1, .range = {1, 1}}, {.rows = 1, .range = {1, 1}}};
  int steps = 0;
  ciess::index users() const { return 1; }
  ciess::index items() const { return 1; }
  const std::vector<ciess::table_shape>& shapes() const { return s; }
  void reset(std::uint64_t) { steps = 0; }
  void resize(const ciess::assignment&) {}
  double train(int n) {
    steps += n;
    return 0;
  }
  void score(ciess::index, ciess::matrix_span) {}
};
struct restorable_counter : counter {
  int snapshot() const { return steps; }
  void restore(int to) { steps = to; }
};
static_assert(ciess::backbone<counter> && !ciess::restorable_backbone<counter>);
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
