// SPDX-License-Identifier: MIT
/// @file
/// CIESS step by step: what `ciess_sizer` begins.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/rl/choose.hpp>
#include <ciess/rl/replay_buffer.hpp>
#include <ciess/rl/stratified_rows.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/ciess/detail/table_agent.hpp>
#include <ciess/search/trials.hpp>

namespace ciess {

/// CIESS between two of its steps, a `sizing`. Seeds come first, for each budget, then episodes.
///
/// Agents must be `visitable` for the run to be; explorers, noises and controllers without `visit`
/// are taken for such that never change.
/// @tparam E  `environment`; referred to, so it must outlive the run
template <class E, ciess_parts Parts>
class ciess_run : public trials_run<E> {
  using trials_run<E>::trials_;
  using table_agent =
      detail::table_agent<typename Parts::agent, typename Parts::explorer, typename Parts::noise>;
  using controller = std::invoke_result_t<const typename Parts::controller&, double, budget>;

 public:
  /// Measures the full-size model, if the environment has not yet.
  ciess_run(E& env, ciess_sizer<Parts> o, const sizing_request& asked)
      : trials_run<E>(env, std::string(o.name()), asked),
        options_{std::move(o)},
        best_seed_({trials_.limits().begin(), trials_.limits().end()}, 1) {
    for (std::size_t b = 0; b < trials_.limits().size(); ++b)
      controllers_.push_back(options_.controller(
          removed_share(asked, b, trials_.limits()[b], env.shapes()), trials_.limits()[b]));
    if (!options_.seeds.empty()) facts_ = full_facts_of(env);
    for (std::size_t s = 0; s < options_.seeds.size(); ++s)
      for (std::size_t i = 0; i < options_.seeds[s].count(facts_); ++i) seeds_.push_back({s, i});
    const int features = options_.state.features();
    for (std::size_t t = 0; t < shapes().size(); ++t) {
      const auto [rows, range] = shapes()[t];
      const index_t some = options_.remembered_rows(rows);
      const auto n = static_cast<std::size_t>(some);
      agents_.push_back(table_agent{
          .policy = {features, range, options_.agent, asked.seed * 0x9E3779B97F4A7C15ULL + t},
          .replay = {features, std::max<index_t>(some, 1) * options_.replay_steps},
          .explorer = options_.explorer,
          .noise = options_.noise,
          .states = matrix::Zero(rows, features),
          .remembered = std::vector<index_t>(n),
          .transitions = {.state = matrix(some, features),
                          .size = std::vector<float>(n),
                          .reward = std::vector<float>(n),
                          .next_state = matrix(some, features)},
          .tilt = detail::standard_log_frequency(env.frequency(t))});
      most_rows_ = std::max(most_rows_, rows);
    }
  }

  /// Steps from the beginning to the end, a measurement each.
  [[nodiscard]] int total() const noexcept {
    return seed_steps() + options_.episodes * options_.steps;
  }
  [[nodiscard]] bool done() const noexcept { return trials_.steps() >= total(); }
  /// The best of the seeds for budget b, as measured; none or one.
  [[nodiscard]] std::span<const candidate> best_seed(std::size_t b) const noexcept {
    return best_seed_.best(b);
  }
  [[nodiscard]] const ciess_sizer<Parts>& options() const noexcept { return options_; }
  /// How often the rows of table t occur in training.
  [[nodiscard]] std::span<const double> frequency(std::size_t t) const {
    return trials_.env().frequency(t);
  }
  /// What table t's agent has learnt so far.
  [[nodiscard]] const auto& policy(std::size_t t) const noexcept { return agents_[t].policy; }

  /// Proposes sizes, measures them, lets the agents learn. Notes `episode` (-1 while seeds are
  /// measured), `step` in it, `price` (lambda), `asked_sparsity` of the sizes before the budget was
  /// imposed, and of each table the mean reward and the losses of its agent.
  /// @throws numeric_error naming step, table and row if a quality, a reward or a loss is not
  ///         finite
  const step_report& step() {
    const place at = place_of(trials_.steps());
    step_report report = trials_.begin(at.budget, total());
    if (at.step == 0) begin_episode();
    double asked_sparsity = 0;
    const assignment chosen = at.episode < 0 ? seed(report, at, asked_sparsity)
                                             : propose(report, at.budget, asked_sparsity);
    report.notes = {{"episode", double(at.episode)},
                    {"step", double(at.step)},
                    {"price", controllers_[at.budget].price()},
                    {"asked_sparsity", asked_sparsity}};
    learn(report, at, chosen);
    if (at.episode >= 0) controllers_[at.budget].observe(asked_sparsity);
    return trials_.end(std::move(report));
  }

  /// Shows all that changes, and what it must agree with. State, reward, explorer, noise and
  /// controller are compared if they have a `visit`.
  template <class F>
  void visit(F& f)
    requires visitable<typename Parts::agent>
  {
    visit_conditions(f);
    trials_.visit(f, total());
    field_group<F> kept(f, "best_seed");
    best_seed_.visit(kept, shapes());
    for (std::size_t b = 0; b < controllers_.size(); ++b)
      visit_part(f, "controller" + std::to_string(b), controllers_[b]);
    for (std::size_t t = 0; t < agents_.size(); ++t) {
      const std::string table = "table" + std::to_string(t);
      visit_part(f, table, agents_[t]);
      f.check(table + ".replay",
              agents_[t].replay.size() == options_.remembered_rows(shapes()[t].rows) *
                                              std::min(options_.replay_steps, trials_.steps()),
              "the transitions of all steps that it holds");
    }
  }

 private:
  struct place {
    std::size_t budget;
    int episode, step;
  };
  struct seed_number {
    std::size_t rule, i;
  };

  [[nodiscard]] std::span<const table_shape> shapes() const { return trials_.shapes(); }
  [[nodiscard]] int seed_steps() const noexcept {
    return static_cast<int>(seeds_.size() * trials_.limits().size());
  }

  /// Where in the search a step is, by its number.
  [[nodiscard]] place place_of(int number) const noexcept {
    if (number < seed_steps()) {
      const auto each = static_cast<int>(seeds_.size());
      return {static_cast<std::size_t>(number / each), -1, number % each};
    }
    const int episode = (number - seed_steps()) / options_.steps;
    return {static_cast<std::size_t>(episode) % trials_.limits().size(), episode,
            (number - seed_steps()) % options_.steps};
  }

  /// Writes the states of table t's rows.
  void describe(std::size_t t, const sizes& current, std::span<const double> quality) {
    options_.state.write({frequency(t), current, quality, this->full().rows[t]}, agents_[t].states);
  }

  void begin_episode() {
    for (std::size_t t = 0; t < agents_.size(); ++t) {
      const auto [rows, range] = shapes()[t];
      agents_[t].noise.reset(rows);
      describe(t, sizes(rows, range), std::vector<double>(static_cast<std::size_t>(rows)));
    }
  }

  assignment seed(step_report& report, const place& at, double& asked_sparsity) const {
    const auto [number, i] = seeds_[static_cast<std::size_t>(at.step)];
    const rule& from = options_.seeds[number];
    assignment chosen = from.sizes(facts_, trials_.limits()[at.budget], trials_.asked().seed, i);
    report.origin = from.title(facts_, i);
    asked_sparsity = trials_.limits()[at.budget].removed_by(chosen, shapes());
    return chosen;
  }

  assignment propose(step_report& report, std::size_t b, double& asked_sparsity) {
    const random_stream walks(trials_.asked().seed, purpose::walk);
    proposal asked(agents_.size());
    chosen_.resize(static_cast<std::size_t>(most_rows_));
    for (std::size_t t = 0; t < agents_.size(); ++t) {
      table_agent& a = agents_[t];
      const auto chosen = std::span(chosen_).first(static_cast<std::size_t>(shapes()[t].rows));
      naming(report, t, [&] {
        choose_sizes(a.policy, a.noise, a.explorer, a.states, shapes()[t].range, walks.child(t),
                     static_cast<std::uint64_t>(report.number), chosen);
      });
      asked[t].assign(chosen.begin(), chosen.end());
    }
    report.origin = "policy";
    asked_sparsity = trials_.limits()[b].removed_by(round_sizes(shapes(), asked), shapes());
    lean(report, asked, b);
    return controllers_[b].apply(shapes(), asked);
  }

  /// Blends the policy's sizes with the best assignment so far, in the logarithm, and tilts the
  /// result.
  void lean(step_report& report, proposal& p, std::size_t b) const {
    auto engine = random_stream(trials_.asked().seed, purpose::blend)
                      .at(static_cast<std::uint64_t>(report.number));
    if (this->best(b).empty() || uniform01<double>(engine) >= options_.guide.blend) return;
    const double weight = std::exp2(-uniform(engine, 0.0, 3.0));
    const assignment& top = this->best(b).front().sizes;
    for (std::size_t t = 0; t < p.size(); ++t) {
      const auto drawn = normal_pair<double>(engine);  // of the table, and along frequency
      const auto often = frequency(t);
      parallel_for(shapes()[t].rows, 4096, [&](index_t first, index_t last) {
        for (auto r = static_cast<std::size_t>(first); r < static_cast<std::size_t>(last); ++r) {
          const double exponent =
              (1 - weight) * std::log(top[t][static_cast<index_t>(r)]) +
              weight * std::log(std::max(p[t][r], 1e-3F)) +
              options_.guide.tilt * (drawn[0] + drawn[1] * agents_[t].tilt(often[r]));
          p[t][r] = static_cast<float>(std::exp(std::clamp(exponent, -50.0, 50.0)));
        }
      });
    }
    report.origin = "blend";
  }

  /// Measures an assignment and lets every table learn from it.
  void learn(step_report& report, const place& at, const assignment& chosen) {
    const measurement m = trials_.measure(report, at.budget, chosen);
    if (at.episode < 0)
      best_seed_.offer_to(at.budget,
                          {chosen, m.quality, std::nullopt, report.origin, report.number});
    const double price = controllers_[at.budget].price();
    const std::vector<double> costs = trials_.limits()[at.budget].number_costs(shapes());
    for (std::size_t t = 0; t < agents_.size(); ++t) {
      const row_rewards reward{options_.reward, price * costs[t], m.rows[t], this->full().rows[t],
                               chosen[t]};
      const double sum = sum_of(report, t, reward);
      remember(report, t, reward);
      const agent_losses losses = shapes()[t].rows > 0 ? update(report, t) : agent_losses{};
      const std::string table = std::to_string(t);
      report.notes.push_back(
          {"reward_" + table, sum / static_cast<double>(std::max<index_t>(shapes()[t].rows, 1))});
      report.notes.push_back({"critic_loss_" + table, losses.critic});
      report.notes.push_back({"actor_loss_" + table, losses.actor});
    }
  }

  /// What the rows of a table are rewarded with, one by one: kept nowhere.
  struct row_rewards {
    const typename Parts::reward& rule;
    double price;
    std::span<const double> quality, full;
    const sizes& chosen;

    [[nodiscard]] double operator()(index_t row) const {
      const auto r = static_cast<std::size_t>(row);
      return rule(row_outcome{quality[r], full[r], chosen[row], chosen.range().max}, price);
    }
  };

  /// The sum of all rows' rewards.
  [[nodiscard]] double sum_of(const step_report& report, std::size_t t,
                              const row_rewards& reward) const {
    double sum = 0;
    for (index_t r = 0; r < shapes()[t].rows; ++r) {
      const double one = reward(r);
      if (!(std::abs(one) <= std::numeric_limits<float>::max()))
        detail::throw_error<numeric_error>(trials<E>::where(report, t), ", row ", r, ": reward is ",
                                           one);
      sum += one;
    }
    return sum;
  }

  /// Brings the states of table t up to date, and takes the transitions of a sample of its rows
  /// into its replay buffer.
  void remember(const step_report& report, std::size_t t, const row_rewards& reward) {
    table_agent& a = agents_[t];
    stratified_rows(random_stream(trials_.asked().seed, purpose::replay).child(t),
                    static_cast<std::uint64_t>(report.number), shapes()[t].rows, a.remembered);
    transition_batch& of = a.transitions;
    for (std::size_t i = 0; i < a.remembered.size(); ++i) {
      of.size[i] = static_cast<float>(reward.chosen[a.remembered[i]]);
      of.reward[i] = static_cast<float>(reward(a.remembered[i]));
    }
    detail::gather_states(a.states, a.remembered, of.state);
    describe(t, reward.chosen, reward.quality);
    check_states(report, t);
    detail::gather_states(a.states, a.remembered, of.next_state);
    a.replay.push(of.state, of.size, of.reward, of.next_state);
  }

  void check_states(const step_report& report, std::size_t t) const {
    const matrix& now = agents_[t].states;
    if (now.allFinite()) return;
    for (index_t r = 0; r < now.rows(); ++r)
      for (index_t f = 0; f < now.cols(); ++f)
        if (!std::isfinite(now(r, f)))
          detail::throw_error<numeric_error>(trials<E>::where(report, t), ", row ", r, ": feature ",
                                             f, " of its state is ", now(r, f));
  }

  struct agent_losses {
    double critic = std::numeric_limits<double>::quiet_NaN();
    double actor = std::numeric_limits<double>::quiet_NaN();
  };

  agent_losses update(const step_report& report, std::size_t t) {
    table_agent& a = agents_[t];
    agent_losses last;
    for (int u = 0; u < options_.updates; ++u) {
      const auto step =
          static_cast<std::uint64_t>(report.number) * static_cast<std::uint64_t>(options_.updates) +
          static_cast<std::uint64_t>(u);
      const auto losses = naming(report, t, [&] { return a.policy.update(a.replay, step); });
      last.critic = losses.critic_loss;
      if (losses.actor_loss) last.actor = *losses.actor_loss;
    }
    return last;
  }

  /// Says where a number was not finite, for those who do not know it.
  template <class Body>
  static decltype(auto) naming(const step_report& report, std::size_t t, Body&& body) {
    try {
      return body();
    } catch (const numeric_error& e) {
      detail::throw_error<numeric_error>(trials<E>::where(report, t), ": ", e.what());
    }
  }

  template <class F>
  void visit_conditions(F& f) const {
    field_group<F> same(f, "ciess");
    same.same("episodes", std::int64_t{options_.episodes});
    same.same("steps", std::int64_t{options_.steps});
    same.same("updates", std::int64_t{options_.updates});
    same.same("replay_steps", std::int64_t{options_.replay_steps});
    if (std::ranges::any_of(shapes(), [&](const table_shape& s) {
          return options_.remembered_rows(s.rows) < s.rows;
        }))  // states of before know none, and remember all rows
      same.same("replay_capacity", std::int64_t{options_.replay_capacity});
    same.same("blend", options_.guide.blend);
    same.same("tilt", options_.guide.tilt);
    same.same("features", std::int64_t{options_.state.features()});
    std::string titles;
    for (const auto& [number, i] : seeds_) titles += options_.seeds[number].title(facts_, i) + '\n';
    same.same("seeds", std::string_view(titles));
    visit_part(f, "state", options_.state);
    visit_part(f, "reward", options_.reward);
  }

  ciess_sizer<Parts> options_;
  table_facts facts_;
  std::vector<seed_number> seeds_;
  index_t most_rows_ = 0;    ///< of a table
  std::vector<int> chosen_;  ///< of the rows of a table, while sizes are proposed
  // What changes: see visit().
  best_memory best_seed_;
  std::vector<controller> controllers_;
  std::vector<table_agent> agents_;
};

}  // namespace ciess
