// SPDX-License-Identifier: MIT
/// @file
/// The environment of a click model: trained on one part of the impressions and judged on another.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <ciess/backbone/prefix_draw.hpp>
#include <ciess/backbone/trainer.hpp>
#include <ciess/backbone/warm_start.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/nn/learning_rate.hpp>
#include <ciess/ranking/click_evaluation.hpp>
#include <ciess/search/click_judge.hpp>
#include <ciess/search/environment_training.hpp>
#include <ciess/search/trained_environment.hpp>

namespace ciess {

/// A `trained_environment` with a `click_judge`. Holds a reference to the held-out impressions, and
/// most models do to those of training: they must outlive it.
/// @tparam Model  a `sized_model` that predicts clicks
template <class Model>
class click_environment : public trained_environment<Model, click_judge> {
  using base = trained_environment<Model, click_judge>;
  using usual = environment_training;

 public:
  /// `environment_training`, which says what they mean, and what is maximised.
  struct options {
    start from = usual{}.from;
    int steps = usual{}.steps;
    train_until_options full = usual{}.full;
    train_until_options tune = usual{}.tune;
    learning_rate tune_rate = usual{}.tune_rate;
    std::vector<start> retrain_from{};
    int nested_steps = usual{}.nested_steps;
    prefix_law nested_law = usual{}.nested_law;
    learning_rate nested_rate = usual{}.nested_rate;
    click_quality maximise = click_quality::auc;
    std::uint64_t seed = usual{}.seed;
    table_formats stored_as = usual{}.stored_as;

    [[nodiscard]] environment_training training() const {
      return {.from = from,
              .steps = steps,
              .full = full,
              .tune = tune,
              .tune_rate = tune_rate,
              .retrain_from = retrain_from,
              .nested_steps = nested_steps,
              .nested_law = nested_law,
              .nested_rate = nested_rate,
              .seed = seed,
              .stored_as = stored_as};
    }
  };

  /// @param model  its sizes and weights are changed at will; made for `train`
  /// @throws argument_error as `trained_environment` and `click_judge::check`; as `click_judge`
  click_environment(Model model, const impressions& train, const impressions& held_out, options o)
      : base(std::move(model), click_judge(train, held_out, o.maximise), o.training()) {}

  // What is gone after the call cannot be referred to, such as a part of a split.
  click_environment(Model, const impressions&&, const impressions&, options) = delete;
  click_environment(Model, const impressions&, const impressions&&, options) = delete;
  click_environment(Model, const impressions&&, const impressions&&, options) = delete;

  /// AUC, log-loss and rows of the full-size model. @pre full() was called
  [[nodiscard]] const click_evaluation& full_evaluation() const noexcept {
    return this->full_figures();
  }
};

}  // namespace ciess
