// SPDX-License-Identifier: MIT
#include <ciess/search/find_sizes.hpp>

#include <algorithm>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

namespace {

/// Judges at once by noise alone, and tells the truth after a training to the end.
class hasty : public analytic_environment {
 public:
  using analytic_environment::analytic_environment;
  ciess::measurement measure(const ciess::assignment& a) {
    ++measured;
    ciess::measurement m = analytic_environment::measure(a);
    auto engine = ciess::random_stream(3, ciess::purpose::user).at(std::uint64_t(a[0].total()));
    m.quality = ciess::uniform01<double>(engine);
    return m;
  }
  ciess::measurement retrain(const ciess::assignment& a) {
    ++trained;
    return analytic_environment::measure(a);
  }
  int measured = 0;
  int trained = 0;
};

ciess::assignment equal_sizes(const analytic_environment& env, double budget) {
  return ciess::project(env.shapes(), ciess::equal_proposal(env.shapes()),
                        ciess::budget::from_sparsity(budget, env.shapes()));
}

/// With networks that learn in no time.
ciess::search_options<> quick(const analytic_environment& env, const ciess::sizing_request& asked) {
  auto o = ciess::working_options(env, asked);
  o.policy.hidden = {8, 8};
  o.policy.batch = 64;
  return o;
}

}  // namespace

TEST_CASE("who names a budget alone gets no less than any rule gives, and more than equal sizes",
          "[search]") {
  const auto seed = GENERATE(1u, 2u, 3u);
  analytic_environment env(seed, {60, 40});
  const ciess::sizing_request asked{.budgets = {0.8, 0.9}, .episodes = 10, .seed = seed};
  const auto found = ciess::find_sizes(env, quick(env, asked));
  REQUIRE(found.best.size() == 2);
  for (std::size_t b = 0; b < 2; ++b) {
    const auto limit = ciess::budget::from_sparsity(asked.budgets[b], env.shapes());
    double rule = 0;
    for (const auto& r : ciess::rule_seeds(env))
      rule = std::max(rule, env.measure(ciess::project(env.shapes(), r.sizes, limit)).quality);
    REQUIRE(!found.best[b].empty());
    CHECK(limit.met_by(found.best[b].front().sizes));
    CHECK(found.best[b].front().quality >= rule);
    CHECK(found.best[b].front().quality >
          1.02 * env.measure(equal_sizes(env, asked.budgets[b])).quality);
  }
}

TEST_CASE("what is returned is never worse than the best rule after a training to the end",
          "[search]") {
  const auto seed = GENERATE(1u, 2u);
  hasty env(seed, {60, 40});
  const auto found = ciess::find_sizes(
      env, quick(env, {.budgets = {0.8}, .keep = 2, .episodes = 3, .seed = seed}));
  CHECK(env.measured == 45 + 30);
  CHECK(env.trained <= 3);  // the best two and the best rule
  REQUIRE(found.best[0].size() == 2);
  CHECK(found.best[0][0].retrained >= found.best[0][1].retrained);
  // The rule that measured best was among them.
  const auto limit = ciess::budget::from_sparsity(0.8, env.shapes());
  double best = -1;
  double after = 0;
  for (const auto& r : ciess::rule_seeds(env)) {
    const auto sizes = ciess::project(env.shapes(), r.sizes, limit);
    const double quality = env.measure(sizes).quality;
    if (quality > best) {
      best = quality;
      after = env.retrain(sizes).quality;
    }
  }
  CHECK(*found.best[0][0].retrained >= after);
}

TEST_CASE("a search that an observer ends is not trained to the end", "[search]") {
  hasty env(1, {60, 40});
  const auto found = ciess::search(env, {.budgets = {0.8}},
                                   [](const ciess::step_report& s) { return s.number < 4; });
  CHECK(found.stopped);
  CHECK(env.measured == 5);
  CHECK(env.trained == 0);
}

TEST_CASE("a request that cannot be met is refused before anything is measured", "[search]") {
  hasty env(1, {60, 40});
  CHECK_THROWS_AS(ciess::search(env, {.budgets = {}}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::search(env, {.budgets = {0.999}}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::search(env, {.keep = 0}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::search(env, {.episodes = -1}), ciess::argument_error);
  CHECK(env.measured == 0);
}
