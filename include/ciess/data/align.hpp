// SPDX-License-Identifier: MIT
/// @file
/// A second file of the same data, such as a published test part, as rows of the first one's
/// tables.
#pragma once

#include <ciess/core/index.hpp>
#include <ciess/data/id_map.hpp>
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

/// The pairs of `part` as rows of `whole`: external ids that are the same are the same row. A user
/// or item that `whole` does not have has nothing to be trained on and cannot be ranked; a pair
/// that `whole` has is no surprise. Both are left out and counted. Times and weights
/// go with their pairs. O(n log rows)
[[nodiscard]] inline aligned align(const loaded& part, const loaded& whole) {
  const auto rows_of = [](const id_map& from, const id_map& to) {
    std::vector<std::optional<row_id>> rows;
    for (row_id r = 0; r < static_cast<row_id>(from.size()); ++r)
      rows.push_back(to.find(from.text(r)));
    return rows;
  };
  const auto users = rows_of(part.users, whole.users), items = rows_of(part.items, whole.items);
  aligned result;
  pair_list pairs;
  for (row_id u = 0; u < part.data.users(); ++u)
    for (std::size_t k = 0; k < part.data.items_of(u).size(); ++k) {
      const auto user = users[static_cast<std::size_t>(u)];
      const auto item = items[static_cast<std::size_t>(part.data.items_of(u)[k])];
      if (!user || !item)
        ++result.unknown;
      else if (whole.data.contains(*user, *item))
        ++result.repeated;
      else
        pairs.add(part.data, u, k, *user, *item);
    }
  result.data = pairs.make(whole.data.users(), whole.data.items());
  return result;
}

}  // namespace ciess
