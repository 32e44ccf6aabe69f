// SPDX-License-Identifier: MIT
/// @file
/// The environment of a recommender: any backbone, trained on one part of the interactions and
/// judged on another.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <ciess/backbone/concept.hpp>
#include <ciess/backbone/prefix_draw.hpp>
#include <ciess/backbone/trainer.hpp>
#include <ciess/backbone/warm_start.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/nn/learning_rate.hpp>
#include <ciess/ranking/evaluate.hpp>
#include <ciess/search/environment.hpp>
#include <ciess/search/ranking_judge.hpp>
#include <ciess/search/trained_environment.hpp>

namespace ciess {

/// A `trained_environment` with a `ranking_judge`. Holds references to the interactions: they must
/// outlive it.
/// @tparam Model  a `backbone`
template <class Model>
class recommender_environment : public trained_environment<Model, ranking_judge> {
  using base = trained_environment<Model, ranking_judge>;
  using usual = environment_training;

 public:
  /// `environment_training`, which says what they mean, and what a ranking is asked for.
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
    evaluation_options evaluation{};
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
  /// @throws argument_error as `trained_environment` and `ranking_judge::check`
  recommender_environment(Model model, const interactions& train, const interactions& held_out,
                          options o)
      : base(std::move(model), ranking_judge(train, held_out, o.evaluation), o.training()) {}

  // What is gone after the call cannot be referred to, such as the parts of `split_interactions()`.
  recommender_environment(Model, const interactions&&, const interactions&, options) = delete;
  recommender_environment(Model, const interactions&, const interactions&&, options) = delete;
  recommender_environment(Model, const interactions&&, const interactions&&, options) = delete;

  /// Ranking figures of the full-size model. @pre full() was called
  [[nodiscard]] const evaluation& full_evaluation() const noexcept { return this->full_figures(); }
};

}  // namespace ciess
