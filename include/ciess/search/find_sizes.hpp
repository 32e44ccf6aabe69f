// SPDX-License-Identifier: MIT
/// @file
/// Sizes for whoever names no more than a budget: rules and a search side by side, the best of both
/// trained to the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/observer.hpp>
#include <ciess/search/result.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/search.hpp>

namespace ciess {

/// How the agents of `o` learn from few steps, each of which measures every row: what is chosen now
/// decides (gamma 0), steps of a size are explored, and a step may lean on the best so far.
/// @param rows  of the largest table: a batch needs no more transitions than a step brings
inline void learn_quickly(ciess_sizer<>& o, index_t rows) {
  o.updates = 2;
  o.agent.batch = static_cast<int>(std::min<index_t>(o.agent.batch, std::max<index_t>(rows, 256)));
  o.agent.gamma = 0;
  o.agent.gradient_limit = 1;
  o.noise = gaussian_noise({.deviation = 2});
  o.state = paper_state({.log_frequency = true});
  o.guide = {.blend = 0.7, .tilt = 0.2};
}

/// Equal sizes and powers of frequency, each with several weights between the first kind of tables
/// and the others (of a recommender: users and items): what a search measures first.
[[nodiscard]] inline rule rule_seeds() { return frequency_rule({0, 0.5, 1}, {0.25, 4, 16, 256}); }

/// CIESS for models that nobody has tuned it for: rules first, then a search that learns quickly.
template <class E>
[[nodiscard]] ciess_sizer<> working_sizer(const E& env) {
  static_assert(detail::explain_environment<E>::value);
  ciess_sizer<> o{.seeds = {rule_seeds()}};
  index_t rows = 0;
  for (const table_shape& s : env.shapes()) rows = std::max(rows, s.rows);
  learn_quickly(o, rows);
  return o;
}

/// Trains the candidates of each budget to the end and sorts them by what they then reach.
/// @throws as the environment's `retrain`; numeric_error if a quality is not finite
template <retrainable_environment E>
void retrain(E& env, search_result& found) {
  auto best = found.best;  // a failure leaves what was found as it is
  for (auto& list : best) {
    for (auto& c : list) {
      const measurement m = env.retrain(c.sizes);
      detail::check_measurement("retrain", env.shapes(), m);
      c.retrained = m.quality;
    }
    // Insertion keeps the order of equals; clang 19 warns of what libstdc++'s stable_sort uses.
    const auto better = [](const candidate& x, const candidate& y) {
      return *x.retrained > *y.retrained;
    };
    for (auto c = list.begin(); c != list.end(); ++c)
      std::rotate(std::upper_bound(list.begin(), c, *c, better), c, c + 1);
  }
  found.best = std::move(best);
}

/// Searches sizes by one method, and if the environment can train to the end
/// (`retrainable_environment`), does so with the best few assignments of each budget and, if the
/// method was seeded by rules, with the best of these: what is returned first is the best of them
/// then, never worse, there, than the best rule.
///
/// Cost: that of the search, then at most `keep` + 1 trainings a budget.
/// @param observers  told of each step; one that stops the search stops before the trainings
/// @throws as `search`
template <class E, class S, observer... Observers>
search_result find_sizes(E& env, const S& how, const sizing_request& asked,
                         Observers&&... observers) {
  static_assert(detail::explain_sizer<S, E>::value);
  how.check(env, asked);
  auto run = how.begin(env, asked);
  const bool go_on = take_steps(run, observers...);
  search_result found = result_of(run, asked);
  if constexpr (retrainable_environment<E>) {
    if (!go_on) {
      found.stopped = true;
      return found;
    }
    if constexpr (requires { run.best_seed(std::size_t{}); })
      for (std::size_t b = 0; b < found.best.size(); ++b)
        for (const candidate& rule : run.best_seed(b))
          if (std::ranges::none_of(found.best[b],
                                   [&](const auto& c) { return c.sizes == rule.sizes; }))
            found.best[b].push_back(rule);
    retrain(env, found);
    for (auto& list : found.best)
      if (std::ssize(list) > asked.keep) list.resize(static_cast<std::size_t>(asked.keep));
  }
  return found;
}

/// `find_sizes` by `working_sizer`: sizes for whoever names no more than budgets. Before the
/// search, rules are measured, for each budget: 3 for tables of one kind, 45 of two, 135 of three,
/// 15 of more.
template <class E, observer... Observers>
search_result search(E& env, const sizing_request& asked, Observers&&... observers) {
  static_assert(detail::explain_environment<E>::value);
  return find_sizes(env, working_sizer(env), asked, observers...);
}

/// The same for 80, 90 and 95 % less.
template <class E>
search_result search(E& env) {
  return search(env, sizing_request{});
}

}  // namespace ciess
