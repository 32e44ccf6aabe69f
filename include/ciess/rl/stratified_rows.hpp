// SPDX-License-Identifier: MIT
/// @file
/// Some rows of a table, each as likely as any other, without looking at all of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>

namespace ciess {

/// A stratified sample of rows without replacement: the rows, as a ring, are cut into as many runs
/// of equal length (to one row) as are wanted, from a place that is drawn, and one row is drawn of
/// each run. Every row is as likely as any other, and the sample is spread evenly over whatever the
/// order of the rows follows. If all rows are wanted, it is all of them in order.
///
/// Cost: O(wanted), whatever the rows; no memory. The same at any number of threads.
/// @param stream  address of all draws, with `step`
/// @param out     [wanted], overwritten with different rows: rising, but for one place where they
///                begin again from below
/// @throws argument_error if there are fewer rows than wanted
inline void stratified_rows(const random_stream& stream, std::uint64_t step, index_t rows,
                            std::span<index_t> out) {
  const auto wanted = static_cast<index_t>(out.size());
  if (wanted > rows)
    detail::throw_error<argument_error>("stratified_rows: ", wanted, " rows wanted of ", rows);
  if (wanted == 0) return;
  if (wanted == rows) {
    for (index_t i = 0; i < wanted; ++i) out[static_cast<std::size_t>(i)] = i;
    return;
  }
  const auto below = [](random_engine& engine, index_t n) {
    const double x = uniform01<double>(engine) * static_cast<double>(n);
    return std::min(static_cast<index_t>(x), n - 1);
  };
  const index_t length = rows / wanted;
  const index_t longer = rows % wanted;  // the first runs have one row more
  auto first_engine = stream.at(step, 0);
  const index_t begin = below(first_engine, rows);
  parallel_for(wanted, 4096, [&](index_t first, index_t last) {
    for (index_t i = first; i < last; ++i) {
      auto engine = stream.at(step, static_cast<std::uint64_t>(i) + 1);
      const index_t run = i * length + std::min(i, longer);
      // As unsigned numbers: the sum of two rows may be beyond those with a sign.
      const auto at =
          static_cast<std::uint64_t>(begin) +
          static_cast<std::uint64_t>(run + below(engine, length + (i < longer ? 1 : 0)));
      out[static_cast<std::size_t>(i)] =
          static_cast<index_t>(at % static_cast<std::uint64_t>(rows));
    }
  });
}

}  // namespace ciess
