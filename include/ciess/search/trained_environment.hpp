// SPDX-License-Identifier: MIT
/// @file
/// The environment of a model that is trained: starts, cuts, and how long it learns. What its
/// quality is, a judge knows.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/backbone/sized_model.hpp>
#include <ciess/backbone/storable_model.hpp>
#include <ciess/backbone/trainer.hpp>
#include <ciess/backbone/training_report.hpp>
#include <ciess/backbone/warm_start.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/search/detail/check_tables.hpp>
#include <ciess/search/detail/full_model.hpp>
#include <ciess/search/detail/train_prefixes.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/environment_training.hpp>
#include <ciess/search/judge.hpp>

namespace ciess {

/// Satisfies `retrainable_environment` for any model that can be trained and judged.
///
/// A model starts warm from a copy of its full-size self: a snapshot if it is a
/// `restorable_backbone`, else the rows that its `open_tables` show. That copy is turned first, if
/// it can be (`rotatable_backbone`, `turnable_tables`), and its prefixes are trained if that is
/// asked for. Of a model that only opens its tables, weights beside these are as the last training
/// left them, and are not saved either.
/// @tparam Model  a `sized_model`
/// @tparam Judge  a `judge` of such models
template <class Model, class Judge>
class trained_environment {
  static_assert(detail::explain_judged_model<Judge, Model>::value);
  static_assert(detail::explain_judge<Judge, Model>::value);
  static_assert(detail::explain_warm_start<Model>::value);

  using full_model = typename detail::full_model_of<Model>::type;

 public:
  using figures = typename Judge::figures;

  /// @param model  its sizes and weights are changed at will
  /// @throws argument_error if an option is out of range, the judge does not take the model, or
  ///         more is asked than the model can do: a warm start, trained prefixes, rounded tables
  trained_environment(Model model, Judge judge, environment_training o)
      : model_{std::move(model)}, judge_{std::move(judge)}, options_{std::move(o)} {
    options_.check();
    if (options_.retrain_from.empty()) options_.retrain_from = {options_.from};
    if constexpr (!nestable_backbone<Model>)
      if (options_.nested_steps > 0)
        detail::throw_error<argument_error>(
            "environment: this backbone cannot train prefixes: it must satisfy nestable_backbone");
    if (!options_.stored_as.all_floats() && !storable_model<Model>)
      detail::throw_error<argument_error>(
          "environment: this backbone cannot be judged as it will be stored: it must satisfy "
          "storable_model: store_as(formats) and stored_as()");
    refuse_warm(options_.from);
    for (const start from : options_.retrain_from) refuse_warm(from);
    judge_.check(std::as_const(model_));
    const auto& s = model_.shapes();
    shapes_.assign(s.begin(), s.end());
    options_.stored_as.check("environment", shapes_.size());
    detail::check_judged_tables(shapes_, judge_);
    if constexpr (named_tables<Model>) detail::check_table_names(shapes_, model_.table_names());
  }

  [[nodiscard]] std::span<const table_shape> shapes() const noexcept { return shapes_; }
  [[nodiscard]] std::span<const double> frequency(std::size_t table) const {
    return judge_.frequency(table);
  }
  /// Tables of one kind, 0 ... kinds() - 1, have the same rows.
  [[nodiscard]] std::size_t kinds() const { return judge_.kinds(); }
  [[nodiscard]] std::size_t kind(std::size_t table) const { return judge_.kind(table); }
  /// What the model calls a table, else what the judge calls it.
  [[nodiscard]] std::string table_name(std::size_t table) const {
    if constexpr (named_tables<Model>)
      return std::string(std::string_view(model_.table_names()[table]));
    else
      return judge_.name(table);
  }
  /// Tables of one group have the same axes: as the model says by `axes_group(t)` of its own, else
  /// as the judge does; else each table has its own.
  [[nodiscard]] std::size_t axes_group(std::size_t table) const {
    if constexpr (requires {
                    { model_.axes_group(table) } -> std::convertible_to<std::size_t>;
                  })
      return model_.axes_group(table);
    else if constexpr (requires {
                         { judge_.axes_group(table) } -> std::convertible_to<std::size_t>;
                       })
      return judge_.axes_group(table);
    else
      return table;
  }

  /// Has somebody told how trainings to the end go on: of the "full-size model" and of "sizes"
  /// after each judgement; without a quality, of a "last training" by a recipe as often, and of
  /// "prefixes" at least twenty times (if they have as many steps). An empty function:
  /// nobody. What it throws ends the training, and leaves an environment that can be used.
  void watch(std::function<void(const training_report&)> told) { told_ = std::move(told); }

  /// Trains the full-size model until it stops improving on what it is judged by; done once.
  const measurement& full() {
    if (!full_) {
      begin(assignment(shapes()), start::scratch, number_format::float32);
      const auto outcome = train_to_the_end(options_.full, "full-size model");
      go_back_to(outcome.best_step, assignment(shapes()), start::scratch, number_format::float32);
      adopt_full(outcome.best_step);
    }
    return *full_;
  }
  /// Steps after which the full-size model was best; 0 before `full`.
  [[nodiscard]] int full_steps() const noexcept { return full_steps_; }
  /// All figures of the full-size model. @pre full() was called
  [[nodiscard]] const figures& full_figures() const noexcept { return full_figures_; }

  /// Table t as a warm start cuts it, in principal axes and with trained prefixes: [rows, d_max].
  /// @throws argument_error before `full`
  [[nodiscard]] matrix_view full_table(std::size_t t) const
    requires(shows_tables<Model> || open_tables<Model>)
  {
    if (!ready_)
      detail::throw_error<argument_error>(
          "environment: there are no full-size tables before full()");
    return ready_->table(t);
  }

  /// A copy of the full-size model as a warm start cuts it, every row at full size, with the
  /// learning rate of a tuning: for methods that train it through a lens. See `lens_environment`.
  [[nodiscard]] Model warm_copy()
    requires(warm_startable<Model> && std::copyable<Model>)
  {
    if (!ready_) full();
    if constexpr (storable_model<Model>) model_.store_as(number_format::float32);
    ready_->put_back(model_, shapes());
    if constexpr (fine_tunable_backbone<Model>) model_.restart(options_.tune_rate);
    return model_;
  }
  /// Batches of the data that the judge judges by, if it hands them out.
  [[nodiscard]] auto held_out_batches(std::uint64_t seed) const
    requires requires(const Judge& j) { j.held_out_batches(seed); }
  {
    return judge_.held_out_batches(seed);
  }

  /// Trains the full-size model for exactly so many steps and takes it as it is: for a last
  /// training on data whose held-out part must not decide when to stop. Searches that are under way
  /// refer to the full-size model that it replaces: begin them afterwards.
  /// @throws argument_error if steps is negative
  const measurement& full_after(int steps) {
    if (steps < 0)
      detail::throw_error<argument_error>(
          "environment: steps of the full-size model must be >= 0, got ", steps);
    repeat({start::scratch, steps}, assignment(shapes()), number_format::float32,
           "full-size model");
    adopt_full(steps);
    return *full_;
  }

  /// How sized tables will be stored, and are judged.
  [[nodiscard]] const table_formats& stored_as() const noexcept { return options_.stored_as; }

  /// Training steps of one `measure`: see `search_cost`.
  [[nodiscard]] int measure_steps() const noexcept { return options_.steps; }

  /// Sets the sizes, trains for `steps` from `from`, and judges.
  measurement measure(const assignment& sizes) {
    train({options_.from, options_.steps}, sizes);
    return measured(judge_.judge(model_));
  }

  /// Trains a model with these sizes until it stops improving, from each start in `retrain_from`,
  /// and measures the best. What that took is in `last_recipe`.
  measurement retrain(const assignment& sizes) { return retrain(sizes, options_.retrain_from); }

  /// The same from the starts given here.
  /// @throws argument_error if there is none, one is given twice, or this model cannot start so
  measurement retrain(const assignment& sizes, std::span<const start> starts) {
    if (starts.empty()) detail::throw_error<argument_error>("environment: retrain needs a start");
    environment_training::check_starts(starts);
    for (const start from : starts) refuse_warm(from);
    std::optional<figures> best;
    for (const start from : starts) {
      begin(sizes, from, stored_as());
      const auto outcome =
          train_to_the_end(from == start::warm ? options_.tune : options_.full, "sizes");
      if (!best || outcome.best > judge_.quality(*best)) {
        go_back_to(outcome.best_step, sizes, from, stored_as());
        best = judge_.judge(model_);
        last_recipe_ = {from, outcome.best_step};
      }
    }
    // Whoever takes the tables from `model` wants those that were measured.
    if (last_recipe_.from != starts.back()) repeat(last_recipe_, sizes, stored_as(), nullptr);
    return measured(*best);
  }
  [[nodiscard]] training_recipe last_recipe() const noexcept { return last_recipe_; }

  /// Trains a model with these sizes exactly as a recipe says and judges it.
  figures train_by(const training_recipe& recipe, const assignment& sizes) {
    repeat(recipe, sizes, stored_as(), "last training");
    return judge_.judge(model_);
  }

  /// The model as the last call left it; after a state was loaded, one that has to be trained
  /// first.
  [[nodiscard]] Model& model() noexcept { return model_; }
  [[nodiscard]] const Model& model() const noexcept { return model_; }
  [[nodiscard]] const Judge& judged_by() const noexcept { return judge_; }

  /// Shows what its measurements depend on: what the judge shows, options, and those of the model
  /// if that has a `visit_options(f)`. See `field_visitor::same`.
  template <class F>
  void visit_conditions(F& f) const {
    visit_judged(f);
    options_.visit_conditions(f);
    visit_model(f);
  }

  /// Whether `full` has been called, or loaded.
  [[nodiscard]] bool has_full() const noexcept { return full_.has_value(); }

  /// Shows the full-size model with all that measurements start from, and what it must agree with:
  /// the data, the options that it depends on. Trained once, it can be saved, and loaded into an
  /// environment of the same data and options, of another format as well, in place of the training;
  /// before a search begins, which refers to it.
  template <class F>
  void visit(F& f)
    requires(visitable<figures> && (!warm_startable<Model> || visitable<full_model>))
  {
    visit_judged(f);
    options_.visit_full_conditions(f);
    visit_model(f);
    if constexpr (F::reads) {
      measurement full;
      full.rows.resize(shapes_.size());
      full_ = full;
      if constexpr (warm_startable<Model>) ready_.emplace(std::as_const(model_), shapes());
    } else {
      this->full();
    }
    f("full_steps", full_steps_);
    f.check("full_steps", full_steps_ >= 0 && full_steps_ <= most_steps,
            "a number of steps that can be taken");
    visit_part(f, "full", *full_);
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      f.check("full", static_cast<index_t>(full_->rows[t].size()) == shapes_[t].rows,
              "a quality for each row");
    visit_part(f, "evaluation", full_figures_);
    if constexpr (warm_startable<Model>) {
      visit_part(f, "ready", *ready_);
      // The model refuses what it could not go on from.
      if constexpr (F::reads) ready_->put_back(model_, shapes());
    }
  }

 private:
  static constexpr int most_steps = 1'000'000'000;

  template <class F>
  void visit_judged(F& f) const {
    judge_.visit_conditions(f);
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      visit_part(f, "table" + std::to_string(t), shapes_[t]);
  }
  template <class F>
  void visit_model(F& f) const {
    constexpr bool shows = requires(field_group<F>& group) { model_.visit_options(group); };
    static_assert(
        shows || !requires(Model& m, field_group<F>& group) { m.visit_options(group); },
        "ciess: a model's visit_options(f) must be const");
    if constexpr (shows) {
      field_group<F> model(f, "model");
      model_.visit_options(model);
    }
  }

  void refuse_warm(start from) const {
    if (from != start::warm) return;
    if (!warm_startable<Model>)
      detail::throw_error<argument_error>(
          "environment: this backbone cannot start warm: it must satisfy warm_startable (the least "
          "are open_tables: rows_of(t) and set_rows(t, rows))");
    if (!rotatable_backbone<Model> && !open_tables<Model> && options_.nested_steps == 0)
      detail::throw_error<argument_error>(
          "environment: this backbone has no principal axes: a warm start needs nested_steps > "
          "0");
  }

  void tell(const char* what, training_report report) const {
    if (!told_) return;
    report.what = what;
    told_(report);
  }

  training_outcome train_to_the_end(const train_until_options& o, const char* what) {
    return train_until(
        model_, [this] { return judge_.quality(judge_.judge(model_)); }, o,
        [this, what](const training_report& report) { tell(what, report); });
  }

  /// `train_until` has put the best weights back if the model can; otherwise the training is
  /// repeated up to there.
  void go_back_to(int step, const assignment& sizes, start from, const table_formats& stored) {
    if constexpr (!restorable_backbone<Model>) repeat({from, step}, sizes, stored, nullptr);
  }

  /// Trains as a recipe says, by as many steps at a time as `train_until` takes: a model may number
  /// the steps of each call anew.
  /// @param what  is trained, for reports; null: nobody is told
  void repeat(const training_recipe& recipe, const assignment& sizes, const table_formats& stored,
              const char* what) {
    const detail::stop_clock clock;
    const auto say = [&](int step) {
      if (what) tell(what, training_report::unjudged(step, recipe.steps, clock.seconds()));
    };
    begin(sizes, recipe.from, stored);
    const int every = (recipe.from == start::warm ? options_.tune : options_.full).every;
    int done = 0;
    say(done);
    while (done < recipe.steps) {
      const int next = std::min(every, recipe.steps - done);
      model_.train(next);
      done += next;
      say(done);
    }
  }

  void train(const training_recipe& recipe, const assignment& sizes) {
    begin(sizes, recipe.from, stored_as());
    if (recipe.steps > 0) model_.train(recipe.steps);
  }

  /// Takes the model as the full-size one, `steps` after its beginning. What is known is set last:
  /// a failure on the way leaves no half of it.
  void adopt_full(int steps) {
    const figures all = judge_.judge(model_);
    measurement full = measured(all);
    std::optional<full_model> ready;
    if constexpr (warm_startable<Model>) {
      if constexpr (rotatable_backbone<Model>)
        model_.rotate_to_principal_axes();
      else if constexpr (turnable_tables<Model>)
        detail::turn_rows(model_, shapes(), [this](std::size_t t) { return axes_group(t); });
      ready.emplace(std::as_const(model_), shapes());
      if constexpr (nestable_backbone<Model>)
        if (options_.nested_steps > 0) {
          detail::train_prefixes(
              model_, shapes(), judge_, options_,
              [this](const training_report& report) { tell("prefixes", report); });
          const auto trained = std::exchange(ready, full_model(std::as_const(model_), shapes()));
          trained->put_back(model_, shapes());
        }
    }
    ready_ = std::move(ready);
    full_steps_ = steps;
    full_figures_ = all;
    full_ = std::move(full);
  }

  void begin(const assignment& sizes, start from, const table_formats& stored) {
    check_shapes("environment", shapes_, sizes);
    refuse_warm(from);
    if (from == start::warm && !ready_) full();
    if constexpr (storable_model<Model>) model_.store_as(stored);
    if constexpr (warm_startable<Model>) {
      if (from == start::warm) {
        ready_->put_back(model_, shapes());
        model_.resize(sizes);
        if constexpr (spreadable_backbone<Model>)
          if (stored.any_few_bits()) model_.spread_columns(smallest_size(sizes));
        if constexpr (fine_tunable_backbone<Model>) model_.restart(options_.tune_rate);
        return;
      }
    }
    model_.resize(sizes);
    model_.reset(options_.seed);
  }

  /// Columns that every row keeps.
  static int smallest_size(const assignment& sizes) {
    int least = size_range::limit;
    for (const auto& table : sizes)
      for (const auto size : table.values()) least = std::min<int>(least, size);
    return least;
  }

  [[nodiscard]] measurement measured(const figures& all) const {
    return measurement_of(judge_, all, shapes_.size());
  }

  Model model_;
  Judge judge_;
  environment_training options_;
  std::function<void(const training_report&)> told_;
  std::vector<table_shape> shapes_;
  std::optional<measurement> full_;
  figures full_figures_{};
  int full_steps_ = 0;
  std::optional<full_model> ready_;  ///< for cuts
  training_recipe last_recipe_;
};

}  // namespace ciess
