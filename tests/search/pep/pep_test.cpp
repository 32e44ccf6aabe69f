// SPDX-License-Identifier: MIT
#include <ciess/search/pep/pep.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "support/small_lens_environment.hpp"

namespace {

using ciess::threshold_of;

/// Measures its first sizes much better than they are.
struct flattering : support::watched_training {
  ciess::measurement measure(const ciess::assignment& a) {
    auto m = watched_training::measure(a);
    if (measured == 1) m.quality += 1;
    return m;
  }
};

/// Shows no judge.
struct blind : support::watched_training {
  using support::watched_training::watched_training;
  void judged_by() const = delete;
};

/// Bytes and numbers are compared, so that NaN is itself.
bool same(const ciess::pep_mask& a, const ciess::pep_mask& b) {
  return a.step == b.step && a.tables == b.tables &&
         (a.quality == b.quality || (std::isnan(a.quality) && std::isnan(b.quality)));
}

/// As many steps as it takes to meet both budgets of the laws.
ciess::pep meeting(threshold_of own = threshold_of::number) {
  return {.steps = 5, .stretch = 20, .thresholds = own};
}

}  // namespace

TEST_CASE("pep keeps the laws of sizers", "[search][laws][threads][resume]") {
  for (const auto own : {threshold_of::table, threshold_of::row, threshold_of::number})
    sizer_laws::check<support::watched_training, support::larger_training>(
        ciess::pep{.steps = 2, .stretch = 4, .thresholds = own});
}

TEST_CASE("masks are saved with a search of pep", "[search][resume]") {
  sizer_laws::check_resumes<support::watched_training>(meeting());
  sizer_laws::check_resumes<blind>(meeting());
  support::watched_training env;
  auto run = meeting().begin(env, sizer_laws::request());
  ciess::take_steps(run);
  auto other = meeting().begin(env, sizer_laws::request());
  load_fields(save_fields(run), other);
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(run.mask(b).met());
    CHECK(same(run.mask(b), other.mask(b)));
  }
}

TEST_CASE("the mask of a budget is what was left when it was first met", "[search]") {
  for (const auto own : {threshold_of::table, threshold_of::row, threshold_of::number}) {
    support::watched_training env;
    const ciess::sizing_request asked{.budgets = {0.8, 0.5}, .keep = 50};
    auto run = meeting(own).begin(env, asked);
    const auto shapes = env.shapes();
    int met = 0;
    while (!run.done()) {
      std::vector<ciess::pep_mask> before{run.mask(0), run.mask(1)};
      const ciess::step_report r = run.step();
      CAPTURE(r.number, r.budget);
      for (std::size_t b = 0; b < 2; ++b) {
        if (before[b].met()) CHECK(same(before[b], run.mask(b)));
        if (before[b].met() || !run.mask(b).met()) continue;
        const auto& mask = run.mask(b);
        const auto limit = ciess::budget::from_sparsity(asked.budgets[b], shapes);
        CHECK(mask.step == r.number);
        CHECK(mask.count() <= limit.numbers);
        CHECK(mask.quality > 0);
        if (asked.budgets[b] != r.budget) continue;  // its own steps had not sufficed
        ++met;
        CHECK(mask.count() == run.lens().left());
        CHECK(r.noted("mask_bytes") == static_cast<double>(mask.bytes()));
        CHECK(r.noted("mask_quality") == mask.quality);
        std::int64_t bytes = 0;
        ciess::proposal counts;
        REQUIRE(mask.tables.size() == 2);
        for (std::size_t t = 0; t < 2; ++t) {
          bytes += std::min(mask.tables[t].list_bytes(), mask.tables[t].bitmap_bytes());
          auto& of = counts.emplace_back();
          for (ciess::index_t row = 0; row < shapes[t].rows; ++row) {
            CHECK(mask.tables[t].count(row) == run.lens().left(t)[static_cast<std::size_t>(row)]);
            of.push_back(static_cast<float>(mask.tables[t].count(row)));
          }
        }
        CHECK(mask.bytes() == bytes);
        // What was measured are these counts, projected.
        const auto best = run.best(b);
        const auto tried = std::ranges::find(best, r.number, &ciess::candidate::step);
        REQUIRE(tried != best.end());
        CHECK(tried->sizes == ciess::project(shapes, counts, limit));
      }
      if (before[r.budget == 0.8 ? 0U : 1U].met() || !run.mask(r.budget == 0.8 ? 0 : 1).met())
        CHECK(std::isnan(r.noted("mask_quality")));
    }
    CHECK(met >= 1);
    if (own == threshold_of::number) CHECK(met == 2);
    CHECK((run.mask(0).met() && run.mask(1).met()));
    CHECK(run.mask(0).count() < run.mask(1).count());
    CHECK(run.mask(0).bytes() < run.mask(1).bytes());
  }
}

TEST_CASE("the quality of a mask is that of the model as it reads what is kept", "[search]") {
  // A budget that is met by the first training step: a tenth is below thresholds at first.
  support::watched_training env;
  const ciess::sizing_request asked{.budgets = {0.05}};
  auto run = ciess::pep{.steps = 1, .stretch = 1}.begin(env, asked);
  ciess::take_steps(run);
  const auto& mask = run.mask(0);
  REQUIRE(mask.met());
  CHECK(mask.step == 1);

  auto model = env.warm_copy();
  ciess::soft_threshold_lens lens(env.shapes(), threshold_of::number, 0.05, 1);
  lens.want(static_cast<double>(ciess::budget::from_sparsity(0.05, env.shapes()).numbers));
  model.train_through(1, lens);
  auto state = model.snapshot();
  for (std::size_t t = 0; t < 2; ++t) {
    CHECK(lens.masks()[t] == mask.tables[t]);
    for (ciess::index_t r = 0; r < mask.tables[t].rows(); ++r)
      for (int j = 0; j < 16; ++j) {
        const auto at = static_cast<std::size_t>(r * 16 + j);
        const double threshold =
            lens.scale(t) / (1 + std::exp(-static_cast<double>(lens.s(t)[at])));
        float& x = state.weights.tables[t][r][static_cast<std::size_t>(j)];
        x = mask.tables[t](r, j) ? ciess::soft_threshold(x, static_cast<float>(threshold)) : 0.0F;
      }
  }
  model.restore(state);
  const auto& parts = support::small_parts();
  CHECK(mask.quality == ciess::evaluate(model, parts.train, parts.validation).mean);

  // The search goes on as if nobody had judged, and says so where nobody can.
  blind other_env;
  auto other = meeting().begin(other_env, asked);
  auto seeing = meeting().begin(env, asked);
  ciess::take_steps(other);
  ciess::take_steps(seeing);
  CHECK(std::isnan(other.mask(0).quality));
  CHECK(seeing.mask(0).quality > 0);
  CHECK(other.mask(0).tables == seeing.mask(0).tables);
  CHECK(other.history().back().quality == seeing.history().back().quality);
  CHECK(other.history().back().noted("loss") == seeing.history().back().noted("loss"));
}

TEST_CASE("a budget that thresholds do not come to has no mask", "[search]") {
  support::watched_training env;
  auto run = ciess::pep{.steps = 1, .stretch = 1}.begin(env, {.budgets = {0.85}});
  ciess::take_steps(run);
  CHECK(!run.mask(0).met());
  CHECK(run.mask(0).count() == 0);
  CHECK(std::isnan(run.history().back().noted("mask_quality")));
  CHECK(run.history().back().noted("mask_bytes") > 4 * 0.15 * 70 * 16);
}

TEST_CASE("pep prunes down to each budget, the one that keeps most first", "[search]") {
  for (const auto own : {threshold_of::table, threshold_of::row, threshold_of::number}) {
    support::watched_training env;
    const ciess::pep how{.steps = 5, .stretch = 20, .thresholds = own};
    auto run = how.begin(env, {.budgets = {0.8, 0.5}});
    while (!run.done()) run.step();
    CHECK(run.total() == 12);
    const auto& history = run.history();
    REQUIRE(history.size() <= 12);
    REQUIRE(history.size() >= 6);
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(history[i].budget == (i == 0 ? 0.5 : 0.8));
      CHECK(history[i].origin == "random sizes, to compare with");
      CHECK(std::isnan(history[i].noted("above_random")));
    }
    double trained = 0;
    bool second = false;
    for (std::size_t i = 2; i < history.size(); ++i) {
      const auto& r = history[i];
      CAPTURE(i);
      CHECK(r.origin == "soft thresholds");
      if (r.budget == 0.8) second = true;
      CHECK(r.budget == (second ? 0.8 : 0.5));
      CHECK(r.sparsity == Approx(r.budget).margin(2e-3));
      CHECK(r.noted("training_steps") > trained);
      trained = r.noted("training_steps");
      CHECK(r.noted("mask_bytes") <= 6 * r.noted("kept") * 70 * 16 + 4 * 72 + 1e-6);
      CHECK(r.noted("above_random") == r.quality - history[second ? 1 : 0].quality);
      // A budget's last step is the one that met it.
      const bool last = i + 1 == history.size() || history[i + 1].budget != r.budget;
      if (last) CHECK(r.noted("kept") <= 1 - r.budget + 0.05);
    }
    CHECK(second);
    CHECK(trained <= 200);
  }
}

TEST_CASE("random sizes are not what pep finds, and it says where they are better", "[search]") {
  flattering env;
  const ciess::pep how{.steps = 2, .stretch = 5};
  auto run = how.begin(env, {.budgets = {0.5, 0.8}});
  CHECK(run.warnings().empty());
  while (!run.done()) run.step();
  for (std::size_t b = 0; b < 2; ++b)
    for (const auto& c : run.best(b)) CHECK(c.origin == "soft thresholds");
  const auto warnings = run.warnings();
  REQUIRE(!warnings.empty());
  CHECK_THAT(warnings.front(),
             ContainsSubstring("pep: with 0.5 removed") && ContainsSubstring("of random sizes"));
  CHECK(run.history().back().noted("above_random") < 1);
}

// On this data (a cut alone is judged): MF random 0.297 0.225, equal 0.371 0.291, pep 0.370 0.281;
// LightGCN random 0.374 0.288, equal 0.425 0.313, pep 0.425 0.323.
TEMPLATE_TEST_CASE("pep is above random sizes", "[search]", ciess::mf, ciess::lightgcn) {
  auto env = support::lens_environment<TestType>(support::larger_parts(), 32, 200);
  const ciess::sizing_request asked{.budgets = {0.8, 0.9}};
  auto run = ciess::pep{.stretch = 10}.begin(env, asked);
  ciess::take_steps(run);
  CHECK(run.warnings().empty());
  const auto found = ciess::result_of(run, asked);
  const auto random = ciess::search(env, ciess::random_rule(), asked);
  for (const double b : asked.budgets) {
    CAPTURE(b);
    CHECK(found.best_of(b).quality > random.best_of(b).quality + 0.02);
  }
}

TEST_CASE("pep sizes a model of four tables", "[search]") {
  auto env = support::lens_environment<ciess::neumf>(support::small_parts(), 8, 20);
  const auto found = ciess::search(env, ciess::pep{.steps = 2, .stretch = 5}, {.budgets = {0.6}});
  CHECK(found.sizes(0.6).size() == 4);
  CHECK(found.best_of(0.6).quality > 0);
}

TEST_CASE("pep names what is out of range", "[search]") {
  const auto refused = [&](const ciess::pep& how, const char* what) {
    support::watched_training env;
    CHECK_THROWS_WITH(ciess::search(env, how, {.budgets = {0.5, 0.6}}), ContainsSubstring(what));
    CHECK(env.asked == 0);
  };
  refused({.steps = 0}, "pep: steps must be >= 1, got 0");
  refused({.stretch = -2}, "pep: stretch must be >= 1, got -2");
  refused({.steps = 2'000'000'000}, "2000000000 steps for each of 2 budgets are too many");
}

TEST_CASE("a saved search of pep that cannot be is refused", "[search][resume]") {
  support::watched_training env;
  const ciess::pep how{.steps = 2, .stretch = 3};
  auto run = how.begin(env, {.budgets = {0.5}});
  run.step();
  auto saved = save_fields(run);
  const std::int64_t bad = 2;
  saved.at("turn").replace(0, sizeof bad, reinterpret_cast<const char*>(&bad), sizeof bad);
  auto other = how.begin(env, {.budgets = {0.5}});
  CHECK_THROWS_WITH(load_fields(saved, other), ContainsSubstring("how far a search can be"));
}

TEST_CASE("a saved mask that does not meet its budget is refused", "[search][resume]") {
  support::watched_training env;
  const ciess::sizing_request asked{.budgets = {0.5}};
  auto run = meeting().begin(env, asked);
  ciess::take_steps(run);
  REQUIRE(run.mask(0).met());
  const auto refused = [&](const char* name, const std::string& bytes, const char* why) {
    auto saved = save_fields(run);
    auto& field = saved.at(name);
    field.replace(0, bytes.size(), bytes);
    auto other = meeting().begin(env, asked);
    CHECK_THROWS_WITH(load_fields(saved, other), ContainsSubstring(why));
  };
  std::string all;
  for (int r = 0; r < 40; ++r) all += std::string("\xFF\xFF\0\0\0\0\0\0", 8);
  refused("mask0.table0.bits", all, "a mask that meets the budget");
  refused("mask0.table0.bits", std::string("\0\0\1", 3), "no bits beyond the columns");
  const std::int32_t later = 1000;
  refused("mask0.step", {reinterpret_cast<const char*>(&later), sizeof later},
          "a step that can be");
}
