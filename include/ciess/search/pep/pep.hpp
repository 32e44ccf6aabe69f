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
#include <ciess/search/pep/number_mask.hpp>
#include <ciess/search/pep/soft_threshold_lens.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/table_facts.hpp>
#include <ciess/search/sizer.hpp>
#include <ciess/search/trials.hpp>

namespace ciess {

/// What is left of the numbers of all tables at the moment at which a budget was first met.
struct pep_mask {
  int step = -1;  ///< in which that was; -1: it has not been
  /// As the environment judges the model then, in exact floats and without a measurement's
  /// training: numbers that are kept less their thresholds, the others 0. NaN if it cannot.
  double quality = std::numeric_limits<double>::quiet_NaN();
  std::vector<number_mask> tables;  ///< [tables]; none if the budget has not been met

  [[nodiscard]] bool met() const noexcept { return step >= 0; }
  /// Numbers that are kept.
  [[nodiscard]] std::int64_t count() const noexcept {
    return sum([](const number_mask& m) { return m.count(); });
  }
  /// What they take, each table in the way that takes less.
  [[nodiscard]] std::int64_t bytes() const noexcept {
    return sum([](const number_mask& m) { return m.bytes(); });
  }

 private:
  template <class Of>
  [[nodiscard]] std::int64_t sum(Of of) const noexcept {
    std::int64_t all = 0;
    for (const auto& table : tables) all += of(table);
    return all;
  }
};

namespace detail {

/// A model that can be judged with other numbers in its tables: its snapshot has them at
/// `weights.tables`, and the environment shows its judge.
template <class E, class M>
concept judges_copies = restorable_backbone<M> &&
                        requires(const E& e, M& m, typename snapshot_of<M>::type& s, index_t r) {
                          { e.judged_by().quality(e.judged_by().judge(m)) } -> std::same_as<double>;
                          s.weights.tables[0][r][0] = 0;
                          s.weights.tables[0].row_sizes();
                        };

}  // namespace detail

template <class E>
class pep_run;

/// Sizes by soft thresholds that learn, a `sizer` for a `lens_environment`. A copy of the full-size
/// model is trained through a `soft_threshold_lens`; how many numbers of a row are above their
/// thresholds is what its size is made of. The copy begins on its principal axes where it has them,
/// so the numbers that are left of a row are mostly its first ones, and a prefix of as many is near
/// to them. Sizes are these counts, projected onto the budget: a mask of single numbers would have
/// to store where they are; what that would take is noted as `mask_bytes` (`number_mask::bytes`).
/// The mask with which each budget was first met is kept, see `pep_run::mask`.
///
/// All budgets are met in one run, the one that keeps most first. In the `steps` of a budget the
/// numbers that are to be kept fall by the same factor in each training step; thresholds are pulled
/// up as long as more are left. A stretch ends where the budget is met, and with it the steps of
/// that budget: the search may take fewer steps than it says.
///
/// A step is a stretch of training and one measurement of sizes as any method has it; the tables
/// that were trained here are not measured. A run whose step has thrown has trained, so it cannot
/// go on: load it again. It notes the `training_steps` so far, their mean
/// `loss`, the share that is `kept`, `mask_bytes`, how far the quality is `above_random` sizes, and
/// in the step that met its own budget the `mask_quality` (`pep_mask::quality`); one that was met
/// in the steps of another is not noted, but `mask` has it. For that is where PEP is known to end
/// at times: the first steps, one for each budget, measure random sizes (the rule "random"), which
/// are not filed, and `warnings` says for which budgets nothing better was found.
///
/// Source: S. Liu et al., "Learnable Embedding Sizes for Recommender Systems", ICLR 2021. There the
/// model is trained from its first weights, and its sizes are a mask, with which it is trained
/// anew.
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
        masks_(asked.budgets.size()),
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

  /// The single numbers with which budget b was first met: as many as its limit or fewer, where a
  /// row counts as at least d_min. Not `met()` if thresholds have not come so far. Memory: a bit
  /// for each number of the tables, for each budget.
  [[nodiscard]] const pep_mask& mask(std::size_t b) const noexcept { return masks_[b]; }

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
      lens_.want(wanted(turn, std::int64_t{stretches_} * how_.stretch + trained + 1), limit.tables);
      loss += model_.train_through(1, lens_);
      ++trained;
      for (std::size_t other = 0; other < masks_.size(); ++other)
        if (!masks_[other].met() && is_met(other)) keep_mask(other);
      met = is_met(b);
    }
    training_steps_ += trained;
    proposal p;
    for (std::size_t t = 0; t < trials_.shapes().size(); ++t)
      p.emplace_back(lens_.left(t).begin(), lens_.left(t).end());
    r.origin = "soft thresholds";
    const double quality = trials_.judge(r, b, project(trials_.shapes(), p, limit));
    r.notes =
        notes(loss / trained, static_cast<double>(lens_.kept()) / dense(), mask_bytes(),
              quality - random_[b], masks_[b].step == trials_.steps() ? masks_[b].quality : none);
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
    for (std::size_t b = 0; b < masks_.size(); ++b) {
      field_group<F> group(f, "mask" + std::to_string(b));
      visit_mask(group, b);
    }
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
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();

  [[nodiscard]] std::vector<step_note> notes(double loss, double kept, double bytes, double above,
                                             double of_mask) const {
    return {{"training_steps", static_cast<double>(training_steps_)},
            {"loss", loss},
            {"kept", kept},
            {"mask_bytes", bytes},
            {"above_random", above},
            {"mask_quality", of_mask}};
  }

  /// Of what was left when last looked at.
  [[nodiscard]] double mask_bytes() const {
    std::int64_t all = 0;
    for (const auto& table : lens_.masks()) all += table.bytes();
    return static_cast<double>(all);
  }
  [[nodiscard]] bool is_met(std::size_t b) const {
    const budget& limit = trials_.limits()[b];
    return lens_.kept(limit) <= limit.in_all();
  }
  void keep_mask(std::size_t b) {
    masks_[b].tables.assign(lens_.masks().begin(), lens_.masks().end());
    masks_[b].quality = judged(masks_[b].tables);
    masks_[b].step = trials_.steps();
  }
  /// The quality of the model as it is, but with masked tables; it stays as it is.
  [[nodiscard]] double judged(std::span<const number_mask> masks) {
    if constexpr (detail::judges_copies<E, detail::warm_copy_of<E>>) {
      const auto exact = model_.snapshot();
      auto masked = exact;
      lens_.read(masks, masked.weights.tables);
      model_.restore(masked);
      const auto& judge = trials_.env().judged_by();
      const double quality = judge.quality(judge.judge(model_));
      model_.restore(exact);
      return quality;
    } else {
      return none;
    }
  }

  template <class F>
  void visit_mask(F& f, std::size_t b) {
    pep_mask& mask = masks_[b];
    f("step", mask.step);
    f.check("step", mask.step >= -1 && mask.step < total_, "a step that can be, or -1");
    f("quality", mask.quality);
    if constexpr (F::reads) {
      mask.tables.clear();
      if (mask.met())
        for (const auto& s : trials_.shapes()) mask.tables.emplace_back(s.rows, s.range.max);
    }
    std::int64_t kept = 0;
    for (std::size_t t = 0; t < mask.tables.size(); ++t) {
      visit_part(f, "table" + std::to_string(t), mask.tables[t]);
      const auto& [rows, range] = trials_.shapes()[t];
      for (index_t r = 0; r < rows; ++r)
        kept += trials_.limits()[b].of(t).cost(std::max(mask.tables[t].count(r), range.min));
    }
    f.check("step", kept <= trials_.limits()[b].in_all(), "a mask that meets the budget");
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
    r.notes = notes(none, none, none, none, none);
    return trials_.end(std::move(r));
  }

  [[nodiscard]] double dense() const {
    double sum = 0;
    for (const auto& s : trials_.shapes()) sum += static_cast<double>(s.rows) * s.range.max;
    return sum;
  }

  /// What should be kept after so many training steps of a budget: numbers, or where tables have
  /// portions of their own what these take.
  [[nodiscard]] double wanted(std::size_t turn, std::int64_t trained) const {
    const auto shapes = trials_.shapes();
    const bool apart = !trials_.limits().front().tables.empty();
    const auto numbers = [&](std::size_t i) {
      const budget& limit = trials_.limits()[order_[i]];
      return static_cast<double>(apart ? std::max(limit.in_all(), limit.least(shapes))
                                       : limit.kept_numbers(shapes));
    };
    const double all_rows =
        apart ? static_cast<double>(trials_.limits().front().most(shapes)) : dense();
    const double from = turn == 0 ? all_rows : numbers(turn - 1);
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
  std::vector<pep_mask> masks_;     ///< [budgets]
  int total_;
  std::int64_t turn_ = 0;  ///< place in `order_`
  int stretches_ = 0;      ///< of this turn
  std::int64_t training_steps_ = 0;
};

}  // namespace ciess
