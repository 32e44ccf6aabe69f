// SPDX-License-Identifier: MIT
/// @file
/// Tables and sizes as xtensor expressions, without copying.
#pragma once

#include <array>
#include <cstddef>

#include <ciess/core/xtensor.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/sizes.hpp>

namespace ciess {

/// The values of a table, read-only, shape [rows, d_max]. Valid as long as the table lives and is
/// not assigned to. O(1)
template <class T>
[[nodiscard]] auto as_xtensor(const basic_masked_table<T>& table) {
  const auto& values = table.values();
  const std::array shape{static_cast<std::size_t>(values.rows()),
                         static_cast<std::size_t>(values.cols())};
  return xt::adapt(values.data(), shape[0] * shape[1], xt::no_ownership(), shape);
}

/// The sizes of a table, read-only, shape [rows]. Valid as long as `s` lives and is not assigned
/// to. O(1)
[[nodiscard]] inline auto as_xtensor(const sizes& s) {
  const std::array shape{s.values().size()};
  return xt::adapt(s.values().data(), shape[0], xt::no_ownership(), shape);
}

template <class T>
void as_xtensor(const basic_masked_table<T>&&) = delete;  // would outlive what it shows
void as_xtensor(const sizes&&) = delete;

}  // namespace ciess
