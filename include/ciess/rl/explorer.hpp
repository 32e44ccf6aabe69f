// SPDX-License-Identifier: MIT
/// @file
/// What turns one proposed size into several to choose from.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <span>

#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/core/types.hpp>

namespace ciess {

/// Row-major whole numbers, [rows, candidates].
using candidate_matrix = basic_matrix<int>;
using candidate_span = basic_matrix_span<int>;

/// A rule that gives each row a few candidate sizes around its proto size.
/// - `candidates()`  how many, K >= 1
/// - `explore(proto, range, stream, step, out)`  fills `out` [rows, K]: column 0 is `proto` [rows],
/// the others lie in
///   `range`, too. Row r draws from `stream.at(step, r)`
template <class E>
concept explorer = std::copyable<E> &&
                   requires(const E& e, std::span<const int> proto, size_range range,
                            const random_stream& stream, std::uint64_t step, candidate_span out) {
                     { e.candidates() } -> std::convertible_to<index_t>;
                     e.explore(proto, range, stream, step, out);
                   };

namespace detail {

/// @throws argument_error unless `out` is [proto rows, candidates] and all proto sizes lie in a
/// valid range
inline void check_explore(const char* who, std::span<const int> proto, size_range range,
                          const candidate_span& out, index_t candidates) {
  check_range(who, range);
  if (out.rows() != static_cast<index_t>(proto.size()) || out.cols() != candidates)
    throw_error<argument_error>(who, ": ", proto.size(), " rows of ", candidates,
                                " candidates do not fit [", out.rows(), ", ", out.cols(), "]");
  for (std::size_t r = 0; r < proto.size(); ++r)
    if (!range.contains(proto[r]))
      throw_error<argument_error>(who, ": row ", r, " has proto size ", proto[r], ", outside [",
                                  range.min, ", ", range.max, "]");
}

}  // namespace detail

/// Leaves the proto size the only candidate: the paper's search without its random walk.
struct no_walk {
  [[nodiscard]] index_t candidates() const noexcept { return 1; }

  /// @throws argument_error if a shape or a proto size does not fit
  void explore(std::span<const int> proto, size_range range, const random_stream&, std::uint64_t,
               candidate_span out) const {
    detail::check_explore("no_walk", proto, range, out, 1);
    std::ranges::copy(proto, out.data());
  }
};
static_assert(explorer<no_walk>);

}  // namespace ciess
