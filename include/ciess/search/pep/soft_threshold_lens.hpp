// SPDX-License-Identifier: MIT
/// @file
/// Small numbers of tables become zero below thresholds that learn.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/search/pep/number_mask.hpp>

namespace ciess {

/// sign(v) max(|v| - threshold, 0)
template <class T>
[[nodiscard]] T soft_threshold(T v, T threshold) noexcept {
  const T rest = std::abs(v) - threshold;
  return rest > T{0} ? std::copysign(rest, v) : T{0};
}

/// What has a threshold of its own.
enum class threshold_of {
  table,
  row,
  number  ///< as published ("feature_dim")
};

/// A `table_lens`: the network reads sign(v) max(|v| - scale sigmoid(s), 0) of each number v, and s
/// learns with the table, by Adam. Slopes: to v those of the loss where something is left, to s
/// -sign(v) scale sigmoid'(s) times them.
///
/// The loss alone would make s sink; a decay pulls it to 0, where half the scale is the threshold.
/// The scale of a table is eight times its largest number (published: 1), so that everything can
/// go, also what grows while it is trained. All is set at the first look, from the tables that are
/// seen there: s begins where a tenth of the table's numbers is below the threshold, and its rate
/// is such that three times the way to where a share of `removed` is below it takes `steps` steps.
/// For Adam moves a number that has the decay alone by its rate, however weak that is: start and
/// rate set the speed, not the decay.
///
/// The decay acts in those steps only in which more is kept than `want` says. It is `pull` times
/// the mean slope, and so of no unit; pull grows by a twentieth when it acts, and falls by that
/// when it does not: so many rows give way as are needed. Source: S. Liu et al., "Learnable
/// Embedding Sizes for Recommender Systems" (PEP), ICLR 2021. Memory: 4 numbers for each threshold,
/// 4 bytes and a bit for each number a row (`number_mask`); at the first look a sorted copy of a
/// table's numbers, too.
/// @tparam T  of thresholds
template <class T>
class basic_soft_threshold_lens {
 public:
  basic_soft_threshold_lens(std::span<const table_shape> shapes, threshold_of own, double removed,
                            std::int64_t steps)
      : shapes_(shapes.begin(), shapes.end()), own_{own}, removed_{removed}, steps_{steps} {
    for (const auto& s : shapes_) {
      const auto n = static_cast<std::size_t>(own == threshold_of::table ? 1
                                              : own == threshold_of::row ? s.rows
                                                                         : s.rows * s.range.max);
      s_.emplace_back(n);
      slope_.emplace_back(n);
      moments_.emplace_back(n);
      left_.emplace_back(static_cast<std::size_t>(s.rows), s.range.max);
      masks_.emplace_back(s.rows, s.range.max);
    }
    scale_.assign(shapes_.size(), 1.0);
    rate_.assign(shapes_.size(), 0.0);
  }

  /// Numbers that should be kept: see above.
  /// @param portions  [tables] where there are any, what these take should be kept
  void want(double numbers, std::span<const row_portions> portions = {}) {
    wanted_ = numbers;
    portions_.assign(portions.begin(), portions.end());
  }

  /// s of table t, [1], [rows] or [rows * d_max].
  [[nodiscard]] std::span<T> s(std::size_t t) noexcept { return s_[t]; }
  /// Slopes of the last loss by them.
  [[nodiscard]] std::span<const T> slope(std::size_t t) const noexcept { return slope_[t]; }
  /// What sigmoid(s) of table t is multiplied with.
  [[nodiscard]] double scale(std::size_t t) const noexcept { return scale_[t]; }
  /// Numbers of each row of table t above their thresholds, when last looked at.
  [[nodiscard]] std::span<const int> left(std::size_t t) const noexcept { return left_[t]; }
  /// Which they are; before the first look, none.
  [[nodiscard]] std::span<const number_mask> masks() const noexcept { return masks_; }
  /// All of them.
  [[nodiscard]] std::int64_t left() const noexcept {
    std::int64_t sum = 0;
    for (const auto& table : left_) sum = std::accumulate(table.begin(), table.end(), sum);
    return sum;
  }
  /// What sizes would take of a budget: d_min for rows that have less left.
  [[nodiscard]] std::int64_t kept(const budget& limit = {}) const noexcept {
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < left_.size(); ++t)
      for (const int n : left_[t]) sum += limit.of(t).cost(std::max(n, shapes_[t].range.min));
    return sum;
  }

  template <class U>
  void look(std::int64_t, std::vector<basic_masked_table<U>>& tables) {
    if (started_ == 0) begin(tables);
    for (std::size_t t = 0; t < tables.size(); ++t)
      parallel_for(tables[t].rows(), grain, [&, t](index_t first, index_t last) {
        for (index_t r = first; r < last; ++r) {
          const auto row = tables[t][r];
          int n = 0;
          masks_[t].clear(r);
          for_thresholds(t, r, row.size(), [&](std::size_t j, std::size_t, double threshold) {
            row[j] = soft_threshold(row[j], static_cast<U>(threshold));
            if (row[j] == U{0}) return;
            ++n;
            masks_[t].keep(r, static_cast<int>(j));
          });
          left_[t][static_cast<std::size_t>(r)] = n;
        }
      });
  }
  /// What the network would read now of the numbers that masks keep, and 0 in place of the others.
  /// The lens takes no notice.
  /// @param masks  [tables]
  /// @pre it has looked once
  template <class U>
  void read(std::span<const number_mask> masks, std::vector<basic_masked_table<U>>& tables) const {
    for (std::size_t t = 0; t < tables.size(); ++t)
      parallel_for(tables[t].rows(), grain, [&, t](index_t first, index_t last) {
        for (index_t r = first; r < last; ++r) {
          const auto row = tables[t][r];
          for_thresholds(t, r, row.size(), [&](std::size_t j, std::size_t, double threshold) {
            row[j] = masks[t](r, static_cast<int>(j))
                         ? soft_threshold(row[j], static_cast<U>(threshold))
                         : U{0};
          });
        }
      });
  }

  template <class U>
  void back(const std::vector<basic_masked_table<U>>& tables,
            std::vector<basic_matrix<U>>& slopes) {
    for (std::size_t t = 0; t < tables.size(); ++t) {
      std::vector<double> rows(own_ == threshold_of::table ? left_[t].size() : 0);
      parallel_for(tables[t].rows(), grain, [&, t](index_t first, index_t last) {
        for (index_t r = first; r < last; ++r) {
          const auto row = tables[t][r];
          double sum = 0;
          for_thresholds(t, r, row.size(), [&](std::size_t j, std::size_t at, double threshold) {
            U& slope = slopes[t](r, static_cast<index_t>(j));
            const bool is_left = soft_threshold(row[j], static_cast<U>(threshold)) != U{0};
            if (!is_left) slope = U{0};
            // d threshold / d s = threshold (1 - sigmoid(s))
            const double by_s = -std::copysign(threshold * (1 - threshold / scale_[t]),
                                               static_cast<double>(row[j])) *
                                static_cast<double>(slope);
            if (own_ == threshold_of::number)
              slope_[t][at] = static_cast<T>(by_s);
            else
              sum += by_s;
          });
          if (own_ == threshold_of::row)
            slope_[t][static_cast<std::size_t>(r)] = static_cast<T>(sum);
          if (own_ == threshold_of::table) rows[static_cast<std::size_t>(r)] = sum;
        }
      });
      if (own_ == threshold_of::table)
        slope_[t][0] = static_cast<T>(std::accumulate(rows.begin(), rows.end(), 0.0));
    }
  }

  void learn(std::int64_t) {
    const bool pulls = static_cast<double>(counted()) > wanted_;
    double slopes = 0, all = 0;
    for (std::size_t t = 0; t < s_.size(); ++t)
      for (std::size_t i = 0; i < s_[t].size(); ++i) {
        slopes += static_cast<double>(std::abs(slope_[t][i]));
        all += static_cast<double>(std::abs(s_[t][i]));
      }
    const double decay = !pulls ? 0 : slopes > 0 && all > 0 ? pull_ * slopes / all : 1;
    pull_ = std::clamp(pulls ? pull_ * 1.05 : pull_ / 1.05, 1e-3, 1e3);
    ++learnt_;
    const double speed = std::clamp(pull_, 1.0, 8.0);
    for (std::size_t t = 0; t < s_.size(); ++t) {
      const adam_step<T> step({.epsilon = 1e-12}, speed * rate_[t], learnt_);
      parallel_for(static_cast<index_t>(s_[t].size()), 1 << 14, [&, t](index_t begin, index_t end) {
        std::array<T, 256> slope{};
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end);) {
          const std::size_t n = std::min(slope.size(), static_cast<std::size_t>(end) - i);
          for (std::size_t k = 0; k < n; ++k)
            slope[k] = slope_[t][i + k] + static_cast<T>(decay * static_cast<double>(s_[t][i + k]));
          step(&s_[t][i], slope.data(), &moments_[t].m[i], &moments_[t].v[i], n);
          i += n;
        }
      });
    }
  }

  /// See `field_visitor`. Shapes and options are those that this has.
  template <class F>
  void visit(F& f) {
    f("started", started_);
    f.check("started", started_ == 0 || started_ == 1, "0 or 1");
    f("learnt", learnt_);
    f.check("learnt", learnt_ >= 0 && learnt_ < std::int64_t{1} << 62, "a number of steps");
    f("pull", pull_);
    f.check("pull", pull_ >= 1e-3 && pull_ <= 1e3, "a number from 0.001 to 1000");
    const auto numbers = [&](const std::string& name, auto& of) {
      const std::span all(of);
      f(name, all);
      f.check(name, detail::all_finite(all), "finite numbers");
    };
    numbers("scale", scale_);
    numbers("rate", rate_);
    f.check("scale", std::ranges::all_of(scale_, [](double x) { return x > 0; }),
            "numbers above 0");
    for (std::size_t t = 0; t < s_.size(); ++t) {
      const std::string table = "table" + std::to_string(t);
      numbers(table, s_[t]);
      numbers(table + ".m", moments_[t].m);
      numbers(table + ".v", moments_[t].v);
    }
  }

 private:
  /// What sizes would take, in what is wanted.
  [[nodiscard]] std::int64_t counted() const noexcept {
    if (portions_.empty()) return kept();
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < left_.size(); ++t)
      for (const int n : left_[t]) sum += portions_[t].cost(std::max(n, shapes_[t].range.min));
    return sum;
  }

  static constexpr index_t grain = 256;

  /// Calls `body(column, place of the threshold, threshold)` for the first numbers of a row.
  template <class Body>
  void for_thresholds(std::size_t t, index_t r, std::size_t columns, Body&& body) const {
    const auto row = static_cast<std::size_t>(r);
    const std::size_t first = own_ == threshold_of::table ? 0
                              : own_ == threshold_of::row
                                  ? row
                                  : row * static_cast<std::size_t>(shapes_[t].range.max);
    const auto threshold = [&](std::size_t at) {
      return scale_[t] / (1 + std::exp(-static_cast<double>(s_[t][at])));
    };
    if (own_ != threshold_of::number) {
      const double common = threshold(first);
      for (std::size_t j = 0; j < columns; ++j) body(j, first, common);
    } else {
      for (std::size_t j = 0; j < columns; ++j) body(j, first + j, threshold(first + j));
    }
  }

  template <class U>
  void begin(const std::vector<basic_masked_table<U>>& tables) {
    for (std::size_t t = 0; t < tables.size(); ++t) {
      std::vector<U> sorted;
      for (index_t r = 0; r < tables[t].rows(); ++r)
        for (const U x : tables[t][r]) sorted.push_back(std::abs(x));
      std::ranges::sort(sorted);
      const double most = sorted.empty() ? 0 : static_cast<double>(sorted.back());
      scale_[t] = most > 0 ? 8 * most : 1;
      // s at which a share of the numbers is below the threshold
      const auto below = [&](double share) {
        double x = sorted.empty() ? 0
                                  : static_cast<double>(sorted[static_cast<std::size_t>(
                                        share * static_cast<double>(sorted.size() - 1))]);
        x = std::max(x / scale_[t], 1e-6);
        return std::log(x / (1 - x));
      };
      const double from = below(0.1);
      std::ranges::fill(s_[t], static_cast<T>(from));
      rate_[t] = 3 * std::max(below(removed_) - from, 0.1) /
                 static_cast<double>(std::max<std::int64_t>(steps_, 1));
    }
    started_ = 1;
  }

  std::vector<table_shape> shapes_;
  threshold_of own_;
  double removed_;
  std::int64_t steps_;
  std::vector<std::vector<T>> s_, slope_;  ///< [tables][thresholds]
  std::vector<adam_moments<T>> moments_;   ///< [tables]
  std::vector<std::vector<int>> left_;     ///< [tables][rows]
  std::vector<number_mask> masks_;         ///< [tables]
  std::vector<double> scale_, rate_;       ///< [tables]
  double wanted_ = 0;
  std::vector<row_portions> portions_;  ///< [tables] of what is wanted, or none: numbers
  double pull_ = 1;
  std::int64_t learnt_ = 0;
  int started_ = 0;
};

using soft_threshold_lens = basic_soft_threshold_lens<float>;

}  // namespace ciess
