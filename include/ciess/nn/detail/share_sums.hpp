// SPDX-License-Identifier: MIT
/// @file
/// Long vectors summed over many blocks of rows, the same bytes at any number of threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>

namespace ciess {

/// Sums what blocks add to a vector, for example the gradient of a layer's weights. Runs of blocks
/// share an accumulator; how many runs there are depends on the number of blocks only.
/// Memory: min(blocks, 32) vectors, kept between calls.
template <class T>
class share_sums {
 public:
  static constexpr index_t most = 32;  ///< shares there are at most

  share_sums() = default;
  share_sums(const share_sums&) noexcept {}  // memory, not state
  share_sums& operator=(const share_sums&) noexcept { return *this; }
  ~share_sums() = default;

  /// out = sum over blocks of what `add(share, block, part)` adds to `part`, a span as long as
  /// `out`. Shares run in parallel, the blocks of one share one after the other. With no block, out
  /// = 0.
  template <class Add>
  void operator()(index_t blocks, std::span<T> out, Add&& add) {
    using array = Eigen::Array<T, Eigen::Dynamic, 1>;
    constexpr index_t line = 64 / static_cast<index_t>(sizeof(T));
    const auto n = static_cast<index_t>(out.size());
    const index_t stride = (n + line - 1) / line * line;  // aligned alike, whatever the share
    const index_t shares = std::min(blocks, most);
    if (parts_.size() < shares * stride) parts_.resize(shares * stride);
    parallel_chunks(shares, [&](index_t share) {
      const std::span<T> part(parts_.data() + share * stride, out.size());
      std::ranges::fill(part, T{0});
      for (index_t b = share * blocks / shares; b < (share + 1) * blocks / shares; ++b)
        add(share, b, part);
    });
    parallel_for(n, 8192, [&](index_t first, index_t last) {
      Eigen::Map<array> sum(out.data() + first, last - first);
      sum.setZero();
      for (index_t s = 0; s < shares; ++s)
        sum += Eigen::Map<const array>(parts_.data() + s * stride + first, last - first);
    });
  }

 private:
  basic_vector<T> parts_;
};

}  // namespace ciess
