// SPDX-License-Identifier: MIT
/// @file
/// Parts without the rows that only the future knows.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/subset.hpp>

#include <utility>
#include <vector>

namespace ciess {

/// Rows that a part has and those before it do not.
struct unknown_rows {
  index_t test_users = 0;  ///< that only the test part knows
  index_t test_items = 0;
  index_t test_pairs = 0;        ///< pairs of test with such a user or item
  index_t validation_users = 0;  ///< that validation knows and train does not
  index_t validation_items = 0;
  index_t validation_pairs = 0;  ///< pairs of validation with such a user or item
};

/// Parts whose rows all have something to be trained on, and an account of the others: those that
/// only the test part knew are gone, those that train does not know are still there.
struct known_parts : unknown_rows {
  split parts;                ///< with the same rows, renumbered in their order
  std::vector<row_id> users;  ///< which user of before each user is
  std::vector<row_id> items;
};

/// Counts them. O(pairs + users + items), allocates nothing
/// @throws argument_error if the parts do not have the same numbers of users and items
[[nodiscard]] inline unknown_rows count_unknown(const split& parts) {
  const index_t users = parts.train.users(), items = parts.train.items();
  for (const auto& [name, part] :
       {std::pair{"validation", &parts.validation}, std::pair{"test", &parts.test}})
    if (part->users() != users || part->items() != items)
      detail::throw_error<argument_error>("forget_unknown: train has ", users, " users and ", items,
                                          " items, ", name, " has ", part->users(), " and ",
                                          part->items());
  const auto& [train, validation, test] = parts;
  const auto new_user = [&](row_id u) { return train.user_frequency(u) == 0; };
  const auto new_item = [&](row_id i) { return train.item_frequency(i) == 0; };
  const auto future_user = [&](row_id u) {
    return new_user(u) && validation.user_frequency(u) == 0;
  };
  const auto future_item = [&](row_id i) {
    return new_item(i) && validation.item_frequency(i) == 0;
  };
  unknown_rows n;
  for (row_id u = 0; u < users; ++u) {
    if (new_user(u) && validation.user_frequency(u) > 0) ++n.validation_users;
    if (future_user(u) && test.user_frequency(u) > 0) ++n.test_users;
    for (const row_id i : validation.items_of(u))
      if (new_user(u) || new_item(i)) ++n.validation_pairs;
    for (const row_id i : test.items_of(u))
      if (future_user(u) || future_item(i)) ++n.test_pairs;
  }
  for (row_id i = 0; i < items; ++i) {
    if (new_item(i) && validation.item_frequency(i) > 0) ++n.validation_items;
    if (future_item(i) && test.item_frequency(i) > 0) ++n.test_items;
  }
  return n;
}

/// Takes out users and items that have a pair neither in train nor in validation: the final
/// training, on both, has nothing to train their rows on, and nobody could recommend them when the
/// test part had not happened yet. Their pairs of the test part go with them, and are counted.
/// Rows without any pair go as well.
///
/// Pairs of validation whose user or item train does not know stay, for the final training needs
/// them. A model of train alone has untrained rows for them; they are counted, too.
/// O(pairs + users + items)
/// @throws as `count_unknown`
[[nodiscard]] inline known_parts forget_unknown(const split& parts) {
  known_parts result;
  static_cast<unknown_rows&>(result) = count_unknown(parts);
  const auto& [train, validation, test] = parts;
  for (row_id u = 0; u < train.users(); ++u)
    if (train.user_frequency(u) + validation.user_frequency(u) > 0) result.users.push_back(u);
  for (row_id i = 0; i < train.items(); ++i)
    if (train.item_frequency(i) + validation.item_frequency(i) > 0) result.items.push_back(i);
  for (const auto part : {&split::train, &split::validation, &split::test})
    result.parts.*part = subset(parts.*part, result.users, result.items);
  return result;
}

}  // namespace ciess
