// SPDX-License-Identifier: MIT
/// @file
/// Optimisers of tables of which a batch names few rows: they cost what the batch touches.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/row_update_options.hpp>

namespace ciess {

/// Where the optimiser's numbers of a table are: what its kind does not have is null.
template <class T>
struct row_memory {
  T* first = nullptr;    ///< [rows, columns], lazy Adam's first moments
  T* second = nullptr;   ///< [rows, columns], its second moments
  T* squares = nullptr;  ///< [rows], row-wise Adagrad's sums
};

/// What the optimiser knows of the rows of one table: a value. Tables that its kind does not need
/// are empty.
template <class T>
struct row_state {
  basic_matrix<T> first, second;  ///< [rows, columns]; lazy Adam
  basic_vector<T> squares;        ///< [rows]; row-wise Adagrad

  row_state() = default;
  row_state(const row_update_options& o, index_t rows, index_t columns) {
    if (o.kind == row_update_kind::lazy_adam)
      for (auto* moments : {&first, &second}) moments->resize(rows, columns);
    if (o.kind == row_update_kind::rowwise_adagrad) squares.resize(rows);
    reset(o);
  }

  /// As if nothing had been learnt.  O(rows)
  void reset(const row_update_options& o) {
    first.setZero();
    second.setZero();
    squares.setConstant(static_cast<T>(o.adagrad.first));
  }

  /// Forgets what belongs to no number of the table, after its rows were cut. Adagrad's number is
  /// of a row and stays.
  /// @throws argument_error if the shapes differ
  void forget_cut(const basic_masked_table<T>& table) {
    for (auto* moments : {&first, &second})
      if (moments->size() > 0) table.mask(*moments);
  }

  [[nodiscard]] row_memory<T> memory() noexcept {
    const auto of = [](auto& m) { return m.size() > 0 ? m.data() : nullptr; };
    return {.first = of(first), .second = of(second), .squares = of(squares)};
  }

  /// See `field_visitor`. Shapes are those that this has.
  template <class F>
  void visit(F& f) {
    const auto numbers = [&](std::string_view name, auto& of) {
      if (of.size() == 0) return;
      const std::span all(of.data(), static_cast<std::size_t>(of.size()));
      f(name, all);
      f.check(name, detail::all_finite(all), "finite numbers");
    };
    numbers("m", first);
    numbers("v", second);
    numbers("squares", squares);
    f.check("squares", squares.size() == 0 || squares.minCoeff() >= T{0}, "sums of squares");
  }
};

/// What one step multiplies with, worked out once for all rows.
template <class T>
class row_update_step {
 public:
  /// @param t  number of this step, from 1
  row_update_step(const row_update_options& o, double learning_rate, std::int64_t t)
      : kind_{o.kind},
        adam_(o.adam, learning_rate * o.rate_factor, t),
        rate_{static_cast<T>(learning_rate * o.rate_factor)},
        epsilon_{static_cast<T>(o.adagrad.epsilon)} {}

  [[nodiscard]] row_update_kind kind() const noexcept { return kind_; }

  /// Updates the first n numbers of a row. The same bytes wherever the row lies. No allocation.
  /// @param of       of the table
  /// @param columns  of the table, >= n
  void operator()(T* weight, const T* gradient, const row_memory<T>& of, index_t row,
                  index_t columns, std::size_t n) const noexcept {
    switch (kind_) {
      case row_update_kind::lazy_adam:
        adam_(weight, gradient, of.first + row * columns, of.second + row * columns, n);
        return;
      case row_update_kind::rowwise_adagrad: {
        T& sum = of.squares[row];
        sum += mean_square(gradient, n);
        const T factor = rate_ / (std::sqrt(sum) + epsilon_);
        for (std::size_t j = 0; j < n; ++j) weight[j] -= factor * gradient[j];
        return;
      }
      case row_update_kind::sgd:
        for (std::size_t j = 0; j < n; ++j) weight[j] -= rate_ * gradient[j];
        return;
    }
  }

 private:
  /// Summed in lanes, in an order that depends on n alone.
  static T mean_square(const T* x, std::size_t n) noexcept {
    if (n == 0) return T{0};
    constexpr std::size_t lanes = 16;
    std::array<T, lanes> sums{};
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes)
      for (std::size_t l = 0; l < lanes; ++l) sums[l] += x[i + l] * x[i + l];
    for (std::size_t l = 0; i + l < n; ++l) sums[l] += x[i + l] * x[i + l];
    T sum{0};
    for (const T lane : sums) sum += lane;
    return sum / static_cast<T>(n);
  }

  row_update_kind kind_;
  adam_step<T> adam_;
  T rate_, epsilon_;
};

namespace detail {

/// Has n numbers brought into the cache, to be changed.
template <class T>
void fetch_row(const T* row, index_t n) noexcept {
  constexpr index_t line = 64 / static_cast<index_t>(sizeof(T));
  for (index_t j = 0; j < n; j += line) __builtin_prefetch(row + j, 1);
}

/// Rows ahead of the one at work that are asked for: memory answers after about as long as these
/// take.
inline constexpr index_t rows_ahead = 4;

/// Updates rows, several at a time.
/// @param weights      [rows of the table, columns]
/// @param rows         all different
/// @param gradient_of  callable (index_t k) -> const T*, of rows[k]
/// @param size_of      callable (row_id) -> how many numbers of a row learn, at most `columns`
template <class T, class GradientOf, class SizeOf>
void update_rows(const row_update_step<T>& step, T* weights, index_t columns,
                 std::span<const row_id> rows, const row_memory<T>& of, GradientOf&& gradient_of,
                 SizeOf&& size_of) {
  parallel_for(std::ssize(rows), 64, [&](index_t first, index_t last) {
    for (index_t k = first; k < last; ++k) {
      if (k + rows_ahead < last) {
        const index_t next = rows[static_cast<std::size_t>(k + rows_ahead)];
        fetch_row(weights + next * columns, columns);
        if (of.first != nullptr) fetch_row(of.first + next * columns, columns);
        if (of.second != nullptr) fetch_row(of.second + next * columns, columns);
        if (of.squares != nullptr) fetch_row(of.squares + next, 1);
      }
      const row_id row = rows[static_cast<std::size_t>(k)];
      step(weights + row * columns, gradient_of(k), of, row, columns,
           static_cast<std::size_t>(size_of(row)));
    }
  });
}

/// @throws argument_error unless rows are rising rows of a table that have a gradient
inline void check_named(index_t table_rows, index_t columns, std::span<const row_id> rows,
                        index_t gradient_rows, index_t gradient_columns) {
  if (gradient_rows < std::ssize(rows) || gradient_columns != columns)
    throw_error<argument_error>("update_rows: expected a gradient of [", rows.size(), ", ", columns,
                                "], got [", gradient_rows, ", ", gradient_columns, "]");
  for (std::size_t k = 0; k < rows.size(); ++k)
    if (rows[k] < 0 || rows[k] >= table_rows || (k > 0 && rows[k] <= rows[k - 1]))
      throw_error<argument_error>("update_rows: expected rising rows of ", table_rows, ", got ",
                                  rows[k], " at ", k);
}
inline void check_sums(row_update_kind kind, index_t expected, index_t got) {
  if (got != expected)
    throw_error<argument_error>("update_rows: expected ", expected, " sums of squares for ",
                                name_of(kind), ", got ", got);
}

}  // namespace detail

/// Updates those rows of a table that a batch has named; what lies past the size of a row stays
/// zero. Several rows at a time, the same bytes at any number of threads; no allocation.
/// Cost: what the rows, their gradient and their state take to read and to write.
/// @param rows      rising, all different: as `touched_rows` has them
/// @param gradient  [at least as many rows, d_max]; row k is that of rows[k]
/// @param state     of this table, made for the kind of the step
/// @throws argument_error if something does not fit; nothing is changed then
template <class T>
void update_rows(const row_update_step<T>& step, basic_masked_table<T>& table,
                 std::span<const row_id> rows,
                 const std::type_identity_t<basic_matrix_view<T>>& gradient, row_state<T>& state) {
  detail::check_named(table.rows(), table.columns(), rows, gradient.rows(), gradient.cols());
  const bool moments = step.kind() == row_update_kind::lazy_adam;
  const index_t moment_rows = moments ? table.rows() : 0;
  const index_t sums = step.kind() == row_update_kind::rowwise_adagrad ? table.rows() : 0;
  for (const auto* m : {&state.first, &state.second})
    if (m->rows() != moment_rows || (moments && m->cols() != table.columns()))
      detail::throw_error<argument_error>("update_rows: expected moments of ", moment_rows,
                                          " rows for ", name_of(step.kind()), ", got [", m->rows(),
                                          ", ", m->cols(), "]");
  detail::check_sums(step.kind(), sums, state.squares.size());
  if (rows.empty()) return;
  detail::update_rows(
      step, table[0].data(), table.columns(), rows, state.memory(),
      [&](index_t k) { return gradient.row(k).data(); },
      [&](row_id row) { return table.row_sizes()[row]; });
}

}  // namespace ciess
