// SPDX-License-Identifier: MIT
/// @file
/// Parts without the rows that only the future knows.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/subset.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace ciess {

/// Parts whose rows all have something to be trained on, and an account of the others.
struct known_parts {
  split parts;                ///< with the same rows, renumbered in their order
  std::vector<row_id> users;  ///< which user of before each user is
  std::vector<row_id> items;
  index test_users = 0;  ///< that only the test part knew; their pairs are gone
  index test_items = 0;
  index test_pairs = 0;        ///< pairs of test that are gone
  index validation_users = 0;  ///< that validation knows and train does not; they are still there
  index validation_items = 0;
  index validation_pairs = 0;  ///< pairs of validation with such a user or item
};

/// Takes out users and items that have a pair neither in train nor in validation: the final
/// training, on both, has nothing to train their rows on, and nobody could recommend them when the
/// test part had not happened yet. Their pairs of the test part go with them, and are counted.
/// Rows without any pair go as well.
///
/// Pairs of validation whose user or item train does not know stay, for the final training needs
/// them. A model of train alone has untrained rows for them; they are counted, too.
/// O(pairs + users + items)
/// @throws argument_error if the parts do not have the same numbers of users and items
[[nodiscard]] inline known_parts forget_unknown(const split& parts) {
  const index users = parts.train.users(), items = parts.train.items();
  for (const auto& [name, part] :
       {std::pair{"validation", &parts.validation}, std::pair{"test", &parts.test}})
    if (part->users() != users || part->items() != items)
      detail::throw_error<argument_error>("forget_unknown: train has ", users, " users and ", items,
                                          " items, ", name, " has ", part->users(), " and ",
                                          part->items());
  known_parts result;
  const auto sort_out = [&](index rows, auto frequency, std::vector<row_id>& kept,
                            index& new_in_validation, index& new_in_test) {
    for (row_id r = 0; r < rows; ++r) {
      const bool train = frequency(parts.train, r) > 0;
      const bool validation = frequency(parts.validation, r) > 0;
      if (train || validation) kept.push_back(r);
      if (!train && validation) ++new_in_validation;
      if (!train && !validation && frequency(parts.test, r) > 0) ++new_in_test;
    }
  };
  sort_out(
      users, [](const interactions& part, row_id u) { return part.user_frequency(u); },
      result.users, result.validation_users, result.test_users);
  sort_out(
      items, [](const interactions& part, row_id i) { return part.item_frequency(i); },
      result.items, result.validation_items, result.test_items);
  for (row_id u = 0; u < users; ++u)
    for (const row_id i : parts.validation.items_of(u))
      if (parts.train.user_frequency(u) == 0 || parts.train.item_frequency(i) == 0)
        ++result.validation_pairs;
  for (const auto part : {&split::train, &split::validation, &split::test})
    result.parts.*part = subset(parts.*part, result.users, result.items);
  result.test_pairs = parts.test.size() - result.parts.test.size();
  return result;
}

}  // namespace ciess
