// SPDX-License-Identifier: MIT
/// @file
/// A second file of the same data, such as a published test part, as rows of the first one's
/// tables.
#pragma once

#include <ciess/core/index.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/id_view.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/loaded.hpp>
#include <ciess/data/pair_list.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace ciess {

/// Pairs of one file as rows of another, and what became of the rest: what `part` holds, without
/// duplicates and what its reader left out, is data.size() + unknown + repeated.
struct aligned {
  interactions data;     ///< with the users and items of the other file
  index_t unknown = 0;   ///< pairs with a user or an item that the other file does not have
  index_t repeated = 0;  ///< pairs that the other file has, too
};

namespace detail {

/// @param known  `known(user, item)`: whether a pair is to be left out as repeated
template <class Known>
[[nodiscard]] aligned align(const loaded& part, const id_view& to_users, const id_view& to_items,
                            Known&& known) {
  const auto rows_of = [](const id_map& from, const id_view& to) {
    std::vector<std::optional<row_id>> rows;
    for (row_id r = 0; r < static_cast<row_id>(from.size()); ++r)
      rows.push_back(to.find(from.text(r)));
    return rows;
  };
  const auto users = rows_of(part.users, to_users), items = rows_of(part.items, to_items);
  aligned result;
  pair_list pairs;
  for (row_id u = 0; u < part.data.users(); ++u)
    for (std::size_t k = 0; k < part.data.items_of(u).size(); ++k) {
      const auto user = users[static_cast<std::size_t>(u)];
      const auto item = items[static_cast<std::size_t>(part.data.items_of(u)[k])];
      if (!user || !item)
        ++result.unknown;
      else if (known(*user, *item))
        ++result.repeated;
      else
        pairs.add(part.data, u, k, *user, *item);
    }
  result.data = pairs.make(to_users.size(), to_items.size());
  return result;
}

}  // namespace detail

/// The pairs of `part` as rows of `whole`: external ids that are the same are the same row. A user
/// or item that `whole` does not have has nothing to be trained on and cannot be ranked; a pair
/// that `whole` has is no surprise. Both are left out and counted. Times and weights
/// go with their pairs. O(n log rows)
[[nodiscard]] inline aligned align(const loaded& part, const loaded& whole) {
  return detail::align(part, whole.users.view(), whole.items.view(),
                       [&](row_id u, row_id i) { return whole.data.contains(u, i); });
}

/// The same for rows that are only named, as those of packed tables are: no pair is repeated.
/// @throws data_error as `id_view::find`
[[nodiscard]] inline aligned align(const loaded& part, const id_view& users, const id_view& items) {
  return detail::align(part, users, items, [](row_id, row_id) { return false; });
}

}  // namespace ciess
