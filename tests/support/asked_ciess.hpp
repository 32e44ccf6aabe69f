// SPDX-License-Identifier: MIT
/// @file
/// CIESS with what is asked of it in one value, for tests that change both.
#pragma once

#include <ciess/search/ciess/ciess_sizer.hpp>

#include <cstdint>
#include <vector>

template <class Parts = ciess::paper_parts>
struct asked_ciess : ciess::ciess_sizer<Parts> {
  std::vector<double> budgets{0.8, 0.9, 0.95};
  int keep = 3;
  std::uint64_t seed = 1;
  [[nodiscard]] ciess::sizing_request asked() const {
    return {.budgets = budgets, .keep = keep, .seed = seed};
  }
};

/// A rule with the sizes of a proposal, made to meet the budget.
inline ciess::rule given(std::string name, ciess::proposal p) {
  return ciess::formula(std::move(name),
                        [p](const ciess::table_facts& facts, ciess::budget limit, std::uint64_t) {
                          return ciess::project(facts.shapes, p, limit);
                        });
}
