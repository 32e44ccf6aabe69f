// SPDX-License-Identifier: MIT
#include <ciess/study/click_preset.hpp>

#include <string>
#include <vector>

#include <ciess/backbone/fm.hpp>
#include <ciess/data/click_dataset.hpp>
#include <ciess/data/synthetic_clicks.hpp>

#include "support/catch.hpp"

TEST_CASE("settings of a click model follow its data", "[study]") {
  const auto small = ciess::make_click_dataset(
      ciess::make_impressions({.impressions = 2000, .features = 1}).loaded);
  const auto p = ciess::click_preset<ciess::fm>({1, 8}, small.train, 5);
  CHECK(p.model.range == ciess::size_range{1, 8});
  CHECK(p.model.batch == 64);
  CHECK(p.environment.seed == 5);
  CHECK(p.asked.seed == 5);
  CHECK(p.kinds == 6);
  const int epoch = (1600 + 63) / 64;
  CHECK(p.environment.full.max_steps == 60 * epoch);
  CHECK(p.environment.steps == epoch / 4);
  CHECK(p.environment.from == ciess::start::warm);

  // A measurement of large data costs no more than one of small data.
  const auto large = ciess::make_click_dataset(
      ciess::make_impressions({.impressions = 540'000, .features = 1}).loaded);
  const auto q = ciess::click_preset<ciess::fm>({1, 8}, large.train, 5);
  CHECK(q.model.batch == 4096);
  CHECK(q.environment.tune.every == 26);
  CHECK(q.environment.steps == 25);

  // The same effort for each method, whatever the number of tables.
  auto allowed = p;
  allowed.asked.budgets = {0.5, 0.8};
  allowed.allow(40);
  CHECK(allowed.measurements == 40);
  CHECK(allowed.study.most.steps == 80);
}
