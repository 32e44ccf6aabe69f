// SPDX-License-Identifier: MIT
/// @file
/// A size for each table by how popular its rows are: mixed dimensions (MDE).
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/rules/table_facts.hpp>

namespace ciess {

/// A `size_rule`: all rows of a table alike, tables in proportion to p^alpha, where p is the mean
/// frequency of a table's rows: few rows, which everybody shows, earn more numbers than many. Rows
/// of a table differ only where what is left of a budget does not do for all of them.
/// Source: Ginart et al., 2019 (arXiv 1909.11810), with each table as a block.
class mixed_dimension_rule {
 public:
  /// @param exponents  alpha, each an assignment for each budget; 0 are equal sizes
  explicit mixed_dimension_rule(std::vector<double> exponents = {0.1, 0.2, 0.3, 0.5, 0.75, 1})
      : exponents_{std::move(exponents)} {}

  [[nodiscard]] static std::string name() { return "mde"; }
  /// @throws argument_error unless exponents are finite
  void check(const table_facts&) const {
    for (const double e : exponents_)
      if (!std::isfinite(e)) detail::throw_error<argument_error>(name(), ": an exponent is ", e);
  }
  [[nodiscard]] std::size_t count(const table_facts&) const noexcept { return exponents_.size(); }
  [[nodiscard]] std::string title(const table_facts&, std::size_t i) const {
    return joined("mde^", exponents_[i]);
  }
  [[nodiscard]] assignment sizes(const table_facts& facts, const budget& limit, std::uint64_t,
                                 std::size_t i) const {
    std::vector<double> weight;
    for (const auto& counts : facts.frequency) {
      double sum = 0;
      for (const double c : counts) sum += c;
      // One more than the mean, as in other powers of frequency: a table that nothing shows of.
      weight.push_back(std::pow(counts.empty() ? 1 : sum / static_cast<double>(counts.size()) + 1,
                                exponents_[i]));
    }
    const std::vector<double> flat(facts.frequency.size(), 0.0);
    return project(facts.shapes, power_proposal(facts.frequency, flat, weight), limit);
  }

 private:
  std::vector<double> exponents_;
};

}  // namespace ciess
