// SPDX-License-Identifier: MIT
/// @file
/// A table in somebody else's memory: Eigen's, xtensor's, or behind a pointer.
#pragma once

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

#include <ciess/core/detail/checked.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>

namespace ciess {
namespace detail {

/// A matrix, map, reference or block of Eigen's that lies in memory; products and sums do not.
template <class M>
concept strided_eigen = requires(M& m) {
  { *m.data() } -> std::convertible_to<double>;
  { m.rows() } -> std::convertible_to<index_t>;
  { m.cols() } -> std::convertible_to<index_t>;
  { m.rowStride() } -> std::convertible_to<index_t>;
  { m.colStride() } -> std::convertible_to<index_t>;
};

/// A tensor, adaptor or view of xtensor's that lies in memory and whose type says that it has two
/// dimensions; `xt::xarray` does not say so.
template <class M>
concept strided_xtensor = requires(M& m) {
  { *m.storage().data() } -> std::convertible_to<double>;
  { m.data_offset() } -> std::convertible_to<std::size_t>;
  { m.strides()[0] } -> std::convertible_to<index_t>;
  requires std::tuple_size<std::remove_cvref_t<decltype(m.shape())>>::value == 2;
};

template <strided_eigen M>
auto first_of(M& m) {
  return m.data();
}
/// Not `m.data()`, which does not compile for an adaptor of a const vector (xtensor 0.24).
template <strided_xtensor M>
auto first_of(M& m) {
  return m.storage().data() + m.data_offset();
}

/// A matrix of Eigen's that is about to die with its numbers.
template <class M>
concept dying_matrix =
    !std::is_lvalue_reference_v<M> &&
    std::derived_from<std::remove_cv_t<M>, Eigen::PlainObjectBase<std::remove_cv_t<M>>>;

template <class M>
using element_of = std::remove_pointer_t<decltype(first_of(std::declval<M&>()))>;

}  // namespace detail

/// A table [rows, columns] of numbers in memory that somebody else owns and that must outlive the
/// view. Entry (r, c) is at `data()[r * row_stride() + c * column_stride()]`: strides count
/// numbers, not bytes, and may be negative, or larger than a row. Copying a view copies no number.
/// @tparam T  float, double or long double; const for a view to read from
template <class T>
  requires std::floating_point<std::remove_const_t<T>>
class table_view {
 public:
  table_view() = default;

  /// @param data  where entry (0, 0) is; with a negative stride that is not the lowest address
  /// @throws argument_error if a count is negative, if `data` is null though there are entries, if
  ///         the entries span more bytes than memory can have, or if they can be written and the
  ///         strides let two of them share an address
  table_view(T* data, index_t rows, index_t columns, index_t row_stride, index_t column_stride = 1)
      : data_{data},
        rows_{rows},
        columns_{columns},
        row_stride_{row_stride},
        column_stride_{column_stride} {
    if (rows < 0 || columns < 0)
      detail::throw_error<argument_error>("table_view: expected a shape of counts, got [", rows,
                                          ", ", columns, "]");
    if (rows == 0 || columns == 0) return;
    if (!data)
      detail::throw_error<argument_error>("table_view: expected a pointer to [", rows, ", ",
                                          columns, "] numbers, got null");
    if (!spans_memory())
      detail::throw_error<argument_error>("table_view: [", rows, ", ", columns,
                                          "] numbers with strides ", row_stride, " and ",
                                          column_stride, " do not fit into memory");
    if (!std::is_const_v<T> && !apart(rows, row_stride, columns, column_stride) &&
        !apart(columns, column_stride, rows, row_stride))
      detail::throw_error<argument_error>("table_view: writable [", rows, ", ", columns,
                                          "] numbers with strides ", row_stride, " and ",
                                          column_stride, " share addresses");
  }

  /// Rows one after the other, without gaps.
  table_view(T* data, index_t rows, index_t columns) : table_view(data, rows, columns, columns) {}

  /// Of a dense matrix, map, reference or block of Eigen's, row- or column-major; not of a matrix
  /// that a function has just returned.
  template <detail::strided_eigen M>
    requires(!detail::dying_matrix<M> && std::convertible_to<detail::element_of<M> (*)[], T (*)[]>)
  table_view(M&& m)
      : table_view(detail::first_of(m), m.rows(), m.cols(), m.rowStride(), m.colStride()) {}

  /// Of an `xt::xtensor` of two dimensions, an adaptor or a strided view of fixed rank.
  template <detail::strided_xtensor M>
    requires std::convertible_to<detail::element_of<M> (*)[], T (*)[]>
  table_view(M&& m)
      : table_view(detail::first_of(m), static_cast<index_t>(m.shape()[0]),
                   static_cast<index_t>(m.shape()[1]), static_cast<index_t>(m.strides()[0]),
                   static_cast<index_t>(m.strides()[1])) {}

  /// What can be written can be read.
  template <class U>
    requires std::same_as<const U, T>
  table_view(const table_view<U>& other) noexcept
      : data_{other.data()},
        rows_{other.rows()},
        columns_{other.columns()},
        row_stride_{other.row_stride()},
        column_stride_{other.column_stride()} {}

  [[nodiscard]] T* data() const noexcept { return data_; }
  [[nodiscard]] index_t rows() const noexcept { return rows_; }
  [[nodiscard]] index_t columns() const noexcept { return columns_; }
  [[nodiscard]] index_t row_stride() const noexcept { return row_stride_; }
  [[nodiscard]] index_t column_stride() const noexcept { return column_stride_; }

  /// @pre 0 <= row < rows() and 0 <= column < columns()
  [[nodiscard]] T& operator()(index_t row, index_t column) const noexcept {
    assert(0 <= row && row < rows_ && 0 <= column && column < columns_);
    return data_[row * row_stride_ + column * column_stride_];
  }

  /// The same numbers as [columns, rows].
  [[nodiscard]] table_view transposed() const noexcept {
    table_view other = *this;
    std::swap(other.rows_, other.columns_);
    std::swap(other.row_stride_, other.column_stride_);
    return other;
  }

 private:
  static constexpr std::uint64_t magnitude(index_t stride) noexcept {
    const auto bits = static_cast<std::uint64_t>(stride);
    return stride < 0 ? 0 - bits : bits;
  }

  /// Whether all entries are within PTRDIFF_MAX bytes of each other.
  [[nodiscard]] bool spans_memory() const noexcept {
    constexpr auto most =
        static_cast<std::uint64_t>(std::numeric_limits<std::ptrdiff_t>::max()) / sizeof(T) - 1;
    const auto down =
        detail::product(static_cast<std::uint64_t>(rows_ - 1), magnitude(row_stride_), most);
    const auto across =
        detail::product(static_cast<std::uint64_t>(columns_ - 1), magnitude(column_stride_), most);
    return down && across && *across <= most - *down;
  }

  /// Whether lines `stride` apart, of `length` entries `step` apart, are clear of each other.
  static bool apart(index_t lines, index_t stride, index_t length, index_t step) noexcept {
    return (length == 1 || step != 0) &&
           (lines == 1 ||
            magnitude(stride) > static_cast<std::uint64_t>(length - 1) * magnitude(step));
  }

  T* data_ = nullptr;
  index_t rows_ = 0;
  index_t columns_ = 0;
  index_t row_stride_ = 0;
  index_t column_stride_ = 1;
};

template <class M>
  requires(detail::strided_eigen<M> && !detail::dying_matrix<M>) || detail::strided_xtensor<M>
table_view(M&&) -> table_view<detail::element_of<M>>;

/// What `table_view` can be made of: numbers in memory, in rows and columns.
template <class S>
concept table_source = requires(S& source) { table_view(source); };

/// A source that can be written to.
template <class S>
concept table_sink = table_source<S> && requires(S& sink) {
  requires !std::is_const_v<std::remove_pointer_t<decltype(table_view(sink).data())>>;
};

}  // namespace ciess
