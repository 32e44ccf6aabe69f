// SPDX-License-Identifier: MIT
/// @file
/// Sizes for whoever names no more than a budget: rules and a search side by side, the best of both
/// trained to the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <ciess/search/environment.hpp>
#include <ciess/search/observer.hpp>
#include <ciess/search/projection.hpp>
#include <ciess/search/result.hpp>
#include <ciess/search/search_process.hpp>
#include <ciess/search/sizing_request.hpp>

namespace ciess {
namespace detail {

/// The rule that measured best for budget b, as the search met it: it is `project`ed alike.
template <class E>
[[nodiscard]] std::optional<candidate> best_rule(const E& env, const search_options<>& o,
                                                 std::span<const step_report> history,
                                                 std::size_t b) {
  const step_report* best = nullptr;
  for (const step_report& s : history)
    if (s.episode < 0 && s.target == o.budgets[b] && (!best || s.quality > best->quality))
      best = &s;
  if (!best) return std::nullopt;
  const auto& rule = o.shapes[static_cast<std::size_t>(best->step)];
  const auto limit = budget::from_sparsity(o.budgets[b], env.shapes());
  return candidate{project(env.shapes(), rule.sizes, limit), best->quality, std::nullopt, rule.name,
                   best->number};
}

}  // namespace detail

/// Searches sizes, and if the environment can train to the end (`retrainable_environment`), does so
/// with the best few assignments of each budget and with its best rule: what is returned first is
/// the best of them then, never worse, there, than the best rule.
///
/// Cost: a measurement a step, then at most `keep` + 1 trainings a budget.
/// @param o  its given shapes are the rules
/// @param observers  told of each measurement; one that stops the search stops before the trainings
/// @throws as `search`; nothing is measured if an option is out of range
template <class E, observer... Observers>
search_result find_sizes(E& env, const search_options<>& o, Observers&&... observers) {
  static_assert(detail::explain_environment<E>::value);
  search_process process(env, o);
  bool go_on = !process.done();
  while (go_on) go_on = process.step(observers...);
  search_result found = process.result();
  if constexpr (retrainable_environment<E>) {
    if (found.stopped) return found;
    for (std::size_t b = 0; b < found.best.size(); ++b) {
      auto& list = found.best[b];
      if (auto rule = detail::best_rule(env, o, process.history(), b))
        if (std::ranges::none_of(list, [&](const auto& c) { return c.sizes == rule->sizes; }))
          list.push_back(std::move(*rule));
    }
    retrain_best(env, found);
    for (auto& list : found.best)
      if (std::ssize(list) > o.keep) list.resize(static_cast<std::size_t>(o.keep));
  }
  return found;
}

/// `find_sizes` with `working_options`: sizes for whoever names no more than budgets. Before the
/// search, rules are measured: 45 for two tables, for each budget.
template <class E, observer... Observers>
search_result search(E& env, const sizing_request& asked, Observers&&... observers) {
  static_assert(detail::explain_environment<E>::value);
  return find_sizes(env, working_options(env, asked), observers...);
}

/// The same for 80, 90 and 95 % less.
template <class E>
search_result search(E& env) {
  return search(env, sizing_request{});
}

}  // namespace ciess
