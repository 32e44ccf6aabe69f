// SPDX-License-Identifier: MIT
#include <ciess/backbone/training_report.hpp>

#include <cmath>

#include "support/catch.hpp"

TEST_CASE("a training that nobody judges has no quality, and says when it ends", "[backbone]") {
  const auto half = ciess::training_report::unjudged(5, 10, 1.5);
  CHECK(half.what.empty());
  CHECK(half.step == 5);
  CHECK(half.most_steps == 10);
  CHECK(half.seconds == 1.5);
  CHECK(std::isnan(half.quality));
  CHECK(std::isnan(half.best));
  CHECK(half.best_step == 0);
  CHECK(!half.last);
  CHECK(ciess::training_report::unjudged(10, 10, 2).last);
  CHECK(ciess::training_report::unjudged(0, 0, 0).last);  // of no steps, the beginning is the end
}
