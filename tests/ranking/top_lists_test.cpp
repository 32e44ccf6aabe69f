// SPDX-License-Identifier: MIT
#include <ciess/ranking/top_lists.hpp>
// its own header first
#include <ciess/ranking/rank.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

#include "support/catch.hpp"
#include "support/ranking_data.hpp"

namespace {

ciess::top_lists lists_of(int k, const std::vector<std::vector<ciess::row_id>>& each) {
  ciess::top_lists lists(std::ssize(each), k);
  for (std::size_t q = 0; q < each.size(); ++q) {
    std::vector<ciess::scored_item> best;
    for (const ciess::row_id i : each[q]) best.push_back({i, 1.0F});
    lists(static_cast<ciess::index_t>(q), best);
  }
  return lists;
}

}  // namespace

TEST_CASE("lists are kept in their order, also those that are short", "[ranking]") {
  const auto lists = lists_of(3, {{5, 1, 2}, {}, {7}});
  REQUIRE(lists.queries() == 3);
  CHECK(std::ranges::equal(lists[0], std::vector<ciess::row_id>{5, 1, 2}));
  CHECK(lists[1].empty());
  CHECK(std::ranges::equal(lists[2], std::vector<ciess::row_id>{7}));
}

TEST_CASE("a ranking fills lists", "[ranking]") {
  const auto users = testing_support::small_integers(10, 4, 1);
  const auto items = testing_support::small_integers(12, 4, 2);
  const ciess::interactions none(10, 12, std::vector<ciess::interaction>());
  const auto who = testing_support::every_nth_user(10, 3);
  ciess::top_lists lists(std::ssize(who), 5);
  ciess::rank_products(users, items, none, who, 5, lists);
  for (ciess::index_t q = 0; q < lists.queries(); ++q) {
    REQUIRE(lists[q].size() == 5);
    const auto score = [&](ciess::row_id i) {
      return users.row(who[static_cast<std::size_t>(q)]).dot(items.row(i));
    };
    const float last = score(lists[q].back());
    int better = 0;
    for (ciess::row_id i = 0; i < 12; ++i) better += score(i) > last ? 1 : 0;
    CHECK(better < 5);
  }
}

TEST_CASE("agreement is the mean recall of the exact lists", "[ranking]") {
  const auto exact = lists_of(3, {{5, 1, 2}, {}, {7}, {3, 4}});
  CHECK(ciess::agreement(exact, exact) == 1.0);
  const auto other = lists_of(3, {{2, 9, 5}, {8}, {}, {4, 3, 1}});
  CHECK(ciess::agreement(exact, other) == Approx((2.0 / 3 + 0 + 1) / 3));
  CHECK(ciess::agreement(lists_of(2, {{}, {}}), lists_of(2, {{1}, {2}})) == 1.0);
  CHECK_THROWS_WITH(ciess::agreement(exact, lists_of(3, {{1}})),
                    "agreement: lists of 4 and of 1 queries");
}

TEST_CASE("lists that cannot be are refused", "[ranking]") {
  CHECK_THROWS_WITH(ciess::top_lists(-1, 3),
                    "top_lists: expected queries >= 0 and k >= 1, got -1 and 3");
  CHECK_THROWS_WITH(ciess::top_lists(1, 0),
                    "top_lists: expected queries >= 0 and k >= 1, got 1 and 0");
}
