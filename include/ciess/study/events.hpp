// SPDX-License-Identifier: MIT
/// @file
/// What those who watch a study are told, beside the steps of its searches.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <ciess/backbone/training_report.hpp>
#include <ciess/search/observer.hpp>

namespace ciess {

/// A phase begins.
struct phase_report {
  std::string text;  ///< in a few words
};

/// A method has searched. Seen once for each method, also when a study goes on from a store.
template <class Run>
struct search_end {
  std::string_view method;
  const Run& run;  ///< a `sizing`
};

/// The model of what is best for a budget, on validation, is trained on train + validation. Seen
/// before the store is told that it was: whoever writes it to a file has time to.
template <class Model>
struct best_trained {
  double budget;
  const Model& model;
  double validation;   ///< mean quality of its sizes and recipe
  double of_budget;    ///< whose sizes they are: a smaller one, if what is best there is better
  std::int64_t bytes;  ///< of the packed tables that are best of the budget itself
};

namespace detail {

template <class O, class Event>
concept hears = std::invocable<O&, const Event&>;

}  // namespace detail

/// Whoever watches a study: callable with one or more of `phase_report`, `step_report`,
/// `training_report`, `search_end<Run>`, `best_trained<Model>`. One that returns bool stops the
/// study by false.
template <class O, class Model, class... Runs>
concept study_observer =
    detail::hears<O, phase_report> || detail::hears<O, step_report> ||
    detail::hears<O, training_report> || detail::hears<O, best_trained<Model>> ||
    (detail::hears<O, search_end<Runs>> || ...);

}  // namespace ciess
