// SPDX-License-Identifier: MIT
/// @file
/// The environment of a recommender: any backbone, trained on one part of the interactions and
/// judged on another.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/backbone/concept.hpp>
#include <ciess/backbone/learning_rate.hpp>
#include <ciess/backbone/trainer.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/prefix_draw.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/warm_start.hpp>

namespace ciess {

/// Satisfies `retrainable_environment` for a recommender. A row of a table has the frequency and
/// the quality of the user or item that it belongs to. Holds references to the interactions: they
/// must outlive it.
/// @tparam Model  a `backbone`
template <class Model>
class recommender_environment {
  static_assert(detail::explain_backbone<Model>::value);

  using snapshot_type = std::optional<typename detail::snapshot_of<Model>::type>;

 public:
  struct options {
    start from = start::scratch;  ///< for `measure`
    int steps = 2000;             ///< training steps of `measure`
    train_until_options full{};   ///< training from scratch to the end: the peak, and `retrain`
    train_until_options tune{};   ///< training to the end after a warm start
    learning_rate tune_rate{.first = 0.01, .factor = 0.9, .every = 100, .least = 1e-3};
    std::vector<start> retrain_from{};  ///< starts that `retrain` tries; empty: that of `from`
    /// Steps of nested training that make the full-size model ready for warm starts, after the turn
    /// onto principal axes: then a cut alone tells good sizes from bad ones.
    int nested_steps = 0;
    prefix_law nested_law = prefix_law::frequency;
    learning_rate nested_rate{.first = 0.01, .factor = 0.9, .every = 100, .least = 1e-3};
    /// What a warm `measure` trains stays for the next one, as in a network that shares its
    /// weights. More training for nothing, but a measurement then depends on those before it.
    bool share_weights = false;
    evaluation_options evaluation{};
    /// Share of the users that `measure`, and the peak it is compared with, rank: see
    /// `evaluation_options::share`. All else ranks as `evaluation` says.
    double measured_share = 1;
    std::uint64_t seed = 1;  ///< of all weights: the same for each assignment, so that they compare
  };

  /// @param model  its sizes and weights are changed at will; made for `train`
  /// @throws argument_error if an option is out of range, shapes disagree, a warm start is asked of
  ///         a model that cannot do it, or `train` has weights and the model is no
  ///         `weighted_backbone`
  recommender_environment(Model model, const interactions& train, const interactions& held_out,
                          options o)
      : model_{std::move(model)}, train_{&train}, held_out_{&held_out}, options_{std::move(o)} {
    if (options_.retrain_from.empty()) options_.retrain_from = {options_.from};
    if constexpr (!weighted_backbone<Model>)
      if (train.has_weights())
        detail::throw_error<argument_error>(
            "recommender_environment: the training data have weights, and this backbone does not "
            "say that it uses them: it must satisfy weighted_backbone (static constexpr bool "
            "uses_weights = true), or be given interactions without weights");
    if (options_.steps < 0)
      detail::throw_error<argument_error>("recommender_environment: steps must be >= 0, got ",
                                          options_.steps);
    if (options_.nested_steps < 0)
      detail::throw_error<argument_error>(
          "recommender_environment: nested_steps must be >= 0, got ", options_.nested_steps);
    if (!(options_.measured_share > 0 && options_.measured_share <= 1))
      detail::throw_error<argument_error>(
          "recommender_environment: measured_share must be in (0, 1], got ",
          options_.measured_share);
    options_.tune_rate.check("recommender_environment");
    options_.nested_rate.check("recommender_environment");
    if constexpr (warm_startable<Model> && !rotatable_backbone<Model>)
      if (options_.nested_steps == 0 &&
          (options_.from == start::warm || std::ranges::count(options_.retrain_from, start::warm)))
        detail::throw_error<argument_error>(
            "recommender_environment: this backbone has no principal axes: a warm start needs "
            "nested_steps > 0");
    if constexpr (!nestable_backbone<Model>)
      if (options_.nested_steps > 0 || options_.share_weights)
        detail::throw_error<argument_error>(
            "recommender_environment: this backbone cannot train prefixes: it must satisfy "
            "nestable_backbone");
    refuse_warm(options_.from);
    for (const start from : options_.retrain_from) refuse_warm(from);
    if (train.users() != model_.users() || train.items() != model_.items() ||
        held_out.users() != model_.users() || held_out.items() != model_.items())
      detail::throw_error<argument_error>("recommender_environment: the model has ", model_.users(),
                                          " users and ", model_.items(), " items, training has ",
                                          train.users(), " and ", train.items(), ", held-out ",
                                          held_out.users(), " and ", held_out.items());
    const auto& s = model_.shapes();
    shapes_.assign(s.begin(), s.end());
    if (shapes_.empty() || shapes_.size() % 2 != 0)
      detail::throw_error<argument_error>(
          "recommender_environment: expected tables of users and of items in turn, got ",
          shapes_.size(), " tables");
    for (std::size_t t = 0; t < shapes_.size(); ++t) {
      const index rows = t % 2 == 0 ? train.users() : train.items();
      if (shapes_[t].rows != rows)
        detail::throw_error<argument_error>("recommender_environment: table ", t, " has ",
                                            shapes_[t].rows, " rows, but there are ", rows,
                                            t % 2 == 0 ? " users" : " items");
      auto& frequency = frequency_.emplace_back();
      for (row_id r = 0; r < rows; ++r)
        frequency.push_back(
            static_cast<double>(t % 2 == 0 ? train.user_frequency(r) : train.item_frequency(r)));
    }
  }

  // What is gone after the call cannot be referred to, such as the parts of `split_interactions()`.
  recommender_environment(Model, const interactions&&, const interactions&, options) = delete;
  recommender_environment(Model, const interactions&, const interactions&&, options) = delete;
  recommender_environment(Model, const interactions&&, const interactions&&, options) = delete;

  [[nodiscard]] std::span<const table_shape> shapes() const noexcept { return shapes_; }
  [[nodiscard]] std::span<const double> frequency(std::size_t table) const noexcept {
    return frequency_[table];
  }

  /// Kinds of rows, users and items: table t is of kind t % kinds().
  [[nodiscard]] static constexpr std::size_t kinds() noexcept { return 2; }
  [[nodiscard]] static constexpr std::size_t kind(std::size_t t) noexcept { return t % 2; }

  /// Trains the full-size model until it stops improving on the held-out part; done once.
  const measurement& peak() {
    if (!peak_) {
      model_.reset(options_.seed);
      model_.resize(assignment(shapes()));
      const auto outcome =
          train_until(model_, [this] { return evaluate_now().mean; }, options_.full);
      go_back_to(outcome.best_step, assignment(shapes()), start::scratch);
      adopt_peak(outcome.best_step);
    }
    return *peak_;
  }
  /// Steps after which the full-size model was best; 0 before `peak`.
  [[nodiscard]] int peak_steps() const noexcept { return peak_steps_; }
  /// Ranking figures of the full-size model, on all users asked for. @pre peak() was called
  [[nodiscard]] const evaluation& peak_evaluation() const noexcept { return peak_evaluation_; }

  /// Table t as a warm start cuts it, in principal axes and with trained prefixes: [rows, d_max].
  /// @throws argument_error before `peak`
  [[nodiscard]] matrix_view full_table(std::size_t t) const
    requires shows_tables<Model>
  {
    if (!full_)
      detail::throw_error<argument_error>(
          "recommender_environment: there are no full-size tables before peak()");
    return full_->weights.tables[t].values();
  }
  /// Tables of one group have the same axes: a user table and the item table after it, unless the
  /// model says otherwise by `axes_group(t)` of its own.
  [[nodiscard]] std::size_t axes_group(std::size_t t) const noexcept {
    if constexpr (requires {
                    { model_.axes_group(t) } -> std::convertible_to<std::size_t>;
                  })
      return model_.axes_group(t);
    else
      return t / 2;
  }

  /// Trains the full-size model for exactly so many steps and takes it as the peak: for a last
  /// training on data whose held-out part must not decide when to stop.
  /// @throws argument_error if steps is negative
  const measurement& peak_after(int steps) {
    if (steps < 0)
      detail::throw_error<argument_error>(
          "recommender_environment: steps of the peak must be >= 0, got ", steps);
    model_.reset(options_.seed);
    model_.resize(assignment(shapes()));
    model_.train(steps);
    adopt_peak(steps);
    return *peak_;
  }

  /// Training steps of one `measure`: see `search_cost`.
  [[nodiscard]] int measure_steps() const noexcept { return options_.steps; }

  /// Sets the sizes, trains for `options::steps` from `options::from`, measures on the held-out
  /// part.
  measurement measure(const assignment& sizes) {
    if constexpr (warm_startable<Model> && nestable_backbone<Model>)
      if (options_.share_weights && options_.from == start::warm) return measure_shared(sizes);
    begin(sizes, options_.from);
    if (options_.steps > 0) model_.train(options_.steps);
    return measured(evaluate_now(options_.measured_share));
  }

  /// Trains a model with these sizes until it stops improving, from each start in
  /// `options::retrain_from`, and measures the best. What that took is in `last_recipe`.
  measurement retrain(const assignment& sizes) { return retrain(sizes, options_.retrain_from); }

  /// The same from the starts given here.
  /// @throws argument_error if there is none, or this backbone cannot start so
  measurement retrain(const assignment& sizes, std::span<const start> starts) {
    if (starts.empty())
      detail::throw_error<argument_error>("recommender_environment: retrain needs a start");
    for (const start from : starts) refuse_warm(from);
    std::optional<evaluation> best;
    for (const start from : starts) {
      begin(sizes, from);
      const auto outcome = train_until(
          model_, [this] { return evaluate_now().mean; },
          from == start::warm ? options_.tune : options_.full);
      if (!best || outcome.best > best->mean) {
        go_back_to(outcome.best_step, sizes, from);
        best = evaluate_now();
        last_recipe_ = {from, outcome.best_step};
      }
    }
    // Whoever takes the tables from `model` wants those that were measured.
    if (last_recipe_.from != starts.back()) train(last_recipe_, sizes);
    return measured(*best);
  }
  [[nodiscard]] training_recipe last_recipe() const noexcept { return last_recipe_; }

  /// Trains a model with these sizes exactly as a recipe says and evaluates it.
  evaluation train_by(const training_recipe& recipe, const assignment& sizes) {
    train(recipe, sizes);
    return evaluate_now();
  }

  /// The model as the last call left it.
  [[nodiscard]] Model& model() noexcept { return model_; }
  [[nodiscard]] const Model& model() const noexcept { return model_; }

  /// Shows what its measurements depend on: data, options, and those of the model if that has a
  /// `visit_options(f)`. See `field_visitor::same`.
  template <class F>
  void visit_conditions(F& f) const {
    f.same("train.fingerprint", fingerprint_of(*train_));
    f.same("held_out.fingerprint", fingerprint_of(*held_out_));
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      visit_part(f, "table" + std::to_string(t), shapes_[t]);
    const auto& o = options_;
    f.same("seed", o.seed);
    f.same("from", static_cast<std::int64_t>(o.from));
    f.same("steps", std::int64_t{o.steps});
    visit_part(f, "full", o.full);
    visit_part(f, "tune", o.tune);
    visit_part(f, "tune_rate", o.tune_rate);
    f.same("nested_steps", std::int64_t{o.nested_steps});
    f.same("nested_law", static_cast<std::int64_t>(o.nested_law));
    visit_part(f, "nested_rate", o.nested_rate);
    f.same("share_weights", std::int64_t{o.share_weights});
    f.same("measured_share", o.measured_share);
    f.same("cutoffs", std::span<const int>(o.evaluation.cutoffs));
    f.same("users", std::span<const row_id>(o.evaluation.users));
    f.same("share", o.evaluation.share);
    f.same("sample_seed", o.evaluation.sample_seed);
    f.same("known_only", std::int64_t{o.evaluation.known_only});
    if constexpr (requires(field_group<F>& group) { model_.visit_options(group); }) {
      field_group<F> model(f, "model");
      model_.visit_options(model);
    }
  }

  /// Whether `peak` has been called, or loaded.
  [[nodiscard]] bool has_peak() const noexcept { return peak_.has_value(); }

  /// Shows the peak with all that measurements start from, and what it must agree with: the data,
  /// the options that the peak depends on. Trained once, it can be saved, and loaded into an
  /// environment of the same data and options in place of the training.
  template <class F>
  void visit(F& f)
    requires(!warm_startable<Model> || visitable<typename detail::snapshot_of<Model>::type>)
  {
    visit_conditions(f);
    if constexpr (F::reads) {
      measurement peak;
      peak.rows.resize(shapes_.size());
      peak_ = peak;
      if constexpr (warm_startable<Model>) full_ = model_.snapshot();
    } else {
      this->peak();
    }
    f("peak_steps", peak_steps_);
    f.check("peak_steps", peak_steps_ >= 0 && peak_steps_ <= most_steps,
            "a number of steps that can be taken");
    visit_part(f, "peak", *peak_);
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      f.check("peak", static_cast<index>(peak_->rows[t].size()) == shapes_[t].rows,
              "a quality for each row");
    visit_part(f, "evaluation", peak_evaluation_);
    if constexpr (warm_startable<Model>) {
      visit_part(f, "full", *full_);
      auto shares = static_cast<std::uint8_t>(shared_.has_value());
      f("shares", shares);
      if constexpr (F::reads) shared_ = shares != 0 ? full_ : snapshot_type{};
      if (shares != 0) visit_part(f, "shared", *shared_);
      // The model refuses what it could not go on from.
      if constexpr (F::reads) model_.restore(*full_);
    }
  }

 private:
  static constexpr int most_steps = 1'000'000'000;

  static std::uint64_t fingerprint_of(const interactions& data) {
    std::uint64_t all = fingerprint(std::span<const index>(std::array{data.users(), data.items()}));
    for (row_id u = 0; u < data.users(); ++u) {
      const auto items = data.items_of(u);
      const std::array count{static_cast<index>(items.size())};
      all = fingerprint(items, fingerprint(std::span<const index>(count), all));
    }
    // Held-out weights count, too: they come into the last training of a study. Times never change
    // a result, only who is in which part.
    return data.has_weights() ? fingerprint(data.weights(), all) : all;
  }

  static void refuse_warm(start from) {
    if (!warm_startable<Model> && from == start::warm)
      detail::throw_error<argument_error>(
          "recommender_environment: this backbone cannot start warm: it must satisfy "
          "warm_startable");
  }

  evaluation evaluate_now(double share = 1) {
    auto o = options_.evaluation;
    o.share *= share;
    return evaluate(model_, *train_, *held_out_, o);
  }

  /// Trains the prefixes of the full-size weights and judges them.
  measurement measure_shared(const assignment& sizes)
    requires warm_startable<Model> && nestable_backbone<Model>
  {
    check_shapes("recommender_environment", shapes_, sizes);
    if (!full_) peak();
    if (!shared_) {
      model_.restore(*full_);
      model_.restart(options_.tune_rate);
      shared_ = model_.snapshot();
    }
    model_.restore(*shared_);  // optimiser and batches go on where the last one ended
    if (options_.steps > 0) {
      model_.train_nested(options_.steps, [&](std::int64_t) -> const assignment& { return sizes; });
      shared_ = model_.snapshot();
    }
    model_.resize(sizes);
    return measured(evaluate_now(options_.measured_share));
  }

  /// `train_until` has put the best weights back if the model can; otherwise the training is
  /// repeated up to there.
  void go_back_to(int step, const assignment& sizes, start from) {
    if constexpr (!restorable_backbone<Model>) train({from, step}, sizes);
  }

  void train(const training_recipe& recipe, const assignment& sizes) {
    begin(sizes, recipe.from);
    if (recipe.steps > 0) model_.train(recipe.steps);
  }

  /// Takes the model as the peak, `steps` after its beginning. What is known is set last: a failure
  /// on the way leaves no half of it.
  void adopt_peak(int steps) {
    const evaluation all = evaluate_now();
    measurement peak =
        measured(options_.measured_share < 1 ? evaluate_now(options_.measured_share) : all);
    snapshot_type full{};
    if constexpr (warm_startable<Model>) {
      if constexpr (rotatable_backbone<Model>) model_.rotate_to_principal_axes();
      full = model_.snapshot();
      if constexpr (nestable_backbone<Model>)
        if (options_.nested_steps > 0) {
          const std::vector<std::span<const double>> frequency(frequency_.begin(),
                                                               frequency_.end());
          prefix_draw draw(shapes_, frequency, options_.nested_law, options_.seed);
          model_.restart(options_.nested_rate);
          model_.train_nested(options_.nested_steps, draw);
          const auto trained = std::exchange(full, model_.snapshot());
          model_.restore(*trained);
        }
    }
    full_ = std::move(full);
    shared_.reset();
    peak_steps_ = steps;
    peak_evaluation_ = all;
    peak_ = std::move(peak);
  }

  void begin(const assignment& sizes, start from) {
    check_shapes("recommender_environment", shapes_, sizes);
    refuse_warm(from);
    if constexpr (warm_startable<Model>) {
      if (from == start::warm) {
        if (!full_) peak();
        model_.restore(*full_);
        model_.resize(sizes);
        model_.restart(options_.tune_rate);
        return;
      }
    }
    model_.resize(sizes);
    model_.reset(options_.seed);
  }

  [[nodiscard]] measurement measured(const evaluation& e) const {
    measurement m{e.mean, {}};
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      m.rows.push_back(t % 2 == 0 ? e.user_quality : e.item_quality);
    return m;
  }

  Model model_;
  const interactions* train_;
  const interactions* held_out_;
  options options_;
  std::vector<table_shape> shapes_;
  std::vector<std::vector<double>> frequency_;
  std::optional<measurement> peak_;
  evaluation peak_evaluation_;
  int peak_steps_ = 0;
  snapshot_type full_{};    ///< ready for cuts
  snapshot_type shared_{};  ///< the same with what measurements have trained
  training_recipe last_recipe_;
};

}  // namespace ciess
