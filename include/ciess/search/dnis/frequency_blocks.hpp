// SPDX-License-Identifier: MIT
/// @file
/// The rows of a table in blocks, the most frequent first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>

namespace ciess {

/// Rows in the order of their frequency, cut into blocks. Of rows that are as frequent the first
/// come first. Memory: 8 bytes a row.
class frequency_blocks {
 public:
  /// @param frequency  [rows]
  /// @param shares     of the rows that each block has, > 0; of one sum, whatever that is
  /// @throws argument_error if there is no share, or one is not above 0. O(rows log rows)
  frequency_blocks(std::span<const double> frequency, std::span<const double> shares) {
    check(shares);
    const std::size_t n = frequency.size();
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
      return frequency[a] != frequency[b] ? frequency[a] > frequency[b] : a < b;
    });
    rank_.resize(n);
    block_.resize(n);
    const double all = std::accumulate(shares.begin(), shares.end(), 0.0);
    double sum = 0;
    std::size_t at = 0;
    for (std::size_t b = 0; b < shares.size(); ++b) {
      sum += shares[b];
      const std::size_t end =
          b + 1 == shares.size()
              ? n
              : std::clamp(static_cast<std::size_t>(std::lround(sum / all * double(n))), at, n);
      rows_.push_back(static_cast<index_t>(end - at));
      for (; at < end; ++at) {
        rank_[order[at]] = static_cast<std::uint32_t>(at);
        block_[order[at]] = static_cast<std::uint32_t>(b);
      }
    }
  }

  /// @throws argument_error as above
  static void check(std::span<const double> shares) {
    if (shares.empty()) detail::throw_error<argument_error>("frequency_blocks: there is no block");
    for (const double s : shares)
      if (!(s > 0 && std::isfinite(s)))
        detail::throw_error<argument_error>("frequency_blocks: a block's share must be > 0, got ",
                                            s);
  }

  /// How many there are; the last may be empty where there are fewer rows.
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  /// Rows of block b.
  [[nodiscard]] index_t rows(std::size_t b) const noexcept { return rows_[b]; }
  /// Block of a row.
  [[nodiscard]] std::size_t operator[](index_t row) const noexcept {
    return block_[static_cast<std::size_t>(row)];
  }
  /// Place of a row among all, 0 for the most frequent.
  [[nodiscard]] index_t rank(index_t row) const noexcept {
    return static_cast<index_t>(rank_[static_cast<std::size_t>(row)]);
  }

 private:
  std::vector<index_t> rows_;         ///< [blocks]
  std::vector<std::uint32_t> block_;  ///< [rows]
  std::vector<std::uint32_t> rank_;   ///< [rows]
};

}  // namespace ciess
