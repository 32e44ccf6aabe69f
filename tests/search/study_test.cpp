#include <ciess/search/study.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/data/synthetic.hpp>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using environment_options = ciess::recommender_environment<ciess::lightgcn>::options;

ciess::split parts() {
  return ciess::split_interactions(
      ciess::make_synthetic({.users = 90, .items = 60, .interactions = 1500, .factors = 6}).data,
      {}, 1);
}

/// What a test changes of a small study.
struct changes {
  bool stop = false;  ///< after three steps of the search
  std::vector<ciess::start> starts = {};
  std::vector<ciess::tail_energy_options> tail = {{0, 1}, {0, 2}};
  std::vector<double> exponents = {0, 0.5};
  std::vector<double> budgets = {0.6, 0.8};
  int keep = 3;
  ciess::split data = parts();
  std::string stop_at = {};  ///< what is said when `stopping` becomes true
  int said = 0;              ///< how often something was
};

ciess::study_result run(changes&& c) {
  const auto make = [](const ciess::interactions& train) {
    ciess::lightgcn::options o;
    o.range = {1, 12};
    o.batch = 300;
    return ciess::lightgcn(train, o, 1);
  };
  environment_options e;
  e.full = {.every = 20, .patience = 2, .max_steps = 80};
  e.tune = {.every = 10, .patience = 1, .max_steps = 20};
  e.from = ciess::start::warm;
  e.steps = 5;
  ciess::search_options<> o;
  o.budgets = c.budgets;
  o.keep = c.keep;
  o.episodes = 2;
  o.steps = 2;
  o.policy.hidden = {16};
  o.policy.batch = 64;
  ciess::study_options s{.exponents = c.exponents, .weights = {4}, .frequency_keep = 2};
  s.rule_starts = c.starts;
  s.tail_energy = c.tail;
  bool stopping = false;
  s.stopping = [&] { return stopping; };
  int steps = 0;
  auto observer = [&](const ciess::step_report&) { return !(c.stop && ++steps == 3); };
  const auto say = [&](const std::string& what) {
    ++c.said;
    stopping = stopping || (!c.stop_at.empty() && what.starts_with(c.stop_at));
  };
  return ciess::run_study(make, c.data, e, o, s, say, observer);
}

}  // namespace

TEST_CASE("a study measures every method under every budget", "[search]") {
  const auto r = run({});
  CHECK(!r.stopped);
  CHECK(r.full_numbers == 150 * 12);
  CHECK(r.full.mean > 0);
  REQUIRE(r.budgets.size() == 2);
  for (const auto& row : r.budgets) {
    REQUIRE(row.methods.size() == 5);
    const auto limit = static_cast<std::int64_t>((1 - row.budget) * 1800 + 1e-9);
    for (const auto& m : row.methods) {
      CAPTURE(row.budget, m.method, m.origin);
      CHECK(m.sizes.total() <= limit);
      CHECK(m.test.mean > 0);
      CHECK(row.methods.back().validation >=
            m.validation);  // ciess: the best of all that was tried
    }
    CHECK(row.methods[0].method == "equal");
    CHECK(row.methods[1].method == "random");
    CHECK(row.methods[2].method == "frequency");
    CHECK(row.methods[3].method == "tail-energy");
    CHECK(row.methods[4].method == "ciess");
    for (const auto& m : row.methods) CHECK(ciess::label(row, m) == m.method);
  }
  CHECK(r.seconds.total >= r.seconds.pretrain + r.seconds.search);
}

TEST_CASE("simple rules are trained from every start that is asked for", "[search]") {
  const auto r = run({.starts = {ciess::start::scratch, ciess::start::warm}});
  for (const auto& row : r.budgets) {
    REQUIRE(row.methods.size() == 9);
    for (std::size_t k = 0; k < 8; ++k) {
      const auto& m = row.methods[k];
      CHECK(m.method == row.methods[k ^ 1].method);
      CHECK(m.recipe.from == (k % 2 == 0 ? ciess::start::scratch : ciess::start::warm));
      CHECK(ciess::label(row, m) == m.method + (k % 2 == 0 ? ", scratch" : ", warm"));
      CHECK(row.methods.back().validation >= m.validation);
    }
    CHECK(ciess::label(row, row.methods.back()) == "ciess");
  }
}

TEST_CASE("a study that is stopped reports what there is", "[search]") {
  const auto r = run({.stop = true});
  CHECK(r.stopped);
  REQUIRE(r.budgets.size() == 2);
  for (const auto& row : r.budgets) CHECK(row.methods.back().method == "ciess");
}

TEST_CASE("a study can be stopped after its search", "[search]") {
  const auto training = run({.starts = {ciess::start::scratch, ciess::start::warm},
                             .stop_at = "training the candidates at 80%"});
  CHECK(training.stopped);
  REQUIRE(training.budgets.size() == 2);
  CHECK(training.budgets[0].methods.back().method == "ciess");
  CHECK(training.budgets[0].methods.back().test.mean > 0);
  const auto measuring = run({.stop_at = "last training"});
  CHECK(measuring.stopped);
  for (const auto& row : measuring.budgets) {
    CHECK(row.methods.back().method == "ciess");
    for (const auto& m : row.methods) CHECK(m.test.mean > 0);  // what is not measured is left out
  }
}

TEST_CASE("after a stop rules are trained from the last start only", "[search]") {
  const auto stopped = run({.stop = true, .starts = {ciess::start::scratch, ciess::start::warm}});
  for (const auto& row : stopped.budgets)
    for (const auto& m : row.methods) CHECK(m.recipe.from == ciess::start::warm);
}

TEST_CASE("a study refuses before it trains", "[search]") {
  const auto refused = [](changes c) {
    try {
      (void)run(std::move(c));
    } catch (const ciess::argument_error&) {
      return c.said == 0;
    }
    return false;
  };
  using ciess::start;
  CHECK(refused({.starts = {start::warm, start::warm}}));
  CHECK(refused({.starts = {start::scratch, start::scratch, start::warm}}));
  CHECK(refused({.tail = {{-1, 1}}}));
  CHECK(refused({.exponents = {std::numeric_limits<double>::infinity()}}));
  CHECK(refused({.budgets = {1.5}}));
  CHECK(refused({.keep = 0}));
  auto data = parts();
  data.validation = ciess::interactions(data.train.users(), data.train.items(), {});
  CHECK(refused({.data = data}));
  data = parts();
  data.test = ciess::interactions(data.train.users() + 1, data.train.items(), {{0, 0}});
  CHECK(refused({.data = data}));
}

TEST_CASE("the best shapes are taken by budget, ties by order", "[search]") {
  const std::vector<ciess::detail::shape_score> scores{
      {0.8, 0, 1.0}, {0.8, 1, 2.0}, {0.9, 0, 5.0}, {0.8, 2, 2.0}};
  CHECK(ciess::detail::best_shapes(scores, 0.8, 2) == std::vector<std::size_t>{1, 2});
  CHECK(ciess::detail::best_shapes(scores, 0.9, 2) == std::vector<std::size_t>{0});
  CHECK(ciess::detail::best_shapes(scores, 0.7, 2).empty());
}
