// SPDX-License-Identifier: MIT
/// @file
/// A hidden layer that is a sum of two parts, judged for one row against many: NeuMF's all pairs.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <span>
#include <vector>

#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>

namespace ciess {

/// Keeps the parts of many rows (items) side by side, so that the scores of several of them are
/// worked out in registers, without sums across a register and without a hidden layer in memory.
/// Cost of a pair: an addition, a comparison and a multiplication with addition a number.
template <class T>
class relu_lanes {
 public:
  static constexpr index_t width = 64 / static_cast<index_t>(sizeof(T)) * 4;  ///< rows side by side

  /// Takes the parts of all rows.  @param parts  [rows, d]
  void assign(const basic_matrix<T>& parts) {
    rows_ = parts.rows();
    d_ = parts.cols();
    values_.assign(static_cast<std::size_t>((rows_ + width - 1) / width * width * d_), T{0});
    parallel_for(rows_, width, [&](index_t first, index_t last) {
      T* const to = values_.data() + first * d_;
      for (index_t r = first; r < last; ++r)
        for (index_t k = 0; k < d_; ++k) to[k * width + (r - first)] = parts(r, k);
    });
  }

  /// scores[j] += c + sum over k of v[k] * max(0, own[k] + number k of row first + j); NaN stays
  /// NaN.
  /// @param own, v  [d]
  /// @pre `first` is a multiple of `width`, first + scores.size() <= rows
  void add_scores(const T* own, const T* v, T c, index_t first,
                  std::span<T> scores) const noexcept {
    assert(first % width == 0 && first + std::ssize(scores) <= rows_);
    for (std::size_t at = 0; at < scores.size(); at += static_cast<std::size_t>(width)) {
      const T* from = values_.data() + (first + static_cast<index_t>(at)) * d_;
      std::array<T, static_cast<std::size_t>(width)> sum{};
      for (index_t k = 0; k < d_; ++k, from += width) {
        const T mine = own[k];
        const T weight = v[k];
        for (std::size_t j = 0; j < sum.size(); ++j) {
          const T x = mine + from[j];
          sum[j] += weight * (x < T{0} ? T{0} : x);
        }
      }
      const auto piece = scores.subspan(at);
      for (std::size_t j = 0; j < std::min(sum.size(), piece.size()); ++j) piece[j] += sum[j] + c;
    }
  }

 private:
  index_t rows_ = 0;
  index_t d_ = 0;
  std::vector<T> values_;  ///< [rows / width][d][width]
};

}  // namespace ciess
