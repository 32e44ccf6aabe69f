// SPDX-License-Identifier: MIT
/// @file
/// Sizes of all rows as BET's predictor sees them: for each size the set of rows that have it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/fields.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/bet/row_ranks.hpp>

namespace ciess {

/// So many rows of a group that have a size.
struct sized_group {
  std::uint32_t size = 0;
  std::uint32_t group = 0;  ///< of `row_ranks::groups`
  std::uint32_t rows = 0;   ///< >= 1
  friend bool operator==(const sized_group&, const sized_group&) = default;
};

/// The sets, in the order of sizes: rows of one size are side by side. About as long as there are
/// groups and sizes, however many rows, where sizes follow frequency.
using size_sets = std::vector<sized_group>;

/// Those of any assignment.  Cost: O(rows)
[[nodiscard]] inline size_sets sets_of(const row_ranks& ranks, const assignment& sizes) {
  size_sets sets;
  std::vector<std::uint32_t> count(static_cast<std::size_t>(ranks.largest()) + 1);
  for (std::size_t g = 0; g < ranks.groups().size(); ++g) {
    const frequency_group& group = ranks.groups()[g];
    const auto& rows = ranks.kinds()[group.kind].rows;
    for (index_t i = group.first; i < group.last; ++i) {
      const ranked_row at = rows[static_cast<std::size_t>(i)];
      ++count[static_cast<std::size_t>(sizes[at.table][static_cast<index_t>(at.row)])];
    }
    for (std::size_t d = 0; d < count.size(); ++d)
      if (count[d] > 0) {
        sets.push_back({static_cast<std::uint32_t>(d), static_cast<std::uint32_t>(g), count[d]});
        count[d] = 0;
      }
  }
  std::ranges::sort(sets, [](const sized_group& a, const sized_group& b) {
    return a.size != b.size ? a.size < b.size : a.group < b.group;
  });
  return sets;
}

/// What was tried, as columns. See `field_visitor`.
template <class F>
void visit_sets(F& f, const row_ranks& ranks, std::vector<size_sets>& all) {
  std::vector<std::uint32_t> lengths, sizes, groups, rows;
  for (const size_sets& sets : all) {
    lengths.push_back(static_cast<std::uint32_t>(sets.size()));
    for (const sized_group& s : sets) {
      sizes.push_back(s.size);
      groups.push_back(s.group);
      rows.push_back(s.rows);
    }
  }
  f("lengths", lengths);
  f("sizes", sizes);
  f("groups", groups);
  f("rows", rows);
  if constexpr (F::reads) {
    std::size_t cells = 0;
    for (const std::uint32_t n : lengths) cells += n;
    f.check("lengths", sizes.size() == cells, "as many sizes in all");
    f.check("groups", groups.size() == cells, "one for each size");
    f.check("rows", rows.size() == cells, "one for each size");
    all.clear();
    std::size_t at = 0;
    bool right = true;
    for (const std::uint32_t n : lengths) {
      size_sets& sets = all.emplace_back();
      index_t count = 0;
      for (std::uint32_t i = 0; i < n; ++i, ++at) {
        right = right && sizes[at] >= 1 &&
                sizes[at] <= static_cast<std::uint32_t>(ranks.largest()) &&
                groups[at] < ranks.groups().size() && rows[at] >= 1 &&
                (sets.empty() || sets.back().size <= sizes[at]);
        count += rows[at];
        sets.push_back({sizes[at], groups[at], rows[at]});
      }
      right = right && count == ranks.rows();
    }
    f.check("sizes", right, "sizes of all rows, in order, that the tables can have");
  }
}

}  // namespace ciess
