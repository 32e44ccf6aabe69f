// SPDX-License-Identifier: MIT
/// @file
/// Products of a block of rows with a matrix that many blocks share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include <ciess/core/types.hpp>
#include <ciess/nn/detail/panels.hpp>

namespace ciess::detail {

/// The right factor of a product, packed once for all blocks of rows that are multiplied with it:
/// in panels as wide as two registers, the rows of a panel one behind the other, so that a panel
/// stays in the L1 while all rows of a block pass by.
///
/// Each number of a product is summed over k in order, whatever its place: the same bytes however
/// rows are cut into blocks. Cost: 2 flops a term, at nearly what registers can do for 100 and more
/// rows.
template <class T>
class packed_factor {
 public:
  /// Takes b(i, j) = data[i * row_stride + j * column_stride], [rows, columns]; a transposed matrix
  /// by exchanged strides.
  void pack(const T* data, index_t rows, index_t columns, index_t row_stride,
            index_t column_stride) {
    rows_ = rows;
    columns_ = columns;
    if (rows == 0) return;  // data may be null
    const index_t panels = (columns + width - 1) / width;
    if (static_cast<index_t>(lines_.size()) < panels * rows)
      lines_.resize(static_cast<std::size_t>(panels * rows));
    for (index_t p = 0; p < panels; ++p) {
      line* const to = lines_.data() + p * rows;
      const T* const from = data + p * width * column_stride;
      const index_t n = std::min(width, columns - p * width);
      if (column_stride == 1 && n == width) {
        for (index_t i = 0; i < rows; ++i) std::memcpy(&to[i], from + i * row_stride, sizeof(line));
        continue;
      }
      for (index_t j = 0; j < width; ++j)
        for (index_t i = 0; i < rows; ++i) {
          const T x = j < n ? from[i * row_stride + j * column_stride] : T{0};
          std::memcpy(reinterpret_cast<std::byte*>(to + i) + j * index_t{sizeof x}, &x, sizeof x);
        }
    }
  }

  [[nodiscard]] index_t rows() const noexcept { return rows_; }
  [[nodiscard]] index_t columns() const noexcept { return columns_; }

  /// Columns of a panel, a power of two.
  static constexpr index_t width = 2 * index_t{register_bytes} / index_t{sizeof(T)};

  /// c = a b, or c += a b.
  /// @param a  a(r, k) = a[r * row_stride + k * term_stride], r < n, k < rows packed
  /// @param c  [n, columns packed], rows `c_stride` apart
  template <bool add>
  void multiply(const T* a, index_t n, index_t row_stride, index_t term_stride, T* c,
                index_t c_stride) const {
    multiply<add>(a, n, row_stride, term_stride, c, c_stride, 0, columns_);
  }
  /// The same for columns [first, last) of b alone; `first` is a multiple of `width`.
  /// @param c  [n, last - first]
  template <bool add>
  void multiply(const T* a, index_t n, index_t row_stride, index_t term_stride, T* c,
                index_t c_stride, index_t first, index_t last) const {
    if (rows_ == 0) {  // a may be null
      if constexpr (!add)
        for (index_t r = 0; r < n; ++r) std::fill_n(c + r * c_stride, last - first, T{0});
      return;
    }
    for (index_t p = first / width; p * width < last; ++p) {
      T* const to = c + (p * width - first);
      index_t r = 0;
      for (; r + 3 * most <= n; r += 3 * most)
        tile<most, add>(a + r * row_stride, row_stride, term_stride, p, to + r * c_stride,
                        c_stride);
      for (; r + 3 <= n; r += 3)
        tile<1, add>(a + r * row_stride, row_stride, term_stride, p, to + r * c_stride, c_stride);
      for (; r < n; ++r)
        tile<0, add>(a + r * row_stride, row_stride, term_stride, p, to + r * c_stride, c_stride);
    }
  }

 private:
  using lane [[gnu::vector_size(register_bytes)]] = T;
  /// The same in memory, wherever numbers lie. Sums go there and back as registers: by way of
  /// arrays of bytes they took as long as 40 terms.
  using loose [[gnu::vector_size(register_bytes), gnu::aligned(alignof(T)), gnu::may_alias]] = T;
  struct line {
    lane left, right;
  };
  static_assert(sizeof(line) == width * sizeof(T));
  /// Threes of rows at a time: their sums, two registers a row, fill most registers.
  static constexpr index_t most = register_bytes == 64 ? 4 : 2;

  /// A tile of 3 * threes rows (0: one row) and one panel.
  template <index_t threes, bool add>
  void tile(const T* a, index_t row_stride, index_t term_stride, index_t p, T* c,
            index_t c_stride) const {
    constexpr index_t each = threes == 0 ? 1 : 3;
    constexpr index_t groups = threes == 0 ? 1 : threes;
    constexpr auto all = static_cast<std::size_t>(groups * each);
    const line* b = lines_.data() + p * rows_;
    const line* const end = b + rows_;
    // Row g * 3 + s is reached from the first of its group by an address of one instruction.
    const T* from[static_cast<std::size_t>(groups)];
    lane left[all] = {};
    lane right[all] = {};
    for (index_t g = 0; g < groups; ++g) from[g] = a + g * each * row_stride;
    for (; b != end; ++b) {
      const lane l = b->left;
      const lane r = b->right;
      for (index_t g = 0; g < groups; ++g) {
        for (index_t s = 0; s < each; ++s) {
          const T x = from[g][s * row_stride];
          left[g * each + s] += x * l;
          right[g * each + s] += x * r;
        }
        from[g] += term_stride;
      }
    }
    const index_t n = std::min(width, columns_ - p * width);
    if (n == width) {
      for (index_t r = 0; r < groups * each; ++r) {
        auto* const to = reinterpret_cast<loose*>(c + r * c_stride);
        if constexpr (add) {
          to[0] = left[r] + to[0];
          to[1] = right[r] + to[1];
        } else {
          to[0] = left[r];
          to[1] = right[r];
        }
      }
      return;
    }
    for (index_t r = 0; r < groups * each; ++r) {
      T numbers[static_cast<std::size_t>(width)];
      std::memcpy(numbers, &left[r], sizeof(lane));
      std::memcpy(numbers + width / 2, &right[r], sizeof(lane));
      T* const to = c + r * c_stride;
      for (index_t j = 0; j < n; ++j) to[j] = add ? to[j] + numbers[j] : numbers[j];
    }
  }

  index_t rows_ = 0;
  index_t columns_ = 0;
  std::vector<line> lines_;  ///< [panels][rows]
};

/// a b, [a.rows(), b.cols()].
template <class T>
[[nodiscard]] basic_matrix<T> times(const basic_matrix<T>& a, const basic_matrix<T>& b) {
  packed_factor<T> factor;
  factor.pack(b.data(), b.rows(), b.cols(), b.cols(), 1);
  basic_matrix<T> c(a.rows(), b.cols());
  factor.template multiply<false>(a.data(), a.rows(), a.cols(), 1, c.data(), c.cols());
  return c;
}

/// a^T b, [a.cols(), b.cols()].
template <class T>
[[nodiscard]] basic_matrix<T> transposed_times(const basic_matrix<T>& a, const basic_matrix<T>& b) {
  packed_factor<T> factor;
  factor.pack(b.data(), b.rows(), b.cols(), b.cols(), 1);
  basic_matrix<T> c(a.cols(), b.cols());
  factor.template multiply<false>(a.data(), a.cols(), 1, a.cols(), c.data(), c.cols());
  return c;
}

/// a b^T, [a.rows(), b.rows()].
template <class T>
[[nodiscard]] basic_matrix<T> times_transposed(const basic_matrix<T>& a, const basic_matrix<T>& b) {
  packed_factor<T> factor;
  factor.pack(b.data(), b.cols(), b.rows(), 1, b.cols());
  basic_matrix<T> c(a.rows(), b.rows());
  factor.template multiply<false>(a.data(), a.rows(), a.cols(), 1, c.data(), c.cols());
  return c;
}

}  // namespace ciess::detail
