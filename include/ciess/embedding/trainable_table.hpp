// SPDX-License-Identifier: MIT
/// @file
/// What a table of rows with sizes must offer so that its rows can be trained.
#pragma once

#include <concepts>
#include <span>

#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/embedding/sizes.hpp>

namespace ciess {
namespace detail {

/// What stands in for first values where only a concept asks.
struct any_first_values {
  template <class T>
  void operator()(random_engine&, std::span<T>) const noexcept {}
};

}  // namespace detail

/// A table whose rows have sizes and learn: `basic_masked_table`, dense in memory, which kernels of
/// whole tables need; `basic_ragged_table`, as small as what its rows keep.
///
/// Checked, and promised:
/// - `value_type`, `rows()`, `columns()` (d_max), `row_sizes()`, `used_columns()` (the largest size
///   of any row);
/// - `table[row]`: the numbers that a row owns, as many as its size; to write, if the table is not
///   const. Valid until sizes change;
/// - `draw(init, stream)`: every number anew, row r from the sequence (0, r) of the stream: the
///   same numbers in every kind of table;
/// - `resize(sizes, init, stream)`: rows that shrink are cut, what rows gain is what `draw` would
///   put there; `resize(sizes)`: zeros there; `cut(sizes)`: rows that are larger are cut, others
///   stay. `argument_error` for sizes of another table, before anything is changed.
template <class X>
concept trainable_table =
    std::copyable<X> && requires { typename X::value_type; } &&
    requires(X& table, const X& fixed, index_t row, const sizes& s,
             const detail::any_first_values& init, const random_stream& stream) {
      { fixed.rows() } -> std::convertible_to<index_t>;
      { fixed.columns() } -> std::convertible_to<index_t>;
      { fixed.used_columns() } -> std::convertible_to<index_t>;
      { fixed.row_sizes() } -> std::same_as<const sizes&>;
      { table[row] } -> std::same_as<std::span<typename X::value_type>>;
      { fixed[row] } -> std::same_as<std::span<const typename X::value_type>>;
      table.draw(init, stream);
      table.resize(s, init, stream);
      table.resize(s);
      table.cut(s);
    };

}  // namespace ciess
