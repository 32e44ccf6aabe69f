// SPDX-License-Identifier: MIT
/// @file
/// A search step by step: it can be looked at, saved and gone on with between two steps.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/random.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/rl/choose.hpp>
#include <ciess/rl/replay_buffer.hpp>
#include <ciess/search/detail/agent.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/observer.hpp>
#include <ciess/search/projection.hpp>
#include <ciess/search/result.hpp>
#include <ciess/search/row_energy.hpp>
#include <ciess/search/search_options.hpp>
#include <ciess/search/state.hpp>

namespace ciess {
namespace detail {

template <class Options>
struct search_types;
template <class P, class X, class N, class S, class R, class C>
struct search_types<search_options<P, X, N, S, R, C>> {
  using agent = detail::agent<P, X, N>;
  using state = S;
  using controller = std::invoke_result_t<const C&, double, budget>;
};

}  // namespace detail

/// A search between two of its steps: what `search` runs from the first step to the last. Its state
/// is what `visit` shows; saved, and loaded into a process that was made of the same environment
/// and the same options, it goes on as if nothing had happened: the same bytes.
/// Source: the paper, section 4 and algorithm 1.
///
/// Policies must be `visitable` for the process to be; explorers, noises and controllers without
/// `visit` are taken for such that never change.
/// @tparam E        `environment`; referred to, so it must outlive the process
/// @tparam Options  a `search_options`
template <class E, class Options>
class search_process {
  static_assert(detail::explain_environment<E>::value);
  using types = detail::search_types<Options>;
  using agent = typename types::agent;

 public:
  /// Measures the full-size model, if the environment has not yet.
  /// @throws argument_error if an option is out of range; numeric_error if the environment's peak
  ///         is not finite
  search_process(E& env, Options o)
      : env_{&env},
        options_{(check_search_options(env, o), std::move(o))},
        limits_{budgets_of(options_.budgets, env.shapes())},
        memory_(limits_, options_.keep) {
    for (std::size_t b = 0; b < limits_.size(); ++b)
      controllers_.push_back(options_.controller(options_.budgets[b], limits_[b]));
    peak_ = env.peak();
    detail::check_measurement("search", shapes(), peak_);
    if constexpr (energy_state_policy<typename types::state> && energetic_environment<E>)
      energy_ = energies_of(env);
    const int features = options_.state.features();
    for (std::size_t t = 0; t < shapes().size(); ++t) {
      const auto [rows, range] = shapes()[t];
      const auto n = static_cast<std::size_t>(rows);
      agents_.push_back(agent{
          .policy = {features, range, options_.policy, options_.seed * 0x9E3779B97F4A7C15ULL + t},
          .replay = {features, std::max<index>(rows, 1) * options_.replay_steps},
          .explorer = options_.explorer,
          .noise = options_.noise,
          .before = matrix::Zero(rows, features),
          .after = matrix(rows, features),
          .current = sizes(rows, range),
          .quality = std::vector<double>(n),
          .action = std::vector<float>(n),
          .reward = std::vector<float>(n),
          .chosen = std::vector<int>(n),
          .tilt_axis = detail::standard_log_frequency(env.frequency(t))});
    }
  }

  /// Steps taken.
  [[nodiscard]] int steps() const noexcept { return static_cast<int>(history_.size()); }
  /// Steps from the beginning to the end.
  [[nodiscard]] int total() const noexcept { return search_steps(options_); }
  [[nodiscard]] bool done() const noexcept { return steps() >= total(); }
  /// What each step was, from the first.
  [[nodiscard]] std::span<const step_report> history() const noexcept { return history_; }
  [[nodiscard]] const measurement& peak() const noexcept { return peak_; }
  /// Best first, for budget b.
  [[nodiscard]] std::span<const candidate> best(std::size_t b) const noexcept {
    return memory_.best(b);
  }
  [[nodiscard]] const Options& options() const noexcept { return options_; }
  /// How often the rows of table t occur in training.
  [[nodiscard]] std::span<const double> frequency(std::size_t t) const {
    return env_->frequency(t);
  }
  /// What table t's agent has learnt so far.
  [[nodiscard]] const auto& policy(std::size_t t) const noexcept { return agents_[t].policy; }

  /// One environment step: proposes sizes, measures them, lets the policies learn, tells the
  /// observers.
  /// @returns whether to go on: false at the end, or if an observer asked to stop
  /// @throws numeric_error naming step, table and row if a quality, a reward or a loss is not
  ///         finite; the process is then of no more use, the state saved last is
  template <observer... Observers>
  bool step(Observers&&... observers) {
    if (done()) return false;
    const auto begin = clock::now();
    step_report report;
    report.number = steps();
    report.total = total();
    const std::size_t b = place(report);
    report.target = options_.budgets[b];
    if (report.step == 0) begin_episode();
    const assignment chosen = report.episode < 0 ? given_shape(report, b) : propose(report, b);
    learn(report, b, chosen);
    if (report.episode >= 0) controllers_[b].observe(report.asked_sparsity);
    report.seconds = (history_.empty() ? 0 : history_.back().seconds) +
                     std::chrono::duration<double>(clock::now() - begin).count();
    history_.push_back(report);
    return detail::notify(report, observers...) && !done();
  }

  /// The best assignments so far.
  [[nodiscard]] search_result result() const {
    search_result r{options_.budgets, {}, peak_, steps(), !done()};
    for (std::size_t b = 0; b < limits_.size(); ++b)
      r.best.emplace_back(best(b).begin(), best(b).end());
    return r;
  }

  /// Shows all that changes, and what it must agree with: options, tables, frequencies, the peak,
  /// and what the environment shows by a `visit_conditions(f)` of its own, if it has one. Explorer,
  /// noise, state, reward and controller are compared if they have a `visit`.
  template <class F>
  void visit(F& f)
    requires visitable<std::remove_cvref_t<decltype(std::declval<agent&>().policy)>>
  {
    visit_conditions(f);
    visit_history(f);
    field_group<F> kept(f, "best");
    memory_.visit(kept, shapes());
    for (std::size_t b = 0; b < controllers_.size(); ++b)
      visit_part(f, "controller" + std::to_string(b), controllers_[b]);
    for (std::size_t t = 0; t < agents_.size(); ++t)
      visit_part(f, "table" + std::to_string(t), agents_[t]);
  }

 private:
  using clock = std::chrono::steady_clock;

  [[nodiscard]] std::span<const table_shape> shapes() const { return env_->shapes(); }
  [[nodiscard]] int shape_steps() const noexcept {
    return static_cast<int>(options_.shapes.size() * limits_.size());
  }

  /// Where in the search a step is, by its number. @returns the number of its budget
  std::size_t place(step_report& r) const noexcept {
    if (r.number < shape_steps()) {
      const auto given = static_cast<int>(options_.shapes.size());
      r.episode = -1;
      r.step = r.number % given;
      return static_cast<std::size_t>(r.number / given);
    }
    r.episode = (r.number - shape_steps()) / options_.steps;
    r.step = (r.number - shape_steps()) % options_.steps;
    return static_cast<std::size_t>(r.episode) % limits_.size();
  }

  [[nodiscard]] table_status status(std::size_t t) const {
    return {env_->frequency(t),
            agents_[t].current,
            agents_[t].quality,
            peak_.rows[t],
            energy_ ? &*energy_ : nullptr,
            t};
  }

  void begin_episode() {
    for (std::size_t t = 0; t < agents_.size(); ++t) {
      agent& a = agents_[t];
      a.current = sizes(shapes()[t].rows, shapes()[t].range);
      std::ranges::fill(a.quality, 0.0);
      a.noise.reset(shapes()[t].rows);
      options_.state.write(status(t), a.before);
    }
  }

  assignment given_shape(step_report& report, std::size_t b) {
    const auto& shape = options_.shapes[static_cast<std::size_t>(report.step)];
    assignment chosen = controllers_[b].apply(shapes(), shape.sizes);
    report.origin = shape.name;
    report.asked_sparsity = chosen.sparsity();
    return chosen;
  }

  assignment propose(step_report& report, std::size_t b) {
    const random_stream walks(options_.seed, purpose::walk);
    proposal asked(agents_.size());
    for (std::size_t t = 0; t < agents_.size(); ++t) {
      agent& a = agents_[t];
      naming(where(report, t), [&] {
        choose_sizes(a.policy, a.noise, a.explorer, a.before, shapes()[t].range, walks.child(t),
                     static_cast<std::uint64_t>(report.number), a.chosen);
      });
      asked[t].assign(a.chosen.begin(), a.chosen.end());
    }
    report.origin = "policy";
    report.asked_sparsity = round_sizes(shapes(), asked).sparsity();
    lean(report, asked, b);
    return controllers_[b].apply(shapes(), asked);
  }

  /// Blends the policy's sizes with the best assignment so far, in the logarithm, and tilts the
  /// result.
  void lean(step_report& report, proposal& p, std::size_t b) const {
    auto engine =
        random_stream(options_.seed, purpose::blend).at(static_cast<std::uint64_t>(report.number));
    if (best(b).empty() || uniform01<double>(engine) >= options_.guide.blend) return;
    const double weight = std::exp2(-uniform(engine, 0.0, 3.0));
    const assignment& top = best(b).front().sizes;
    for (std::size_t t = 0; t < p.size(); ++t) {
      const auto [shift, slope] = normal_pair<double>(engine);
      const auto& axis = agents_[t].tilt_axis;
      for (std::size_t r = 0; r < p[t].size(); ++r) {
        const double exponent = (1 - weight) * std::log(top[t][static_cast<index>(r)]) +
                                weight * std::log(std::max(p[t][r], 1e-3F)) +
                                options_.guide.tilt * (shift + slope * axis[r]);
        p[t][r] = static_cast<float>(std::exp(exponent));
      }
    }
    report.origin = "blend";
  }

  /// Measures an assignment, remembers it, and lets every table learn from it.
  void learn(step_report& report, std::size_t b, const assignment& chosen) {
    const measurement m = naming(where(report), [&] { return env_->measure(chosen); });
    detail::check_measurement(where(report).c_str(), shapes(), m);
    report.price = controllers_[b].price();
    report.sparsity = chosen.sparsity();
    report.quality = m.quality;
    memory_.offer({chosen, m.quality, std::nullopt, report.origin, report.number});
    report.best = best(b).empty() ? 0 : best(b).front().quality;
    report.reward.assign(agents_.size(), 0);
    report.critic_loss.assign(agents_.size(), std::numeric_limits<double>::quiet_NaN());
    report.actor_loss = report.critic_loss;
    for (std::size_t t = 0; t < agents_.size(); ++t) {
      agent& a = agents_[t];
      a.current = chosen[t];
      a.quality = m.rows[t];
      options_.state.write(status(t), a.after);
      double sum = 0;
      for (std::size_t r = 0; r < a.reward.size(); ++r) {
        const int size = a.current[static_cast<index>(r)];
        a.action[r] = static_cast<float>(size);
        const double reward = options_.reward(
            row_outcome{a.quality[r], peak_.rows[t][r], size, shapes()[t].range.max}, report.price);
        if (!(std::abs(reward) <= std::numeric_limits<float>::max()))
          detail::throw_error<numeric_error>(where(report, t), ", row ", r, ": reward is ", reward);
        a.reward[r] = static_cast<float>(reward);
        sum += reward;
      }
      if (a.reward.empty()) continue;
      report.reward[t] = sum / static_cast<double>(a.reward.size());
      check_states(report, t);
      a.replay.push(a.before, a.action, a.reward, a.after);
      update(report, t);
      std::swap(a.before, a.after);
    }
  }

  void check_states(const step_report& report, std::size_t t) const {
    const matrix& after = agents_[t].after;
    if (after.allFinite()) return;
    for (index r = 0; r < after.rows(); ++r)
      for (index f = 0; f < after.cols(); ++f)
        if (!std::isfinite(after(r, f)))
          detail::throw_error<numeric_error>(where(report, t), ", row ", r, ": feature ", f,
                                             " of its state is ", after(r, f));
  }

  void update(step_report& report, std::size_t t) {
    agent& a = agents_[t];
    for (int u = 0; u < options_.updates; ++u) {
      const auto step =
          static_cast<std::uint64_t>(report.number) * static_cast<std::uint64_t>(options_.updates) +
          static_cast<std::uint64_t>(u);
      const auto losses = naming(where(report, t), [&] { return a.policy.update(a.replay, step); });
      report.critic_loss[t] = losses.critic_loss;
      if (losses.actor_loss) report.actor_loss[t] = *losses.actor_loss;
    }
  }

  static std::string where(const step_report& report) {
    return "search: step " + std::to_string(report.number);
  }
  static std::string where(const step_report& report, std::size_t t) {
    return where(report) + ", table " + std::to_string(t);
  }
  /// Says where a number was not finite, for those who do not know it.
  template <class Body>
  static decltype(auto) naming(const std::string& where, Body&& body) {
    try {
      return body();
    } catch (const numeric_error& e) {
      detail::throw_error<numeric_error>(where, ": ", e.what());
    }
  }

  template <class F>
  void visit_conditions(F& f) const {
    field_group<F> same(f, "search");
    same.same("seed", options_.seed);
    same.same("budgets", std::span<const double>(options_.budgets));
    same.same("episodes", std::int64_t{options_.episodes});
    same.same("steps", std::int64_t{options_.steps});
    same.same("keep", std::int64_t{options_.keep});
    same.same("updates", std::int64_t{options_.updates});
    same.same("replay_steps", std::int64_t{options_.replay_steps});
    same.same("blend", options_.guide.blend);
    same.same("tilt", options_.guide.tilt);
    same.same("features", std::int64_t{options_.state.features()});
    std::string names;
    std::uint64_t numbers = fingerprint(std::span<const float>());
    for (const auto& shape : options_.shapes) {
      names += shape.name + '\n';
      for (const auto& table : shape.sizes) numbers = fingerprint(std::span(table), numbers);
    }
    same.same("shape_names", std::string_view(names));
    same.same("shape_sizes", numbers);
    for (std::size_t t = 0; t < shapes().size(); ++t) {
      const std::string table = "table" + std::to_string(t);
      visit_part(same, table, shapes()[t]);
      same.same(table + ".frequency", fingerprint(env_->frequency(t)));
      same.same(table + ".peak", fingerprint(std::span<const double>(peak_.rows[t])));
    }
    same.same("peak", peak_.quality);
    visit_part(f, "state", options_.state);
    visit_part(f, "reward", options_.reward);
    if constexpr (requires(field_group<F>& group) { env_->visit_conditions(group); }) {
      field_group<F> environment(f, "environment");
      env_->visit_conditions(environment);
    }
  }

  /// The reports as columns; what follows from the number of a step is not among them.
  template <class F>
  void visit_history(F& f) {
    field_group<F> group(f, "history");
    const std::size_t tables = agents_.size();
    std::vector<double> numbers, by_table;
    std::string origins;
    for (const auto& r : history_) {
      for (const double x : {r.price, r.asked_sparsity, r.sparsity, r.quality, r.best, r.seconds})
        numbers.push_back(x);
      for (std::size_t t = 0; t < tables; ++t)
        for (const double x : {r.reward[t], r.critic_loss[t], r.actor_loss[t]})
          by_table.push_back(x);
      origins += r.origin + '\n';
    }
    group("steps", numbers);
    group("tables", by_table);
    group("origins", origins);
    if constexpr (F::reads) {
      const std::size_t count = numbers.size() / 6;
      group.check("steps",
                  numbers.size() == 6 * count && std::cmp_less_equal(count, total()) &&
                      detail::all_finite(std::span<const double>(numbers)),
                  "six finite numbers for each step there can be");
      group.check("tables", by_table.size() == 3 * tables * count,
                  "three numbers a step and table");
      group.check("origins", std::cmp_equal(std::ranges::count(origins, '\n'), count),
                  "a line for each step");
      history_.clear();
      std::size_t at = 0;
      for (std::size_t i = 0; i < count; ++i) {
        step_report r;
        r.number = static_cast<int>(i);
        r.total = total();
        r.target = options_.budgets[place(r)];
        const double* const x = numbers.data() + 6 * i;
        r.price = x[0], r.asked_sparsity = x[1], r.sparsity = x[2];
        r.quality = x[3], r.best = x[4], r.seconds = x[5];
        for (std::size_t t = 0; t < tables; ++t) {
          const double* const y = by_table.data() + 3 * (tables * i + t);
          r.reward.push_back(y[0]), r.critic_loss.push_back(y[1]), r.actor_loss.push_back(y[2]);
        }
        const auto end = origins.find('\n', at);
        r.origin = origins.substr(at, end - at);
        at = end + 1;
        history_.push_back(std::move(r));
      }
    }
  }

  E* env_;
  Options options_;
  std::vector<budget> limits_;
  measurement peak_;
  std::optional<row_energy> energy_;
  // What changes: see visit().
  best_memory memory_;
  std::vector<typename types::controller> controllers_;
  std::vector<agent> agents_;
  std::vector<step_report> history_;
};

}  // namespace ciess
