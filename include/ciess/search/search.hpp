// SPDX-License-Identifier: MIT
/// @file
/// The door: any sizer, any environment, sizes for every row under memory budgets.
#pragma once

#include <cstddef>

#include <ciess/search/environment.hpp>
#include <ciess/search/observer.hpp>
#include <ciess/search/result.hpp>
#include <ciess/search/sizer.hpp>
#include <ciess/search/sizing_request.hpp>

namespace ciess {

/// What a run has found so far.
template <sizing R>
[[nodiscard]] search_result result_of(const R& run, const sizing_request& asked) {
  search_result found{
      asked.budgets, {}, run.full(), static_cast<int>(run.history().size()), !run.done()};
  for (std::size_t b = 0; b < asked.budgets.size(); ++b) {
    const std::span<const candidate> best = run.best(b);
    found.best.emplace_back(best.begin(), best.end());
  }
  return found;
}

/// Goes on with a run to its end, or until an observer asks to stop. Observers are told of the
/// steps that are taken here, and asked after each of them: not of those that a loaded run took
/// before.
/// @returns false if an observer asked to stop, also after the last step
template <sizing R, observer... Observers>
bool take_steps(R& run, Observers&&... observers) {
  bool go_on = true;
  while (go_on && !run.done()) go_on = detail::tell(run.step(), observers...);
  return go_on;
}

/// Searches sizes for the tables of an environment by one method.
/// @param env        what is sized, an `environment`; its `measure` dominates the cost
/// @param how        the method, a `sizer`, such as `ciess_sizer` or a `rule`
/// @param asked      budgets, how many assignments to keep for each, seed
/// @param observers  see `observer`; told of every step. Not kept, so they may be temporary
/// @throws argument_error if something does not fit, before anything is measured; numeric_error if
///         the environment reports a quality that is not finite. Nothing is changed but the
///         environment's own state
template <class E, class S, observer... Observers>
search_result search(E& env, const S& how, const sizing_request& asked, Observers&&... observers) {
  static_assert(detail::explain_sizer<S, E>::value);
  how.check(env, asked);
  auto run = how.begin(env, asked);
  static_assert(detail::explain_sizing<decltype(run)>::value);
  take_steps(run, observers...);
  return result_of(run, asked);
}

}  // namespace ciess
