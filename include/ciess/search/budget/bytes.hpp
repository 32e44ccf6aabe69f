// SPDX-License-Identifier: MIT
/// @file
/// Budgets in bytes of the packed tables: what `packed_view::memory` will say.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/table_formats.hpp>

namespace ciess {

/// Bytes of all tables of an assignment once they are packed: values, scales, sizes, index and
/// padding, everything but ids. O(rows)
/// @throws argument_error if there are formats of other tables
[[nodiscard]] inline std::int64_t packed_bytes(const assignment& a, const table_formats& formats) {
  formats.check("packed_bytes", a.size());
  std::int64_t sum = 0;
  for (std::size_t t = 0; t < a.size(); ++t) sum += packed_memory_of(a[t], formats.of(t)).total();
  return sum;
}

namespace detail {

/// What tables take beside values, and the portions in which bytes hold these.
struct bytes_of_portions {
  std::int64_t beside = 0;         ///< all but the values, of tables whose rows differ in size
  std::int64_t least = 0;          ///< with the smallest size of all rows, which needs no index
  std::int64_t least_unequal = 0;  ///< with the smallest sizes and an index
  /// Numbers or parts of them are counted, so many to so many bytes; where tables differ, bytes.
  int in_unit = 1;
  std::int64_t unit = 1;
  budget made{};  ///< but what may be spent

  bytes_of_portions(std::span<const table_shape> shapes, const table_formats& formats, int asked) {
    check_multiple(asked);
    formats.check("budget", shapes.size());
    for (std::size_t t = 0; t < std::max<std::size_t>(shapes.size(), 1); ++t)
      with_number(formats.of(t), [&]<class N>() { count<N>(shapes, t, asked, formats.differ()); });
  }
  /// @param columns  of the books of both tables, see `code_book`
  bytes_of_portions(std::span<const table_shape> shapes, index_t columns, int asked) {
    check_multiple(asked);
    for (std::size_t t = 0; t < std::max<std::size_t>(shapes.size(), 1); ++t)
      count<code_byte>(shapes, t, asked, false);
    const std::int64_t books = 3 * std::int64_t{columns} * std::ssize(shapes);
    beside += books;
    least += books;
    least_unequal += books;
  }

  /// What may be spent on values.
  /// @throws argument_error if the smallest sizes do not fit
  [[nodiscard]] budget of(std::int64_t bytes) const {
    if (bytes < least)
      throw_error<argument_error>("budget: ", bytes,
                                  " bytes do not hold the smallest sizes, which take ", least);
    const std::int64_t left = bytes - beside;  // below 0: rounded down, too
    budget b = made;
    b.numbers = (left / unit - (left % unit < 0 ? 1 : 0)) * in_unit;
    return b;
  }

 private:
  template <class N>
  void count(std::span<const table_shape> shapes, std::size_t t, int asked, bool in_bytes) {
    const std::int64_t width{sizeof(N)};  // bytes of `in_one`
    const auto [in_one, parts] = [] {
      if constexpr (!is_bits<N>)
        return std::pair(1, 1);
      else
        return 8 % N::width == 0 ? std::pair(8 / N::width, 1) : std::pair(8, int{N::width});
    }();
    const int multiple = asked == 1 ? in_one : std::lcm(asked * parts, in_one);
    const std::int64_t bytes = multiple / in_one * width;  // of a portion
    if (in_bytes) {
      made.tables.push_back({multiple, parts, bytes});
    } else {
      made.multiple = multiple;
      made.parts = parts;
      in_unit = in_one;
      unit = width;
    }
    if (t == shapes.size()) return;  // there is no table
    const table_shape& s = shapes[t];
    const std::int64_t of_ragged = packed_memory_beside<N>(s.rows, s.range, true).total();
    const std::int64_t of_equal = packed_memory_beside<N>(s.rows, s.range, false).total();
    beside += of_ragged;
    made.one_size.push_back((of_ragged - of_equal) / unit * in_unit);
    const std::int64_t values = s.rows * row_portions{multiple, parts, bytes}.cost(s.range.min);
    least += of_equal + values;
    least_unequal += of_ragged + values;
  }
};

}  // namespace detail

/// The fewest bytes of which `budget_in_bytes` can be made: the smallest size for all rows of each
/// table, which needs no index. O(tables)
[[nodiscard]] inline std::int64_t least_bytes(std::span<const table_shape> shapes,
                                              const table_formats& formats, int multiple = 1) {
  return detail::bytes_of_portions(shapes, formats, multiple).least;
}
/// The fewest with which rows of every table may have different sizes. O(tables)
[[nodiscard]] inline std::int64_t least_unequal_bytes(std::span<const table_shape> shapes,
                                                      const table_formats& formats,
                                                      int multiple = 1) {
  return detail::bytes_of_portions(shapes, formats, multiple).least_unequal;
}

/// The numbers that rows may keep so that packed tables take at most so many bytes, whichever rows
/// keep them: in portions that fill bytes, so that it is exact. Where tables have different formats
/// it counts bytes, and each table has portions of its own, see `budget::tables`. `packed_bytes` of
/// what meets it is never more. It is less than a portion short if the numbers are used up; a table
/// all rows of which have one size needs no index and may have numbers in its place, see
/// `budget::one_size`, but a portion for every row may then be left. Below `least_unequal_bytes`
/// not every table has room for an index: `project` and all methods then give all rows of each
/// table one size.
/// @param multiple  sizes are multiples of it, and of as many numbers as are in a byte; if it is 1
///                  and numbers have three bits, they are what fits into whole bytes
/// @throws argument_error if not even the smallest sizes fit, saying what these take; if there are
///         formats of other tables. O(tables)
[[nodiscard]] inline budget budget_in_bytes(std::span<const table_shape> shapes,
                                            const table_formats& formats, std::int64_t bytes,
                                            int multiple = 1) {
  return detail::bytes_of_portions(shapes, formats, multiple).of(bytes);
}

/// The same of tables whose sizes are bytes of columns with bits of their own, see `code_book`.
/// @param shapes   sizes are bytes of rows
/// @param columns  of each table's book, which counts, at most
[[nodiscard]] inline std::int64_t least_code_bytes(std::span<const table_shape> shapes,
                                                   index_t columns, int multiple = 1) {
  return detail::bytes_of_portions(shapes, columns, multiple).least;
}
[[nodiscard]] inline std::int64_t least_unequal_code_bytes(std::span<const table_shape> shapes,
                                                           index_t columns, int multiple = 1) {
  return detail::bytes_of_portions(shapes, columns, multiple).least_unequal;
}
/// The bytes that rows may have so that all of it, the books included, takes at most so many.
/// `packed_memory_of_bytes` of what meets it is never more.
/// @throws argument_error as above
[[nodiscard]] inline budget budget_in_code_bytes(std::span<const table_shape> shapes,
                                                 index_t columns, std::int64_t bytes,
                                                 int multiple = 1) {
  return detail::bytes_of_portions(shapes, columns, multiple).of(bytes);
}

/// What is left of the bytes that the full-size tables take as floats, values alone.
/// @param removed  in (0, 1)
/// @throws argument_error if removed is not
[[nodiscard]] inline std::int64_t bytes_left(std::span<const table_shape> shapes, double removed) {
  if (!(removed > 0 && removed < 1))
    detail::throw_error<argument_error>(
        "budget: share of bytes to remove must be above 0 and below 1, got ", removed);
  return detail::rest_of(4 * dense_numbers(shapes), removed);
}

/// The same as `budget_in_bytes` for a share of these bytes.
/// @throws argument_error as both
[[nodiscard]] inline budget budget_in_bytes(std::span<const table_shape> shapes,
                                            const table_formats& formats, double removed,
                                            int multiple = 1) {
  return budget_in_bytes(shapes, formats, bytes_left(shapes, removed), multiple);
}

}  // namespace ciess
