// SPDX-License-Identifier: MIT
/// @file
/// Tables whose rows have sizes at random.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/embedding/masked_table.hpp>

inline ciess::sizes random_sizes(ciess::index_t rows, ciess::size_range range, std::uint64_t seed) {
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  std::vector<int> all(static_cast<std::size_t>(rows));
  for (int& s : all)
    s = range.min + static_cast<int>(ciess::bounded(
                        engine, static_cast<std::uint32_t>(range.max - range.min + 1)));
  return {std::span<const int>(all), range};
}

inline ciess::masked_table random_table(ciess::index_t rows, ciess::size_range range,
                                        std::uint64_t seed = 1) {
  ciess::masked_table t(random_sizes(rows, range, seed));
  t.draw(ciess::normal_rows{.stddev = 1}, ciess::random_stream(seed, ciess::purpose::user));
  return t;
}
