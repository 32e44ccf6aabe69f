// SPDX-License-Identifier: MIT
/// @file
/// The gradient of a batch laid out as whole tables.
#pragma once

#include <cstddef>
#include <vector>

#include <ciess/backbone/click_layout.hpp>
#include <ciess/backbone/detail/click_rows.hpp>
#include <ciess/core/types.hpp>

namespace ciess::detail {

/// Slopes of all rows: those of the rows that a batch shows, zeros elsewhere. For those who look at
/// whole tables: lenses, checks of gradients, Adam on every row. The memory is made when it is
/// wanted first.
template <class T>
struct whole_slopes {
  std::vector<basic_matrix<T>> tables;  ///< [tables][rows, d_max]
  std::vector<basic_vector<T>> first;   ///< [tables][rows], by first weights

  /// O(numbers of all tables)
  void spread(const click_layout& layout, const shown_rows<T>& shown) {
    tables.resize(layout.tables());
    first.resize(layout.tables());
    for (std::size_t t = 0; t < tables.size(); ++t) {
      tables[t].setZero(layout.shapes[t].rows, layout.shapes[t].range.max);
      first[t].setZero(layout.shapes[t].rows);
      const auto rows = shown.rows(t);
      for (std::size_t k = 0; k < rows.size(); ++k) {
        tables[t].row(rows[k]) = shown.gradient(t).row(static_cast<index_t>(k));
        first[t][rows[k]] = shown.first(t)[static_cast<index_t>(k)];
      }
    }
  }
};

}  // namespace ciess::detail
