// SPDX-License-Identifier: MIT
/// @file
/// PEP: numbers of tables are pruned by thresholds that learn; what is left of a row is its size.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/text.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/lens_environment.hpp>
#include <ciess/search/pep/soft_threshold_lens.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/table_facts.hpp>
#include <ciess/search/sizer.hpp>
#include <ciess/search/trials.hpp>

namespace ciess {

template <class E>
class pep_run;

/// Sizes by soft thresholds that learn, a `sizer` for a `lens_environment`. A copy of the full-size
/// model is trained through a `soft_threshold_lens`; how many numbers of a row are above their
/// thresholds is what its size is made of. The copy begins on its principal axes where it has them,
/// so the numbers that are left of a row are mostly its first ones, and a prefix of as many is near
/// to them. Sizes are these counts, projected onto the budget: a mask of single numbers would have
/// to store where they are, two bytes beside each float; what that would take is noted as
/// `mask_bytes`.
///
/// All budgets are met in one run, the one that keeps most first. In the `steps` of a budget the
/// numbers that are to be kept fall by the same factor in each training step; thresholds are pulled
/// up as long as more are left. A stretch ends where the budget is met, and with it the steps of
/// that budget: the search may take fewer steps than it says.
///
/// A step is a stretch of training and one measurement of sizes as any method has it; the tables
/// that were trained here are not measured. A run whose step has thrown has trained, so it cannot
/// go on: load it again. It notes the `training_steps` so far, their mean
/// `loss`, the share that is `kept`, `mask_bytes`, and how far the quality is `above_random` sizes.
/// For that is where PEP is known to end at times: the first steps, one for each budget, measure
/// random sizes (the rule "random"), which are not filed, and `warnings` says for which budgets
/// nothing better was found.
///
/// Source: S. Liu et al., "Learnable Embedding Sizes for Recommender Systems", ICLR 2021. There the
/// model is trained from its first weights, and its sizes are a mask.
struct pep {
  int steps = 10;    ///< stretches for each budget, at most
  int stretch = 25;  ///< training steps in each, at most
  /// As published. A threshold a row, or a table, needs less memory, and was about as good or
  /// better on made-up data.
  threshold_of thresholds = threshold_of::number;

  [[nodiscard]] std::string_view name() const noexcept { return "pep"; }
  /// @throws argument_error naming what is out of range or does not fit
  template <class E>
  void check(const E& env, const sizing_request& asked) const {
    static_assert(detail::explain_lens_environment<E>::value);
    check_request(env, asked);
    for (const auto& [what, value] : {std::pair{"steps", steps}, std::pair{"stretch", stretch}})
      if (value < 1)
        detail::throw_error<argument_error>("pep: ", what, " must be >= 1, got ", value);
    if (steps >= std::numeric_limits<int>::max() / static_cast<int>(asked.budgets.size()))
      detail::throw_error<argument_error>("pep: ", steps, " steps for each of ",
                                          asked.budgets.size(), " budgets are too many");
    (void)facts_of(env);
  }
  template <class E>
  [[nodiscard]] pep_run<E> begin(E& env, const sizing_request& asked) const {
    check(env, asked);
    return {env, *this, asked};
  }
};

/// PEP at work.
template <class E>
class pep_run : public trials_run<E> {
  using trials_run<E>::trials_;
  static_assert(detail::explain_lens_environment<E>::value);

 public:
  pep_run(E& env, const pep& how, const sizing_request& asked)
      : trials_run<E>(env, std::string(how.name()), asked),
        how_{how},
        model_{env.warm_copy()},
        lens_{env.shapes(), how.thresholds, most_removed(),
              std::int64_t{how.steps} * how.stretch * std::ssize(asked.budgets)},
        order_(asked.budgets.size()),
        random_(asked.budgets.size()),
        total_{(how.steps + 1) * static_cast<int>(asked.budgets.size())} {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::sort(order_, [&](std::size_t a, std::size_t b) {
      const auto left = trials_.limits()[a].numbers, right = trials_.limits()[b].numbers;
      return left != right ? left > right : a < b;
    });
  }

  [[nodiscard]] int total() const noexcept { return total_; }
  /// Training steps beside those of the measurements.
  [[nodiscard]] std::int64_t trained_steps() const noexcept { return training_steps_; }
  [[nodiscard]] bool done() const noexcept {
    return turn_ >= static_cast<std::int64_t>(order_.size());
  }
  /// The thresholds as they are.
  [[nodiscard]] const soft_threshold_lens& lens() const noexcept { return lens_; }

  /// A sentence for each budget for which nothing was found that is above random sizes; empty if
  /// all is well. Of budgets that were measured.
  [[nodiscard]] std::vector<std::string> warnings() const {
    std::vector<std::string> all;
    for (std::size_t b = 0; b < order_.size(); ++b) {
      const auto best = trials_.best(b);
      const auto own = std::ranges::find_if(
          best, [](const candidate& c) { return c.step != candidate::elsewhere; });
      if (own != best.end() && !(own->quality > random_[b]))
        all.push_back("pep: with " + shortest_text(trials_.asked().budgets[b]) +
                      " removed the best quality is " + shortest_text(own->quality) +
                      ", not above the " + shortest_text(random_[b]) + " of random sizes");
    }
    return all;
  }

  const step_report& step() {
    if (const auto at = static_cast<std::size_t>(trials_.steps()); at < order_.size())
      return measure_random(order_[at]);
    const auto turn = static_cast<std::size_t>(turn_);
    const std::size_t b = order_[turn];
    const budget limit = trials_.limits()[b];
    step_report r = trials_.begin(b, total_);
    double loss = 0;
    int trained = 0;
    bool met = false;
    while (trained < how_.stretch && !met) {
      lens_.want(wanted(turn, std::int64_t{stretches_} * how_.stretch + trained + 1));
      loss += model_.train_through(1, lens_);
      ++trained;
      met = lens_.kept(limit) <= limit.numbers;
    }
    training_steps_ += trained;
    proposal p;
    for (std::size_t t = 0; t < trials_.shapes().size(); ++t)
      p.emplace_back(lens_.left(t).begin(), lens_.left(t).end());
    r.origin = "soft thresholds";
    const double quality = trials_.judge(r, b, project(trials_.shapes(), p, limit));
    r.notes = notes(loss / trained, static_cast<double>(lens_.kept()) / dense(),
                    static_cast<double>(lens_.left()) * bytes_of_masked, quality - random_[b]);
    if (++stretches_ == how_.steps || met) {
      ++turn_;
      stretches_ = 0;
    }
    return trials_.end(std::move(r));
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    f.same("steps", std::int64_t{how_.steps});
    f.same("stretch", std::int64_t{how_.stretch});
    f.same("thresholds", static_cast<std::int64_t>(how_.thresholds));
    trials_.visit(f, total_);
    f("random", std::span<double>(random_));
    f.check("random", detail::all_finite(random_), "finite qualities");
    f("turn", turn_);
    f("stretches", stretches_);
    f("training_steps", training_steps_);
    f.check("turn",
            turn_ >= 0 && std::cmp_less_equal(turn_, order_.size()) && stretches_ >= 0 &&
                stretches_ < how_.steps && training_steps_ >= 0,
            "how far a search can be");
    visit_part(f, "lens", lens_);
    detail::visit_model(f, model_, kept_state_);
  }

 private:
  /// The share of numbers that the tightest budget removes.
  [[nodiscard]] double most_removed() const {
    double most = 0;
    for (std::size_t b = 0; b < trials_.limits().size(); ++b)
      most =
          std::max(most, removed_share(trials_.asked(), b, trials_.limits()[b], trials_.shapes()));
    return most;
  }
  static constexpr double bytes_of_masked = 6;  ///< a float and a two-byte column
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();

  [[nodiscard]] std::vector<step_note> notes(double loss, double kept, double bytes,
                                             double above) const {
    return {{"training_steps", static_cast<double>(training_steps_)},
            {"loss", loss},
            {"kept", kept},
            {"mask_bytes", bytes},
            {"above_random", above}};
  }

  /// A step that is compared with and not filed.
  const step_report& measure_random(std::size_t b) {
    step_report r = trials_.begin(b, total_);
    r.origin = "random sizes, to compare with";
    const auto shapes = trials_.shapes();
    const assignment sizes =
        project(shapes, random_proposal(shapes, trials_.asked().seed), trials_.limits()[b]);
    const measurement m = trials_.env().measure(sizes);
    detail::check_measurement(trials_.where(r).c_str(), shapes, m);
    random_[b] = m.quality;
    r.sparsity = sizes.sparsity();
    r.quality = m.quality;
    r.notes = notes(none, none, none, none);
    return trials_.end(std::move(r));
  }

  [[nodiscard]] double dense() const {
    double sum = 0;
    for (const auto& s : trials_.shapes()) sum += static_cast<double>(s.rows) * s.range.max;
    return sum;
  }

  /// What should be kept after so many training steps of a budget.
  [[nodiscard]] double wanted(std::size_t turn, std::int64_t trained) const {
    const auto numbers = [&](std::size_t i) {
      return static_cast<double>(trials_.limits()[order_[i]].whole_numbers());
    };
    const double from = turn == 0 ? dense() : numbers(turn - 1);
    // A little sooner, so that the last stretch is one in which it can be met.
    const double all = 0.9 * static_cast<double>(how_.steps) * how_.stretch;
    return from * std::pow(numbers(turn) / from,
                           std::min(1.0, static_cast<double>(trained) / std::max(all, 1.0)));
  }

  pep how_;
  detail::warm_copy_of<E> model_;
  std::optional<typename detail::snapshot_of<detail::warm_copy_of<E>>::type>
      kept_state_;  ///< while it is saved
  soft_threshold_lens lens_;
  std::vector<std::size_t> order_;  ///< of budgets, the one that keeps most first
  std::vector<double> random_;      ///< [budgets], quality of random sizes
  int total_;
  std::int64_t turn_ = 0;  ///< place in `order_`
  int stretches_ = 0;      ///< of this turn
  std::int64_t training_steps_ = 0;
};

}  // namespace ciess
