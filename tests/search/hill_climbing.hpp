// SPDX-License-Identifier: MIT
/// @file
/// A search of few lines: from equal sizes uphill, one random change after the other.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/sizer.hpp>
#include <ciess/search/trials.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

template <class E>
class hill_climbing_run;

struct hill_climbing {
  int steps = 20;       ///< for each budget; the first measures equal sizes
  double share = 0.01;  ///< of the rows that a step changes, in (0, 1]

  [[nodiscard]] std::string_view name() const noexcept { return "hill-climbing"; }
  template <class E>
  void check(const E& env, const ciess::sizing_request& asked) const {
    ciess::check_request(env, asked);
    if (steps < 1 || !(share > 0 && share <= 1))
      ciess::detail::throw_error<ciess::argument_error>(
          "hill_climbing: steps must be >= 1 and share in (0, 1], got ", steps, " and ", share);
  }
  template <class E>
  [[nodiscard]] hill_climbing_run<E> begin(E& env, const ciess::sizing_request& asked) const {
    check(env, asked);
    return {env, *this, asked};
  }
};

/// Takes budgets in turn. Where it stands for a budget is the best that was filed for it: a change
/// that is no better is forgotten by itself, and there is no state but the trials.
template <class E>
class hill_climbing_run : public ciess::trials_run<E> {
  using ciess::trials_run<E>::trials_;

 public:
  hill_climbing_run(E& env, hill_climbing how, const ciess::sizing_request& asked)
      : ciess::trials_run<E>(env, std::string(how.name()), asked),
        how_{how},
        total_{how.steps * static_cast<int>(asked.budgets.size())} {}

  [[nodiscard]] bool done() const noexcept { return trials_.steps() >= total_; }

  const ciess::step_report& step() {
    const auto at = static_cast<std::size_t>(trials_.steps());
    const std::size_t b = at % trials_.limits().size();
    const bool first = at < trials_.limits().size();
    auto r = trials_.begin(b, total_);
    r.origin = first ? "equal" : "step uphill";
    const auto asked = first ? ciess::equal_proposal(trials_.shapes()) : changed(b, at);
    trials_.measure(r, b, ciess::project(trials_.shapes(), asked, trials_.limits()[b]));
    return trials_.end(std::move(r));
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    f.same("share", how_.share);
    f.same("steps", std::int64_t{how_.steps});
    trials_.visit(f, total_);
  }

 private:
  /// The best for budget b, a share of its rows larger or smaller by up to a factor of 2.
  [[nodiscard]] ciess::proposal changed(std::size_t b, std::size_t step) const {
    const ciess::random_stream stream(trials_.asked().seed, ciess::purpose::user);
    ciess::proposal p;
    for (const auto& table : trials_.best(b).front().sizes) {
      const auto rows = stream.child(p.size());
      auto& sizes = p.emplace_back();
      for (ciess::index_t r = 0; r < table.rows(); ++r) {
        auto engine = rows.at(step, static_cast<std::uint64_t>(r));
        const bool moves = ciess::uniform01<double>(engine) < how_.share;
        const float factor = moves ? std::exp2(ciess::uniform(engine, -1.0F, 1.0F)) : 1.0F;
        sizes.push_back(factor * static_cast<float>(table[r]));
      }
    }
    return p;
  }

  hill_climbing how_;
  int total_;
};
