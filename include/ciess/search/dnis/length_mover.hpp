// SPDX-License-Identifier: MIT
/// @file
/// How lengths of blocks move: by slopes, under a price that keeps to a budget.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <ciess/core/fields.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/dnis/ramp_lens.hpp>

namespace ciess {

/// Moves the lengths of a `ramp_lens` against (slope + price * rows of the block), divided by the
/// running mean of the slope's absolute value. The price is one for all blocks, and such that the
/// lengths keep what they are wanted to keep.
class length_mover {
 public:
  explicit length_mover(const ramp_lens& lens) {
    for (std::size_t t = 0; t < lens.tables(); ++t) mean_.emplace_back(lens.alpha(t).size());
  }

  /// One step of all lengths, after which they keep `wanted` numbers, or as near as the rate lets
  /// them come. O(blocks)
  /// @param rate   the most that a length moves, in columns
  /// @param costs  [tables] what a number of each counts; none: 1
  /// @return the price of a number, in loss
  double move(ramp_lens& lens, std::span<const table_shape> shapes, double rate, double wanted,
              std::span<const double> costs = {}) {
    const auto cost = [&](std::size_t t) { return costs.empty() ? 1.0 : costs[t]; };
    remember(lens);
    double most = 0;  // no price above this changes anything
    for (std::size_t t = 0; t < mean_.size(); ++t)
      for (std::size_t b = 0; b < mean_[t].size(); ++b)
        if (lens.blocks(t).rows(b) > 0)
          most = std::max(most, (scale(lens, t, b) + std::abs(lens.slope(t)[b])) /
                                    (static_cast<double>(lens.blocks(t).rows(b)) * cost(t)));
    double low = -most, high = most;
    for (int i = 0; i < 60; ++i) {
      const double price = 0.5 * (low + high);
      double kept = 0;
      for (std::size_t t = 0; t < mean_.size(); ++t)
        for (std::size_t b = 0; b < mean_[t].size(); ++b)
          kept += static_cast<double>(lens.blocks(t).rows(b)) * cost(t) *
                  moved(lens, shapes[t].range, t, b, rate, price * cost(t));
      (kept > wanted ? low : high) = price;
    }
    const double price = 0.5 * (low + high);
    for (std::size_t t = 0; t < mean_.size(); ++t)
      for (std::size_t b = 0; b < mean_[t].size(); ++b)
        lens.alpha(t)[b] = moved(lens, shapes[t].range, t, b, rate, price * cost(t));
    return price;
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    for (std::size_t t = 0; t < mean_.size(); ++t) {
      const std::string name = "table" + std::to_string(t);
      f(name, std::span<double>(mean_[t]));
      f.check(name, detail::all_finite(mean_[t]), "finite numbers");
    }
  }

 private:
  /// Running means of the slopes' absolute values.
  void remember(const ramp_lens& lens) {
    constexpr double kept = 0.9;
    least_ = 0;
    for (std::size_t t = 0; t < mean_.size(); ++t)
      for (std::size_t b = 0; b < mean_[t].size(); ++b) {
        double& m = mean_[t][b];
        const double now = std::abs(lens.slope(t)[b]);
        m = m > 0 ? kept * m + (1 - kept) * now : now;
        if (lens.blocks(t).rows(b) > 0)
          least_ = std::max(least_, 0.01 * m / static_cast<double>(lens.blocks(t).rows(b)));
      }
    if (!(least_ > 0)) least_ = 1;  // nothing has a slope: all fall alike
  }
  /// What a slope is divided by; not below a hundredth of the largest, number for number.
  [[nodiscard]] double scale(const ramp_lens& lens, std::size_t t, std::size_t b) const {
    return std::max(mean_[t][b], least_ * static_cast<double>(lens.blocks(t).rows(b)));
  }
  [[nodiscard]] double moved(const ramp_lens& lens, size_range range, std::size_t t, std::size_t b,
                             double rate, double price) const {
    const double alpha = lens.alpha(t)[b];
    const auto rows = static_cast<double>(lens.blocks(t).rows(b));
    if (!(rows > 0)) return alpha;
    const double slope = (lens.slope(t)[b] + price * rows) / scale(lens, t, b);
    return std::clamp(alpha - rate * std::clamp(slope, -1.0, 1.0), double(range.min),
                      double(range.max));
  }

  std::vector<std::vector<double>> mean_;  ///< [tables][blocks]
  double least_ = 1;
};

}  // namespace ciess
