// SPDX-License-Identifier: MIT
/// @file
/// Sizes drawn at random that meet a budget in the mean.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>

namespace ciess {

/// A row has size d with probability in proportion to a^(d_max - d): one a for all tables, such
/// that all rows together have the budget's numbers in the mean. Source: the sampler of OptEmbed's
/// evolution in "A Thorough Performance Benchmarking on Lightweight Embedding-based Recommender
/// Systems", 2024, there for tables of one range.
class length_law {
 public:
  /// @param limit  less than d_min or more than d_max everywhere counts as that
  length_law(std::span<const table_shape> shapes, const budget& limit) {
    const auto numbers = static_cast<double>(limit.whole_numbers(shapes));
    const std::vector<double> costs = limit.number_costs(shapes);
    double low = -most;  // of log a: sizes are large
    double high = most;
    for (int i = 0; i < 100; ++i) {
      const double middle = 0.5 * (low + high);
      double mean = 0;
      for (std::size_t t = 0; t < shapes.size(); ++t) {
        const auto& [rows, range] = shapes[t];
        const auto p = probabilities(range, middle);
        for (std::size_t k = 0; k < p.size(); ++k)
          mean +=
              static_cast<double>(rows) * p[k] * (range.min + static_cast<double>(k)) * costs[t];
      }
      (mean > numbers ? low : high) = middle;
    }
    log_a_ = 0.5 * (low + high);
    for (const auto& s : shapes) {
      auto& p = up_to_.emplace_back(probabilities(s.range, log_a_));
      std::partial_sum(p.begin(), p.end(), p.begin());
      least_.push_back(s.range.min);
    }
  }

  [[nodiscard]] double log_a() const noexcept { return log_a_; }

  /// The size of a row of table t at the quantile u, in [0, 1).
  [[nodiscard]] int draw(std::size_t t, double u) const {
    const auto& p = up_to_[t];
    const auto at = std::ranges::upper_bound(p, u) - p.begin();
    return least_[t] + static_cast<int>(std::min<std::ptrdiff_t>(at, std::ssize(p) - 1));
  }

 private:
  static constexpr double most = 50;  // e^-50: nobody is drawn there

  static std::vector<double> probabilities(size_range range, double log_a) {
    std::vector<double> p;
    for (int d = range.min; d <= range.max; ++d)
      p.push_back(std::exp(log_a > 0 ? log_a * (range.min - d)
                                     : log_a * (range.max - d)));  // the largest is 1
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& x : p) x /= sum;
    return p;
  }

  double log_a_ = 0;
  std::vector<std::vector<double>> up_to_;  // [tables][sizes], sums of probabilities
  std::vector<int> least_;
};

}  // namespace ciess
