// SPDX-License-Identifier: MIT
/// @file
/// Arithmetic on lengths that others tell us.
#pragma once

#include <cstdint>
#include <optional>

namespace ciess::detail {

/// a * b, or nothing if that is more than `most`.
[[nodiscard]] constexpr std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b,
                                                             std::uint64_t most) noexcept {
  if (a != 0 && b > most / a) return std::nullopt;
  return a * b;
}

}  // namespace ciess::detail
