// SPDX-License-Identifier: MIT
#include <ciess/study/presets.hpp>

#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "support/catch.hpp"

namespace {

const ciess::interactions& data() {
  static const ciess::interactions made =
      ciess::make_synthetic({.users = 90, .items = 60, .interactions = 1500, .factors = 6}).data;
  return made;
}

}  // namespace

TEMPLATE_TEST_CASE("presets make models and environments that are accepted", "[study]", ciess::mf,
                   ciess::neumf, ciess::ngcf, ciess::lightgcn) {
  const auto parts = ciess::split_interactions(data(), {}, 1);
  for (const auto& p : {ciess::warm_preset<TestType>({1, 8}, data(), 5),
                        ciess::paper_preset<TestType>({1, 8}, data(), 5)}) {
    CHECK(p.model.range == ciess::size_range{1, 8});
    CHECK(p.model.batch == 256);  // not more than 1,500 / 8
    CHECK(p.environment.seed == 5);
    CHECK(p.asked.seed == 5);
    CHECK(p.ciess.episodes * p.ciess.steps == 300);  // the paper's
    CHECK_NOTHROW(ciess::recommender_environment<TestType>(
        TestType(parts.train, p.model, 1), parts.train, parts.validation, p.environment));
  }
  const auto warm = ciess::warm_preset<TestType>({1, 8}, data(), 1);
  CHECK(warm.environment.from == ciess::start::warm);
  CHECK(warm.environment.steps > 0);     // a cut alone orders sizes worse (bench/RESULTS.md)
  CHECK(warm.ciess.agent.batch == 256);  // no table has more than 90 rows
  const ciess::interactions large(5000, 10, {{0, 0}});
  CHECK(ciess::warm_preset<TestType>({1, 8}, large, 1).ciess.agent.batch == 4096);
  const auto paper = ciess::paper_preset<TestType>({1, 8}, data(), 1);
  CHECK(paper.environment.from == ciess::start::scratch);
  CHECK(paper.environment.steps >= 1500);
  CHECK(paper.ciess.controller.price.first == 0.4);
  CHECK(paper.ciess.agent.batch == 4096);
}

namespace {

/// Names of the methods of a study, in order.
template <class Preset>
std::vector<std::string> names_of(const Preset& p) {
  std::vector<std::string> names;
  std::apply(
      [&](const auto&... lists) {
        const auto add = [&](const auto& list) {
          for (const auto& m : list) names.emplace_back(m.how.name());
        };
        (add(lists), ...);
      },
      p.methods());
  return names;
}

}  // namespace

TEST_CASE("a preset compares what is asked for, and refuses what it has not", "[study]") {
  auto p = ciess::warm_preset<ciess::lightgcn>({1, 8}, data(), 1);
  const auto texts = [](const auto& names) {
    return std::vector<std::string>(names.begin(), names.end());
  };
  CHECK(names_of(p) == texts(ciess::usual_methods));
  p.compared = {"all"};
  CHECK(names_of(p) == texts(ciess::method_names));
  p.compared = {"ciess", "evolution", "equal"};
  CHECK(names_of(p) == std::vector<std::string>{"equal", "evolution", "ciess"});
  p.compared = {"best"};
  CHECK_THROWS_AS(p.methods(), ciess::argument_error);
  auto paper = ciess::paper_preset<ciess::lightgcn>({1, 8}, data(), 1);
  paper.compared = {"equal", "weighted-frequency"};  // it has no weights
  CHECK_THROWS_AS(paper.methods(), ciess::argument_error);
  paper.compared = {"all"};
  CHECK(std::ranges::count(names_of(paper), "weighted-frequency") == 0);
}

TEST_CASE("a preset gives each method that searches the same measurements", "[study]") {
  auto p = ciess::warm_preset<ciess::lightgcn>({1, 8}, data(), 1);
  p.asked.budgets = {0.7, 0.8};
  p.compared = {"optembed", "evolution", "ciess"};
  const auto parts = ciess::split_interactions(data(), {}, 1);
  p.environment.steps = 0;
  p.environment.nested_steps = 0;
  p.environment.full.max_steps = 20;
  ciess::recommender_environment<ciess::lightgcn> env(ciess::lightgcn(parts.train, p.model, 1),
                                                      parts.train, parts.validation, p.environment);
  for (const int measurements : {46, 55, 75}) {  // the shapes are 45
    p.allow(measurements);
    std::apply(
        [&](const auto&... lists) {
          const auto check = [&](const auto& list) {
            for (const auto& m : list) {
              auto run = m.how.begin(env, p.asked);
              INFO(m.how.name());
              CHECK(std::min(run.total(), p.study.most.steps) == 2 * measurements);
            }
          };
          (check(lists), ...);
        },
        p.methods());
  }
  for (const int bad : {0, -1, 1'000'001}) CHECK_THROWS_AS(p.allow(bad), ciess::argument_error);
}
