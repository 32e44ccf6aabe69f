// SPDX-License-Identifier: MIT
#include <ciess/study/presets.hpp>

#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>

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
