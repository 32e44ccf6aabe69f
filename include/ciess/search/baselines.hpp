// SPDX-License-Identifier: MIT
/// @file
/// One-shot rules behind the same door as the search: measure given shapes, return the best for
/// each budget.
#pragma once

#include <string>
#include <utility>

#include <ciess/core/text.hpp>
#include <ciess/search/search.hpp>
#include <ciess/search/shapes.hpp>

namespace ciess {

/// Measures each shape, projected onto each budget, and keeps the best: a search without a policy.
/// @throws as `search`
template <environment E, observer... Observers>
search_result search_shapes(E& env, std::vector<double> budgets, std::vector<named_proposal> shapes,
                            int keep = 1, Observers&&... observers) {
  const search_options<> o{.budgets = std::move(budgets),
                           .episodes = 0,
                           .keep = keep,
                           .updates = 0,
                           .shapes = std::move(shapes)};
  return search(env, o, observers...);
}

/// Frequency powers with every combination of the given exponents, one exponent for each group of
/// tables: size ~ (freq + 1)^alpha. [0, 0] is equal sizes. All tables share the budget evenly
/// before clipping, times `weights` if there are any: every weight w gives the first group's tables
/// the share w and the others 1.
/// @param groups  table t belongs to group t mod groups; 0, or more than tables: each to its own. A
/// recommender
///                has two, users and items
/// @return exponents^groups * max(1, weights) proposals
template <class E>
[[nodiscard]] std::vector<named_proposal> power_sweep(const E& env,
                                                      std::span<const double> exponents,
                                                      std::span<const double> weights = {},
                                                      std::size_t groups = 0) {
  static_assert(detail::explain_environment<E>::value);
  const std::size_t tables = env.shapes().size();
  if (groups == 0 || groups > tables) groups = tables;
  std::vector<std::span<const double>> frequency;
  for (std::size_t t = 0; t < tables; ++t) frequency.push_back(env.frequency(t));
  const double one[] = {1.0};
  if (weights.empty()) weights = one;
  std::vector<named_proposal> all;
  std::vector<std::size_t> digit(groups, 0);
  for (bool more = !exponents.empty(); more;) {
    std::vector<double> alpha;
    for (std::size_t t = 0; t < tables; ++t) alpha.push_back(exponents[digit[t % groups]]);
    for (const double w : weights) {
      std::vector<double> weight(tables, 1.0);
      for (std::size_t t = 0; t < tables; t += groups) weight[t] = w;
      std::string name = "freq^(";
      for (std::size_t g = 0; g < groups; ++g) name += joined(g ? ", " : "", alpha[g]);
      name += ')';
      if (w != 1) name += joined(" x", w);
      all.push_back({std::move(name), power_proposal(frequency, alpha, weight)});
    }
    more = false;
    for (auto& d : digit) {
      if (++d < exponents.size()) {
        more = true;
        break;
      }
      d = 0;
    }
  }
  return all;
}

}  // namespace ciess
