// SPDX-License-Identifier: MIT
/// @file
/// One size for all rows of the first kind of tables, sizes by frequency for the others.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/table_facts.hpp>

namespace ciess {

/// A `size_rule`: all rows of tables of the first kind (of a recommender: users) have one size, so
/// that in a budget of bytes they need no index; the others have what is left by powers of
/// frequency. Each size, counted from the one that all rows of all tables could have, with each
/// exponent.
class level_rule {
 public:
  /// @param above      portions more than all rows could have
  /// @param exponents  of the frequency of the other rows
  explicit level_rule(std::vector<int> above = {0, 1, 2, 3},
                      std::vector<double> exponents = {0.5, 1})
      : above_{std::move(above)}, exponents_{std::move(exponents)} {}

  [[nodiscard]] std::string name() const { return "level"; }
  /// @throws argument_error unless exponents are finite and there are two kinds of tables
  void check(const table_facts& facts) const {
    for (const double e : exponents_)
      if (!std::isfinite(e)) detail::throw_error<argument_error>("level: an exponent is ", e);
    if (facts.kinds() < 2)
      detail::throw_error<argument_error>("level: expected tables of two kinds, got one");
  }
  [[nodiscard]] std::size_t count(const table_facts&) const {
    return above_.size() * exponents_.size();
  }
  /// "level +1, freq^0.5"
  [[nodiscard]] std::string title(const table_facts&, std::size_t i) const {
    const int above = above_[i / exponents_.size()];
    return joined("level ", above < 0 ? "" : "+", above, ", freq^",
                  exponents_[i % exponents_.size()]);
  }
  /// A size that leaves the others less than their smallest sizes is made smaller.
  /// @throws argument_error if the budget is of other tables, or the smallest sizes do not fit
  [[nodiscard]] assignment sizes(const table_facts& facts, const budget& limit, std::uint64_t,
                                 std::size_t i) const {
    const auto shapes = facts.shapes;
    limit.check("level", shapes);
    const auto index_of = [&](std::size_t t) {
      return t < limit.one_size.size() ? limit.one_size[t] : 0;
    };
    std::int64_t numbers = limit.numbers, least_of_others = 0;
    std::vector<std::size_t> chosen;  // by frequency
    std::vector<table_shape> others;
    std::vector<std::span<const double>> frequency;
    for (std::size_t t = 0; t < shapes.size(); ++t) {
      if (facts.kind[t] == 0) {
        numbers += index_of(t);
        continue;
      }
      least_of_others += std::int64_t{shapes[t].rows} * limit.of(t).cost(shapes[t].range.min);
      chosen.push_back(t);
      others.push_back(shapes[t]);
      frequency.push_back(facts.frequency[t]);
    }
    const std::vector<std::int64_t> equal = equal_portions(shapes, limit, numbers);
    // Of table t, `above` portions more than all rows could have, but one at least.
    const auto size_in = [&](std::size_t t, std::int64_t above) {
      const auto [least, most] = shapes[t].range;
      const std::int64_t portions = std::max<std::int64_t>(equal[t] + above, 1);
      return static_cast<int>(std::clamp<std::int64_t>(limit.of(t).largest(portions), least, most));
    };
    const auto left_by = [&](std::int64_t above) {
      std::int64_t left = numbers;
      for (std::size_t t = 0; t < shapes.size(); ++t)
        if (facts.kind[t] == 0)
          left -= std::int64_t{shapes[t].rows} * limit.of(t).cost(size_in(t, above));
      return left;
    };
    std::int64_t above = above_[i / exponents_.size()];
    std::int64_t most_equal = 0, most = 0;  // of tables of one size, in portions
    for (std::size_t t = 0; t < shapes.size(); ++t)
      if (facts.kind[t] == 0) {
        most_equal = std::max(most_equal, equal[t]);
        most = std::max(most, limit.of(t).of(shapes[t].range.max) - equal[t]);
      }
    above = std::min(above, most);  // all rows have their full size then
    while (most_equal + above > 1 && left_by(above) < least_of_others) --above;
    const std::vector<double> alpha(others.size(), exponents_[i % exponents_.size()]);
    const assignment rest =
        project(others, power_proposal(frequency, alpha), limit.for_tables(chosen, left_by(above)));
    std::vector<ciess::sizes> tables;
    for (std::size_t t = 0, next = 0; t < shapes.size(); ++t)
      if (facts.kind[t] == 0)
        tables.emplace_back(shapes[t].rows, shapes[t].range, size_in(t, above));
      else
        tables.push_back(rest[next++]);
    return assignment(std::move(tables));
  }

 private:
  /// [tables] what a row may have if all rows have as many numbers.
  [[nodiscard]] static std::vector<std::int64_t> equal_portions(std::span<const table_shape> shapes,
                                                                const budget& limit,
                                                                std::int64_t numbers) {
    std::int64_t rows = 0;
    double each = 0;  // that a number for all rows takes, where tables differ
    for (std::size_t t = 0; t < shapes.size(); ++t) {
      const row_portions of = limit.of(t);
      rows += shapes[t].rows;
      each += static_cast<double>(shapes[t].rows * of.each) * of.parts / of.multiple;
    }
    std::vector<std::int64_t> equal(shapes.size());
    for (std::size_t t = 0; t < shapes.size(); ++t)
      equal[t] = limit.tables.empty() || rows == 0
                     ? numbers / std::max<std::int64_t>(rows, 1) / limit.multiple
                     : static_cast<std::int64_t>(static_cast<double>(numbers) / each *
                                                 limit.of(t).parts / limit.of(t).multiple);
    return equal;
  }

  std::vector<int> above_;
  std::vector<double> exponents_;
};

}  // namespace ciess
