// SPDX-License-Identifier: MIT
/// @file
/// From states to sizes: the actor proposes, noise shifts, the explorer spreads, the critic picks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/core/types.hpp>
#include <ciess/rl/agent.hpp>
#include <ciess/rl/explorer.hpp>
#include <ciess/rl/noise.hpp>

namespace ciess {
namespace detail {

/// The different candidates of a run of rows, in one list, so that the critic judges none twice.
class candidate_list {
 public:
  static constexpr index_t strip = 256;  ///< rows that one thread compacts at a time

  /// @param states      of the rows [rows, s]
  /// @param candidates  [rows, K]
  void fill(const matrix_view& states, const candidate_span& candidates) {
    const index_t rows = candidates.rows();
    const index_t strips = (rows + strip - 1) / strip;
    begin_.resize(static_cast<std::size_t>(rows) + 1);
    counts_.assign(static_cast<std::size_t>(strips), 0);
    const auto different = [&](index_t r, auto&& take) {
      const int* c = candidates.row(r).data();
      for (index_t k = 0; k < candidates.cols(); ++k)
        if (std::find(c, c + k, c[k]) == c + k) take(c[k]);
    };
    parallel_chunks(strips, [&](index_t s) {
      std::size_t n = 0;
      for (index_t r = s * strip; r < std::min(rows, (s + 1) * strip); ++r) {
        begin_[static_cast<std::size_t>(r)] = n;
        different(r, [&](int) { ++n; });
      }
      counts_[static_cast<std::size_t>(s)] = n;
    });
    std::size_t total = 0;
    for (std::size_t& n : counts_) total += std::exchange(n, total);
    begin_[static_cast<std::size_t>(rows)] = total;
    // Room for a later run, too: what is not used is not touched.
    if (states_.rows() < candidates.size() || states_.cols() != states.cols())
      states_.resize(candidates.size(), states.cols());
    sizes_.reserve(static_cast<std::size_t>(candidates.size()));
    values_.reserve(static_cast<std::size_t>(candidates.size()));
    sizes_.resize(total);
    values_.resize(total);
    parallel_chunks(strips, [&](index_t s) {
      for (index_t r = s * strip; r < std::min(rows, (s + 1) * strip); ++r) {
        std::size_t at = begin_[static_cast<std::size_t>(r)] +=
            counts_[static_cast<std::size_t>(s)];
        different(r, [&](int size) {
          states_.row(static_cast<index_t>(at)) = states.row(r);
          sizes_[at++] = static_cast<float>(size);
        });
      }
    });
  }

  [[nodiscard]] auto states() const { return states_.topRows(static_cast<index_t>(sizes_.size())); }
  [[nodiscard]] std::span<const float> sizes() const { return sizes_; }
  [[nodiscard]] std::span<float> values() { return values_; }

  /// The candidate of row r with the greatest value; of equals, the first.
  [[nodiscard]] int best(std::size_t r) const {
    const auto first = values_.begin() + static_cast<std::ptrdiff_t>(begin_[r]);
    const auto last = values_.begin() + static_cast<std::ptrdiff_t>(begin_[r + 1]);
    return static_cast<int>(
        sizes_[static_cast<std::size_t>(std::max_element(first, last) - values_.begin())]);
  }

 private:
  matrix states_;  ///< [at least total, s]
  std::vector<float> sizes_, values_;
  std::vector<std::size_t> begin_;   ///< [rows + 1] where a row's candidates begin
  std::vector<std::size_t> counts_;  ///< [strips]
};

/// What the agent proposes, with noise, rounded and clipped; `run` rows at a time.
/// @param noises  address of the noise's draws
template <agent P, noise N>
void propose_sizes(const P& p, N& n, const matrix_view& states, size_range range,
                   const random_stream& noises, std::uint64_t step, index_t run,
                   std::span<int> out) {
  const index_t all = states.rows();
  std::vector<float> proto;
  index_t first = 0;
  do {  // once for no rows, too: the noise may want to know
    const index_t rows = std::min(run, all - first);
    proto.resize(static_cast<std::size_t>(rows));
    p.propose(states.middleRows(first, rows), proto);
    if constexpr (noise_in_parts<N>)
      n.add(std::span<float>(proto), noises, step, noise_part{first, all});
    else
      n.add(std::span<float>(proto), noises, step);
    for (std::size_t k = 0; k < proto.size(); ++k) {
      const std::size_t r = static_cast<std::size_t>(first) + k;
      if (!std::isfinite(proto[k]))
        throw_error<numeric_error>("choose_sizes: row ", r, ": proposed size is ", proto[k]);
      const float inside =
          std::clamp(proto[k], static_cast<float>(range.min), static_cast<float>(range.max));
      out[r] = static_cast<int>(std::lround(inside));
    }
    first += rows;
  } while (first < all);
}

}  // namespace detail

/// Gives every row a size: proto = agent's proposal + noise, rounded and clipped; candidates = the
/// explorer's walk from proto; the agent's critic picks, of equals the first. Source: the paper,
/// section 4.
///
/// Time: flat per row. Memory: some 30 megabytes at most whatever the number of rows, and 4 bytes a
/// row more for a noise that is not `noise_in_parts`.
/// @param n       noise; its state moves on
/// @param states  [rows, policy.state_size()]
/// @param stream  address of all draws, with `step`; the same at any number of threads
/// @param out     [rows], overwritten with sizes in `range`
/// @throws argument_error if a shape or a candidate does not fit; numeric_error if a proposal or a
/// value is not finite
template <agent P, noise N, explorer E>
void choose_sizes(const P& p, N& n, const E& e, const matrix_view& states, size_range range,
                  const random_stream& stream, std::uint64_t step, std::span<int> out) {
  detail::check_range("choose_sizes", range);
  if (states.rows() != static_cast<index_t>(out.size()) ||
      states.cols() != static_cast<index_t>(p.state_size()))
    detail::throw_error<argument_error>("choose_sizes: states [", states.rows(), ", ",
                                        states.cols(), "] do not fit ", out.size(),
                                        " rows and states of ", p.state_size(), " numbers");
  const index_t width = e.candidates();
  if (width < 1)
    detail::throw_error<argument_error>("choose_sizes: explorer has ", width, " candidates");

  // Rows go through in runs: they bound memory, and the longer they are, the more an agent can save
  // on states that are alike. A run is explored in parts, each with its own stream, so that an
  // explorer need not know of either.
  constexpr index_t part = 16384;
  constexpr index_t run = 4 * part;
  detail::propose_sizes(p, n, states, range, stream.child(0), step,
                        noise_in_parts<N> ? run : states.rows(), out);
  if (width == 1) return;  // nothing to choose from

  const random_stream walks = stream.child(1);
  candidate_matrix candidates(std::min(run, states.rows()), width);
  detail::candidate_list list;
  for (index_t first = 0; first < states.rows(); first += run) {
    const index_t rows = std::min(run, states.rows() - first);
    const auto here = out.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(rows));
    candidate_span c = candidates.topRows(rows);
    for (index_t from = 0; from < rows; from += part) {
      const index_t some = std::min(part, rows - from);
      e.explore(std::span<const int>(here).subspan(static_cast<std::size_t>(from),
                                                   static_cast<std::size_t>(some)),
                range, walks.child(static_cast<std::uint64_t>((first + from) / part)), step,
                c.middleRows(from, some));
    }
    if (c.minCoeff() < range.min || c.maxCoeff() > range.max)
      detail::throw_error<argument_error>("choose_sizes: explorer left the range [", range.min,
                                          ", ", range.max, "]");
    list.fill(states.middleRows(first, rows), c);
    p.value(list.states(), list.sizes(), list.values());
    for (std::size_t i = 0; i < list.values().size(); ++i)
      if (!std::isfinite(list.values()[i]))
        detail::throw_error<numeric_error>("choose_sizes: value of size ", list.sizes()[i], " is ",
                                           list.values()[i]);
    for (std::size_t r = 0; r < here.size(); ++r) here[r] = list.best(r);
  }
}

}  // namespace ciess
