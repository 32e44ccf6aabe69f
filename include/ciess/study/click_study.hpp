// SPDX-License-Identifier: MIT
/// @file
/// What a study of a click model is of: impressions in parts, AUC and log-loss.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/ranking/evaluate_clicks.hpp>
#include <ciess/search/click_environment.hpp>
#include <ciess/study/study_task.hpp>

namespace ciess {

/// Figures of whoever knows but the share of impressions that were clicked in training: an AUC of a
/// half, and the log-loss that a model has to beat.
/// @param train  with at least one that was clicked and one that was not
[[nodiscard]] inline click_evaluation evaluate_click_rate(const impressions& train,
                                                          const impressions& held_out) {
  const auto clicks = static_cast<double>(train.clicks());
  const auto others = static_cast<double>(train.size()) - clicks;
  const std::vector<float> same(static_cast<std::size_t>(held_out.size()),
                                static_cast<float>(std::log(clicks / others)));
  return evaluate_log_odds(held_out, same);
}

/// A `study_task` of a click model. Refers to the parts: they must outlive it.
/// @tparam MakeModel  callable (const impressions& train) -> Model
template <class MakeModel>
class click_study {
  using model = std::invoke_result_t<MakeModel&, const impressions&>;

 public:
  using environment_type = click_environment<model>;
  using options = typename environment_type::options;

  /// @param make_model  referred to
  /// @throws argument_error if the parts have not the same fields and features, or train and
  ///         validation not both times or none
  click_study(MakeModel& make_model, const impressions& train, const impressions& validation,
              const impressions& test, const options& o)
      : make_model_{&make_model},
        train_{&train},
        validation_{&validation},
        test_{&test},
        options_{o} {
    if (!times_alike(train, validation))
      detail::throw_error<argument_error>(
          "study: expected times of both train and validation or of none, for the last training is "
          "on both");
    for (const auto& [name, part] : {std::pair("validation", &validation), {"test", &test}})
      if (!same_fields(train, *part))
        detail::throw_error<argument_error>("study: train and ", name,
                                            " are impressions of other fields or features");
  }
  click_study(MakeModel&, const impressions&&, const impressions&, const impressions&,
              const options&) = delete;
  click_study(MakeModel&, const impressions&, const impressions&&, const impressions&,
              const options&) = delete;
  click_study(MakeModel&, const impressions&, const impressions&, const impressions&&,
              const options&) = delete;

  /// @throws argument_error naming a part whose labels are all alike: there is nothing to learn, to
  ///         choose by or to report on
  void check() const {
    for (const auto& [name, part] :
         {std::pair("train", train_), {"validation", validation_}, {"test", test_}})
      if (const index_t clicks = part->clicks(); clicks == 0 || clicks == part->size())
        detail::throw_error<argument_error>("study: ", clicks, " of ", part->size(),
                                            " impressions in ", name,
                                            " were clicked: expected some, and not all");
  }
  /// @throws as `check`
  [[nodiscard]] environment_type to_choose() {
    check();
    return environment_type((*make_model_)(*train_), *train_, *validation_, options_);
  }
  [[nodiscard]] environment_type to_report() {
    return environment_type((*make_model_)(known()), known(), *test_, options_);
  }
  [[nodiscard]] environment_training training() const { return options_.training(); }
  [[nodiscard]] static std::string baseline_name() { return "click rate"; }
  [[nodiscard]] click_evaluation baseline_to_choose() const {
    return evaluate_click_rate(*train_, *validation_);
  }
  [[nodiscard]] click_evaluation baseline_to_report() {
    return evaluate_click_rate(known(), *test_);
  }

 private:
  static bool times_alike(const impressions& a, const impressions& b) {
    return a.size() == 0 || b.size() == 0 || a.times().empty() == b.times().empty();
  }
  const impressions& known() {
    if (!known_) known_ = merge(*train_, *validation_);
    return *known_;
  }

  MakeModel* make_model_;
  const impressions* train_;
  const impressions* validation_;
  const impressions* test_;
  options options_;
  std::optional<impressions> known_;  ///< train and validation
};

}  // namespace ciess
