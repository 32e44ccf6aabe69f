// SPDX-License-Identifier: MIT
#include <ciess/data/core_filter.hpp>

#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/timed_data.hpp"

namespace {

using ciess::interactions;
using rows = std::vector<ciess::row_id>;

/// Whole passes over the data until nothing changes; nothing if nothing is left.
std::optional<std::pair<rows, rows>> by_passes(const interactions& data,
                                               const ciess::core_options& o) {
  rows users(static_cast<std::size_t>(data.users())), items(static_cast<std::size_t>(data.items()));
  std::iota(users.begin(), users.end(), 0);
  std::iota(items.begin(), items.end(), 0);
  for (;;) {
    const auto now = ciess::subset(data, users, items);
    rows left_users, left_items;
    for (ciess::row_id u = 0; u < now.users(); ++u)
      if (now.user_frequency(u) >= o.min_user)
        left_users.push_back(users[static_cast<std::size_t>(u)]);
    for (ciess::row_id i = 0; i < now.items(); ++i)
      if (now.item_frequency(i) >= o.min_item)
        left_items.push_back(items[static_cast<std::size_t>(i)]);
    if (left_users.empty() || left_items.empty()) return {};
    if (left_users == users && left_items == items) return std::pair{users, items};
    users = left_users;
    items = left_items;
  }
}

}  // namespace

TEST_CASE("core_filter by hand", "[data]") {
  // User 3 has one pair; without it item 2 has one; without that user 1 has one, and so on: users 0
  // and 2 with the items 0 and 3 are left.
  const std::vector<std::int64_t> times{1, 2, 3, 4, 5, 6, 7, 8};
  const interactions data(5, 5, {{0, 0}, {0, 3}, {2, 0}, {2, 3}, {2, 1}, {1, 1}, {1, 2}, {3, 2}},
                          {.times = times});
  const auto found = ciess::core_filter(data, {.min_user = 2, .min_item = 2});
  const std::vector<std::int64_t> kept{1, 2, 3, 4};
  CHECK(found.data == interactions(2, 2, {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, {.times = kept}));
  CHECK(found.users == rows{0, 2});
  CHECK(found.items == rows{0, 3});
  CHECK(found.removed_users == 3);
  CHECK(found.removed_items == 3);
  CHECK(found.removed_pairs == 4);
  // With one pair each only rows without any fall.
  const auto all = ciess::core_filter(data, {.min_user = 1, .min_item = 1});
  CHECK(all.removed_pairs == 0);
  CHECK(all.users == rows{0, 1, 2, 3});
  CHECK(all.items == rows{0, 1, 2, 3});
}

TEST_CASE("core_filter agrees with repeated passes", "[data]") {
  int left = 0, empty = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    const auto data = support::timed_data(
        seed, {.users = 30, .items = 25, .pairs = 60 + static_cast<std::uint32_t>(seed)});
    const ciess::core_options least{.min_user = static_cast<ciess::index_t>(1 + seed % 5),
                                    .min_item = static_cast<ciess::index_t>(1 + seed / 5 % 6)};
    const auto expected = by_passes(data, least);
    if (!expected) {
      CHECK_THROWS_AS(ciess::core_filter(data, least), ciess::data_error);
      ++empty;
      continue;
    }
    ++left;
    const auto found = ciess::core_filter(data, least);
    CHECK(found.users == expected->first);
    CHECK(found.items == expected->second);
    CHECK(found.data == ciess::subset(data, expected->first, expected->second));
    CHECK(found.removed_pairs == data.size() - found.data.size());
    CHECK(found.removed_users == data.users() - found.data.users());
    CHECK(found.removed_items == data.items() - found.data.items());
  }
  CHECK(left > 40);
  CHECK(empty > 20);
}

TEST_CASE("core_filter peels a chain of a million rows, a pair at a time", "[data]") {
  // u0 - i0 - u1 - i1 - ...: only its two ends have one pair. Passes over all would take days.
  constexpr ciess::row_id length = 500'000;
  std::vector<ciess::interaction> pairs;
  for (ciess::row_id u = 0; u < length; ++u) {
    pairs.push_back({u, u});
    if (u + 1 < length) pairs.push_back({u + 1, u});
  }
  for (const ciess::row_id u : {length, length + 1})
    for (const ciess::row_id i : {length, length + 1}) pairs.push_back({u, i});
  const auto found = ciess::core_filter(interactions(length + 2, length + 2, pairs),
                                        {.min_user = 2, .min_item = 2});
  CHECK(found.users == rows{length, length + 1});
  CHECK(found.items == rows{length, length + 1});
  CHECK(found.data.size() == 4);
  CHECK(found.removed_pairs == 2 * length - 1);
}

TEST_CASE("core_filter says what nothing is left of", "[data]") {
  const interactions data(2, 3, {{0, 0}, {0, 1}, {1, 0}});
  CHECK_THROWS_AS(ciess::core_filter(data), ciess::data_error);
  CHECK_THROWS_WITH(ciess::core_filter(data, {.min_user = 2, .min_item = 2}),
                    ContainsSubstring("nothing is left of 2 users, 3 items and 3 pairs") &&
                        ContainsSubstring("have 2 pairs and an item 2"));
  CHECK_THROWS_AS(ciess::core_filter(interactions(), {.min_user = 1, .min_item = 1}),
                  ciess::data_error);
  CHECK_THROWS_WITH(ciess::core_filter(data, {.min_user = 0}), ContainsSubstring("got 0 and 5"));
  CHECK_THROWS_AS(ciess::core_filter(data, {.min_item = -1}), ciess::argument_error);
}
