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

template <class Model>
concept has_paper_preset =
    requires(const ciess::interactions& all) { ciess::paper_preset<Model>({1, 8}, all, 1); };

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

TEST_CASE("the preset of iALS counts sweeps, and the paper has none", "[study]") {
  const auto parts = ciess::split_interactions(data(), {}, 1);
  const auto p = ciess::warm_preset<ciess::ials>({1, 8}, data(), 5);
  CHECK(p.environment.from == ciess::start::warm);
  CHECK(p.environment.steps == 1);
  CHECK(p.environment.full.max_steps <= 50);
  ciess::recommender_environment<ciess::ials> env(ciess::ials(parts.train, p.model, 1), parts.train,
                                                  parts.validation, p.environment);
  const auto full = env.full().quality;
  ciess::assignment halves(env.shapes());
  for (std::size_t t = 0; t < halves.size(); ++t)
    for (ciess::index_t r = 0; r < halves[t].rows(); ++r) halves[t].set(r, 4);
  CHECK(env.measure(halves).quality > 0.7 * full);
  CHECK(env.retrain(halves).quality > 0.7 * full);
  static_assert(!has_paper_preset<ciess::ials> && has_paper_preset<ciess::mf>);
}

TEMPLATE_TEST_CASE("a preset is told another loss, with what suits it", "[study]", ciess::mf,
                   ciess::ngcf, ciess::lightgcn) {
  const auto parts = ciess::split_interactions(data(), {}, 1);
  const auto usual = ciess::warm_preset<TestType>({1, 8}, data(), 5);
  auto p = usual;
  p.train_with({}, data());
  CHECK(p.model.rate.first == usual.model.rate.first);
  CHECK(p.environment.tune_rate.first == usual.environment.tune_rate.first);
  p.train_with({.kind = ciess::loss_kind::softmax}, data());
  CHECK(p.model.loss.kind == ciess::loss_kind::softmax);
  CHECK(p.model.rate.first == 0.01);
  CHECK(p.model.batch == 256);
  if constexpr (std::same_as<TestType, ciess::mf>) CHECK(p.model.penalty == 0.1);
  CHECK_NOTHROW(ciess::recommender_environment<TestType>(
      TestType(parts.train, p.model, 1), parts.train, parts.validation, p.environment));
  auto cosine = usual;
  ciess::loss_options loss{.kind = ciess::loss_kind::sampled_softmax};
  loss.sampled.softmax.by = ciess::similarity::cosine;
  loss.sampled.softmax.temperature = 0.1;
  const ciess::interactions large(5000, 900, [] {
    std::vector<ciess::interaction> pairs;
    for (ciess::row_id u = 0; u < 5000; ++u)
      for (ciess::row_id i = 0; i < 10; ++i) pairs.push_back({u, (u + 90 * i) % 900});
    return pairs;
  }());
  cosine.train_with(loss, large);
  CHECK(cosine.model.batch == 4096);
  if constexpr (requires { cosine.model.network.deviation; })
    CHECK(cosine.model.network.deviation == 0.1);
  CHECK(cosine.model.penalty == 0);
  loss.sampled.candidates = 61;
  CHECK_THROWS_WITH(p.train_with(loss, data()), ContainsSubstring("candidates must be in [1, 60]"));
  CHECK(p.model.loss.kind == ciess::loss_kind::softmax);
  loss.kind = ciess::loss_kind::softmax;
  CHECK_THROWS_AS(p.train_with(loss, data()), ciess::argument_error);
}

TEST_CASE("a preset of a model without vectors takes no loss but BPR", "[study]") {
  auto p = ciess::warm_preset<ciess::neumf>({1, 8}, data(), 5);
  CHECK_NOTHROW(p.train_with({}, data()));
  CHECK_THROWS_WITH(p.train_with({.kind = ciess::loss_kind::softmax}, data()),
                    ContainsSubstring("learns by bpr alone"));
}
