// SPDX-License-Identifier: MIT
/// @file
/// The embedding sizes a row may take.
#pragma once

#include <ciess/core/error.hpp>

namespace ciess {

/// Closed range [min, max] of embedding sizes, in columns: d_min and d_max of the paper.
struct size_range {
  static constexpr int limit = 65535;  ///< a size is stored in 16 bits

  int min = 1;
  int max = 128;

  [[nodiscard]] constexpr bool contains(int size) const noexcept {
    return min <= size && size <= max;
  }
  [[nodiscard]] constexpr bool valid() const noexcept {
    return 1 <= min && min <= max && max <= limit;
  }
  friend constexpr bool operator==(const size_range&, const size_range&) = default;
};

namespace detail {

inline void check_range(const char* who, size_range range) {
  if (!range.valid())
    throw_error<argument_error>(who, ": sizes must satisfy 1 <= min <= max <= ", size_range::limit,
                                ", got [", range.min, ", ", range.max, "]");
}

}  // namespace detail
}  // namespace ciess
