// SPDX-License-Identifier: MIT
/// @file
/// What a study of a recommender is of: interactions in parts, and full rankings.
#pragma once

#include <optional>
#include <string>
#include <type_traits>

#include <ciess/data/interactions.hpp>
#include <ciess/data/split.hpp>
#include <ciess/ranking/popularity.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/study/check_parts.hpp>
#include <ciess/study/study_task.hpp>

namespace ciess {

/// A `study_task` of a `backbone`. Refers to the parts: they must outlive it.
/// @tparam MakeModel  callable (const interactions& train) -> Model
template <class MakeModel>
class ranking_study {
  using model = std::invoke_result_t<MakeModel&, const interactions&>;

 public:
  using environment_type = recommender_environment<model>;
  using options = typename environment_type::options;

  /// @param make_model  referred to
  /// @throws argument_error as `check_parts`
  ranking_study(MakeModel& make_model, const split& parts, const options& o)
      : make_model_{&make_model}, parts_{&parts}, options_{o} {
    check_parts(parts);
  }
  ranking_study(MakeModel&, const split&&, const options&) = delete;

  void check() const { check_judged(*parts_, options_.evaluation); }
  [[nodiscard]] environment_type to_choose() {
    return environment_type((*make_model_)(parts_->train), parts_->train, parts_->validation,
                            options_);
  }
  /// Reports nothing that candidates have estimated.
  [[nodiscard]] environment_type to_report() {
    options o = options_;
    o.evaluation.candidates = 0;
    return environment_type((*make_model_)(known()), known(), parts_->test, o);
  }
  [[nodiscard]] environment_training training() const { return options_.training(); }
  [[nodiscard]] static std::string baseline_name() { return "popularity"; }
  [[nodiscard]] evaluation baseline_to_choose() const {
    return evaluate_popularity(parts_->train, parts_->validation, options_.evaluation);
  }
  [[nodiscard]] evaluation baseline_to_report() {
    return evaluate_popularity(known(), parts_->test, options_.evaluation);
  }

 private:
  const interactions& known() {
    if (!known_) known_ = merge(parts_->train, parts_->validation);
    return *known_;
  }

  MakeModel* make_model_;
  const split* parts_;
  options options_;
  std::optional<interactions> known_;  ///< train and validation
};

}  // namespace ciess
