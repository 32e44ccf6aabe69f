// SPDX-License-Identifier: MIT
#include <ciess/study/click_study.hpp>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <ciess/backbone/chosen_click_network.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/data/click_dataset.hpp>
#include <ciess/data/synthetic_clicks.hpp>
#include <ciess/search/rules/mixed_dimensions.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/study/click_preset.hpp>
#include <ciess/study/result_table.hpp>
#include <ciess/study/run_study.hpp>
#include <ciess/study/summary.hpp>

#include "support/catch.hpp"
#include "support/memory_store.hpp"

namespace {

using model = ciess::chosen_click_model;

const ciess::click_dataset& data() {
  static const ciess::click_dataset made = ciess::make_click_dataset(
      ciess::make_impressions({.fields = {{.name = "user", .rows = 80, .factors = 4},
                                          {.name = "item", .rows = 40, .factors = 4},
                                          {.name = "hour", .rows = 6, .factors = 2}},
                               .impressions = 4000})
          .loaded);
  return made;
}

ciess::preset<model, ciess::click_environment<model>> plan() {
  auto p = ciess::click_preset<model>({1, 6}, data().train, 1);
  p.model.network.kind = ciess::click_network_kind::fm_net;
  p.environment.full = {.every = 25, .patience = 1, .max_steps = 100};
  p.environment.tune = {.every = 10, .patience = 1, .max_steps = 20};
  p.environment.nested_steps = 20;
  p.environment.steps = 5;
  return p;
}

struct maker {
  model::options how;
  model operator()(const ciess::impressions& train) const { return {train, how, 1}; }
};

using rules = std::vector<ciess::study_method<ciess::rule>>;
rules some_rules() {
  return {{ciess::equal_rule(), 1, {}}, {ciess::rule(ciess::mixed_dimension_rule({0.3})), 1, {}}};
}

}  // namespace

TEST_CASE("the click rate alone is worth half an AUC and the entropy of the labels", "[study]") {
  const auto& d = data();
  const auto e = ciess::evaluate_click_rate(d.train, d.test);
  CHECK(e.auc == 0.5);
  const double p = static_cast<double>(d.train.clicks()) / static_cast<double>(d.train.size());
  const double q = static_cast<double>(d.test.clicks()) / static_cast<double>(d.test.size());
  CHECK(e.log_loss == Approx(-q * std::log(p) - (1 - q) * std::log(1 - p)).epsilon(1e-6));
}

TEST_CASE("a study of clicks measures every method on impressions that chose nothing", "[study]") {
  const auto& d = data();
  const auto p = plan();
  maker make{p.model};
  using task_type = ciess::click_study<maker>;
  STATIC_REQUIRE(ciess::study_task<task_type>);
  task_type task(make, d.train, d.validation, d.test, p.environment);
  task.check();
  const ciess::sizing_request asked{.budgets = {0.5, 0.7}};
  const auto r = ciess::run_study(task, asked, ciess::study_methods(some_rules()),
                                  ciess::study_options{}, ciess::no_store{});
  CHECK(r.baseline_name == "click rate");
  CHECK(r.baseline.auc == 0.5);
  CHECK(r.baseline_validation == 0.5);
  CHECK(r.full.auc > 0.6);
  CHECK(r.other_numbers == 1 + 80 + 40 + 6 + 3);  // a bias and a weight for each row
  REQUIRE(r.budgets.size() == 2);
  const auto limit = [&](double budget) {
    return static_cast<std::int64_t>((1 - budget) * static_cast<double>(r.full_numbers) + 1e-9);
  };
  for (const auto& row : r.budgets) {
    REQUIRE(row.methods.size() == 2);
    for (const auto& m : row.methods) {
      CHECK(m.sizes.total() <= limit(row.budget));
      CHECK(m.test.impressions == d.test.size());
      CHECK(m.test.auc > 0.55);
    }
  }
  // The last training is by hand the same: on train and validation, judged on test.
  const auto& first = r.budgets[0].methods[0];
  const auto known = ciess::merge(d.train, d.validation);
  ciess::click_environment<model> last(make(known), known, d.test, p.environment);
  auto chosen = task.to_choose();
  (void)chosen.full();
  last.full_after(chosen.full_steps());
  CHECK(last.train_by(first.recipe, first.sizes).auc == first.test.auc);

  const std::string table = ciess::result_table(r);
  CHECK_THAT(table, ContainsSubstring("AUC"));
  CHECK_THAT(table, ContainsSubstring("log-loss"));
  CHECK_THAT(table, ContainsSubstring("click rate"));
  CHECK_THAT(table, ContainsSubstring("\"vs. full\" compares the AUC"));
  const auto out = ciess::summary_json(r);
  CHECK(out["full"]["test"]["auc"] == r.full.auc);
  CHECK(out["click rate"]["test"]["auc"] == 0.5);
  CHECK(out["budgets"][1]["methods"]["mde"]["test"]["log_loss"] ==
        r.budgets[1].methods[1].test.log_loss);
}

TEST_CASE("a study of clicks goes on from a store to the same result", "[study]") {
  const auto& d = data();
  auto p = plan();
  maker make{p.model};
  const ciess::sizing_request asked{.budgets = {0.6}};
  const auto run = [&](auto&& store) {
    ciess::click_study<maker> task(make, d.train, d.validation, d.test, p.environment);
    return ciess::run_study(task, asked, ciess::study_methods(some_rules()), ciess::study_options{},
                            store);
  };
  const auto whole = run(ciess::no_store{});
  memory_store store(2);
  CHECK_THROWS_AS(run(store), killed);
  store.revive(1'000'000);
  const auto first = run(store);
  store.revive(0);
  const auto again = run(store);  // nothing is trained any more, and so nothing saved
  for (const auto* r : {&first, &again}) {
    CHECK(r->full.auc == whole.full.auc);
    for (std::size_t m = 0; m < 2; ++m) {
      CHECK(r->budgets[0].methods[m].sizes == whole.budgets[0].methods[m].sizes);
      CHECK(r->budgets[0].methods[m].test.auc == whole.budgets[0].methods[m].test.auc);
      CHECK(r->budgets[0].methods[m].test.likelihood ==
            whole.budgets[0].methods[m].test.likelihood);
    }
  }
  const ciess::threads two(2);
  CHECK(run(ciess::no_store{}).budgets[0].methods[1].test.auc ==
        whole.budgets[0].methods[1].test.auc);
}

TEST_CASE("likelihood can be what is searched for", "[study]") {
  const auto& d = data();
  auto p = plan();
  p.environment.maximise = ciess::click_quality::likelihood;
  maker make{p.model};
  ciess::click_study<maker> task(make, d.train, d.validation, d.test, p.environment);
  const auto r = ciess::run_study(task, {.budgets = {0.6}}, ciess::study_methods(some_rules()),
                                  ciess::study_options{}, ciess::no_store{});
  CHECK(r.baseline_validation ==
        Approx(std::exp(-ciess::evaluate_click_rate(d.train, d.validation).log_loss)));
  CHECK(r.full_validation > r.baseline_validation);
}

TEST_CASE("a study of clicks refuses parts that cannot be studied", "[study]") {
  const auto& d = data();
  const auto p = plan();
  maker make{p.model};
  std::vector<ciess::index_t> clicked;
  for (ciess::index_t i = 0; i < d.test.size(); ++i)
    if (d.test.labels()[static_cast<std::size_t>(i)] == 1) clicked.push_back(i);
  const ciess::impressions only = d.test.subset(clicked);
  ciess::click_study<maker> one_kind(make, d.train, d.validation, only, p.environment);
  CHECK_THROWS_WITH(one_kind.check(), ContainsSubstring("impressions in test were clicked"));
  auto other = d.test.all_parts();
  other.fields[0].rows += 1;
  const ciess::impressions others(other);
  CHECK_THROWS_WITH((ciess::click_study<maker>(make, d.train, others, d.test, p.environment)),
                    ContainsSubstring("train and validation are impressions of other fields"));
  // Times are of both parts that are trained on in the end, or of none.
  auto without = d.validation.all_parts();
  without.times.clear();
  const ciess::impressions timeless(without);
  CHECK_THROWS_WITH((ciess::click_study<maker>(make, d.train, timeless, d.test, p.environment)),
                    ContainsSubstring("times of both train and validation"));
}
