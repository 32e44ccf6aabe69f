// SPDX-License-Identifier: MIT
#include <ciess/data/forget_unknown.hpp>

#include <ciess/data/split_by_time.hpp>

#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/timed_data.hpp"

namespace {
using ciess::interactions;
using rows = std::vector<ciess::row_id>;
}  // namespace

TEST_CASE("forget_unknown: an item and a user that only the future knows", "[data]") {
  const auto known = ciess::forget_unknown({
      .train = interactions(5, 5, {{0, 0}, {0, 2}, {3, 2}}),
      .validation = interactions(5, 5, {{0, 4}, {1, 0}, {3, 0}}),
      .test = interactions(5, 5, {{0, 1}, {1, 1}, {1, 4}, {2, 0}, {3, 0}, {2, 1}}),
  });
  // User 2 and item 1 are of the test part alone, user 4 and item 3 of none.
  CHECK(known.users == rows{0, 1, 3});
  CHECK(known.items == rows{0, 2, 4});
  CHECK(known.parts.train == interactions(3, 3, {{0, 0}, {0, 1}, {2, 1}}));
  CHECK(known.parts.validation == interactions(3, 3, {{0, 2}, {1, 0}, {2, 0}}));
  CHECK(known.parts.test == interactions(3, 3, {{1, 2}, {2, 0}}));
  CHECK(known.test_users == 1);
  CHECK(known.test_items == 1);
  CHECK(known.test_pairs == 4);
  CHECK(known.validation_users == 1);  // user 1
  CHECK(known.validation_items == 1);  // item 4
  CHECK(known.validation_pairs == 2);  // 0 4, 1 0
}

TEST_CASE("forget_unknown leaves parts alone that know all", "[data]") {
  const ciess::split parts{.train = interactions(2, 2, {{0, 0}, {1, 1}}),
                           .validation = interactions(2, 2, {{0, 1}}),
                           .test = interactions(2, 2, {{1, 0}})};
  const auto known = ciess::forget_unknown(parts);
  CHECK(known.parts.train == parts.train);
  CHECK(known.parts.validation == parts.validation);
  CHECK(known.parts.test == parts.test);
  CHECK(known.users == rows{0, 1});
  CHECK(known.test_pairs + known.test_users + known.test_items == 0);
  CHECK(known.validation_pairs + known.validation_users + known.validation_items == 0);
}

TEST_CASE("forget_unknown after a split in time keeps every pair of known rows", "[data]") {
  ciess::index_t forgotten = 0, untrained = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto data =
        support::timed_data(seed, {.users = 40, .items = 30, .pairs = 120, .moments = 1000});
    const auto parts =
        ciess::split_at(data, ciess::time_quantile(data, 0.5), ciess::time_quantile(data, 0.7));
    const auto known = ciess::forget_unknown(parts);
    const auto before = ciess::merge(parts.train, parts.validation);
    for (std::size_t u = 0; u < known.users.size(); ++u)
      CHECK(before.user_frequency(known.users[u]) > 0);
    // The pairs under their old rows again.
    const auto old_rows = [&](const interactions& part) {
      support::known_pairs all;
      for (const auto& [pair, what] : support::known(part))
        all[{known.users[static_cast<std::size_t>(pair.first)],
             known.items[static_cast<std::size_t>(pair.second)]}] = what;
      return all;
    };
    CHECK(old_rows(known.parts.train) == support::known(parts.train));
    CHECK(old_rows(known.parts.validation) == support::known(parts.validation));
    auto expected = support::known(parts.test);
    std::erase_if(expected, [&](const auto& p) {
      return before.user_frequency(p.first.first) == 0 ||
             before.item_frequency(p.first.second) == 0;
    });
    CHECK(old_rows(known.parts.test) == expected);
    CHECK(known.test_pairs == parts.test.size() - static_cast<ciess::index_t>(expected.size()));
    forgotten += known.test_pairs;
    untrained += known.validation_pairs;
  }
  CHECK(forgotten > 0);
  CHECK(untrained > 0);
}

TEST_CASE("forget_unknown refuses parts of different rows", "[data]") {
  const interactions two(2, 2, {}), three(2, 3, {});
  CHECK_THROWS_WITH(ciess::forget_unknown({two, three, two}),
                    ContainsSubstring("validation has 2 and 3"));
  CHECK_THROWS_WITH(ciess::forget_unknown({two, two, three}),
                    ContainsSubstring("test has 2 and 3"));
}
