#include <ciess/search/study.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/data/synthetic.hpp>

#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using environment_options = ciess::recommender_environment<ciess::lightgcn>::options;

ciess::study_result run(bool stop, std::vector<ciess::start> starts = {},
                        std::vector<ciess::tail_energy_options> tail = {{0, 1}, {0, 2}}) {
  const auto parts = ciess::split_interactions(
      ciess::make_synthetic({.users = 90, .items = 60, .interactions = 1500, .factors = 6}).data,
      {}, 1);
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
  o.budgets = {0.6, 0.8};
  o.episodes = 2;
  o.steps = 2;
  o.policy.hidden = {16};
  o.policy.batch = 64;
  ciess::study_options s{.exponents = {0, 0.5}, .weights = {4}, .frequency_keep = 2};
  s.rule_starts = std::move(starts);
  s.tail_energy = std::move(tail);
  int steps = 0;
  auto observer = [&](const ciess::step_report&) { return !(stop && ++steps == 3); };
  return ciess::run_study(make, parts, e, o, s, [](const std::string&) {}, observer);
}

}  // namespace

TEST_CASE("a study measures every method under every budget", "[search]") {
  const auto r = run(false);
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
  const auto r = run(false, {ciess::start::scratch, ciess::start::warm});
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
  const auto r = run(true);
  CHECK(r.stopped);
  REQUIRE(r.budgets.size() == 2);
  for (const auto& row : r.budgets) CHECK(row.methods.back().method == "ciess");
}

TEST_CASE("a study refuses before it trains", "[search]") {
  CHECK_THROWS_AS(run(false, {ciess::start::warm, ciess::start::warm}), ciess::argument_error);
  CHECK_THROWS_AS(run(false, {}, {{-1, 1}}), ciess::argument_error);
  const auto stopped = run(true, {ciess::start::scratch, ciess::start::warm});
  for (const auto& row : stopped.budgets)
    for (const auto& m : row.methods) CHECK(m.recipe.from == ciess::start::warm);
}

TEST_CASE("the best shapes are taken by budget, ties by order", "[search]") {
  const std::vector<ciess::detail::shape_score> scores{
      {0.8, 0, 1.0}, {0.8, 1, 2.0}, {0.9, 0, 5.0}, {0.8, 2, 2.0}};
  CHECK(ciess::detail::best_shapes(scores, 0.8, 2) == std::vector<std::size_t>{1, 2});
  CHECK(ciess::detail::best_shapes(scores, 0.9, 2) == std::vector<std::size_t>{0});
  CHECK(ciess::detail::best_shapes(scores, 0.7, 2).empty());
}
