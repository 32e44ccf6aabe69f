// SPDX-License-Identifier: MIT
/// @file
/// Everything a search can be told, and whether it makes sense.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/rl/explorer.hpp>
#include <ciess/rl/noise.hpp>
#include <ciess/rl/policy.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/td3.hpp>
#include <ciess/search/controller.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/projection.hpp>
#include <ciess/search/result.hpp>
#include <ciess/search/reward.hpp>
#include <ciess/search/state.hpp>

namespace ciess {

/// Makes the controller of one budget: projection onto it, with a price that finds itself.
struct exact_budget {
  automatic_price::options price{};
  [[nodiscard]] auto operator()(double target, budget limit) const {
    auto p = price;
    p.target = target;
    return exact_projection(limit, automatic_price(p));
  }
};

/// Makes the controller of one budget that spends it by value: see `project_by_value`. The curves,
/// such as those of `tail_energy_curves` after `env.peak()`, are shared, not copied.
struct by_value {
  std::shared_ptr<const value_curves> curves{};
  automatic_price::options price{};
  /// @throws argument_error without curves
  [[nodiscard]] auto operator()(double target, budget limit) const {
    auto p = price;
    p.target = target;
    return value_projection(limit, curves, automatic_price(p));
  }
};

/// Makes the paper's controller: the same hand-chosen price whatever the budget.
struct hand_price {
  double lambda = 0.4;
  [[nodiscard]] auto operator()(double, budget) const { return fixed_price(lambda); }
};

/// Callable with (share to remove, budget in numbers) that returns a budget_controller.
template <class F>
concept controller_factory = requires(const F& f, double target, budget limit) {
  { f(target, limit) } -> budget_controller;
};

/// A named proposal that a search measures before its own.
struct named_proposal {
  std::string name;
  proposal sizes;
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

/// Everything a search can be told. Defaults are the paper's, but for the budget, which is met
/// exactly.
template <policy Policy = td3, explorer Explorer = random_walk, noise Noise = gaussian_noise,
          state_policy State = paper_state, reward_policy Reward = quadratic_price,
          controller_factory Controller = exact_budget>
struct search_options {
  std::vector<double> budgets{0.8, 0.9,
                              0.95};  ///< shares of numbers to remove; episodes take turns
  int episodes = 30;                  ///< M of the paper
  int steps = 10;                     ///< environment steps in an episode, T of the paper
  int keep = 3;                       ///< best assignments kept for each budget
  int updates = 1;                    ///< policy updates after each step, per table
  int replay_steps = 100;             ///< steps that a replay buffer holds
  std::uint64_t seed = 1;
  typename Policy::options policy{};
  Explorer explorer{};
  Noise noise{};
  State state{};
  Reward reward{};
  Controller controller{};
  std::vector<named_proposal>
      shapes{};  ///< measured first, for each budget; their transitions are learnt from
  guidance guide{};
};

/// Steps of a search from the beginning to the end, one measurement each: given shapes first, for
/// each budget, then episodes.
template <class Policy, class Explorer, class Noise, class State, class Reward, class Controller>
[[nodiscard]] int search_steps(
    const search_options<Policy, Explorer, Noise, State, Reward, Controller>& o) noexcept {
  return static_cast<int>(o.shapes.size() * o.budgets.size()) + o.episodes * o.steps;
}

/// Whether `search` would take these options for this environment, before anything is measured.
/// @throws argument_error naming the option that is out of range
template <class E, class Policy, class Explorer, class Noise, class State, class Reward,
          class Controller>
void check_search_options(
    const E& env, const search_options<Policy, Explorer, Noise, State, Reward, Controller>& o) {
  static_assert(detail::explain_environment<E>::value);
  const std::span<const table_shape> shapes = env.shapes();
  const auto limits = budgets_of(o.budgets, shapes);
  const auto positive = [](const char* what, int value, int least) {
    if (value < least)
      detail::throw_error<argument_error>("search: ", what, " must be >= ", least, ", got ", value);
  };
  positive("episodes", o.episodes, 0);
  positive("steps", o.steps, 1);
  positive("updates", o.updates, 0);
  positive("replay_steps", o.replay_steps, 1);
  if (!(o.guide.blend >= 0 && o.guide.blend <= 1))
    detail::throw_error<argument_error>("search: guide.blend must be in [0, 1], got ",
                                        o.guide.blend);
  if (!(o.guide.tilt >= 0 && std::isfinite(o.guide.tilt)))
    detail::throw_error<argument_error>("search: guide.tilt must be >= 0, got ", o.guide.tilt);
  for (const auto& s : o.shapes) {
    if (s.name.find('\n') != std::string::npos)
      detail::throw_error<argument_error>("search: a shape's name must be one line, got ",
                                          detail::shown(s.name));
    check_proposal("search", shapes, s.sizes);
  }
  if constexpr (energy_state_policy<State> && !energetic_environment<E>)
    detail::throw_error<argument_error>(
        "search: the state needs energies of rows, but the environment shows no full-size tables: "
        "see energetic_environment");
  (void)best_memory(limits, o.keep);
  for (std::size_t b = 0; b < limits.size(); ++b) (void)o.controller(o.budgets[b], limits[b]);
}

}  // namespace ciess
