// SPDX-License-Identifier: MIT
/// @file
/// What tables do with the rows that they train, however these lie in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/sizes.hpp>

namespace ciess::detail {

/// @param who   what a message begins with
/// @param kept  sizes that a table has
/// @throws argument_error unless `s` has as many rows and the same range
inline void check_same_table(const char* who, const sizes& kept, const sizes& s) {
  if (s.rows() != kept.rows() || s.range() != kept.range())
    throw_error<argument_error>(who, ": ", kept.rows(), " rows with sizes in [", kept.range().min,
                                ", ", kept.range().max, "], got ", s.rows(),
                                " rows with sizes in [", s.range().min, ", ", s.range().max, "]");
}

/// The largest size of any row.  O(rows)
[[nodiscard]] inline index_t largest_size(const sizes& s) noexcept {
  int most = 0;
  for (const auto size : s.values()) most = std::max<int>(most, size);
  return most;
}

/// Draws the numbers of row r: the sequence (0, r) of a stream.
template <class T, class Init>
void draw_row(const Init& init, const random_stream& stream, index_t r, std::span<T> row) {
  auto engine = stream.at(0, static_cast<std::uint64_t>(r));
  init(engine, row);
}

/// Fills what row r gains, its last numbers, with what `draw_row` would put there.
/// @param size    of the row, with what it gains
/// @param buffer  room to draw in
template <class T, class Init>
void draw_gained(const Init& init, const random_stream& stream, index_t r, std::size_t size,
                 std::span<T> gained, std::vector<T>& buffer) {
  buffer.resize(size);
  draw_row(init, stream, r, std::span(buffer));
  std::copy(buffer.end() - static_cast<std::ptrdiff_t>(gained.size()), buffer.end(),
            gained.begin());
}

/// @param who  what a message begins with
/// @throws argument_error if axes are not square, have more columns than a table, or a row keeps
///         less than they have
inline void check_axes(const char* who, const basic_matrix_view<double>& axes, const sizes& kept) {
  const index_t columns = kept.range().max;
  if (axes.cols() != axes.rows() || axes.rows() > columns)
    throw_error<argument_error>(who, ": axes must be square, at most [", columns, ", ", columns,
                                "], got [", axes.rows(), ", ", axes.cols(), "]");
  for (index_t r = 0; r < kept.rows(); ++r)
    if (kept[r] < axes.rows())
      throw_error<argument_error>(who, ": axes of ", axes.rows(),
                                  " columns can be changed where every row keeps them; row ", r,
                                  " keeps ", kept[r]);
}

/// Multiplies the first numbers of a row by axes from the right.
/// @param turned  room for them
template <class T>
void turn_row(const basic_matrix_view<double>& axes, T* row, std::vector<double>& turned) {
  turned.assign(static_cast<std::size_t>(axes.rows()), 0.0);
  for (index_t k = 0; k < axes.rows(); ++k) {
    const auto x = static_cast<double>(row[k]);
    const double* const axis = axes.row(k).data();
    for (std::size_t j = 0; j < turned.size(); ++j) turned[j] += x * axis[j];
  }
  for (std::size_t j = 0; j < turned.size(); ++j) row[j] = static_cast<T>(turned[j]);
}

}  // namespace ciess::detail
