// SPDX-License-Identifier: MIT
/// @file
/// Rows as they will be when they have been stored.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

#include <ciess/core/parallel.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/packed_table.hpp>

namespace ciess {

/// Makes every number of a table what packing and unpacking would make of it. To be stored as
/// floats changes nothing, not doubles either.
/// @throws numeric_error as `packed_table`, then the table is as it was
/// Cost: that of packing the table, and as much memory as the packed table takes
template <class T>
void round_as(basic_masked_table<T>& table, number_format format) {
  if (format == number_format::float32) return;
  with_number(format, [&]<class N>() {
    const packed_table<N> packed(table.row_sizes(), [&](index_t r) -> std::span<const float> {
      const std::span<const T> row = std::as_const(table)[r];
      if constexpr (std::is_same_v<T, float>) {
        return row;
      } else {
        thread_local std::vector<float> narrow;  // a row is stored before the next is asked for
        narrow.resize(row.size());
        std::ranges::transform(row, narrow.begin(), [](T x) { return static_cast<float>(x); });
        return narrow;
      }
    });
    parallel_for(table.rows(), 256, [&](index_t first, index_t last) {
      index_t r = first;
      packed.view().for_each_row(first, last, [&](const packed_row<N>& from) {
        const std::span<T> row = table[r++];
        for (index_t c = 0; c < from.size(); ++c)
          row[static_cast<std::size_t>(c)] = static_cast<T>(from[c]);
      });
    });
  });
}

}  // namespace ciess
