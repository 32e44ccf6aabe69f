// SPDX-License-Identifier: MIT
/// @file
/// DNIS: lengths of frequency blocks that learn from slopes on held-out data.
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
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/dnis/frequency_blocks.hpp>
#include <ciess/search/dnis/length_mover.hpp>
#include <ciess/search/dnis/look_ahead.hpp>
#include <ciess/search/dnis/ramp_lens.hpp>
#include <ciess/search/lens_environment.hpp>
#include <ciess/search/rules/table_facts.hpp>
#include <ciess/search/sizer.hpp>
#include <ciess/search/trials.hpp>

namespace ciess {

template <class E>
class dnis_run;

/// Sizes that learn from slopes on held-out data, a `sizer` for a `held_out_lens_environment`. The
/// rows of each table are cut into blocks by frequency; a block has one length, whose columns open
/// and close by a ramp (`ramp_lens`). A copy of the full-size model, on its principal axes where it
/// has them, so that the first columns matter most, is trained through these gates: pair by pair a
/// batch of training moves the tables, a batch of held-out data the lengths. To first order the
/// tables are taken as they are; `second_order` slopes know that the tables move with the lengths,
/// by one plain step (`look_ahead`).
///
/// Lengths move against (slope + price * rows of the block), divided by the running mean of the
/// slope's absolute value: so rare blocks move as much as frequent ones. The price of a number, one
/// for all blocks, is in place of the published l1 of a weight that has to be tuned for each
/// budget: it is found anew in each pair such that what the gates keep comes down to the budget,
/// by the same factor each time, in the first `fall` of a budget's steps, and stays there. Blocks
/// whose numbers are worth more than the price then grow, at the cost of the others, and
/// projection, which ends each step, has next to nothing left to do. Budgets come one after the
/// other, the one that keeps most first, and go on from where the last one ended.
///
/// A step is a stretch of pairs, and one measurement of the projected sizes as any method has it:
/// the tables that were trained here are not measured. A run whose step has thrown has trained, so
/// it cannot go on: load it again. It notes `pairs` so far (each costs about
/// `steps_of_pair()` training steps), the mean `loss` of training and `held_out_loss` of its pairs,
/// the share `kept` by the gates, and the `price`, in loss per number; to second order also how
/// large its `correction` of slopes is, in parts of those of the first order, mean of its pairs.
///
/// On MovieLens-100k (LightGCN and MF, 64 numbers a row, 90 and 95 % removed, three seeds) the
/// second order corrected slopes by 0.1 to 1.5 %, and quality was the same on the mean, to 0.0003
/// on validation.
///
/// Sources: W. Cheng, Y. Shen, L. Huang, "Differentiable Neural Input Search for Recommender
/// Systems", 2020; S. Kong et al., "AutoSrh", TKDE 2023, and its program: ten blocks, first order,
/// division by the mean, lengths snapped to integers. Its rate is 0.01 of a column; a search has
/// hundreds of pairs, not tens of thousands.
struct dnis {
  int steps = 10;                                             ///< stretches for each budget
  int pairs = 25;                                             ///< of batches in a stretch
  std::vector<double> blocks = std::vector<double>(10, 0.1);  ///< shares of rows, frequent first
  int batch = 4096;           ///< held-out examples of a pair (source: 4096)
  double rate = 0.02;         ///< a length moves at most so much of the mean size, by a pair
  double fall = 0.6;          ///< share of a budget's steps in which the gates come down to it
  bool second_order = false;  ///< source: first order unless it is asked for
  /// Of the plain step that is looked through to second order; 0: as long as the model's own. On
  /// MovieLens-100k Adam's step is that of a rate of about 430 (LightGCN) or 21 (MF), for slopes of
  /// a mean over a batch are small.
  double inner_rate = 0;

  /// Training steps that a pair costs, about: one, and a look at held-out data; to second order the
  /// training batch is looked at twice more. What is copied for that is not counted.
  [[nodiscard]] constexpr int steps_of_pair() const noexcept { return second_order ? 4 : 2; }

  [[nodiscard]] std::string_view name() const noexcept { return "dnis"; }
  /// @throws argument_error naming what is out of range or does not fit; data_error if no held-out
  ///         batch can be drawn
  template <class E>
  void check(const E& env, const sizing_request& asked) const {
    static_assert(detail::explain_held_out_lens_environment<E>::value);
    check_request(env, asked);
    for (const auto& [what, value] :
         {std::pair{"steps", steps}, std::pair{"pairs", pairs}, std::pair{"batch", batch}})
      if (value < 1)
        detail::throw_error<argument_error>("dnis: ", what, " must be >= 1, got ", value);
    if (!(rate > 0 && rate <= 1))
      detail::throw_error<argument_error>("dnis: rate must be above 0 and at most 1, got ", rate);
    if (!(fall >= 0 && fall <= 1))
      detail::throw_error<argument_error>("dnis: fall must be in [0, 1], got ", fall);
    if (!(inner_rate >= 0 && std::isfinite(inner_rate)))
      detail::throw_error<argument_error>("dnis: inner_rate must be >= 0, got ", inner_rate);
    if (inner_rate > 0 && !second_order)
      detail::throw_error<argument_error>("dnis: inner_rate ", inner_rate,
                                          " is of no meaning without second_order");
    frequency_blocks::check(blocks);
    if (steps > std::numeric_limits<int>::max() / static_cast<int>(asked.budgets.size()))
      detail::throw_error<argument_error>("dnis: ", steps, " steps for each of ",
                                          asked.budgets.size(), " budgets are too many");
    (void)facts_of(env);
    (void)env.held_out_batches(asked.seed);
  }
  template <class E>
  [[nodiscard]] dnis_run<E> begin(E& env, const sizing_request& asked) const {
    check(env, asked);
    return {env, *this, asked};
  }
};

/// DNIS at work.
template <class E>
class dnis_run : public trials_run<E> {
  using trials_run<E>::trials_;
  static_assert(detail::explain_held_out_lens_environment<E>::value);

 public:
  dnis_run(E& env, dnis how, const sizing_request& asked)
      : trials_run<E>(env, std::string(how.name()), asked),
        how_{std::move(how)},
        model_{env.warm_copy()},
        batches_{env.held_out_batches(asked.seed)},
        lens_{env.shapes(), blocks_of(env, how_)},
        mover_{lens_},
        costs_{trials_.limits().front().number_costs(env.shapes())},
        order_(asked.budgets.size()),
        total_{how_.steps * static_cast<int>(asked.budgets.size())} {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::sort(order_, [&](std::size_t a, std::size_t b) {
      const auto left = trials_.limits()[a].numbers, right = trials_.limits()[b].numbers;
      return left != right ? left > right : a < b;
    });
    for (const auto& s : env.shapes()) rows_ += static_cast<double>(s.rows);
  }

  [[nodiscard]] int total() const noexcept { return total_; }
  [[nodiscard]] bool done() const noexcept { return trials_.steps() >= total_; }
  /// Training steps beside those of the measurements.
  [[nodiscard]] std::int64_t trained_steps() const noexcept {
    return std::int64_t{trials_.steps()} * how_.pairs * how_.steps_of_pair();
  }
  /// The gates as they are.
  [[nodiscard]] const ramp_lens& lens() const noexcept { return lens_; }

  const step_report& step() {
    const auto at = static_cast<std::size_t>(trials_.steps());
    const std::size_t turn = at / static_cast<std::size_t>(how_.steps);
    const std::size_t b = order_[turn];
    step_report r = trials_.begin(b, total_);
    double trained = 0, held_out = 0, price = 0, correction = 0;
    for (int i = 0; i < how_.pairs; ++i) {
      const std::int64_t number = std::int64_t{trials_.steps()} * how_.pairs + i;
      const auto batch = [&]() -> decltype(auto) {
        return batches_(static_cast<std::uint64_t>(number), static_cast<std::size_t>(how_.batch));
      };
      if (how_.second_order) {
        const auto pair = ahead_(model_, lens_, batch, how_.inner_rate);
        trained += pair.trained;
        held_out += pair.held_out;
        correction += pair.correction;
      } else {
        trained += model_.train_through(1, lens_);
        held_out += model_.slopes_through(batch(), lens_);
      }
      price = mover_.move(lens_, trials_.shapes(), how_.rate * lens_.kept() / rows_,
                          wanted(turn, number + 1), costs_);
    }
    r.notes = {{"pairs", static_cast<double>(trials_.steps() + 1) * how_.pairs},
               {"loss", trained / how_.pairs},
               {"held_out_loss", held_out / how_.pairs},
               {"kept", lens_.kept() / dense()},
               {"price", price}};
    if (how_.second_order) r.notes.push_back({"correction", correction / how_.pairs});
    r.origin = "gates";
    trials_.judge(r, b, project(trials_.shapes(), lengths(), trials_.limits()[b]));
    return trials_.end(std::move(r));
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    f.same("steps", std::int64_t{how_.steps});
    f.same("pairs", std::int64_t{how_.pairs});
    f.same("blocks", std::span<const double>(how_.blocks));
    f.same("batch", std::int64_t{how_.batch});
    f.same("rate", how_.rate);
    f.same("fall", how_.fall);
    f.same("second_order", std::int64_t{how_.second_order});
    f.same("inner_rate", how_.inner_rate);
    trials_.visit(f, total_);
    field_group<F> gates(f, "gates");
    for (std::size_t t = 0; t < lens_.tables(); ++t) {
      const std::string name = "table" + std::to_string(t);
      const auto [least, most] = trials_.shapes()[t].range;
      gates(name, lens_.alpha(t));
      gates.check(
          name,
          std::ranges::all_of(lens_.alpha(t), [&](double a) { return a >= least && a <= most; }),
          "lengths in the range of the table");
    }
    visit_part(f, "mover", mover_);
    detail::visit_model(f, model_, kept_state_);
  }

 private:
  static std::vector<frequency_blocks> blocks_of(const E& env, const dnis& how) {
    std::vector<frequency_blocks> all;
    for (std::size_t t = 0; t < env.shapes().size(); ++t)
      all.emplace_back(env.frequency(t), how.blocks);
    return all;
  }

  [[nodiscard]] double dense() const {
    double sum = 0;
    for (const auto& s : trials_.shapes()) sum += static_cast<double>(s.rows) * s.range.max;
    return sum;
  }

  /// What the gates should keep after so many pairs, in the turn of a budget.
  [[nodiscard]] double wanted(std::size_t turn, std::int64_t pairs) const {
    const auto numbers = [&](std::size_t i) {
      return static_cast<double>(trials_.limits()[order_[i]].kept_numbers(trials_.shapes()));
    };
    const double from = turn == 0 ? dense() : numbers(turn - 1);
    const double all = static_cast<double>(how_.steps) * how_.pairs;
    const double falling = std::max(1.0, how_.fall * all);
    const double gone = static_cast<double>(pairs) - static_cast<double>(turn) * all;
    return from * std::pow(numbers(turn) / from, std::min(1.0, gone / falling));
  }

  /// The length of its block for each row; within a block the more frequent get what is left over.
  [[nodiscard]] proposal lengths() const {
    proposal p;
    for (std::size_t t = 0; t < lens_.tables(); ++t) {
      const auto& blocks = lens_.blocks(t);
      const index_t rows = trials_.shapes()[t].rows;
      auto& of = p.emplace_back();
      for (index_t row = 0; row < rows; ++row) {
        const double first = 1 - static_cast<double>(blocks.rank(row)) / static_cast<double>(rows);
        of.push_back(static_cast<float>(lens_.alpha(t)[blocks[row]] * (1 + 1e-3 * first)));
      }
    }
    return p;
  }

  dnis how_;
  detail::warm_copy_of<E> model_;
  std::optional<typename detail::snapshot_of<detail::warm_copy_of<E>>::type>
      kept_state_;  ///< while it is saved
  detail::held_out_batches_of<E> batches_;
  ramp_lens lens_;
  length_mover mover_;
  look_ahead ahead_;                ///< to second order
  std::vector<double> costs_;       ///< [tables] of a number, in numbers
  std::vector<std::size_t> order_;  ///< of budgets, the one that keeps most first
  int total_;
  double rows_ = 0;
};

}  // namespace ciess
