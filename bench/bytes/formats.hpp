// SPDX-License-Identifier: MIT
/// @file
/// Number formats as rows of the comparison name and group them, and tables rounded to them.
#pragma once

#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/number_format.hpp>
#include <ciess/embedding/round_as.hpp>

#include <cstdint>

#include <vector>

namespace ciess_bench {

/// Those of eight bits and less.
inline std::vector<ciess::number_format> coarse_formats() {
  std::vector<ciess::number_format> all;
  for (const auto f : ciess::number_formats)
    if (f >= ciess::number_format::eight_bits) all.push_back(f);
  return all;
}

/// Rounds a table to a format.
/// @returns the bytes that it takes, packed
inline std::int64_t round_to(ciess::number_format format, ciess::masked_table& table) {
  ciess::round_as(table, format);
  return ciess::packed_memory_of(table.row_sizes(), format).total();
}

}  // namespace ciess_bench
