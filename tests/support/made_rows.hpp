// SPDX-License-Identifier: MIT
/// @file
/// Matrices of made-up numbers.
#pragma once

#include <cstdint>

#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>

namespace support {

/// Standard normal numbers.
inline ciess::basic_matrix<double> made_rows(ciess::index_t rows, ciess::index_t columns,
                                             std::uint64_t seed = 1) {
  ciess::basic_matrix<double> m(rows, columns);
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  for (ciess::index_t i = 0; i < m.size(); ++i) m.data()[i] = ciess::normal<double>(engine);
  return m;
}

}  // namespace support
