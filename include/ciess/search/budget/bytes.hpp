// SPDX-License-Identifier: MIT
/// @file
/// Budgets in bytes of the packed tables: what `packed_view::memory` will say.
#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/number_format.hpp>

namespace ciess {

/// Bytes of all tables of an assignment once they are packed: values, scales, sizes, index and
/// padding, everything but ids. O(rows)
[[nodiscard]] inline std::int64_t packed_bytes(const assignment& a, number_format format) {
  std::int64_t sum = 0;
  for (const sizes& s : a) sum += packed_memory_of(s, format).total();
  return sum;
}

namespace detail {

/// Of tables whose rows have different sizes, in portions of `multiple` numbers or parts of them.
struct bytes_of_portions {
  std::int64_t beside = 0;         ///< all but the values
  std::int64_t least = 0;          ///< with the smallest size of all rows, which needs no index
  std::int64_t least_unequal = 0;  ///< with the smallest sizes and an index
  std::int64_t width = 0;          ///< bytes of `in_one` numbers or parts of numbers
  int in_one = 1;
  int multiple = 1;
  int parts = 1;
  std::vector<std::int64_t> one_size{};  ///< [tables] numbers in place of sizes and an index

  bytes_of_portions(std::span<const table_shape> shapes, number_format format, int asked) {
    check_multiple(asked);
    with_number(format, [&]<class N>() { count<N>(shapes, asked); });
  }
  /// @param columns  of the books of both tables, see `code_book`
  bytes_of_portions(std::span<const table_shape> shapes, index_t columns, int asked) {
    check_multiple(asked);
    count<code_byte>(shapes, asked);
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
    return {(left / width - (left % width < 0 ? 1 : 0)) * in_one, multiple, one_size, parts};
  }

 private:
  template <class N>
  void count(std::span<const table_shape> shapes, int asked) {
    width = std::int64_t{sizeof(N)};
    if constexpr (is_bits<N>) {
      const bool fill = 8 % N::width == 0;
      in_one = fill ? 8 / N::width : 8;
      parts = fill ? 1 : N::width;
    }
    multiple = asked == 1 ? in_one : std::lcm(asked * parts, in_one);
    for (const table_shape& s : shapes) {
      const std::int64_t of_ragged = packed_memory_beside<N>(s.rows, s.range, true).total();
      beside += of_ragged;
      const std::int64_t of_equal = packed_memory_beside<N>(s.rows, s.range, false).total();
      one_size.push_back((of_ragged - of_equal) / width * in_one);
      const std::int64_t values =
          s.rows * budget{.multiple = multiple, .parts = parts}.cost(s.range.min) / in_one * width;
      least += of_equal + values;
      least_unequal += of_ragged + values;
    }
  }
};

}  // namespace detail

/// The fewest bytes of which `budget_in_bytes` can be made: the smallest size for all rows of each
/// table, which needs no index. O(tables)
[[nodiscard]] inline std::int64_t least_bytes(std::span<const table_shape> shapes,
                                              number_format format, int multiple = 1) {
  return detail::bytes_of_portions(shapes, format, multiple).least;
}
/// The fewest with which rows of every table may have different sizes. O(tables)
[[nodiscard]] inline std::int64_t least_unequal_bytes(std::span<const table_shape> shapes,
                                                      number_format format, int multiple = 1) {
  return detail::bytes_of_portions(shapes, format, multiple).least_unequal;
}

/// The numbers that rows may keep so that packed tables take at most so many bytes, whichever rows
/// keep them: in portions that fill bytes, so that it is exact. `packed_bytes` of what meets it is
/// never more. It is less than a portion short if the numbers are used up; a table all rows of
/// which have one size needs no index and may have numbers in its place, see `budget::one_size`,
/// but a portion for every row may then be left. Below `least_unequal_bytes` not every table has
/// room for an index: `project` and all methods then give all rows of each table one size.
/// @param multiple  sizes are multiples of it, and of as many numbers as are in a byte; if it is 1
///                  and numbers have three bits, they are what fits into whole bytes
/// @throws argument_error if not even the smallest sizes fit, saying what these take. O(tables)
[[nodiscard]] inline budget budget_in_bytes(std::span<const table_shape> shapes,
                                            number_format format, std::int64_t bytes,
                                            int multiple = 1) {
  return detail::bytes_of_portions(shapes, format, multiple).of(bytes);
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
                                            number_format format, double removed,
                                            int multiple = 1) {
  return budget_in_bytes(shapes, format, bytes_left(shapes, removed), multiple);
}

}  // namespace ciess
