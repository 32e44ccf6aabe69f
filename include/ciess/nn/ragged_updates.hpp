// SPDX-License-Identifier: MIT
/// @file
/// Row updates of tables that are no larger than what their rows keep, and what training takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/ragged_table.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/nn/row_update_options.hpp>
#include <ciess/nn/row_updates.hpp>

namespace ciess {

/// Bytes of ragged tables of these sizes while they train: numbers, what the optimiser keeps,
/// index. To train within B bytes, n rows may keep (B - 2.26 n - 4 `numbers_a_row` n) / (4 + 4
/// `numbers_beside`) floats: a budget in numbers. Without the pairs, and what a batch needs.
/// @param number  bytes of one
[[nodiscard]] inline std::int64_t training_bytes(const sizes& s, row_update_kind kind,
                                                 std::int64_t number = sizeof(float)) noexcept {
  return ragged_memory_of(s, numbers_beside(kind), number).total() +
         number * numbers_a_row(kind) * s.rows();
}
[[nodiscard]] inline std::int64_t training_bytes(const assignment& tables, row_update_kind kind,
                                                 std::int64_t number = sizeof(float)) noexcept {
  std::int64_t sum = 0;
  for (const sizes& s : tables) sum += training_bytes(s, kind, number);
  return sum;
}

namespace detail {

/// Updates rows of a ragged table, several at a time.
/// @param rows         all different
/// @param squares      [rows of the table], for row-wise Adagrad
/// @param gradient_of  callable (index_t k) -> const T*, of rows[k]
/// @pre the table has beside its numbers what the kind of the step needs
template <class T, class GradientOf>
void update_rows(const row_update_step<T>& step, basic_ragged_table<T>& table,
                 std::span<const row_id> rows, T* squares, GradientOf&& gradient_of) {
  const bool moments = numbers_beside(step.kind()) > 0;
  parallel_for(std::ssize(rows), 64, [&](index_t first, index_t last) {
    for (index_t k = first; k < last; ++k) {
      if (k + rows_ahead < last) {
        const row_id next = rows[static_cast<std::size_t>(k + rows_ahead)];
        const std::span<T> all = table.stretch(next);
        fetch_row(all.data(), std::ssize(all));
        if (squares != nullptr) fetch_row(squares + next, 1);
      }
      const row_id row = rows[static_cast<std::size_t>(k)];
      const auto n = static_cast<std::size_t>(table.row_sizes()[row]);
      T* const weights = table.stretch(row).data();
      row_memory<T> of;
      if (moments) of = {.first = weights + n, .second = weights + 2 * n, .squares = nullptr};
      if (squares != nullptr) of.squares = squares + row;
      // Its memory is that of a table of this row alone.
      step(weights, gradient_of(k), of, 0, static_cast<index_t>(n), n);
    }
  });
}

}  // namespace detail

/// Updates those rows of a ragged table that a batch has named: to the bit what `update_rows` makes
/// of a masked one. No allocation. Cost: what the rows keep.
/// @param rows      rising, all different: as `touched_rows` has them
/// @param gradient  [at least as many rows, d_max]; row k is that of rows[k]
/// @param squares   [rows of the table], for row-wise Adagrad; none for others
/// @throws argument_error if something does not fit; nothing is changed then
template <class T>
void update_rows(const row_update_step<T>& step, basic_ragged_table<T>& table,
                 std::span<const row_id> rows,
                 const std::type_identity_t<basic_matrix_view<T>>& gradient,
                 std::type_identity_t<std::span<T>> squares = {}) {
  detail::check_named(table.rows(), table.columns(), rows, gradient.rows(), gradient.cols());
  if (table.beside() != numbers_beside(step.kind()))
    detail::throw_error<argument_error>("update_rows: expected ", numbers_beside(step.kind()),
                                        " numbers beside each number for ", name_of(step.kind()),
                                        ", got ", table.beside());
  detail::check_sums(step.kind(), numbers_a_row(step.kind()) * table.rows(), std::ssize(squares));
  detail::update_rows(step, table, rows, squares.empty() ? nullptr : squares.data(),
                      [&](index_t k) { return gradient.row(k).data(); });
}

}  // namespace ciess
