// SPDX-License-Identifier: MIT
/// @file
/// The figures of packed tables as a server has them: ranked by their stored numbers.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/packed_view.hpp>
#include <ciess/ranking/detail/evaluator.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/ranking/rank_packed.hpp>

namespace ciess {
namespace detail {

/// @throws argument_error if what is asked for needs dense vectors
inline void check_packed_options(const char* who, const evaluation_options& o) {
  if (o.known_only)
    throw_error<argument_error>(who,
                                ": known_only is not for packed tables, which are ranked whole");
  if (o.candidates != 0)
    throw_error<argument_error>(
        who, ": candidates are not for packed tables, which are ranked whole: expected 0, got ",
        o.candidates);
}

}  // namespace detail

/// Evaluates inner products of the rows of two packed tables, as `evaluate_vectors` does those of
/// dense ones. Nothing is unpacked: see `rank_packed` for time and memory.
/// @throws as `evaluate_vectors`; argument_error if options.known_only leaves out items: packed
///         tables are ranked whole
template <packed_number N, packed_number M>
[[nodiscard]] evaluation evaluate_packed(const packed_view<N>& users, const packed_view<M>& items,
                                         const interactions& train, const interactions& held_out,
                                         const evaluation_options& options = {}) {
  detail::evaluator run{train, held_out, options};
  if (!run.barred().empty())
    detail::throw_error<argument_error>("evaluate_packed: expected no items to leave out, got ",
                                        run.barred().size(), " by known_only");
  rank_packed(users, items, train, run.who(), run.k(), run);
  return run.finish();
}

}  // namespace ciess
