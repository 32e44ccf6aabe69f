// SPDX-License-Identifier: MIT
/// @file
/// A recommender with the data to train and to judge it by, in one value that owns them all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/data/dataset.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/study/check_parts.hpp>
#include <ciess/study/presets.hpp>

namespace ciess {

/// What a size search and a last training need of a recommender whose quality is a ranking. Owns
/// data, models and settings; references to its parts stay valid when it is moved.
/// @tparam Model  one of the library's backbones, or a `backbone` that is made by
///                Model(const interactions&, const Model::options&, std::uint64_t seed)
template <class Model>
class ranking_task {
 public:
  using environment_type = recommender_environment<Model>;

  struct options {
    int dim = 128;           ///< size of a full row
    std::uint64_t seed = 1;  ///< of weights
  };

  /// With the settings of `warm_preset`.
  /// @throws argument_error if a part has no pair, or nobody who can be judged
  explicit ranking_task(dataset data) : ranking_task(std::move(data), options{}) {}
  ranking_task(dataset data, const options& o) {
    auto settings = warm_preset<Model>({.min = 1, .max = o.dim}, data.all, o.seed);
    parts_ = std::make_unique<parts>(std::move(data), std::move(settings), o.seed);
  }
  /// With settings of one's own. Where data are split by time, only users and items that are known
  /// by then are judged.
  /// @throws argument_error if they or the data do not fit
  ranking_task(dataset data, preset<Model> settings, std::uint64_t seed)
      : parts_{std::make_unique<parts>(std::move(data), std::move(settings), seed)} {}

  [[nodiscard]] const dataset& data() const noexcept { return parts_->data; }
  [[nodiscard]] const preset<Model>& settings() const noexcept { return parts_->settings; }
  /// What a search measures: trained on the training part, judged on the validation part.
  [[nodiscard]] environment_type& environment() noexcept { return parts_->environment; }

  /// Trains a model with these sizes to the end, anew on training and validation part together for
  /// as long as validation has shown to be best, and judges it on the test part.
  evaluation finish(const assignment& sizes) {
    parts& p = *parts_;
    (void)p.environment.retrain(sizes);
    return last().train_by(p.environment.last_recipe(), sizes);
  }
  /// The figures of the full-size model on the test part, trained alike.
  [[nodiscard]] const evaluation& full() { return last().full_evaluation(); }
  /// The model that `finish` trained last.
  /// @throws argument_error before `finish` or `full`
  [[nodiscard]] const Model& model() const {
    if (!parts_->last)
      detail::throw_error<argument_error>("ranking_task: there is no model before finish");
    return std::as_const(*parts_->last).model();
  }

 private:
  struct parts {
    parts(dataset d, preset<Model> p, std::uint64_t s)
        : data{std::move(d)},
          settings{judging(std::move(p), data)},
          seed{s},
          environment(Model(data.parts.train, settings.model, seed), data.parts.train,
                      data.parts.validation, settings.environment),
          known{merge(data.parts.train, data.parts.validation)} {}
    static preset<Model> judging(preset<Model> p, const dataset& d) {
      check_parts(d.parts);
      if (d.split_by_time) p.environment.evaluation.known_only = true;
      check_judged(d.parts, p.environment.evaluation);
      return p;
    }

    dataset data;
    preset<Model> settings;
    std::uint64_t seed;
    environment_type environment;
    interactions known;
    std::optional<environment_type> last;
  };

  environment_type& last() {
    parts& p = *parts_;
    if (!p.last) {
      (void)p.environment.full();
      auto reports = p.settings.environment;
      reports.evaluation.candidates = 0;  // nothing that they have estimated is reported
      environment_type made(Model(p.known, p.settings.model, p.seed), p.known, p.data.parts.test,
                            reports);
      made.full_after(p.environment.full_steps());
      p.last.emplace(std::move(made));
    }
    return *p.last;
  }

  std::unique_ptr<parts> parts_;
};

}  // namespace ciess
