// SPDX-License-Identifier: MIT
#include <ciess/search/baselines.hpp>
// its own header first
#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

TEST_CASE("a sweep has every combination of exponents and weights", "[search]") {
  const analytic_environment env(1, {5, 4}, {1, 8});
  const auto all = ciess::power_sweep(env, std::vector{0.0, 0.5, 1.0}, std::vector{1.0, 4.0});
  REQUIRE(all.size() == 18);
  CHECK(all[0].name == "freq^(0, 0)");
  CHECK(all[0].sizes == ciess::equal_proposal(env.shapes()));
  CHECK(all[1].name == "freq^(0, 0) x4");
  CHECK(all[1].sizes[0][0] == Approx(4));
  CHECK(all[2].name == "freq^(0.5, 0)");
  CHECK(all.back().name == "freq^(1, 1) x4");
  CHECK(ciess::power_sweep(env, std::vector<double>{}).empty());
}

TEST_CASE("a sweep in groups gives tables of one group the same exponent and weight", "[search]") {
  const analytic_environment env(1, {5, 4, 5, 4}, {1, 8});
  const auto all = ciess::power_sweep(env, std::vector{0.0, 0.5, 1.0}, std::vector{1.0, 4.0}, 2);
  REQUIRE(all.size() == 18);
  CHECK(all[1].name == "freq^(0, 0) x4");
  CHECK(all[1].sizes[0][0] == Approx(4));
  CHECK(all[1].sizes[1][0] == Approx(1));
  CHECK(all[1].sizes[2][0] == Approx(4));
  CHECK(all[1].sizes[3][0] == Approx(1));
  const std::vector<std::span<const double>> frequency{env.frequency(0), env.frequency(1),
                                                       env.frequency(2), env.frequency(3)};
  CHECK(all[2].name == "freq^(0.5, 0)");
  CHECK(all[2].sizes == ciess::power_proposal(frequency, std::vector{0.5, 0.0, 0.5, 0.0}));
  CHECK(ciess::power_sweep(env, std::vector{0.0, 1.0}).size() == 16);
}

TEST_CASE("one-shot rules return what is best of them for each budget", "[search]") {
  analytic_environment env(2);
  const auto shapes = ciess::power_sweep(env, std::vector{0.0, 0.5, 1.0});
  const std::vector budgets{0.8, 0.95};
  int steps = 0;
  const auto found =
      ciess::search_shapes(env, budgets, shapes, 2, [&](const ciess::step_report& s) {
        ++steps;
        CHECK(s.episode == -1);
      });
  CHECK(steps == 18);
  for (std::size_t b = 0; b < 2; ++b) {
    const auto limit = ciess::budget::from_sparsity(budgets[b], env.shapes());
    double best = 0;
    for (const auto& s : shapes)
      best = std::max(best, env.measure(ciess::project(env.shapes(), s.sizes, limit)).quality);
    REQUIRE(found.best[b].size() == 2);
    CHECK(found.best[b][0].quality >=
          best - 1e-15);  // a tighter budget's shape may be better still
    CHECK(found.best[b][0].sizes.total() <= limit.numbers);
  }
}
