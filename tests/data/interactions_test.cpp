#include <ciess/data/interactions.hpp>
// its own header first
#include <ciess/core/random.hpp>

#include <set>
#include <utility>

#include "support/catch.hpp"

namespace {

std::vector<ciess::row_id> copy(std::span<const ciess::row_id> list) {
  return {list.begin(), list.end()};
}

using rows = std::vector<ciess::row_id>;

}  // namespace

TEST_CASE("interactions are listed both ways, ascending, each once", "[data]") {
  const ciess::interactions data(3, 4, {{2, 3}, {0, 1}, {2, 0}, {0, 1}, {2, 3}, {0, 0}, {2, 2}});
  CHECK(data.users() == 3);
  CHECK(data.items() == 4);
  CHECK(data.size() == 5);
  CHECK(copy(data.items_of(0)) == rows{0, 1});
  CHECK(data.items_of(1).empty());
  CHECK(copy(data.items_of(2)) == rows{0, 2, 3});
  CHECK(copy(data.users_of(0)) == rows{0, 2});
  CHECK(copy(data.users_of(1)) == rows{0});
  CHECK(copy(data.users_of(2)) == rows{2});
  CHECK(copy(data.users_of(3)) == rows{2});
  CHECK(data.user_frequency(2) == 3);
  CHECK(data.user_frequency(1) == 0);
  CHECK(data.item_frequency(0) == 2);
  CHECK(data.contains(2, 3));
  CHECK_FALSE(data.contains(1, 3));
  CHECK_FALSE(data.contains(0, 3));
  CHECK(std::vector(data.user_offsets().begin(), data.user_offsets().end()) ==
        std::vector<std::int64_t>{0, 2, 2, 5});
  CHECK(copy(data.items_by_user()) == rows{0, 1, 0, 2, 3});
  CHECK(std::vector(data.item_offsets().begin(), data.item_offsets().end()) ==
        std::vector<std::int64_t>{0, 2, 3, 4, 5});
  CHECK(copy(data.users_by_item()) == rows{0, 2, 0, 2, 2});
}

TEST_CASE("interactions agree with a set of pairs", "[data]") {
  auto engine = ciess::random_stream(1, ciess::purpose::user).at(0);
  constexpr ciess::index users = 40;
  constexpr ciess::index items = 25;
  std::vector<ciess::interaction> pairs;
  std::set<std::pair<ciess::row_id, ciess::row_id>> oracle;
  for (int k = 0; k < 600; ++k) {
    const auto u = static_cast<ciess::row_id>(ciess::bounded(engine, users));
    const auto i = static_cast<ciess::row_id>(ciess::bounded(engine, items));
    pairs.push_back({u, i});
    oracle.emplace(u, i);
  }
  const ciess::interactions data(users, items, pairs);
  REQUIRE(data.size() == static_cast<ciess::index>(oracle.size()));
  REQUIRE(oracle.size() < 600);  // some came twice
  for (ciess::row_id u = 0; u < users; ++u)
    for (ciess::row_id i = 0; i < items; ++i)
      if (data.contains(u, i) != oracle.contains({u, i})) FAIL("user " << u << ", item " << i);
  for (ciess::row_id i = 0; i < items; ++i) {
    CHECK(std::ranges::is_sorted(data.users_of(i)));
    for (const auto u : data.users_of(i)) CHECK(data.contains(u, i));
  }
  CHECK(data.users_by_item().size() == oracle.size());
}

TEST_CASE("interactions may be empty", "[data]") {
  const ciess::interactions none;
  CHECK(none.users() == 0);
  CHECK(none.items() == 0);
  CHECK(none.empty());
  const ciess::interactions rows_only(2, 1, {});
  CHECK(rows_only.items_of(1).empty());
  CHECK(rows_only.users_of(0).empty());
  CHECK(none == ciess::interactions(0, 0, {}));
  CHECK_FALSE(none == rows_only);
}

TEST_CASE("interactions refuse rows that are not there", "[data]") {
  using ciess::interactions;
  CHECK_THROWS_WITH(interactions(2, 2, {{0, 0}, {2, 1}}),
                    ContainsSubstring("pair 1 is user 2, item 1"));
  CHECK_THROWS_AS(interactions(2, 2, {{0, 2}}), ciess::argument_error);
  CHECK_THROWS_AS(interactions(2, 2, {{-1, 0}}), ciess::argument_error);
  CHECK_THROWS_AS(interactions(2, 2, {{0, -1}}), ciess::argument_error);
  CHECK_THROWS_WITH(interactions(-1, 2, {}), ContainsSubstring("number of users"));
  CHECK_THROWS_WITH(interactions(1, ciess::index{1} << 31, {}),
                    ContainsSubstring("number of items"));
}
