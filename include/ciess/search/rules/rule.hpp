// SPDX-License-Identifier: MIT
/// @file
/// Rules: sizes without a search. A rule offers a few assignments for each budget.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/search/rules/table_facts.hpp>
#include <ciess/search/sizer.hpp>
#include <ciess/search/trials.hpp>

namespace ciess {

/// What a rule is made of:
/// - `name()`                       one word for tables
/// - `count(facts)`                 how many assignments it offers for each budget
/// - `title(facts, i)`              what assignment i is called, one line; says its parameters
/// - `sizes(facts, limit, seed, i)` assignment i for a budget, which it meets. `facts` has the
///                                  full-size tables if the environment shows them
/// and, if it may have to refuse, `check(facts)`, which throws `argument_error`.
template <class R>
concept size_rule = requires(const R& r, const table_facts& facts, const budget& limit,
                             std::uint64_t seed, std::size_t i) {
  { r.name() } -> std::convertible_to<std::string>;
  { r.count(facts) } -> std::convertible_to<std::size_t>;
  { r.title(facts, i) } -> std::convertible_to<std::string>;
  { r.sizes(facts, limit, seed, i) } -> std::same_as<assignment>;
} && std::copy_constructible<R>;  // last: a tuple's part that holds a `rule` would ask this again

template <class E>
class rule_run;

/// Any `size_rule`, as a value: a `sizer` for every environment, and a seed of a search.
class rule {
 public:
  template <class R>
    requires(!std::same_as<R, rule> && size_rule<R>)
  rule(R r)  // NOLINT(google-explicit-constructor): a rule is what this is
      : of_{std::make_shared<const model<R>>(std::move(r))} {}

  [[nodiscard]] std::string name() const { return of_->name(); }
  /// @throws argument_error if it cannot be used on these tables
  void check(const table_facts& facts) const {
    of_->check(facts);
    for (std::size_t i = 0; i < count(facts); ++i)
      if (const std::string title = of_->title(facts, i);
          title.find_first_of("\t\n\r") != std::string::npos)
        detail::throw_error<argument_error>(
            "rule ", name(), ": a title must be one line without tabs, got ", detail::shown(title));
  }
  [[nodiscard]] std::size_t count(const table_facts& facts) const { return of_->count(facts); }
  [[nodiscard]] std::string title(const table_facts& facts, std::size_t i) const {
    return of_->title(facts, i);
  }
  /// @throws argument_error if they do not meet the budget
  [[nodiscard]] assignment sizes(const table_facts& facts, const budget& limit, std::uint64_t seed,
                                 std::size_t i) const {
    assignment sizes = of_->sizes(facts, limit, seed, i);
    if (!limit.met_by(sizes) && !limit.counts_numbers())  // of what a budget of bytes counts
      detail::throw_error<argument_error>("rule ", name(), ": ", detail::shown(title(facts, i)),
                                          " keeps more than the budget allows");
    if (!limit.met_by(sizes))
      detail::throw_error<argument_error>("rule ", name(), ": ", detail::shown(title(facts, i)),
                                          " keeps ", sizes.total(), " numbers, the budget is ",
                                          limit.whole_numbers(facts.shapes));
    return sizes;
  }

  /// See `sizer`.
  template <class E>
  void check(const E& env, const sizing_request& asked) const {
    check_request(env, asked);
    const table_facts facts = facts_of(env);
    const auto all = static_cast<std::int64_t>(count(facts) * asked.budgets.size());
    if (all > std::numeric_limits<int>::max())
      detail::throw_error<argument_error>("rule ", name(), ": expected at most ",
                                          std::numeric_limits<int>::max(), " steps, got ", all);
    check(facts);
  }
  template <class E>
  [[nodiscard]] rule_run<E> begin(E& env, const sizing_request& asked) const {
    check(env, asked);
    return {env, *this, asked};
  }

 private:
  struct any {
    virtual ~any() = default;
    [[nodiscard]] virtual std::string name() const = 0;
    virtual void check(const table_facts&) const = 0;
    [[nodiscard]] virtual std::size_t count(const table_facts&) const = 0;
    [[nodiscard]] virtual std::string title(const table_facts&, std::size_t) const = 0;
    [[nodiscard]] virtual assignment sizes(const table_facts&, const budget&, std::uint64_t,
                                           std::size_t) const = 0;
  };
  template <class R>
  struct model final : any {
    explicit model(R r) : of{std::move(r)} {}
    [[nodiscard]] std::string name() const override { return of.name(); }
    void check(const table_facts& facts) const override {
      if constexpr (requires { of.check(facts); }) of.check(facts);
    }
    [[nodiscard]] std::size_t count(const table_facts& facts) const override {
      return of.count(facts);
    }
    [[nodiscard]] std::string title(const table_facts& facts, std::size_t i) const override {
      return of.title(facts, i);
    }
    [[nodiscard]] assignment sizes(const table_facts& facts, const budget& limit,
                                   std::uint64_t seed, std::size_t i) const override {
      return of.sizes(facts, limit, seed, i);
    }
    R of;
  };

  std::shared_ptr<const any> of_;
};

/// A rule that offers one assignment for each budget: a name and what computes it.
/// @tparam F  callable (const table_facts&, budget, std::uint64_t seed) -> assignment
template <class F>
class formula {
 public:
  formula(std::string name, F compute) : name_{std::move(name)}, compute_{std::move(compute)} {}
  [[nodiscard]] std::string name() const { return name_; }
  [[nodiscard]] std::size_t count(const table_facts&) const noexcept { return 1; }
  [[nodiscard]] std::string title(const table_facts&, std::size_t) const { return name_; }
  [[nodiscard]] assignment sizes(const table_facts& facts, const budget& limit, std::uint64_t seed,
                                 std::size_t) const {
    return compute_(facts, limit, seed);
  }

 private:
  std::string name_;
  F compute_;
};

/// A rule at work: measures what it offers, the first assignment for every budget, then the next.
/// What it finds for a budget is what it offered for that one.
template <class E>
class rule_run : public trials_run<E> {
  using trials_run<E>::trials_;

 public:
  rule_run(E& env, rule how, const sizing_request& asked)
      : trials_run<E>(env, how.name(), asked),
        how_{std::move(how)},
        facts_{full_facts_of(env)},
        total_{static_cast<int>(how_.count(facts_) * asked.budgets.size())} {}

  [[nodiscard]] int total() const noexcept { return total_; }
  [[nodiscard]] bool done() const noexcept { return trials_.steps() >= total_; }

  const step_report& step() {
    const auto budgets = trials_.limits().size();
    const auto at = static_cast<std::size_t>(trials_.steps());
    const std::size_t b = at % budgets;
    step_report r = trials_.begin(b, total_);
    const auto next = trials_.plan(total_, [&](int step) {
      const std::size_t i = static_cast<std::size_t>(step) / budgets;
      return typename trials<E>::planned{
          how_.sizes(facts_, trials_.limits()[static_cast<std::size_t>(step) % budgets],
                     trials_.asked().seed, i),
          how_.title(facts_, i)};
    });
    r.origin = next.origin;
    trials_.judge(r, b, next.sizes);
    return trials_.end(std::move(r));
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    std::string titles;
    for (std::size_t i = 0; i < how_.count(facts_); ++i) titles += how_.title(facts_, i) + '\n';
    f.same("titles", std::string_view(titles));
    trials_.visit(f, total_);
  }

 private:
  rule how_;
  table_facts facts_;
  int total_;
};

}  // namespace ciess
