// SPDX-License-Identifier: MIT
/// @file
/// The interactions among some users and some items.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/pair_list.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace ciess {
namespace detail {

/// For each of `count` old rows its place in `rows`, or -1.
inline std::vector<row_id> new_rows(const char* what, std::span<const row_id> rows, index_t count) {
  std::vector<row_id> number(static_cast<std::size_t>(count), -1);
  row_id next = 0;
  for (const row_id r : rows) {
    if (r < 0 || r >= count)
      throw_error<argument_error>("subset: ", what, " ", r, " is none of the ", count);
    row_id& n = number[static_cast<std::size_t>(r)];
    if (n >= 0) throw_error<argument_error>("subset: ", what, " ", r, " comes twice");
    n = next++;
  }
  return number;
}

}  // namespace detail

/// The pairs of which both rows are given, with the rows renumbered: user u of the result is user
/// users[u] of `data`, likewise items. Times and weights go with their pairs. `subset` in
/// `id_map.hpp` does the same to the ids. O(pairs + users + items)
/// @param users, items  rows of `data`, none twice
/// @throws argument_error if a row is not there or comes twice
[[nodiscard]] inline interactions subset(const interactions& data, std::span<const row_id> users,
                                         std::span<const row_id> items) {
  (void)detail::new_rows("user", users, data.users());
  const auto item = detail::new_rows("item", items, data.items());
  pair_list pairs;
  row_id next = 0;
  for (const row_id u : users) {
    const auto all = data.items_of(u);
    for (std::size_t k = 0; k < all.size(); ++k)
      if (const row_id i = item[static_cast<std::size_t>(all[k])]; i >= 0)
        pairs.add(data, u, k, next, i);
    ++next;
  }
  return pairs.make(next, static_cast<index_t>(items.size()));
}

}  // namespace ciess
