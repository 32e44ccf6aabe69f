// SPDX-License-Identifier: MIT
/// @file
/// A trainable embedding table whose rows have sizes of their own.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/detail/table_rows.hpp>
#include <ciess/embedding/sizes.hpp>

namespace ciess {

/// Draws the first values of one row. Promised: the first n numbers do not depend on how many are
/// asked for, so that a row which grows gets what it would have had from the beginning.
template <class I, class T>
concept row_initializer = std::copyable<I> && requires(const I& init, random_engine& engine,
                                                       std::span<T> row) { init(engine, row); };

/// Values from N(0, stddev^2).
struct normal_rows {
  double stddev = 0.01;  ///< (reference program, LightGCN)

  template <class T>
  void operator()(random_engine& engine, std::span<T> row) const noexcept {
    const T scale = static_cast<T>(stddev);
    for (std::size_t j = 0; j < row.size(); j += 2) {
      const auto pair = normal_pair<T>(engine);
      row[j] = scale * pair[0];
      if (j + 1 < row.size()) row[j + 1] = scale * pair[1];
    }
  }
};

/// Values uniform in +-sqrt(6 / (rows + columns)).
/// Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
/// networks", AISTATS 2010.
struct xavier_uniform_rows {
  index_t rows = 1;     ///< of the table
  index_t columns = 1;  ///< of the table at full size

  template <class T>
  void operator()(random_engine& engine, std::span<T> row) const noexcept {
    const T bound = static_cast<T>(std::sqrt(6.0 / static_cast<double>(rows + columns)));
    for (T& value : row) value = uniform<T>(engine, -bound, bound);
  }
};

/// A dense table [rows, d_max] of which row r owns the first `row_sizes()[r]` numbers. The rest of
/// the row is exactly zero, always: writers only ever get the numbers that a row owns. So dense
/// kernels are right without looking at the sizes, and those that look may skip work.
template <class T>
class basic_masked_table {
 public:
  using value_type = T;

  basic_masked_table() = default;

  /// A table of zeros.
  explicit basic_masked_table(sizes s)
      : sizes_{std::move(s)}, values_{basic_matrix<T>::Zero(sizes_.rows(), sizes_.range().max)} {}

  /// Takes the memory of `values` [rows, d_max] without copying; zeros what no row owns.
  /// @throws argument_error if the shape differs; `values` is then as it was
  basic_masked_table(sizes s, basic_matrix<T>&& values) {
    if (values.rows() != s.rows() || values.cols() != s.range().max)
      detail::throw_error<argument_error>("masked_table: expected values [", s.rows(), ", ",
                                          s.range().max, "], got [", values.rows(), ", ",
                                          values.cols(), "]");
    sizes_ = std::move(s);
    values_ = std::move(values);
    mask(values_);
  }

  [[nodiscard]] index_t rows() const noexcept { return sizes_.rows(); }
  [[nodiscard]] index_t columns() const noexcept { return values_.cols(); }
  [[nodiscard]] const sizes& row_sizes() const noexcept { return sizes_; }

  /// [rows, d_max], zero past the size of a row.
  [[nodiscard]] const basic_matrix<T>& values() const noexcept { return values_; }

  /// The numbers that a row owns.  @pre 0 <= row < rows()
  [[nodiscard]] std::span<T> operator[](index_t row) noexcept {
    return {values_.data() + row * columns(), static_cast<std::size_t>(sizes_[row])};
  }
  [[nodiscard]] std::span<const T> operator[](index_t row) const noexcept {
    return {values_.data() + row * columns(), static_cast<std::size_t>(sizes_[row])};
  }

  /// The largest size of any row: columns from here on are zero. O(rows)
  [[nodiscard]] index_t used_columns() const noexcept { return detail::largest_size(sizes_); }

  /// Draws every number anew: row r from the sequence (0, r) of `stream`.
  template <row_initializer<T> Init>
  void draw(const Init& init, const random_stream& stream) {
    parallel_for(rows(), grain, [&](index_t first, index_t last) {
      for (index_t r = first; r < last; ++r) detail::draw_row(init, stream, r, (*this)[r]);
    });
  }

  /// Takes new sizes: rows that shrink are cut; what rows gain is what `draw` with the same
  /// arguments would put there, whatever sizes they had in between.
  /// @throws argument_error unless `s` has as many rows and the same range; nothing is changed then
  template <row_initializer<T> Init>
  void resize(const sizes& s, const Init& init, const random_stream& stream) {
    exchange_sizes(s, [&](index_t r, std::span<T> gained, std::vector<T>& buffer) {
      detail::draw_gained(init, stream, r, static_cast<std::size_t>(s[r]), gained, buffer);
    });
  }

  /// The same with zeros in what rows gain.
  void resize(const sizes& s) {
    exchange_sizes(s, [](index_t, std::span<T>, std::vector<T>&) {});
  }

  /// Rows that are larger than `s` says are cut to that size; the others stay.
  /// @throws argument_error unless `s` has as many rows and the same range; nothing is changed then
  void cut(const sizes& s) {
    detail::check_same_table("masked_table", sizes_, s);
    parallel_for(rows(), grain, [&](index_t first, index_t last) {
      for (index_t r = first; r < last; ++r)
        if (s[r] < sizes_[r])
          std::fill(values_.data() + r * columns() + s[r],
                    values_.data() + r * columns() + sizes_[r], T{0});
    });
    sizes_ = smaller(sizes_, s);
  }

  /// Sets the entries of a gradient [rows, d_max] to zero that belong to no number of the table.
  /// @throws argument_error if the shape differs
  void mask(basic_matrix_span<T> gradient) const {
    if (gradient.rows() != rows() || gradient.cols() != columns())
      detail::throw_error<argument_error>("masked_table: the table is [", rows(), ", ", columns(),
                                          "], the gradient [", gradient.rows(), ", ",
                                          gradient.cols(), "]");
    parallel_for(rows(), grain, [&](index_t first, index_t last) {
      for (index_t r = first; r < last; ++r)
        std::fill(gradient.row(r).data() + sizes_[r], gradient.row(r).data() + columns(), T{0});
    });
  }

  /// Multiplies the first columns of the table by a matrix from the right: every row in new axes.
  /// @param axes  [k, k]; those of k columns, at most d_max
  /// @throws argument_error if it is not square, has more columns, or a row keeps less than k
  ///         numbers, since its tail would not stay zero; nothing is changed then
  void change_axes(const basic_matrix_view<double>& axes) {
    detail::check_axes("masked_table", axes, sizes_);
    parallel_for(rows(), grain, [&](index_t first, index_t last) {
      std::vector<double> turned;
      for (index_t r = first; r < last; ++r) detail::turn_row(axes, values_.row(r).data(), turned);
    });
  }

  /// See `field_visitor`. Rows and range are those that this has; past the size of a row, what is
  /// loaded becomes 0.
  template <class F>
  void visit(F& f) {
    visit_part(f, "rows", sizes_);
    const std::span<T> numbers(values_.data(), static_cast<std::size_t>(values_.size()));
    f("values", numbers);
    f.check("values", detail::all_finite(numbers), "finite numbers");
    if constexpr (F::reads) mask(values_);
  }

 private:
  static constexpr index_t grain = 64;

  template <class Gain>
  void exchange_sizes(const sizes& s, Gain&& gain) {
    detail::check_same_table("masked_table", sizes_, s);
    parallel_for(rows(), grain, [&](index_t first, index_t last) {
      std::vector<T> buffer;
      for (index_t r = first; r < last; ++r) {
        T* const row = values_.data() + r * columns();
        const int before = sizes_[r];
        const int after = s[r];
        if (after < before)
          std::fill(row + after, row + before, T{0});
        else if (after > before)
          gain(r, std::span<T>(row + before, static_cast<std::size_t>(after - before)), buffer);
      }
    });
    sizes_ = s;
  }

  sizes sizes_;
  basic_matrix<T> values_;
};

using masked_table = basic_masked_table<float>;

}  // namespace ciess
