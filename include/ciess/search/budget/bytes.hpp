// SPDX-License-Identifier: MIT
/// @file
/// Budgets in bytes of the packed tables: what `packed_view::memory` will say.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

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

/// The largest of the assignments that a rule makes which packs to at most so many bytes. With
/// numbers of a byte or more, numbers are counted out exactly; with several in a byte, how many
/// fit depends on the sizes, and the largest budget of numbers is looked for by halving, as if
/// more numbers never took fewer bytes.
/// @param make  callable (budget) -> assignment of these shapes
/// @throws argument_error if not even the smallest sizes fit, saying what these take
/// Cost: calls `make` once, or up to log2(rows) + 5 times.
template <class Make>
  requires std::is_invocable_r_v<assignment, Make&, budget>
[[nodiscard]] assignment sizes_in_bytes(std::span<const table_shape> shapes, number_format format,
                                        std::int64_t bytes, Make&& make) {
  std::int64_t rows = 0, dense = 0, smallest = 0;
  packed_memory least;  // of every row at d_min
  for (const table_shape& s : shapes) {
    const packed_memory m = packed_memory_of(sizes(s.rows, s.range, s.range.min), format);
    least.values += m.values;
    least.index += m.total() - m.values;
    rows += s.rows;
    dense += std::int64_t{s.rows} * s.range.max;
    smallest += std::int64_t{s.rows} * s.range.min;
  }
  if (least.total() > bytes)
    detail::throw_error<argument_error>("sizes_in_bytes: ", bytes,
                                        " bytes do not hold the smallest sizes, which take ",
                                        least.total());
  const auto [width, in_one] = with_number(format, []<class N>() {
    return std::pair{std::int64_t{sizeof(N)}, std::int64_t{numbers_in<N>}};
  });
  // So many numbers fit if every row fills its last byte.
  const std::int64_t room = (bytes - least.index) / width;
  const std::int64_t most = room >= dense ? dense : std::min(dense, room * in_one);
  assignment found = make({most});
  if (packed_bytes(found, format) <= bytes) return found;
  // So many fit in any case: each row wastes less than one value.
  std::int64_t fits = std::max(smallest, most - rows * in_one);
  for (std::int64_t too_many = most; fits + 1 < too_many;) {
    const std::int64_t middle = fits + (too_many - fits) / 2;
    if (packed_bytes(make({middle}), format) <= bytes)
      fits = middle;
    else
      too_many = middle;
  }
  found = make({fits});
  // Of the smallest sizes it is known that they fit.
  if (packed_bytes(found, format) > bytes) found = make({smallest});
  return found;
}

}  // namespace ciess
