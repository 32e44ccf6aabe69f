// SPDX-License-Identifier: MIT
#include <ciess/search/find_sizes.hpp>

#include <algorithm>
#include <set>
#include <string>

#include <ciess/search/rules/simple.hpp>

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
ciess::ciess_sizer<> quick(const analytic_environment& env, int episodes) {
  auto o = ciess::working_sizer(env);
  o.episodes = episodes;
  o.agent.hidden = {8, 8};
  o.agent.batch = 64;
  return o;
}

/// What the seeds offer for a budget.
std::vector<ciess::assignment> rules_for(const analytic_environment& env, ciess::budget limit) {
  const auto facts = ciess::facts_of(env);
  const ciess::rule seeds = ciess::rule_seeds();
  std::vector<ciess::assignment> all;
  for (std::size_t i = 0; i < seeds.count(facts); ++i)
    all.push_back(seeds.sizes(facts, limit, 1, i));
  return all;
}

}  // namespace

TEST_CASE("who names a budget alone gets no less than any rule gives, and more than equal sizes",
          "[search]") {
  const auto seed = GENERATE(1u, 2u, 3u);
  analytic_environment env(seed, {60, 40});
  const ciess::sizing_request asked{.budgets = {0.8, 0.9}, .seed = seed};
  const auto found = ciess::find_sizes(env, quick(env, 10), asked);
  REQUIRE(found.best.size() == 2);
  for (std::size_t b = 0; b < 2; ++b) {
    const auto limit = ciess::budget::from_sparsity(asked.budgets[b], env.shapes());
    double rule = 0;
    for (const auto& sizes : rules_for(env, limit))
      rule = std::max(rule, env.measure(sizes).quality);
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
  const auto found =
      ciess::find_sizes(env, quick(env, 3), {.budgets = {0.8}, .keep = 2, .seed = seed});
  CHECK(env.measured == 45 + 30);
  CHECK(env.trained <= 3);  // the best two and the best rule
  REQUIRE(found.best[0].size() == 2);
  CHECK(found.best[0][0].retrained >= found.best[0][1].retrained);
  // The rule that measured best was among them.
  const auto limit = ciess::budget::from_sparsity(0.8, env.shapes());
  double best = -1;
  double after = 0;
  for (const auto& sizes : rules_for(env, limit)) {
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

TEST_CASE("a search that an observer ends at its last step is not trained to the end either",
          "[search]") {
  hasty env(1, {60, 40});
  const auto found =
      ciess::find_sizes(env, ciess::equal_rule(), {.budgets = {0.8, 0.9}},
                        [](const ciess::step_report& s) { return s.number + 1 < s.total; });
  CHECK(found.stopped);
  CHECK(env.measured == 2);
  CHECK(env.trained == 0);
}

TEST_CASE("a training that fails leaves what was found as it was", "[search]") {
  struct fails_once : hasty {
    using hasty::hasty;
    ciess::measurement retrain(const ciess::assignment& a) {
      if (trained == 1) throw std::runtime_error("no memory");
      return hasty::retrain(a);
    }
  } env(1, {60, 40});
  auto found = ciess::search(env, ciess::rule(ciess::frequency_rule({0, 1})), {.budgets = {0.8}});
  const auto before = found.best[0];
  REQUIRE(before.size() > 1);
  CHECK_THROWS_WITH(ciess::retrain(env, found), "no memory");
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(found.best[0][i].sizes == before[i].sizes);
    CHECK(!found.best[0][i].retrained);
  }
}

TEST_CASE("so many rules are measured before a search as is said", "[search]") {
  struct of_kinds : analytic_environment {
    of_kinds(std::vector<ciess::index_t> rows, std::vector<std::size_t> k)
        : analytic_environment(1, std::move(rows)), kinds{std::move(k)} {}
    std::size_t kind(std::size_t t) const { return kinds[t]; }
    std::vector<std::size_t> kinds;
  };
  const auto seeds = [](const of_kinds& env) {
    return ciess::rule_seeds().count(ciess::facts_of(env));
  };
  CHECK(seeds({{9}, {0}}) == 3);
  CHECK(seeds({{9, 8}, {0, 1}}) == 45);
  CHECK(seeds({{9, 8, 7}, {0, 1, 2}}) == 135);
  CHECK(seeds({{9, 8, 7, 6}, {0, 1, 2, 3}}) == 15);
}

TEST_CASE("a request that cannot be met is refused before anything is measured", "[search]") {
  hasty env(1, {60, 40});
  CHECK_THROWS_AS(ciess::search(env, {.budgets = {}}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::search(env, {.budgets = {0.999}}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::search(env, {.keep = 0}), ciess::argument_error);
  CHECK(env.measured == 0);
}

TEST_CASE("the working sizer measures rules first and learns quickly", "[search]") {
  const analytic_environment env(1, {60, 40});
  const auto o = ciess::working_sizer(env);
  CHECK(o.agent.batch == 256);  // no table has more rows
  CHECK(o.guide.blend > 0);
  REQUIRE(o.seeds.size() == 1);
  const auto facts = ciess::facts_of(env);
  REQUIRE(o.seeds[0].count(facts) == 45);  // 3 exponents a table, 5 weights
  std::set<std::string> names;
  for (std::size_t i = 0; i < 45; ++i) names.insert(o.seeds[0].title(facts, i));
  CHECK(names.size() == 45);
  CHECK(names.contains("freq^(0, 0)"));  // equal sizes
  CHECK_NOTHROW(o.check(env, {.budgets = {0.7}}));
}

namespace {

ciess::assignment of_size(int size) { return ciess::assignment({ciess::sizes(10, {1, 10}, size)}); }
ciess::candidate made(int size, double quality) {
  return {.sizes = of_size(size), .quality = quality, .retrained = {}, .origin = "test"};
}

struct retrains_backwards {
  std::vector<ciess::table_shape> s{{.rows = 10, .range = {1, 10}}};
  std::vector<double> f = std::vector<double>(10, 1.0);
  std::span<const ciess::table_shape> shapes() const { return s; }
  std::span<const double> frequency(std::size_t) const { return f; }
  ciess::measurement full() { return measure(of_size(10)); }
  ciess::measurement measure(const ciess::assignment&) { return {0, {f}}; }
  ciess::measurement retrain(const ciess::assignment& a) { return {double(100 - a.total()), {f}}; }
};

}  // namespace

TEST_CASE("retraining sorts the kept assignments anew", "[search]") {
  ciess::search_result found;
  found.best = {{made(5, 3), made(4, 2), made(2, 1)}};
  retrains_backwards env;
  ciess::retrain(env, found);
  CHECK(found.best[0][0].sizes == of_size(2));
  CHECK(*found.best[0][0].retrained == 80);
  CHECK(found.best[0][2].sizes == of_size(5));
}
