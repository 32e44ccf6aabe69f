// SPDX-License-Identifier: MIT
/// @file
/// The paper's explorer: a random walk over sizes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/rl/explorer.hpp>

namespace ciess {

/// Walks on the graph that joins sizes at most `threshold` apart. From size x the next size y != x
/// is drawn with probability proportional to 1 / |x - y|; at the ends of the range there are fewer
/// neighbours. The candidates are the proto size and the sizes visited, in order. Cost: O(steps *
/// log threshold) a row. Source: the paper, section 4 (5 steps, t = 5).
class random_walk {
 public:
  struct options {
    int steps = 5;      ///< >= 1
    int threshold = 5;  ///< t of the paper, in columns; 1 to `size_range::limit`
  };

  random_walk() : random_walk(options{}) {}
  /// @throws argument_error if an option is outside its stated range
  explicit random_walk(const options& o) : options_{o} {
    if (o.steps < 1)
      detail::throw_error<argument_error>("random_walk: steps must be >= 1, got ", o.steps);
    if (o.threshold < 1 || o.threshold > size_range::limit)
      detail::throw_error<argument_error>("random_walk: threshold must be in [1, ",
                                          size_range::limit, "], got ", o.threshold);
    harmonic_.assign(1, 0.0);
    for (int k = 1; k <= o.threshold; ++k) harmonic_.push_back(harmonic_.back() + 1.0 / k);
  }

  [[nodiscard]] index_t candidates() const noexcept { return options_.steps + 1; }

  /// See `explorer`. A row in a range of one size stays where it is.
  /// @throws argument_error if a shape or a proto size does not fit
  void explore(std::span<const int> proto, size_range range, const random_stream& stream,
               std::uint64_t step, candidate_span out) const {
    detail::check_explore("random_walk", proto, range, out, candidates());
    parallel_for(out.rows(), 1024, [&](index_t first, index_t last) {
      for (index_t r = first; r < last; ++r) {
        auto engine = stream.at(step, static_cast<std::uint64_t>(r));
        int* visited = out.row(r).data();
        visited[0] = proto[static_cast<std::size_t>(r)];
        for (int s = 0; s < options_.steps; ++s) visited[s + 1] = next(visited[s], range, engine);
      }
    });
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) const {
    f.same("steps", std::int64_t{options_.steps});
    f.same("threshold", std::int64_t{options_.threshold});
  }

 private:
  [[nodiscard]] int next(int x, size_range range, random_engine& engine) const {
    const double below = sum(std::min(options_.threshold, x - range.min));
    const double above = sum(std::min(options_.threshold, range.max - x));
    if (below + above <= 0) return x;
    const double u = engine() * 0x1p-32 * (below + above);
    return u < below ? x - distance(u, x - range.min) : x + distance(u - below, range.max - x);
  }

  /// 1 + 1/2 + ... + 1/k.
  [[nodiscard]] double sum(int k) const { return harmonic_[static_cast<std::size_t>(k)]; }

  /// The distance whose share of the harmonic sum holds u; at most `room`, whatever was rounded.
  [[nodiscard]] int distance(double u, int room) const {
    const auto at = std::upper_bound(harmonic_.begin(), harmonic_.end(), u);
    return std::min(static_cast<int>(at - harmonic_.begin()), std::min(options_.threshold, room));
  }

  options options_;
  std::vector<double> harmonic_;  ///< harmonic_[k] = 1 + 1/2 + ... + 1/k
};
static_assert(explorer<random_walk>);

}  // namespace ciess
