// SPDX-License-Identifier: MIT
/// @file
/// A packed table as one that trains, without a dense one in between.
#pragma once

#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/packed_view.hpp>
#include <ciess/embedding/ragged_table.hpp>

namespace ciess {

/// The numbers of a packed table, to be trained: what `packed_view::unpack` gives, in the memory of
/// what rows keep.
/// @param beside  numbers of an optimiser beside each number, see `basic_ragged_table`
/// @throws argument_error as `basic_ragged_table`; data_error as `packed_view::row_sizes` and `[]`
template <packed_number N>
[[nodiscard]] ragged_table unpack_ragged(const packed_view<N>& view, int beside = 0) {
  ragged_table to(view.row_sizes(), beside);
  parallel_for(view.rows(), ragged_table::block_rows, [&](index_t first, index_t last) {
    view.for_each_row(first, last,
                      [&, r = first](const packed_row<N>& row) mutable { row.copy_to(to[r++]); });
  });
  return to;
}

}  // namespace ciess
