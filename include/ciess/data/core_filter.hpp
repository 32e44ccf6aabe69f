// SPDX-License-Identifier: MIT
/// @file
/// The core of a data set: users and items that have enough pairs among each other.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/subset.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace ciess {

/// How many pairs a row of the core has at least. 5 and 5: the 5-core of many published data sets.
struct core_options {
  index_t min_user = 5;  ///< of a user, >= 1
  index_t min_item = 5;  ///< of an item, >= 1
};

/// The core and what it is without.
struct interaction_core {
  interactions data;          ///< rows renumbered in their order
  std::vector<row_id> users;  ///< which user of the whole each user is
  std::vector<row_id> items;
  index_t removed_users = 0;  ///< also those that had no pair from the beginning
  index_t removed_items = 0;
  index_t removed_pairs = 0;
};

/// The largest set of pairs in which every user has at least `min_user` and every item at least
/// `min_item` of them. To remove a user takes a pair from items, which may fall below their least,
/// and so on: rows are removed one after the other as they fall, so it takes O(pairs + users +
/// items) however long that chain is. Which row falls first makes no difference. Times and weights
/// go with their pairs.
/// @throws argument_error if a least is below 1; data_error if nothing is left
[[nodiscard]] inline interaction_core core_filter(const interactions& data,
                                                  const core_options& options = {}) {
  if (options.min_user < 1 || options.min_item < 1)
    detail::throw_error<argument_error>("core_filter: min_user and min_item must be >= 1, got ",
                                        options.min_user, " and ", options.min_item);
  // Numbers of pairs left; of a row that has fallen: -1.
  std::vector<index_t> of_user, of_item;
  std::vector<row_id> fallen_users, fallen_items;  // whose pairs are still to be taken away
  const auto fall_at_first = [](std::vector<index_t>& left, std::vector<row_id>& fallen,
                                index_t least) {
    for (std::size_t r = 0; r < left.size(); ++r)
      if (left[r] < least) {
        left[r] = -1;
        fallen.push_back(static_cast<row_id>(r));
      }
  };
  for (row_id u = 0; u < data.users(); ++u) of_user.push_back(data.user_frequency(u));
  for (row_id i = 0; i < data.items(); ++i) of_item.push_back(data.item_frequency(i));
  fall_at_first(of_user, fallen_users, options.min_user);
  fall_at_first(of_item, fallen_items, options.min_item);
  const auto take_from = [](std::span<const row_id> rows, std::vector<index_t>& left,
                            std::vector<row_id>& fallen, index_t least) {
    for (const row_id r : rows) {
      index_t& n = left[static_cast<std::size_t>(r)];
      if (n < 0) continue;
      --n;
      if (n >= least) continue;
      n = -1;
      fallen.push_back(r);
    }
  };
  while (!fallen_users.empty() || !fallen_items.empty()) {
    if (!fallen_users.empty()) {
      const row_id u = fallen_users.back();
      fallen_users.pop_back();
      take_from(data.items_of(u), of_item, fallen_items, options.min_item);
    } else {
      const row_id i = fallen_items.back();
      fallen_items.pop_back();
      take_from(data.users_of(i), of_user, fallen_users, options.min_user);
    }
  }
  interaction_core result;
  const auto keep = [](const std::vector<index_t>& left, std::vector<row_id>& rows) {
    for (std::size_t r = 0; r < left.size(); ++r)
      if (left[r] >= 0) rows.push_back(static_cast<row_id>(r));
  };
  keep(of_user, result.users);
  keep(of_item, result.items);
  if (result.users.empty())
    detail::throw_error<data_error>("core_filter: nothing is left of ", data.users(), " users, ",
                                    data.items(), " items and ", data.size(),
                                    " pairs if a user must have ", options.min_user,
                                    " pairs and an item ", options.min_item);
  result.data = subset(data, result.users, result.items);
  result.removed_users = data.users() - result.data.users();
  result.removed_items = data.items() - result.data.items();
  result.removed_pairs = data.size() - result.data.size();
  return result;
}

}  // namespace ciess
