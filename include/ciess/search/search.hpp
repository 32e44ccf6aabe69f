// SPDX-License-Identifier: MIT
/// @file
/// CIESS: a policy learns a size for every row of every table, under memory budgets.
#pragma once

#include <ciess/search/environment.hpp>
#include <ciess/search/observer.hpp>
#include <ciess/search/result.hpp>
#include <ciess/search/search_options.hpp>
#include <ciess/search/search_process.hpp>

namespace ciess {

/// Searches sizes for the tables of an environment. Source: the paper, section 4 and algorithm 1.
///
/// Each step gives every row a size (policy, noise, walk, critic), lets the budget's controller
/// turn them into an assignment, has the environment measure it, rewards every row, and updates the
/// policies. Budgets take turns episode by episode. What was best for each budget, whatever
/// proposed it, is returned.
///
/// @param env        what is sized, an `environment`; its `measure` dominates the cost
/// @param o          see `search_options`
/// @param observers  see `observer`; called after every step. Not kept, so they may be temporary
/// @throws argument_error if an option is out of range; numeric_error if the environment reports a
/// quality that is not
///         finite. Nothing is changed but the environment's own state
template <class E, class Policy, class Explorer, class Noise, class State, class Reward,
          class Controller, observer... Observers>
search_result search(E& env,
                     const search_options<Policy, Explorer, Noise, State, Reward, Controller>& o,
                     Observers&&... observers) {
  search_process process(env, o);
  bool go_on = !process.done();
  while (go_on) go_on = process.step(observers...);
  return process.result();
}

}  // namespace ciess
