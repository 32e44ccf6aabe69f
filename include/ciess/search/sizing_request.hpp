// SPDX-License-Identifier: MIT
/// @file
/// What is asked of a search, and the settings that answer it on models that nobody has tuned them
/// for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/search/baselines.hpp>
#include <ciess/search/search_options.hpp>

namespace ciess {

/// What is asked of a search that chooses the rest itself.
struct sizing_request {
  std::vector<double> budgets{0.8, 0.9, 0.95};  ///< shares of numbers to remove
  int keep = 3;                                 ///< best assignments returned for each budget
  int episodes = 30;                            ///< of ten measurements each, after the rules
  std::uint64_t seed = 1;
};

/// How the agents of `o` learn from few steps, each of which measures every row: what is chosen now
/// decides (gamma 0), steps of a size are explored, and a step may lean on the best so far.
/// @param rows  of the largest table: a batch needs no more transitions than a step brings
inline void learn_quickly(search_options<>& o, index rows) {
  o.updates = 2;
  o.policy.batch = std::clamp<index>(rows, 256, o.policy.batch);
  o.policy.gamma = 0;
  o.policy.gradient_limit = 1;
  o.noise = gaussian_noise({.deviation = 2});
  o.state = paper_state({.log_frequency = true});
  o.guide = {.blend = 0.7, .tilt = 0.2};
}

/// The rules that a search measures first: equal sizes and powers of frequency, each with several
/// weights between the first table and the others (of a recommender: users and items).
template <class E>
[[nodiscard]] std::vector<named_proposal> rule_seeds(const E& env) {
  static_assert(detail::explain_environment<E>::value);
  const std::vector<double> exponents{0, 0.5, 1};
  const std::vector<double> weights{1, 0.25, 4, 16, 256};
  // Many tables of their own would multiply: they share one exponent, unless they come in kinds.
  std::size_t groups = env.shapes().size() <= 2 ? 0 : 1;
  if constexpr (requires { env.kinds(); }) groups = env.kinds();
  return power_sweep(env, exponents, groups == 1 ? std::span(weights).first(1) : weights, groups);
}

/// Settings for a request: rules first, then a search that learns quickly.
template <class E>
[[nodiscard]] search_options<> working_options(const E& env, const sizing_request& asked) {
  search_options<> o{.budgets = asked.budgets,
                     .episodes = asked.episodes,
                     .keep = asked.keep,
                     .seed = asked.seed,
                     .shapes = rule_seeds(env)};
  index rows = 0;
  for (const table_shape& s : env.shapes()) rows = std::max(rows, s.rows);
  learn_quickly(o, rows);
  return o;
}

}  // namespace ciess
