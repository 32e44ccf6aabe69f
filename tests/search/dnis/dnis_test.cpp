// SPDX-License-Identifier: MIT
#include <ciess/search/dnis/dnis.hpp>
// its own header first
#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

#include <limits>

#include "support/small_lens_environment.hpp"

namespace {

/// A search of few steps.
ciess::dnis small_dnis() { return {.steps = 2, .pairs = 3, .blocks = {1, 2, 3}, .batch = 60}; }

}  // namespace

TEST_CASE("dnis keeps the laws of sizers", "[search][laws][threads]") {
  sizer_laws::check<support::watched_training, support::larger_training>(small_dnis());
  sizer_laws::check<support::watched_training, support::larger_training>(
      ciess::dnis{.steps = 1, .pairs = 5, .blocks = {1}, .batch = 30, .rate = 0.2, .fall = 0});
}
