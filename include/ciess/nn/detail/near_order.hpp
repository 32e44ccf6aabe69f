// SPDX-License-Identifier: MIT
/// @file
/// An order of points in which neighbours follow each other.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/types.hpp>

namespace ciess::detail {

/// Orders points along a Z-curve: by the bits of their coordinates, interleaved, 32 altogether. The
/// curve's cells are cubes in coordinates times `weight`, so that columns that matter more are cut
/// finer. Cost: O(n); memory: 20 bytes a point.
class near_order {
 public:
  static constexpr index_t most_columns = 8;

  /// @param points  [n, 1 to 8 columns], n < 2^32; numbers that are not finite count as any
  /// @param weight  [columns], >= 0, how much a step along a column matters
  /// @return [n] rows of `points`, valid until the next call
  std::span<const std::uint32_t> operator()(const matrix_view& points,
                                            std::span<const float> weight) {
    const auto n = static_cast<std::size_t>(points.rows());
    order_.resize(n);
    items_.resize(n);
    spare_.resize(n);
    if (n == 0) return order_;
    std::array<axis, most_columns> axes{};
    std::size_t used = 0;
    float widest = 0;
    for (index_t c = 0; c < points.cols(); ++c) {
      const float low = points.col(c).minCoeff();
      const float w = weight[static_cast<std::size_t>(c)];
      const float width = (points.col(c).maxCoeff() - low) * w;
      if (width > 0) axes[used++] = {c, low, w};
      widest = std::max(widest, width);
    }
    const std::size_t bits = std::min<std::size_t>(16, 32 / std::max<std::size_t>(used, 1));
    const auto top = static_cast<float>((1U << bits) - 1);
    for (std::size_t from = 0; from < n; from += side) {
      const std::size_t many = std::min(side, n - from);
      std::array<std::array<std::uint32_t, side>, most_columns> x{};
      for (std::size_t d = 0; d < used; ++d)
        for (std::size_t l = 0; l < many; ++l) {
          const float at = points(static_cast<index_t>(from + l), axes[d].column);
          const float v = (at - axes[d].low) * (axes[d].weight / widest) * top;
          x[d][l] = v > 0 ? static_cast<std::uint32_t>(std::min(v, top)) : 0;  // NaN: 0
        }
      std::array<std::uint32_t, side> key{};
      for (std::size_t b = bits; b-- > 0;)
        for (std::size_t d = 0; d < used; ++d)
          for (std::size_t l = 0; l < side; ++l) key[l] = key[l] << 1 | (x[d][l] >> b & 1);
      for (std::size_t l = 0; l < many; ++l)
        items_[from + l] = std::uint64_t{key[l]} << 32 | (from + l);
    }
    sort();
    for (std::size_t r = 0; r < n; ++r) order_[r] = static_cast<std::uint32_t>(items_[r]);
    return order_;
  }

 private:
  struct axis {
    index_t column;
    float low, weight;
  };
  static constexpr std::size_t side = 16;  ///< points side by side, for vector registers

  /// By the upper halves, a byte at a time.
  void sort() {
    for (int shift = 32; shift < 64; shift += 8) {
      std::array<std::size_t, 256> begin{};
      for (const std::uint64_t i : items_) ++begin[i >> shift & 255];
      if (begin[items_[0] >> shift & 255] == items_.size()) continue;
      std::size_t sum = 0;
      for (std::size_t& b : begin) sum += std::exchange(b, sum);
      for (const std::uint64_t i : items_) spare_[begin[i >> shift & 255]++] = i;
      items_.swap(spare_);
    }
  }

  std::vector<std::uint64_t> items_, spare_;  ///< key, then row
  std::vector<std::uint32_t> order_;
};

}  // namespace ciess::detail
