// SPDX-License-Identifier: MIT
/// @file
/// Tables of other programs become masked tables, and back.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/embedding/table_view.hpp>

namespace ciess {
namespace detail {

inline constexpr index_t exchange_grain = 64;  // rows

template <class F>
void check_shape(const char* who, const table_view<F>& view, index_t rows, index_t columns) {
  if (view.rows() != rows || view.columns() != columns)
    throw_error<argument_error>(who, ": expected a table [", rows, ", ", columns, "], got [",
                                view.rows(), ", ", view.columns(), "]");
}

/// Checks that T can hold every number that `s` keeps. The error is the same at any number of
/// threads: it names the first that does not fit, row by row.
/// @pre the shape has been checked
template <class T, class F>
void check_kept(const char* who, const table_view<F>& view, const sizes& s) {
  constexpr auto most = std::numeric_limits<T>::max();
  const auto fits = [](F x) { return std::abs(x) <= most; };  // false for NaN
  const index_t first_bad = parallel_reduce(
      s.rows(), exchange_grain, s.rows(),
      [&](index_t first, index_t last) {
        for (index_t r = first; r < last; ++r) {
          bool all = true;
          for (index_t c = 0; c < s[r]; ++c) all &= fits(view(r, c));
          if (!all) return r;
        }
        return s.rows();
      },
      [](index_t a, index_t b) { return std::min(a, b); });
  if (first_bad == s.rows()) return;
  index_t c = 0;
  while (fits(view(first_bad, c))) ++c;
  throw_error<numeric_error>(who, ": row ", first_bad, ", column ", c,
                             ": expected a finite number of at most ", most, ", got ",
                             view(first_bad, c));
}

/// Copies what `s` keeps and writes zeros past it.
template <class F, class T>
void copy_kept(const table_view<F>& from, const sizes& s, const table_view<T>& to) {
  parallel_for(s.rows(), exchange_grain, [&](index_t first, index_t last) {
    for (index_t r = first; r < last; ++r) {
      index_t c = 0;
      for (; c < s[r]; ++c) to(r, c) = static_cast<T>(from(r, c));
      for (; c < to.columns(); ++c) to(r, c) = T{0};
    }
  });
}

}  // namespace detail

/// A copy of somebody's table, rounded to T, of which row r keeps the first `s[r]` numbers.
/// What lies past them may be anything: it is dropped, even if it is not finite.
/// @param source  [s.rows(), s.range().max]: of Eigen, of xtensor, or a `table_view`
/// @throws argument_error if the shape differs; numeric_error, naming row and column, if a kept
///         number is not finite or beyond the largest of T
template <std::floating_point T, table_source S>
[[nodiscard]] basic_masked_table<T> copy_table(const S& source, sizes s) {
  const table_view from(source);
  detail::check_shape("copy_table", from, s.rows(), s.range().max);
  detail::check_kept<T>("copy_table", from, s);
  basic_matrix<T> values(from.rows(), from.columns());
  detail::copy_kept(from, s, table_view(values));
  return {std::move(s), std::move(values)};
}

/// The same with every row at its full size.
template <std::floating_point T, table_source S>
[[nodiscard]] basic_masked_table<T> copy_table(const S& source, size_range range) {
  return copy_table<T>(source, sizes(table_view(source).rows(), range));
}

/// A table that takes the memory of `values` [s.rows(), s.range().max] and sets to zero in place
/// what lies past the sizes; `values` is empty afterwards. Copies nothing.
/// @throws as `copy_table`; `values` is then as it was
template <std::floating_point T>
[[nodiscard]] basic_masked_table<T> adopt_table(basic_matrix<T>&& values, sizes s) {
  const table_view view(values);
  detail::check_shape("adopt_table", view, s.rows(), s.range().max);
  detail::check_kept<T>("adopt_table", view, s);
  return {std::move(s), std::move(values)};
}

/// The same with every row at its full size.
template <std::floating_point T>
[[nodiscard]] basic_masked_table<T> adopt_table(basic_matrix<T>&& values, size_range range) {
  return adopt_table(std::move(values), sizes(values.rows(), range));
}

/// Copies a table to somebody's memory: all d_max columns, zero past the size of a row. Without
/// copying: `table.values()` for Eigen, `as_xtensor(table)`, `table_view(table.values())`.
/// @param sink  [table.rows(), table.columns()]: of Eigen, of xtensor, or a `table_view`
/// @throws argument_error if the shape differs; numeric_error, naming row and column, if a number
///         is not finite or beyond the largest of the sink; nothing is written then
template <class T, table_sink S>
void copy_out(const basic_masked_table<T>& table, S&& sink) {
  const table_view from(table.values());
  const table_view to(sink);
  using number = std::remove_pointer_t<decltype(to.data())>;
  detail::check_shape("copy_out", to, from.rows(), from.columns());
  detail::check_kept<number>("copy_out", from, table.row_sizes());
  detail::copy_kept(from, table.row_sizes(), to);
}

}  // namespace ciess
