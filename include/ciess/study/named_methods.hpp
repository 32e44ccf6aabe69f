// SPDX-License-Identifier: MIT
/// @file
/// What the names of methods stand for: searchers with a number of measurements.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/search/bet/bet.hpp>
#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/find_sizes.hpp>
#include <ciess/search/portfolio.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/rules/table_facts.hpp>
#include <ciess/study/method_names.hpp>
#include <ciess/study/named_rules.hpp>

namespace ciess {

/// BET with n measurements for each budget, with its predictor, and without.
[[nodiscard]] inline bet bet_of(bet how, int n, bool predictor) {
  how.steps = n;
  how.predictor = predictor;
  return how;
}
/// Evolution with n measurements for each budget.
[[nodiscard]] inline evolution evolution_of(evolution how, int n) {
  how.steps = n;
  return how;
}
/// BET, then evolution, with n measurements for each budget. BET finds good shapes soon, and
/// children of the very best of them, most of them bent, are better: settings by five seeds of
/// MovieLens-100k.
[[nodiscard]] inline portfolio<bet, evolution> portfolio_of(bet first, evolution then, int n) {
  first.steps = std::max(2 * n / 5, 1);
  then.steps = std::max(n - first.steps, 1);
  then.drawn = 1;  // it is told of parents
  then.parents = 5;
  then.crossover = 0.2;
  then.bent = 0.8;
  return portfolio(std::move(first), std::move(then));
}

/// Powers of frequency that begin a search of few measurements: those of one exponent for all
/// kinds of tables, or of up to three kinds each with its own, of three kinds only two exponents.
[[nodiscard]] inline rule few_seeds(const table_facts& facts) {
  return frequency_rule(facts.kinds() == 3 ? std::vector<double>{0, 0.5}
                                           : std::vector<double>{0, 0.5, 1});
}

/// Calls `use(how)` with the sizer that names stand for: rules alone, or one method that searches,
/// with the rules named beside it measured first, for each budget. "evolution" and "ciess" begin
/// with `few_seeds` where no rules are named. Methods that train through a lens are none of these.
/// @param names         of `method_names`, one or more
/// @param measurements  for each budget of a method that searches, those of its rules, too
/// @param facts         of the tables
/// @param budgets       how many
/// @throws argument_error if names are unknown, come twice or do not go together, or there are
///         fewer measurements than rules offer to a method that learns from them
template <class Use>
decltype(auto) with_method(const std::vector<std::string>& names, int measurements,
                           const table_facts& facts, int budgets, Use&& use) {
  if (names.empty()) detail::throw_error<argument_error>("methods: expected one or more, got none");
  if (measurements < 1 || measurements > 1'000'000)
    detail::throw_error<argument_error>("measurements must be in [1, 1000000], got ", measurements);
  std::vector<rule> rules;
  std::string searcher;
  for (const std::string_view name : chosen_methods(names)) {
    if (auto r = named_rule(name)) {
      rules.push_back(std::move(*r));
      continue;
    }
    if (name == "dnis" || name == "pep")
      detail::throw_error<argument_error>("methods: ", name,
                                          " trains the model itself, which is elsewhere");
    if (!searcher.empty())
      detail::throw_error<argument_error>("methods: expected one that searches, got ", searcher,
                                          " and ", name);
    searcher = name;
  }
  if (searcher.empty())
    return use(rules.size() == 1 ? std::move(rules.front()) : rule(rule_list(std::move(rules))));
  if (rules.empty() && (searcher == "evolution" || searcher == "ciess"))
    rules.push_back(few_seeds(facts));
  if (searcher == "bet" || searcher == "random-bet") {
    bet how = bet_of({}, measurements, searcher == "bet");
    how.seeds = std::move(rules);
    return use(std::move(how));
  }
  if (searcher == "portfolio") {
    auto how = [&] {
      bet first;
      first.seeds = std::move(rules);
      return portfolio_of(std::move(first), {}, measurements);
    }();
    return use(std::move(how));
  }
  if (searcher == "ciess") {
    ciess_sizer<> how;
    index_t rows = 0;
    for (const table_shape& s : facts.shapes) rows = std::max(rows, s.rows);
    learn_quickly(how, rows);
    std::int64_t seeds = 0;
    for (const rule& r : rules) seeds += static_cast<std::int64_t>(r.count(facts));
    if (seeds > measurements)
      detail::throw_error<argument_error>("measurements must be at least ", seeds,
                                          ", which the seeds of ciess take, got ", measurements);
    detail::allow_measurements(how, measurements - static_cast<int>(seeds), budgets);
    how.replay_steps = std::min(how.replay_steps, measurements * budgets);
    how.seeds = std::move(rules);
    return use(std::move(how));
  }
  evolution how = evolution_of({}, measurements);
  how.seeds = std::move(rules);
  // A population of a few measurements would be nothing but drawn sizes.
  how.drawn = std::min(how.drawn, std::max(measurements / 5, 1));
  return use(std::move(how));
}

}  // namespace ciess
