// SPDX-License-Identifier: MIT
#include <ciess/study/ranking_study.hpp>

#include <utility>

#include <ciess/backbone/mf.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/ranking/popularity.hpp>

#include "support/catch.hpp"

namespace {

ciess::split parts() {
  return ciess::split_interactions(
      ciess::make_synthetic({.users = 60, .items = 40, .interactions = 1000}).data, {}, 1);
}

struct maker {
  ciess::mf operator()(const ciess::interactions& train) const {
    ciess::mf::options o;
    o.range = {1, 8};
    o.batch = 64;
    return {train, o, 1};
  }
};

}  // namespace

TEST_CASE("a study of rankings chooses by validation and reports on test", "[study]") {
  using task_type = ciess::ranking_study<maker>;
  STATIC_REQUIRE(ciess::study_task<task_type>);
  maker make;
  const ciess::split data = parts();
  task_type::options how;
  how.full = {.every = 5, .patience = 1, .max_steps = 20};
  task_type task(make, data, how);
  task.check();
  CHECK(task.training().full.max_steps == 20);

  auto chosen = task.to_choose();
  ciess::recommender_environment<ciess::mf> by_hand(make(data.train), data.train, data.validation,
                                                    how);
  CHECK(chosen.full().quality == by_hand.full().quality);
  auto last = task.to_report();
  const auto known = ciess::merge(data.train, data.validation);
  ciess::recommender_environment<ciess::mf> last_by_hand(make(known), known, data.test, how);
  CHECK(last.full_after(5).quality == last_by_hand.full_after(5).quality);
  CHECK(task.baseline_to_choose().mean ==
        ciess::evaluate_popularity(data.train, data.validation, {}).mean);
  CHECK(task.baseline_to_report().mean == ciess::evaluate_popularity(known, data.test, {}).mean);
}

TEST_CASE("candidates choose, and report nothing", "[study]") {
  using task_type = ciess::ranking_study<maker>;
  maker make;
  const ciess::split data = parts();
  task_type::options how;
  how.full = {.every = 5, .patience = 1, .max_steps = 20};
  how.evaluation.share = 0.5;
  const auto by_share = task_type(make, data, how).to_report().full_after(5).quality;
  how.evaluation.candidates = 10;
  task_type task(make, data, how);
  task.check();
  CHECK(task.to_report().full_after(5).quality == by_share);
  auto chosen = task.to_choose();
  ciess::recommender_environment<ciess::mf> by_hand(make(data.train), data.train, data.validation,
                                                    how);
  CHECK(chosen.full().quality == by_hand.full().quality);
  how.evaluation.candidates = 0;
  CHECK(chosen.full().quality != task_type(make, data, how).to_choose().full().quality);
}

TEST_CASE("a study of rankings refuses parts that cannot be studied", "[study]") {
  maker make;
  ciess::split data = parts();
  data.test = ciess::interactions(data.train.users(), data.train.items(), {});
  CHECK_THROWS_WITH((ciess::ranking_study<maker>(make, data, {})),
                    ContainsSubstring("no pair in test"));
}
