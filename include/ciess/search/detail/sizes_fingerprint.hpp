// SPDX-License-Identifier: MIT
/// @file
/// A number that stands for the sizes of all rows.
#pragma once

#include <cstdint>
#include <span>

#include <ciess/core/fields.hpp>
#include <ciess/embedding/assignment.hpp>

namespace ciess::detail {

/// 64 bits that stand for the sizes of all rows.
[[nodiscard]] inline std::uint64_t fingerprint_of(const assignment& sizes) {
  std::uint64_t all = fingerprint(std::span<const float>());
  for (const auto& table : sizes) all = fingerprint(std::span(table.values()), all);
  return all;
}

}  // namespace ciess::detail
