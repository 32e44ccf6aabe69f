// SPDX-License-Identifier: MIT
/// @file
/// What a study has measured.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ciess/backbone/warm_start.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/search/sizing_request.hpp>

namespace ciess {

/// What one method found for one budget and what it is worth.
struct method_result {
  std::string method;  ///< its `name()`
  std::string origin;  ///< what proposed the sizes
  assignment sizes;
  double validation = 0;   ///< mean quality after full training, on validation
  training_recipe recipe;  ///< how it was trained
  evaluation test;         ///< trained by the recipe on train + validation, measured on test
};

/// What a method's search took.
struct search_effort {
  std::string method;
  int measurements = 0;
  /// Of all measurements, and of what the method trained beside them; nothing if the environment
  /// does not say what a measurement takes.
  std::optional<std::int64_t> training_steps;
  /// Less where another method had measured the same before: nothing is measured twice.
  double seconds = 0;
};

/// Figures of a study.
struct study_result {
  /// All methods under one budget.
  struct row {
    double budget = 0;  ///< share to remove, of what `study_result::of` says
    std::vector<method_result> methods;
    std::size_t best = 0;  ///< which of them is best on validation
    /// What is best under a budget that removes more, if it is better on validation than all of
    /// these: it fits this budget as well.
    std::optional<method_result> smaller{};
    double smaller_budget = 0;  ///< whose that is

    /// What to take in the end.
    [[nodiscard]] const method_result& best_of_all() const {
      return smaller ? *smaller : methods.at(best);
    }
  };
  struct {
    double pretrain = 0, search = 0, retrain = 0, total = 0;
  } seconds;
  budget_of of = budget_of::numbers;
  /// How sized tables are stored: what they were judged as, and what their bytes are counted in.
  number_format stored_as = number_format::float32;
  std::int64_t full_numbers = 0;   ///< numbers of the full-size tables
  std::int64_t other_numbers = 0;  ///< numbers of the model that are in no table and have no size
  double full_validation = 0;
  evaluation full;  ///< of the full-size model, on test
  /// Mean quality of `evaluate_popularity` on train, on validation.
  double popularity_validation = 0;
  evaluation popularity;  ///< the same of train + validation, on test: what a model has to beat
  std::vector<search_effort> searches;  ///< in the order of the methods
  std::vector<row> budgets;
  bool stopped = false;
};

namespace detail {

/// What names the start of a method beside its others.
inline const char* start_suffix(start from) noexcept {
  return from == start::warm ? ", warm" : ", scratch";
}

}  // namespace detail

/// A method as a table names it: with its start, if it was tried from several, or with the budget
/// that it is of, if that is a smaller one.
[[nodiscard]] inline std::string label(const study_result::row& row, const method_result& m) {
  if (row.smaller && &m == &*row.smaller)
    return joined(m.method, ", of ", 100 * row.smaller_budget, '%');
  const bool several = std::ranges::any_of(row.methods, [&](const method_result& other) {
    return other.method == m.method && other.recipe.from != m.recipe.from;
  });
  if (!several) return m.method;
  return m.method + detail::start_suffix(m.recipe.from);
}

}  // namespace ciess
