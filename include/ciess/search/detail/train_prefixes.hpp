// SPDX-License-Identifier: MIT
/// @file
/// The training that makes a full-size model ready for cuts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/backbone/concept.hpp>
#include <ciess/backbone/prefix_draw.hpp>
#include <ciess/backbone/trainer.hpp>
#include <ciess/backbone/training_report.hpp>
#include <ciess/backbone/warm_start.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/environment_training.hpp>

namespace ciess::detail {

/// Trains prefixes of the rows, drawn anew in each step, for `nested_steps`.
/// @param judge  knows frequencies and kinds of the tables
/// @param tell   called with a `training_report` at least twenty times, if there are as many steps
template <class Model, class Judge, class Tell>
void train_prefixes(Model& model, std::span<const table_shape> shapes, const Judge& judge,
                    const environment_training& how, Tell&& tell) {
  std::vector<std::span<const double>> frequencies;
  std::vector<std::size_t> kinds;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    frequencies.push_back(judge.frequency(t));
    kinds.push_back(judge.kind(t));
  }
  prefix_draw draw(shapes, frequencies, kinds, how.nested_law, how.seed);
  if constexpr (fine_tunable_backbone<Model>) model.restart(how.nested_rate);
  const int steps = how.nested_steps;
  const int stretch = std::max(steps / 20, 1);
  const stop_clock clock;
  int taken = 0;
  // Told from within: a model may number the steps of each call anew.
  model.train_nested(steps, [&](std::int64_t step) -> const assignment& {
    if (taken % stretch == 0) tell(training_report::unjudged(taken, steps, clock.seconds()));
    ++taken;
    return draw(step);
  });
  tell(training_report::unjudged(steps, steps, clock.seconds()));
}

}  // namespace ciess::detail
