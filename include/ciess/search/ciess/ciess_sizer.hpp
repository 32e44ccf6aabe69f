// SPDX-License-Identifier: MIT
/// @file
/// CIESS as a value: everything it can be told, and whether it makes sense.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/rl/agent.hpp>
#include <ciess/rl/explorer.hpp>
#include <ciess/rl/noise.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/td3.hpp>
#include <ciess/search/budget/controller.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/ciess/reward.hpp>
#include <ciess/search/ciess/state.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/sizer.hpp>

namespace ciess {

/// Makes the controller of one budget: projection onto it, with a price that finds itself.
struct exact_budget {
  automatic_price::options price{};
  [[nodiscard]] auto operator()(double share, const budget& limit) const {
    auto p = price;
    p.budget = share;
    return exact_projection(limit, automatic_price(p));
  }
};

/// Makes the paper's controller: the same hand-chosen price whatever the budget.
struct hand_price {
  double lambda = 0.4;
  [[nodiscard]] auto operator()(double, const budget&) const { return fixed_price(lambda); }
};

/// Callable with (share to remove, budget) that returns a budget_controller.
template <class F>
concept controller_factory = requires(const F& f, double share, const budget& limit) {
  { f(share, limit) } -> budget_controller;
};

/// How far a step may lean on the best assignment met so far for its budget. All zero: the paper's
/// search.
struct guidance {
  /// Share of the steps that blend: sizes = best^(1-w) * policy^w * tilt, row by row, with w drawn
  /// from 1/8 to 1.
  double blend = 0;
  /// Standard deviation of the random tilt, in the exponent: of each table's weight, and of its
  /// power of frequency.
  double tilt = 0;
};

/// The parts of CIESS, each a type: what differs from these is written in a struct of one's own
/// that inherits this one.
struct paper_parts {
  using agent = td3;                ///< what learns for a table, an `agent`
  using explorer = random_walk;     ///< an `explorer`
  using noise = gaussian_noise;     ///< a `noise`
  using state = paper_state;        ///< what an agent sees of a row, a `state_policy`
  using reward = quadratic_price;   ///< a `reward_policy`
  using controller = exact_budget;  ///< a `controller_factory`
};

/// Whether these are parts of CIESS.
template <class P>
concept ciess_parts =
    ciess::agent<typename P::agent> && explorer<typename P::explorer> && noise<typename P::noise> &&
    state_policy<typename P::state> && reward_policy<typename P::reward> &&
    controller_factory<typename P::controller>;

template <class E, ciess_parts Parts>
class ciess_run;

/// CIESS, a `sizer`: an agent for each table learns a size for every row. Each step gives every row
/// a size (agent, noise, walk, critic), lets the budget's controller turn them into an assignment,
/// has the environment measure it, rewards every row, and updates the agents. Budgets take turns
/// episode by episode. Defaults are the paper's, but for the budget, which is met exactly.
///
/// Memory: what grows with the rows is, a row, 4 bytes for each number of its state (3) and 8 for
/// its quality at full size, 2 for each of the best assignments that are kept (`keep` a budget, and
/// one more for seeds); while a step is taken 14 for what is chosen, its quality and what is filed
/// of it, and 4 for each row of the largest table: 44 bytes in all with 3 assignments for one
/// budget and one table, 42 with two equal ones. What the environment has comes on top. Beside
/// these the replay buffers, see `replay_capacity`: 8 bytes and 8 for each number of a state, so 32
/// bytes a transition, 134 MB at most for a table. Source: the paper, section 4 and algorithm 1.
template <ciess_parts Parts = paper_parts>
struct ciess_sizer {
  using parts = Parts;

  int episodes = 30;       ///< M of the paper
  int steps = 10;          ///< environment steps in an episode, T of the paper
  int updates = 1;         ///< of an agent after each step
  int replay_steps = 100;  ///< steps that a replay buffer holds
  /// Transitions that the replay buffer of a table holds at most, `replay_steps` to 2^32 - 1; for a
  /// number of bytes see `replay_buffer::capacity_of`. It takes those of all rows where they fit:
  /// by default of tables of up to 41,943 rows, among them all of MovieLens-1M and Yelp2018. Of a
  /// larger table each step leaves those of `remembered_rows`, drawn anew (`stratified_rows`).
  index_t replay_capacity = index_t{1} << 22;
  typename Parts::agent::options agent{};
  typename Parts::explorer explorer{};
  typename Parts::noise noise{};
  typename Parts::state state{};
  typename Parts::reward reward{};
  typename Parts::controller controller{};
  std::vector<rule> seeds{};  ///< measured first, for each budget; the agents learn from them
  guidance guide{};

  [[nodiscard]] std::string_view name() const noexcept { return "ciess"; }
  /// Of a table's rows so many leave a transition at each step.  @pre `check` has passed
  [[nodiscard]] index_t remembered_rows(index_t rows) const noexcept {
    return std::min(rows, replay_capacity / replay_steps);
  }

  /// @throws argument_error naming the option that is out of range
  template <class E>
  void check(const E& env, const sizing_request& asked) const {
    static_assert(detail::explain_environment<E>::value);
    check_request(env, asked);
    const auto at_least = [](const char* what, int value, int least) {
      if (value < least)
        detail::throw_error<argument_error>("ciess: ", what, " must be >= ", least, ", got ",
                                            value);
    };
    at_least("episodes", episodes, 0);
    at_least("steps", steps, 1);
    at_least("updates", updates, 0);
    at_least("replay_steps", replay_steps, 1);
    constexpr index_t most = std::numeric_limits<std::uint32_t>::max();
    if (replay_capacity < replay_steps || replay_capacity > most)
      detail::throw_error<argument_error>("ciess: replay_capacity must be in [", replay_steps, ", ",
                                          most, "], from replay_steps on, got ", replay_capacity);
    if (!(guide.blend >= 0 && guide.blend <= 1))
      detail::throw_error<argument_error>("ciess: guide.blend must be in [0, 1], got ",
                                          guide.blend);
    if (!(guide.tilt >= 0 && std::isfinite(guide.tilt)))
      detail::throw_error<argument_error>("ciess: guide.tilt must be >= 0, got ", guide.tilt);
    const table_facts facts = facts_of(env);
    for (const rule& seed : seeds) seed.check(facts);
    std::int64_t all = std::int64_t{episodes} * steps;
    for (const rule& seed : seeds)
      all += static_cast<std::int64_t>(seed.count(facts) * asked.budgets.size());
    if (all > std::numeric_limits<int>::max())
      detail::throw_error<argument_error>("ciess: expected at most ",
                                          std::numeric_limits<int>::max(), " steps, got ", all);
    for (const table_shape& s : env.shapes()) {
      (void)typename Parts::agent(state.features(), s.range, agent, asked.seed);
    }
    const auto limits = limits_of(asked, env);
    for (std::size_t b = 0; b < limits.size(); ++b)
      (void)controller(removed_share(asked, b, limits[b], env.shapes()), limits[b]);
  }

  template <class E>
  [[nodiscard]] ciess_run<E, Parts> begin(E& env, const sizing_request& asked) const {
    check(env, asked);
    return {env, *this, asked};
  }
};

}  // namespace ciess

#include <ciess/search/ciess/ciess_run.hpp>
