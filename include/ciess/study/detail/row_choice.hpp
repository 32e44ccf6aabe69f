// SPDX-License-Identifier: MIT
/// @file
/// What of a study's rows is to be taken.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <ciess/study/study_result.hpp>

namespace ciess::detail {

/// The first of those that are best on validation; 0 of none.
template <class Figures>
[[nodiscard]] std::size_t best_of(const std::vector<basic_method_result<Figures>>& methods) {
  return static_cast<std::size_t>(
      std::ranges::max_element(methods, {}, &basic_method_result<Figures>::validation) -
      methods.begin());
}

/// A budget's best is also what is best under one that removes more, if that is better: a search
/// and its cheap judgement may fail the larger budget.
/// @param row  one of `rows`
template <class Row>
void take_smaller(Row& row, const std::vector<Row>& rows) {
  if (row.methods.empty()) return;
  for (const Row& other : rows) {
    if (!(other.budget > row.budget) || other.methods.empty()) continue;
    const auto& m = other.methods[other.best];
    if (!(m.validation > row.best_of_all().validation)) continue;
    row.smaller = m;
    row.smaller_budget = other.budget;
  }
}

}  // namespace ciess::detail
