// SPDX-License-Identifier: MIT
/// @file
/// A prefix length that slopes can move: the columns of a row open one after the other.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/search/dnis/frequency_blocks.hpp>

namespace ciess {

/// The gate of column j where the length is alpha: clip(alpha - j, 0, 1).
[[nodiscard]] inline double ramp_gate(double alpha, int j) noexcept {
  return std::clamp(alpha - j, 0.0, 1.0);
}

/// What the network reads of a length: the next integer where that is within 0.1, else the length.
/// Source: AutoSrh's program.
[[nodiscard]] inline double snapped(double alpha) noexcept {
  const double up = std::ceil(alpha);
  return up - alpha <= 0.1 ? up : alpha;
}

/// A `table_lens` that gives each block of rows a length alpha, a real number of columns: column j
/// of its rows is multiplied by the gate of j. So one column of a block is on its way at a time,
/// that which alpha is in; those before it are open, those after it are cut, and do not learn.
/// Source: the layout "embedding_block" of AutoSrh (S. Kong et al., TKDE 2023), the journal form of
/// DNIS (W. Cheng et al., 2020). There the snapped length is kept; here it is only what is read, so
/// that a length can leave an integer by small steps.
class ramp_lens {
 public:
  /// Every length is the largest.
  /// @param blocks  [tables]; has as many rows as the tables
  ramp_lens(std::span<const table_shape> shapes, std::vector<frequency_blocks> blocks)
      : shapes_(shapes.begin(), shapes.end()), blocks_{std::move(blocks)} {
    for (std::size_t t = 0; t < shapes_.size(); ++t) {
      alpha_.emplace_back(blocks_[t].size(), static_cast<double>(shapes_[t].range.max));
      slope_.emplace_back(blocks_[t].size());
    }
  }

  [[nodiscard]] std::size_t tables() const noexcept { return alpha_.size(); }
  [[nodiscard]] const frequency_blocks& blocks(std::size_t t) const noexcept { return blocks_[t]; }
  /// Lengths of the blocks of table t, in [d_min, d_max].
  [[nodiscard]] std::span<double> alpha(std::size_t t) noexcept { return alpha_[t]; }
  [[nodiscard]] std::span<const double> alpha(std::size_t t) const noexcept { return alpha_[t]; }
  /// Slopes of the last loss by the lengths of table t: each by the column that the length is in.
  [[nodiscard]] std::span<const double> slope(std::size_t t) const noexcept { return slope_[t]; }
  /// For whoever knows more of them.
  [[nodiscard]] std::span<double> slope(std::size_t t) noexcept { return slope_[t]; }
  /// Columns that are open, over all rows: what the lengths keep.
  [[nodiscard]] double kept() const noexcept {
    double sum = 0;
    for (std::size_t t = 0; t < tables(); ++t)
      for (std::size_t b = 0; b < alpha_[t].size(); ++b)
        sum += static_cast<double>(blocks_[t].rows(b)) * alpha_[t][b];
    return sum;
  }

  template <class T>
  void look(std::int64_t, std::vector<basic_masked_table<T>>& tables) const {
    for (std::size_t t = 0; t < tables.size(); ++t) {
      const auto [rows, range] = shapes_[t];
      const auto moving = columns(t);
      tables[t].cut(sizes(rows, range, [&](index_t r) { return moving[blocks_[t][r]].at + 1; }));
      for (index_t r = 0; r < rows; ++r) {
        const auto [at, gate] = moving[blocks_[t][r]];
        const auto row = tables[t][r];
        if (const auto j = static_cast<std::size_t>(at); j < row.size())
          row[j] *= static_cast<T>(gate);
      }
    }
  }
  template <class T>
  void back(const std::vector<basic_masked_table<T>>& tables,
            std::vector<basic_matrix<T>>& slopes) {
    for (std::size_t t = 0; t < tables.size(); ++t) {
      const auto moving = columns(t);
      std::ranges::fill(slope_[t], 0.0);
      for (index_t r = 0; r < tables[t].rows(); ++r) {
        const std::size_t b = blocks_[t][r];
        const auto [at, gate] = moving[b];
        const auto row = tables[t][r];
        if (static_cast<std::size_t>(at) >= row.size()) continue;
        T& s = slopes[t](r, at);
        slope_[t][b] +=
            static_cast<double>(s) * static_cast<double>(row[static_cast<std::size_t>(at)]);
        s *= static_cast<T>(gate);
      }
    }
  }
  /// The lengths learn from other data than the tables: see `dnis`.
  void learn(std::int64_t) const noexcept {}

 private:
  struct column {
    int at;  ///< the one that the length is in
    double gate;
  };
  /// [blocks of table t]
  [[nodiscard]] std::vector<column> columns(std::size_t t) const {
    std::vector<column> all;
    for (const double alpha : alpha_[t]) {
      const int at = std::min(static_cast<int>(alpha), shapes_[t].range.max - 1);
      all.push_back({at, ramp_gate(snapped(alpha), at)});
    }
    return all;
  }

  std::vector<table_shape> shapes_;
  std::vector<frequency_blocks> blocks_;
  std::vector<std::vector<double>> alpha_;  ///< [tables][blocks]
  std::vector<std::vector<double>> slope_;  ///< [tables][blocks]
};

}  // namespace ciess
