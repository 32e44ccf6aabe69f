// SPDX-License-Identifier: MIT
#include <ciess/study/ranking_task.hpp>

#include <cstdint>
#include <utility>

#include <ciess/data/synthetic.hpp>
#include <ciess/search/rules/simple.hpp>

#include "support/catch.hpp"

namespace {

ciess::dataset data() {
  ciess::loaded made;
  made.data = ciess::make_synthetic({.users = 60, .items = 40, .interactions = 1000}).data;
  made.users = ciess::id_map::identity(60);
  made.items = ciess::id_map::identity(40);
  return ciess::make_dataset(std::move(made), nullptr, {});
}

ciess::assignment equal_sizes(auto& environment, double budget) {
  return ciess::project(environment.shapes(), ciess::equal_proposal(environment.shapes()),
                        ciess::budget::from_sparsity(budget, environment.shapes()));
}

}  // namespace

TEST_CASE("a task owns its parts, also when it is moved", "[study]") {
  using task_type = ciess::ranking_task<ciess::mf>;
  auto settings = ciess::warm_preset<ciess::mf>({1, 8}, data().all, 1);
  settings.environment.full = {.every = 10, .patience = 1, .max_steps = 40};
  settings.environment.tune = {.every = 5, .patience = 1, .max_steps = 10};
  task_type task(data(), settings, 1);
  CHECK_THROWS_AS(task.model(), ciess::argument_error);
  const auto sizes = equal_sizes(task.environment(), 0.5);
  const double before = task.environment().measure(sizes).quality;
  task_type moved = std::move(task);
  CHECK(moved.environment().measure(sizes).quality == before);

  const auto small = moved.finish(sizes);
  CHECK(small.mean > 0);
  CHECK(moved.model().table(0).row_sizes() == sizes[0]);
  // By hand: the same training on train and validation, judged on test.
  const auto d = data();
  const auto known = ciess::merge(d.parts.train, d.parts.validation);
  ciess::recommender_environment<ciess::mf> last(ciess::mf(known, settings.model, 1), known,
                                                 d.parts.test, settings.environment);
  last.full_after(moved.environment().full_steps());
  CHECK(last.train_by(moved.environment().last_recipe(), sizes).mean == small.mean);
  CHECK(moved.full().mean == last.full_evaluation().mean);
}

TEST_CASE("a task chooses working settings of its own", "[study]") {
  const ciess::ranking_task<ciess::mf> usual(data());
  CHECK(usual.data().parts.train.users() == 60);
  ciess::ranking_task<ciess::mf> small(data(), {.dim = 8, .seed = 3});
  CHECK(small.environment().shapes()[0].range == ciess::size_range{1, 8});
}

TEST_CASE("a task that nobody could judge is refused before it trains", "[study]") {
  ciess::loaded two;
  two.data = ciess::interactions(2, 2, {{0, 0}, {1, 1}});
  two.users = ciess::id_map::identity(2);
  two.items = ciess::id_map::identity(2);
  auto d = ciess::make_dataset(std::move(two), nullptr, {});
  CHECK_THROWS_WITH(ciess::ranking_task<ciess::mf>(std::move(d)),
                    ContainsSubstring("no pair in validation"));
}
