// SPDX-License-Identifier: MIT
/// @file
/// Several methods as one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/fields.hpp>
#include <ciess/search/sizer.hpp>
#include <ciess/search/trials.hpp>

namespace ciess {

namespace detail {

template <class R>
concept counts_steps = requires(const R& run) { run.total(); };

}  // namespace detail

template <class E, class... S>
class portfolio_run;

/// Several sizers, one after the other; what is found is the best of all. Each is told of the best
/// that those before it have measured, if its run has `learn_of(b, candidate)`. A report bears the
/// name of the one that made the step, and says within what.
template <class... S>
  requires(sizeof...(S) > 0)
class portfolio {
 public:
  explicit portfolio(S... methods) : methods_(std::move(methods)...) {}

  [[nodiscard]] std::string_view name() const noexcept { return "portfolio"; }
  template <class E>
  void check(const E& env, const sizing_request& asked) const {
    std::apply([&](const auto&... how) { (how.check(env, asked), ...); }, methods_);
  }
  template <class E>
    requires(sizer<S, E> && ...)
  [[nodiscard]] portfolio_run<E, S...> begin(E& env, const sizing_request& asked) const {
    check(env, asked);
    return {env, methods_, asked};
  }

 private:
  std::tuple<S...> methods_;
};

/// See `portfolio`.
template <class E, class... S>
class portfolio_run {
 public:
  portfolio_run(E& env, const std::tuple<S...>& methods, const sizing_request& asked)
      : env_{&env},
        runs_{std::apply([&](const auto&... how) { return runs(how.begin(env, wide(asked))...); },
                         methods)},
        best_(limits_of(asked, env), asked.keep),
        known_(limits_of(asked, env), std::max(asked.keep, told)),
        budgets_{asked.budgets} {}

  [[nodiscard]] bool done() const noexcept {
    return std::apply([](const auto&... run) { return (run.done() && ...); }, runs_);
  }
  /// Steps of all methods, where each can say.
  [[nodiscard]] int total() const noexcept
    requires(detail::counts_steps<run_of<S, E>> && ...)
  {
    std::int64_t sum = 0;
    std::apply([&](const auto&... run) { ((sum += run.total()), ...); }, runs_);
    return static_cast<int>(std::min<std::int64_t>(sum, std::numeric_limits<int>::max()));
  }
  [[nodiscard]] std::span<const step_report> history() const noexcept { return history_; }
  [[nodiscard]] std::span<const candidate> best(std::size_t b) const noexcept {
    return best_.best(b);
  }
  [[nodiscard]] const measurement& full() const noexcept { return std::get<0>(runs_).full(); }
  /// The best of what seeded its methods, if anything did.
  [[nodiscard]] std::vector<candidate> best_seed(std::size_t b) const {
    std::vector<candidate> best;
    const auto look = [&](const auto& run) {
      if constexpr (requires { run.best_seed(b); })
        for (const candidate& c : run.best_seed(b))
          if (best.empty() || c.quality > best.front().quality) best.assign(1, c);
    };
    std::apply([&](const auto&... run) { (look(run), ...); }, runs_);
    return best;
  }

  const step_report& step() {
    bool taken = false;
    for_each_run([&](auto& run, std::size_t i) {
      if (taken || run.done()) return;
      taken = true;
      take(run, i);
    });
    return history_.back();
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    for_each_run([&](auto& run, std::size_t i) { visit_part(f, "part" + std::to_string(i), run); });
    field_group<F> kept(f, "best");
    best_.visit(kept, env_->shapes());
    field_group<F> shared(f, "known");
    known_.visit(shared, env_->shapes());
    // What was best after each step is not that of the method which made it.
    std::vector<double> best;
    for (const step_report& r : history_) best.push_back(r.best);
    f("best_after", best);
    if constexpr (F::reads) {
      std::size_t steps = 0;
      for_each_run([&](auto& run, std::size_t) { steps += run.history().size(); });
      f.check("best_after",
              best.size() == steps && detail::all_finite(std::span<const double>(best)),
              "a finite number for each step of the methods");
      history_.clear();
      for_each_run([&](auto& run, std::size_t i) {
        for (step_report r : run.history()) {
          r.best = best[history_.size()];
          add(std::move(r), i);
        }
      });
    }
  }

 private:
  using runs = std::tuple<run_of<S, E>...>;

  /// Calls `f(run, i)` with each run and its place.
  template <class F>
  void for_each_run(F&& f) {
    std::size_t i = 0;
    std::apply([&](auto&... run) { (f(run, i++), ...); }, runs_);
  }

  template <class R>
  void take(R& run, std::size_t i) {
    const int number = static_cast<int>(history_.size());
    const int before = number - static_cast<int>(run.history().size());
    if constexpr (requires(const candidate& c) { run.learn_of(std::size_t{}, c); })
      if (run.history().empty())
        for (std::size_t b = 0; b < budgets_.size(); ++b)
          for (const candidate& c : known_.best(b)) run.learn_of(b, c);
    step_report r = [&] {
      try {
        return run.step();
      } catch (const numeric_error& e) {  // which numbers steps by the method's own count
        detail::throw_error<numeric_error>("portfolio: step ", number, ": ", e.what());
      }
    }();
    for (std::size_t b = 0; b < budgets_.size(); ++b) {
      for (candidate c : run.best(b)) {
        if (c.step == candidate::elsewhere) continue;
        c.step += before;
        best_.offer_to(b, c);
        known_.offer_to(b, c);
      }
      if (r.budget == budgets_[b]) r.best = best_.best(b).empty() ? 0 : best(b).front().quality;
    }
    add(std::move(r), i);
  }

  /// Files a report of run `i`: numbers and times go on from one method to the next.
  void add(step_report r, std::size_t i) {
    const int before = static_cast<int>(history_.size()) - r.number;
    if (r.number == 0) seconds_before_ = history_.empty() ? 0 : history_.back().seconds;
    r.number += before;
    std::int64_t total = std::int64_t{r.total} + before;
    r.seconds += seconds_before_;
    // Of the methods to come, as far as they can say.
    for_each_run([&](auto& run, std::size_t k) {
      if constexpr (detail::counts_steps<std::remove_cvref_t<decltype(run)>>)
        if (k > i) total += run.total();
    });
    r.total = static_cast<int>(std::min<std::int64_t>(total, std::numeric_limits<int>::max()));
    r.within = "portfolio";
    history_.push_back(std::move(r));
  }

  static constexpr int told = 15;  // the best of each budget

  /// Runs keep as many as the next ones are told.
  static sizing_request wide(sizing_request asked) {
    asked.keep = std::max(asked.keep, told);
    return asked;
  }

  E* env_;
  runs runs_;
  best_memory best_;
  best_memory known_;
  std::vector<double> budgets_;
  std::vector<step_report> history_;
  double seconds_before_ = 0;
};

}  // namespace ciess
