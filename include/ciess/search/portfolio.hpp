// SPDX-License-Identifier: MIT
/// @file
/// Several methods as one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <ciess/core/fields.hpp>
#include <ciess/search/sizer.hpp>
#include <ciess/search/trials.hpp>

namespace ciess {

template <class E, class... S>
class portfolio_run;

/// Several sizers, one after the other; what is found is the best of all. A report bears the name
/// of the one that made the step.
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
        runs_{std::apply([&](const auto&... how) { return runs(how.begin(env, asked)...); },
                         methods)},
        best_(budgets_of(asked.budgets, env.shapes()), asked.keep),
        budgets_{asked.budgets.size()} {}

  [[nodiscard]] bool done() const noexcept {
    return std::apply([](const auto&... run) { return (run.done() && ...); }, runs_);
  }
  [[nodiscard]] std::span<const step_report> history() const noexcept { return history_; }
  [[nodiscard]] std::span<const candidate> best(std::size_t b) const noexcept {
    return best_.best(b);
  }
  [[nodiscard]] const measurement& full() const noexcept { return std::get<0>(runs_).full(); }

  const step_report& step() {
    bool taken = false;
    const auto first = [&](auto& run) {
      if (taken || run.done()) return;
      taken = true;
      take(run);
    };
    std::apply([&](auto&... run) { (first(run), ...); }, runs_);
    return history_.back();
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    std::size_t i = 0;
    const auto part = [&](auto& run) { visit_part(f, "part" + std::to_string(i++), run); };
    std::apply([&](auto&... run) { (part(run), ...); }, runs_);
    field_group<F> kept(f, "best");
    best_.visit(kept, env_->shapes());
    if constexpr (F::reads) {
      history_.clear();
      const auto tell = [&](const auto& run) {
        for (const step_report& r : run.history()) add(r);
      };
      std::apply([&](const auto&... run) { (tell(run), ...); }, runs_);
    }
  }

 private:
  using runs = std::tuple<run_of<S, E>...>;

  template <class R>
  void take(R& run) {
    const step_report r = run.step();
    for (std::size_t b = 0; b < budgets_; ++b)
      for (const candidate& c : run.best(b)) best_.offer_to(b, c);
    add(r);
  }

  /// Numbers and times go on from one method to the next.
  void add(step_report r) {
    if (r.number == 0) {
      steps_before_ = static_cast<int>(history_.size());
      seconds_before_ = history_.empty() ? 0 : history_.back().seconds;
    }
    r.number += steps_before_;
    r.total += steps_before_;
    r.seconds += seconds_before_;
    // Of the methods to come, as far as they can say.
    const auto waiting = [&](const auto& run) {
      if constexpr (requires { run.total(); })
        if (run.history().empty()) r.total += run.total();
    };
    std::apply([&](const auto&... run) { (waiting(run), ...); }, runs_);
    history_.push_back(std::move(r));
  }

  E* env_;
  runs runs_;
  best_memory best_;
  std::size_t budgets_;
  std::vector<step_report> history_;
  int steps_before_ = 0;
  double seconds_before_ = 0;
};

}  // namespace ciess
