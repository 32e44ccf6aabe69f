// SPDX-License-Identifier: MIT
#include <ciess/search/budget/controller.hpp>
// its own header first
#include <limits>

#include "support/catch.hpp"

namespace {
using ciess::assignment;
using ciess::proposal;
using ciess::table_shape;

struct archetype {
  double price() const { return 0; }
  assignment apply(std::span<const table_shape> s, const proposal&) const { return assignment(s); }
  void observe(double) {}
};
struct no_price {
  assignment apply(std::span<const table_shape> s, const proposal&) const { return assignment(s); }
  void observe(double) {}
};
struct no_apply {
  double price() const { return 0; }
  void observe(double) {}
};
struct applies_once {
  double price() const { return 0; }
  assignment apply(std::span<const table_shape> s, const proposal&) { return assignment(s); }
  void observe(double) {}
};
struct no_observe {
  double price() const { return 0; }
  assignment apply(std::span<const table_shape> s, const proposal&) const { return assignment(s); }
};
static_assert(ciess::budget_controller<archetype>);
static_assert(!ciess::budget_controller<no_price> && !ciess::budget_controller<no_apply>);
static_assert(!ciess::budget_controller<applies_once> && !ciess::budget_controller<no_observe>);

const std::vector<table_shape> shapes{{.rows = 100, .range = {1, 64}}};
}  // namespace

TEST_CASE("a fixed price rounds and clips, and stays", "[search]") {
  ciess::fixed_price c(0.2);
  proposal p{std::vector<float>(100, 3.6F)};
  p[0][0] = -5;
  p[0][1] = 1000;
  const auto a = c.apply(shapes, p);
  CHECK(a[0][0] == 1);
  CHECK(a[0][1] == 64);
  CHECK(a[0][2] == 4);
  c.observe(0.1);
  CHECK(c.price() == 0.2);
}

TEST_CASE("an automatic price drives the sparsity of a rational row to the budget", "[search]") {
  // A row with quality 1 - exp(-d/8) that pays lambda (d/64)^2 chooses the best d for itself.
  const auto choose = [](double lambda) {
    int best = 1;
    double most = -1e9;
    for (int d = 1; d <= 64; ++d) {
      const double r = 1 - std::exp(-d / 8.0) - lambda * (d / 64.0) * (d / 64.0);
      if (r > most) {
        most = r;
        best = d;
      }
    }
    return best;
  };
  const double budget = GENERATE(0.6, 0.75, 0.9);
  ciess::automatic_price c({.budget = budget});
  double sparsity = 0;
  for (int step = 0; step < 300; ++step) {
    sparsity = 1 - choose(c.price()) / 64.0;
    c.observe(sparsity);
  }
  CHECK(sparsity == Approx(budget).margin(1.5 / 64));  // sizes are whole: one column is 1/64
}

TEST_CASE("the automatic price stays inside its bounds", "[search]") {
  ciess::automatic_price c({.budget = 0.5, .first = 1, .rate = 50, .least = 0.5, .most = 2});
  c.observe(0.0);
  CHECK(c.price() == 2);
  c.observe(1.0);
  c.observe(1.0);
  CHECK(c.price() == 0.5);
}

TEST_CASE("exact projection meets the budget whatever is asked and keeps the inner price",
          "[search]") {
  ciess::exact_projection c(ciess::budget{640}, ciess::automatic_price({.budget = 0.9}));
  const auto a = c.apply(shapes, {std::vector<float>(100, 60.0F)});
  CHECK(a.total() == 640);
  const double before = c.price();
  c.observe(0.1);
  CHECK(c.price() > before);
}

TEST_CASE("controllers refuse options out of range", "[search]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(ciess::fixed_price(-1), ciess::argument_error);
  CHECK_THROWS_AS(ciess::fixed_price(nan), ciess::argument_error);
  CHECK_THROWS_AS(ciess::automatic_price({.budget = 0}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::automatic_price({.budget = 1}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::automatic_price({.budget = nan}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::automatic_price({.first = 0}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::automatic_price({.rate = 0}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::automatic_price({.least = 1, .most = 0.5}), ciess::argument_error);
}
