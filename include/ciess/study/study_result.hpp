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
#include <ciess/embedding/table_formats.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/search/sizing_request.hpp>

namespace ciess {

/// What one method found for one budget and what it is worth.
/// @tparam Figures  what a judge measures: `evaluation` of rankings
template <class Figures>
struct basic_method_result {
  std::string method;  ///< its `name()`
  std::string origin;  ///< what proposed the sizes
  assignment sizes;
  double validation = 0;   ///< mean quality after full training, on validation
  training_recipe recipe;  ///< how it was trained
  Figures test{};          ///< trained by the recipe on train + validation, measured on test
};
using method_result = basic_method_result<evaluation>;

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
template <class Figures>
struct basic_study_result {
  using method_result = basic_method_result<Figures>;

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
  table_formats stored_as{};
  std::int64_t full_numbers = 0;   ///< numbers of the full-size tables
  std::int64_t other_numbers = 0;  ///< numbers of the model that are in no table and have no size
  double full_validation = 0;
  Figures full{};  ///< of the full-size model, on test
  /// What needs no model, and has to be beaten: popularity, where things are ranked.
  std::string baseline_name = "popularity";
  double baseline_validation = 0;       ///< its quality on train, on validation
  Figures baseline{};                   ///< of train + validation, on test
  std::vector<search_effort> searches;  ///< in the order of the methods
  std::vector<row> budgets;
  bool stopped = false;
};
using study_result = basic_study_result<evaluation>;

namespace detail {

/// What names the start of a method beside its others.
inline const char* start_suffix(start from) noexcept {
  return from == start::warm ? ", warm" : ", scratch";
}

}  // namespace detail

/// A method as a table names it: with its start, if it was tried from several, or with the budget
/// that it is of, if that is a smaller one.
template <class Row, class Figures>
[[nodiscard]] std::string label(const Row& row, const basic_method_result<Figures>& m) {
  if (row.smaller && &m == &*row.smaller)
    return joined(m.method, ", of ", 100 * row.smaller_budget, '%');
  const bool several =
      std::ranges::any_of(row.methods, [&](const basic_method_result<Figures>& other) {
        return other.method == m.method && other.recipe.from != m.recipe.from;
      });
  if (!several) return m.method;
  return m.method + detail::start_suffix(m.recipe.from);
}

}  // namespace ciess
