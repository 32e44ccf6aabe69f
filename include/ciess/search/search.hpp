// SPDX-License-Identifier: MIT
/// @file
/// CIESS: a policy learns a size for every row of every table, under memory budgets.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/rl/choose.hpp>
#include <ciess/rl/noise.hpp>
#include <ciess/rl/policy.hpp>
#include <ciess/rl/random_walk.hpp>
#include <ciess/rl/replay_buffer.hpp>
#include <ciess/rl/td3.hpp>
#include <ciess/search/controller.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/observer.hpp>
#include <ciess/search/result.hpp>
#include <ciess/search/reward.hpp>
#include <ciess/search/row_energy.hpp>
#include <ciess/search/shapes.hpp>
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

namespace detail {

/// One table's agent: what it has learnt, what it remembers, how it explores, and the row states of
/// this episode.
template <class Policy, class Explorer, class Noise>
struct agent {
  Policy policy;
  replay_buffer replay;
  Explorer explorer;
  Noise noise;
  matrix before, after;  ///< states [rows, features]
  sizes current;
  std::vector<double> quality;
  std::vector<float> action, reward;
  std::vector<int> chosen;
  std::vector<float> tilt_axis;  ///< standardised log frequency
};

/// log(frequency + 1), shifted and scaled to mean 0 and standard deviation 1 (or all 0).
inline std::vector<float> standard_log_frequency(std::span<const double> frequency) {
  std::vector<float> x(frequency.size());
  double sum = 0;
  double squares = 0;
  for (const double f : frequency) {
    const double l = std::log1p(f);
    sum += l;
    squares += l * l;
  }
  const auto n = static_cast<double>(std::max<std::size_t>(frequency.size(), 1));
  const double mean = sum / n;
  const double deviation = std::sqrt(std::max(0.0, squares / n - mean * mean));
  for (std::size_t r = 0; r < x.size(); ++r)
    x[r] = deviation > 1e-9 ? static_cast<float>((std::log1p(frequency[r]) - mean) / deviation) : 0;
  return x;
}

}  // namespace detail

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
  for (const auto& s : o.shapes) check_proposal("search", shapes, s.sizes);
  if constexpr (energy_state_policy<State> && !energetic_environment<E>)
    detail::throw_error<argument_error>(
        "search: the state needs energies of rows, but the environment shows no full-size tables: "
        "see energetic_environment");
  (void)best_memory(limits, o.keep);
  for (std::size_t b = 0; b < limits.size(); ++b) (void)o.controller(o.budgets[b], limits[b]);
}

/// Searches sizes for the tables of an environment. Source: the paper, section 4 and algorithm 1.
///
/// Each step gives every row a size (policy, noise, walk, critic), lets the budget's controller
/// turn them into an assignment, has the environment measure it, rewards every row, and updates the
/// policies. Budgets take turns episode by episode. What was best for each budget, whatever
/// proposed it, is returned.
///
/// @param env        what is sized, an `environment`; its `measure` dominates the cost
/// @param o          see `search_options`
/// @param observers  see `observer`; called after every step
/// @throws argument_error if an option is out of range; numeric_error if the environment reports a
/// quality that is not
///         finite. Nothing is changed but the environment's own state
template <class E, class Policy, class Explorer, class Noise, class State, class Reward,
          class Controller, observer... Observers>
search_result search(E& env,
                     const search_options<Policy, Explorer, Noise, State, Reward, Controller>& o,
                     Observers&&... observers) {
  static_assert(detail::explain_environment<E>::value);
  const std::span<const table_shape> shapes = env.shapes();
  const auto limits = budgets_of(o.budgets, shapes);
  check_search_options(env, o);
  constexpr bool with_energy = energy_state_policy<State>;
  best_memory memory(limits, o.keep);
  using controller = std::invoke_result_t<const Controller&, double, budget>;
  std::vector<controller> controllers;
  for (std::size_t b = 0; b < limits.size(); ++b)
    controllers.push_back(o.controller(o.budgets[b], limits[b]));

  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  search_result result;
  result.budgets = o.budgets;
  result.peak = env.peak();
  detail::check_measurement("search", shapes, result.peak);
  std::optional<row_energy> energy;
  if constexpr (with_energy && energetic_environment<E>) energy = energies_of(env);

  const std::size_t tables = shapes.size();
  const random_stream proposals(o.seed, purpose::blend);
  using agent = detail::agent<Policy, Explorer, Noise>;
  std::vector<agent> agents;
  for (std::size_t t = 0; t < tables; ++t) {
    const auto rows = shapes[t].rows;
    const auto n = static_cast<std::size_t>(rows);
    const auto own_seed = static_cast<std::uint64_t>(o.seed) * 0x9E3779B97F4A7C15ULL + t;
    agents.push_back(agent{
        .policy = Policy(o.state.features(), shapes[t].range, o.policy, own_seed),
        .replay = replay_buffer(o.state.features(), std::max<index>(rows, 1) * o.replay_steps),
        .explorer = o.explorer,
        .noise = o.noise,
        .before = matrix(rows, o.state.features()),
        .after = matrix(rows, o.state.features()),
        .current = sizes(rows, shapes[t].range),
        .quality = std::vector<double>(n),
        .action = std::vector<float>(n),
        .reward = std::vector<float>(n),
        .chosen = std::vector<int>(n),
        .tilt_axis = detail::standard_log_frequency(env.frequency(t))});
  }

  const auto status = [&](std::size_t t) {
    return table_status{env.frequency(t),    agents[t].current,           agents[t].quality,
                        result.peak.rows[t], energy ? &*energy : nullptr, t};
  };
  const auto begin_episode = [&] {
    for (std::size_t t = 0; t < tables; ++t) {
      agents[t].current = sizes(shapes[t].rows, shapes[t].range);
      std::ranges::fill(agents[t].quality, 0.0);
      agents[t].noise.reset(shapes[t].rows);
      o.state.write(status(t), agents[t].before);
    }
  };

  step_report report;
  report.total = static_cast<int>(o.shapes.size() * limits.size()) + o.episodes * o.steps;

  // Measures an assignment, remembers it, and lets every table learn from it. Returns false to end
  // the search.
  const auto take_step = [&](const assignment& chosen, std::size_t b) {
    const measurement m = env.measure(chosen);
    detail::check_measurement("search", shapes, m);
    report.price = controllers[b].price();
    report.sparsity = chosen.sparsity();
    report.quality = m.quality;
    memory.offer({chosen, m.quality, std::nullopt, report.origin, report.number});
    report.best = memory.best(b).empty() ? 0 : memory.best(b).front().quality;
    report.reward.assign(tables, 0);
    report.critic_loss.assign(tables, std::numeric_limits<double>::quiet_NaN());
    report.actor_loss = report.critic_loss;
    for (std::size_t t = 0; t < tables; ++t) {
      agent& a = agents[t];
      a.current = chosen[t];
      a.quality = m.rows[t];
      o.state.write(status(t), a.after);
      double sum = 0;
      for (std::size_t r = 0; r < a.reward.size(); ++r) {
        const int size = a.current[static_cast<index>(r)];
        a.action[r] = static_cast<float>(size);
        const double reward =
            o.reward(row_outcome{a.quality[r], result.peak.rows[t][r], size, shapes[t].range.max},
                     report.price);
        if (!std::isfinite(reward))
          detail::throw_error<numeric_error>("search: step ", report.number, ", table ", t,
                                             ", row ", r, ": reward is ", reward);
        a.reward[r] = static_cast<float>(reward);
        sum += reward;
      }
      if (a.reward.empty()) continue;
      report.reward[t] = sum / static_cast<double>(a.reward.size());
      a.replay.push(a.before, a.action, a.reward, a.after);
      for (int u = 0; u < o.updates; ++u) {
        const auto step =
            static_cast<std::uint64_t>(report.number) * static_cast<std::uint64_t>(o.updates) +
            static_cast<std::uint64_t>(u);
        const auto losses = a.policy.update(a.replay, step);
        report.critic_loss[t] = losses.critic_loss;
        if (losses.actor_loss) report.actor_loss[t] = *losses.actor_loss;
      }
      std::swap(a.before, a.after);
    }
    ++result.steps;
    report.seconds = std::chrono::duration<double>(clock::now() - begin).count();
    const bool go_on = detail::notify(report, observers...);
    ++report.number;
    return go_on;
  };

  // Blends the policy's sizes with the best assignment so far, in the logarithm, and tilts the
  // result.
  const auto lean = [&](proposal& p, std::size_t b) {
    auto engine = proposals.at(static_cast<std::uint64_t>(report.number));
    if (memory.best(b).empty() || uniform01<double>(engine) >= o.guide.blend) return;
    const double weight = std::exp2(-uniform(engine, 0.0, 3.0));
    const assignment& best = memory.best(b).front().sizes;
    for (std::size_t t = 0; t < tables; ++t) {
      const auto [shift, slope] = normal_pair<double>(engine);
      const auto& axis = agents[t].tilt_axis;
      for (std::size_t r = 0; r < p[t].size(); ++r) {
        const double exponent = (1 - weight) * std::log(best[t][static_cast<index>(r)]) +
                                weight * std::log(std::max(p[t][r], 1e-3F)) +
                                o.guide.tilt * (shift + slope * axis[r]);
        p[t][r] = static_cast<float>(std::exp(exponent));
      }
    }
    report.origin = "blend";
  };

  bool go_on = true;
  report.episode = -1;
  for (std::size_t b = 0; b < limits.size() && go_on; ++b) {
    report.target = o.budgets[b];
    report.step = 0;
    begin_episode();
    for (std::size_t s = 0; s < o.shapes.size() && go_on; ++s, ++report.step) {
      const assignment chosen = controllers[b].apply(shapes, o.shapes[s].sizes);
      report.origin = o.shapes[s].name;
      report.asked_sparsity = chosen.sparsity();
      go_on = take_step(chosen, b);
    }
  }

  const random_stream walks(o.seed, purpose::walk);
  proposal asked(tables);
  for (int episode = 0; episode < o.episodes && go_on; ++episode) {
    const std::size_t b = static_cast<std::size_t>(episode) % limits.size();
    report.episode = episode;
    report.target = o.budgets[b];
    begin_episode();
    for (int step = 0; step < o.steps && go_on; ++step) {
      report.step = step;
      report.origin = "policy";
      for (std::size_t t = 0; t < tables; ++t) {
        agent& a = agents[t];
        choose_sizes(a.policy, a.noise, a.explorer, a.before, shapes[t].range, walks.child(t),
                     static_cast<std::uint64_t>(report.number), a.chosen);
        asked[t].assign(a.chosen.begin(), a.chosen.end());
      }
      report.asked_sparsity = round_sizes(shapes, asked).sparsity();
      lean(asked, b);
      const assignment chosen = controllers[b].apply(shapes, asked);
      go_on = take_step(chosen, b);
      controllers[b].observe(report.asked_sparsity);
    }
  }
  result.stopped = !go_on;
  result.best = std::move(memory).take();
  return result;
}

/// A search with every option at its default.
template <class E>
search_result search(E& env) {
  return search(env, search_options<>{});
}

}  // namespace ciess
