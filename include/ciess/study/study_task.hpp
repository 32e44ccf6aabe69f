// SPDX-License-Identifier: MIT
/// @file
/// What a study is of: data in parts, a model, and a judge.
#pragma once

#include <concepts>
#include <string>
#include <type_traits>

#include <ciess/search/environment.hpp>
#include <ciess/search/environment_training.hpp>

namespace ciess {

/// Data, model and judge of a study, whatever is predicted.
///
/// - `environment_type`         a `trained_environment`
/// - `check()`                  throws `argument_error` if the parts cannot be studied: called
///                              before anything is trained
/// - `to_choose()`              the environment that searches use: of the training part, judged on
///                              validation. Refers to the task
/// - `to_report()`              of train and validation together, judged on test: seen by no
/// search.
///                              Called once; refers to the task
/// - `training()`               how both train
/// - `baseline_name()`          what needs no model and has to be beaten
/// - `baseline_to_choose()`, `baseline_to_report()`  its figures
///
/// Of its figures (those of the environment's judge) tables, pictures and summaries ask what
/// study/figures.hpp says of those of rankings.
template <class T>
concept study_task = requires(T& task, const T& seen) {
  typename T::environment_type;
  requires environment<typename T::environment_type>;
  seen.check();
  { task.to_choose() } -> std::same_as<typename T::environment_type>;
  { task.to_report() } -> std::same_as<typename T::environment_type>;
  { seen.training() } -> std::convertible_to<environment_training>;
  { seen.baseline_name() } -> std::convertible_to<std::string>;
  { task.baseline_to_choose() } -> std::same_as<typename T::environment_type::figures>;
  { task.baseline_to_report() } -> std::same_as<typename T::environment_type::figures>;
};

}  // namespace ciess
