// SPDX-License-Identifier: MIT
/// @file
/// Rows of a table of users and one of items that somebody wants.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/embedding/sizes.hpp>

namespace ciess {

/// A set of rows of two tables, as prefixes: all of a row that was named, nothing of the others.
/// Allocates nothing once it has had tables of this size.
class named_rows {
 public:
  /// None of so many rows. O(rows)
  void clear(index_t users, index_t items) {
    named_[0].assign(static_cast<std::size_t>(users), 0);
    named_[1].assign(static_cast<std::size_t>(items), 0);
  }
  /// @pre table is 0 or 1, and has the row
  void add(std::size_t table, row_id row) noexcept {
    named_[table][static_cast<std::size_t>(row)] = all;
  }
  void add_all(std::size_t table) noexcept { std::ranges::fill(named_[table], all); }
  [[nodiscard]] bool contains(std::size_t table, row_id row) const noexcept {
    return named_[table][static_cast<std::size_t>(row)] != 0;
  }
  /// Valid until the rows change.
  [[nodiscard]] row_prefixes prefixes() const noexcept { return {named_[0], named_[1]}; }

 private:
  static constexpr auto all = std::numeric_limits<std::uint16_t>::max();
  std::array<std::vector<std::uint16_t>, 2> named_;  ///< [rows]
};

}  // namespace ciess
