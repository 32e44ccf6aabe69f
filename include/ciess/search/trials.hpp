// SPDX-License-Identifier: MIT
/// @file
/// What all size searches have in common: measuring, the best for each budget, history, saving.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/observer.hpp>
#include <ciess/search/result.hpp>
#include <ciess/search/sizing_request.hpp>

namespace ciess {

/// Whether a request makes sense for the tables of an environment.
/// @throws argument_error naming what does not
template <class E>
void check_request(const E& env, const sizing_request& asked) {
  (void)best_memory(limits_of(asked, env), asked.keep);
}

/// The measurements of one search. A method calls `begin`, chooses sizes, calls `measure` or
/// `judge`, learns what it wants to, and calls `end`.
/// @tparam E  `environment`; referred to
template <class E>
class trials {
 public:
  /// Measures the full-size model, if the environment has not yet.
  /// @param method  its name
  /// @throws argument_error if the request does not fit; numeric_error if a quality of the
  /// full-size
  ///         model is not finite
  trials(E& env, std::string method, const sizing_request& asked)
      : env_{&env},
        method_{std::move(method)},
        asked_{asked},
        limits_{limits_of(asked_, env)},
        memory_(limits_, asked_.keep),
        full_{env.full()} {
    static_assert(detail::explain_environment<E>::value);
    detail::check_measurement("search", env.shapes(), full_);
  }

  [[nodiscard]] E& env() const noexcept { return *env_; }
  [[nodiscard]] std::span<const table_shape> shapes() const { return env_->shapes(); }
  [[nodiscard]] const sizing_request& asked() const noexcept { return asked_; }
  /// [budgets] what may be kept of each: numbers, their parts, or bytes, see `budget`.
  [[nodiscard]] std::span<const budget> limits() const noexcept { return limits_; }
  [[nodiscard]] const measurement& full() const noexcept { return full_; }
  [[nodiscard]] std::span<const step_report> history() const noexcept { return history_; }
  [[nodiscard]] int steps() const noexcept { return static_cast<int>(history_.size()); }
  [[nodiscard]] std::span<const candidate> best(std::size_t b) const noexcept {
    return memory_.best(b);
  }

  /// What a step measures.
  struct planned {
    assignment sizes;
    std::string origin;
  };

  /// What the next step measures. Where the environment measures several assignments in the time of
  /// one (`int ahead() const`, `prepare(std::span<const assignment>)`: see `spread_environment`),
  /// the steps after it are planned with it, and it is told of all of them.
  /// @param known  of the steps before this one, the next among them, no measurement that is yet to
  ///               come changes what they measure
  /// @param make   callable (int step) -> planned
  /// Memory: while it announces, two to three times the sizes of as many assignments as that
  /// measures at a time.
  template <class Make>
  [[nodiscard]] planned plan(int known, Make&& make) {
    if constexpr (announced_to<E>) {
      if (plans_.empty()) {
        const int last = std::min(known, steps() + env_->ahead());
        if (last <= steps() + 1) return make(steps());
        std::vector<assignment> sizes;
        for (int step = steps(); step < last; ++step) {
          plans_.push_back(make(step));
          sizes.push_back(plans_.back().sizes);
        }
        env_->prepare(std::span<const assignment>(sizes));
      }
      if (!plans_.empty()) {
        planned next = std::move(plans_.front());
        plans_.pop_front();
        return next;
      }
    }
    return make(steps());
  }

  /// A report of the next step, aimed at budget b; its time begins.
  /// @param total  steps that the search will take
  [[nodiscard]] step_report begin(std::size_t b, int total) {
    begun_ = clock::now();
    step_report r;
    r.method = method_;
    r.number = steps();
    r.total = total;
    r.budget = asked_.budgets[b];
    return r;
  }

  /// Has the environment measure sizes, and files them under every budget that they meet. The
  /// report's `origin` says whose they are.
  /// @throws numeric_error naming step, table and row if a quality is not finite
  measurement measure(step_report& r, std::size_t b, const assignment& sizes) {
    const measurement m = naming(r, [&] { return env_->measure(sizes); });
    detail::check_measurement(where(r).c_str(), shapes(), m);
    note_quality(r, sizes, m.quality);
    memory_.offer({sizes, m.quality, std::nullopt, r.origin, r.number});
    r.best = best_quality(b);
    return m;
  }

  /// The same for whoever needs no rows, and stands for its own budget alone: a rule. Asks the
  /// environment's `double quality(const assignment&)`, if it has one that costs less.
  double judge(step_report& r, std::size_t b, const assignment& sizes) {
    double quality = 0;
    if constexpr (requires {
                    { env_->quality(sizes) } -> std::same_as<double>;
                  }) {
      quality = naming(r, [&] { return env_->quality(sizes); });
    } else {
      const measurement m = naming(r, [&] { return env_->measure(sizes); });
      detail::check_measurement(where(r).c_str(), shapes(), m);
      quality = m.quality;
    }
    if (!std::isfinite(quality))
      detail::throw_error<numeric_error>(where(r), ": the environment's quality is ", quality);
    note_quality(r, sizes, quality);
    memory_.offer_to(b, {sizes, quality, std::nullopt, r.origin, r.number});
    r.best = best_quality(b);
    return quality;
  }

  /// Files for budget b what another search has measured: no step of this one.
  void know(std::size_t b, candidate c) {
    c.step = candidate::elsewhere;
    memory_.offer_to(b, c);
  }

  /// Files the report of a step that has ended.
  /// @throws argument_error unless its notes have the names of the step before, and these and the
  ///         origin are free of tabs and line ends, which a table of the history needs
  const step_report& end(step_report r) {
    const auto one_cell = [&](const char* what, const std::string& text) {
      if (text.find_first_of("\t\n\r") != std::string::npos)
        detail::throw_error<argument_error>(
            where(r), ": ", what, " must be without tabs and line ends, got ", detail::shown(text));
    };
    one_cell("its origin", r.origin);
    for (const step_note& n : r.notes) one_cell("the name of a note", n.name);
    if (!history_.empty() &&
        !std::ranges::equal(history_.back().notes, r.notes, {}, &step_note::name, &step_note::name))
      detail::throw_error<argument_error>(where(r), ": its notes have other names than those of ",
                                          "the step before");
    r.seconds = (history_.empty() ? 0 : history_.back().seconds) +
                std::chrono::duration<double>(clock::now() - begun_).count();
    return history_.emplace_back(std::move(r));
  }

  /// "search: step 7", for messages.
  [[nodiscard]] static std::string where(const step_report& r) {
    return "search: step " + std::to_string(r.number);
  }
  [[nodiscard]] static std::string where(const step_report& r, std::size_t table) {
    return where(r) + ", table " + std::to_string(table);
  }

  /// Shows what was measured, and what it must agree with: request, tables, frequencies, the
  /// full-size model, and what the environment shows by a `visit_conditions(f)` of its own, if it
  /// has one.
  /// @param total  steps that the search will take, as each report says
  template <class F>
  void visit(F& f, int total) {
    visit_conditions(f);
    visit_history(f, total);
    if constexpr (F::reads) plans_.clear();
    field_group<F> kept(f, "best");
    memory_.visit(kept, shapes());
  }

 private:
  using clock = std::chrono::steady_clock;

  template <class T>
  static constexpr bool announced_to = requires(T& env, const T& seen) {
    { seen.ahead() } -> std::convertible_to<int>;
    env.prepare(std::span<const assignment>());
  };

  static void note_quality(step_report& r, const assignment& sizes, double quality) {
    r.sparsity = sizes.sparsity();
    r.quality = quality;
  }
  [[nodiscard]] double best_quality(std::size_t b) const {
    return best(b).empty() ? 0 : best(b).front().quality;
  }

  /// Says where a number was not finite, for those who do not know it.
  template <class Body>
  static auto naming(const step_report& r, Body&& body) {
    try {
      return body();
    } catch (const numeric_error& e) {
      detail::throw_error<numeric_error>(where(r), ": ", e.what());
    }
  }

  template <class F>
  void visit_conditions(F& f) const {
    field_group<F> same(f, "search");
    same.same("method", std::string_view(method_));
    same.same("seed", asked_.seed);
    same.same("budgets", std::span<const double>(asked_.budgets));
    same.same("keep", std::int64_t{asked_.keep});
    same.same("of", static_cast<std::int64_t>(asked_.of));
    same.same("multiple", std::int64_t{asked_.multiple});
    if (asked_.per != sizes_per::row)  // states of before know nothing else
      same.same("per", static_cast<std::int64_t>(asked_.per));
    if (asked_.of == budget_of::bytes)  // what tables of one size each may have more
      for (std::size_t t = 0; t < shapes().size(); ++t)
        same.same("one_size" + std::to_string(t), limits_.front().one_size[t]);
    const std::span<const row_portions> own(limits_.front().tables);
    for (std::size_t t = 0; t < own.size(); ++t) {  // states of before know no tables of their own
      field_group<field_group<F>> portion(same, "portion" + std::to_string(t));
      portion.same("multiple", std::int64_t{own[t].multiple});
      portion.same("parts", std::int64_t{own[t].parts});
      portion.same("each", own[t].each);
    }
    for (std::size_t t = 0; t < shapes().size(); ++t) {
      const std::string table = "table" + std::to_string(t);
      visit_part(same, table, shapes()[t]);
      same.same(table + ".frequency", fingerprint(std::span<const double>(env_->frequency(t))));
      same.same(table + ".full", fingerprint(std::span<const double>(full_.rows[t])));
    }
    same.same("full", full_.quality);
    if constexpr (requires(field_group<F>& group) { env_->visit_conditions(group); }) {
      field_group<F> environment(f, "environment");
      env_->visit_conditions(environment);
    }
  }

  /// The reports as columns.
  template <class F>
  void visit_history(F& f, int total) {
    field_group<F> group(f, "history");
    constexpr std::size_t width = 5;
    std::vector<double> numbers, notes;
    std::string origins, names;
    for (const auto& r : history_) {
      for (const double x : {r.budget, r.sparsity, r.quality, r.best, r.seconds})
        numbers.push_back(x);
      for (const auto& n : r.notes) notes.push_back(n.value);
      origins += r.origin + '\n';
    }
    if (!history_.empty())
      for (const auto& n : history_.front().notes) names += n.name + '\n';
    group("steps", numbers);
    group("note_names", names);
    group("notes", notes);
    group("origins", origins);
    if constexpr (F::reads) {
      const std::size_t count = numbers.size() / width;
      group.check("steps",
                  numbers.size() == width * count && std::cmp_less_equal(count, total) &&
                      detail::all_finite(std::span<const double>(numbers)),
                  "five finite numbers for each step there can be");
      const std::vector<std::string> columns = lines_of(names);
      group.check("notes", notes.size() == columns.size() * count,
                  "a number for each step and each of their names");
      group.check("origins", std::cmp_equal(std::ranges::count(origins, '\n'), count),
                  "a line for each step");
      const std::vector<std::string> from = lines_of(origins);
      history_.clear();
      for (std::size_t i = 0; i < count; ++i) {
        step_report r;
        r.method = method_;
        r.number = static_cast<int>(i);
        r.total = total;
        const double* const x = numbers.data() + width * i;
        r.budget = x[0], r.sparsity = x[1], r.quality = x[2], r.best = x[3], r.seconds = x[4];
        r.origin = from[i];
        for (std::size_t n = 0; n < columns.size(); ++n)
          r.notes.push_back({columns[n], notes[columns.size() * i + n]});
        history_.push_back(std::move(r));
      }
    }
  }

  static std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos;
         at = end + 1)
      lines.push_back(text.substr(at, end - at));
    return lines;
  }

  E* env_;
  std::string method_;
  sizing_request asked_;
  std::vector<budget> limits_;
  best_memory memory_;
  measurement full_;
  std::vector<step_report> history_;
  std::deque<planned> plans_;  ///< of the next steps; can be made again, so no part of the state
  clock::time_point begun_{};
};

/// What most runs inherit: trials, and what a `sizing` shows of them. Missing are `done`, `step`
/// and `visit`.
template <class E>
class trials_run {
 public:
  [[nodiscard]] std::span<const step_report> history() const noexcept { return trials_.history(); }
  [[nodiscard]] std::span<const candidate> best(std::size_t b) const noexcept {
    return trials_.best(b);
  }
  [[nodiscard]] const measurement& full() const noexcept { return trials_.full(); }
  /// Takes over what another search has measured for budget b, under the same conditions. Who can
  /// begin with it, hides this.
  void learn_of(std::size_t b, const candidate& c) { trials_.know(b, c); }

 protected:
  /// As `trials`.
  trials_run(E& env, std::string method, const sizing_request& asked)
      : trials_(env, std::move(method), asked) {}

  trials<E> trials_;
};

}  // namespace ciess
