// SPDX-License-Identifier: MIT
#include <ciess/search/environment_training.hpp>

#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

TEST_CASE("how an environment trains is refused by the name of the option", "[search]") {
  using ciess::environment_training;
  CHECK_NOTHROW(environment_training{}.check());
  const auto refused = [](const environment_training& o, const std::string& word) {
    CHECK_THROWS_WITH(o.check(), ContainsSubstring(word));
  };
  refused({.steps = -1}, "steps must be >= 0, got -1");
  refused({.nested_steps = -2}, "nested_steps must be >= 0, got -2");
  refused({.full = {.every = 0}}, "environment: full");
  refused({.tune = {.patience = 0}}, "environment: tune");
  refused({.tune_rate = {.first = -1}}, "environment");
  refused({.nested_rate = {.factor = std::numeric_limits<double>::quiet_NaN()}}, "environment");
  refused({.retrain_from = {ciess::start::warm, ciess::start::warm}}, "given twice");
}
