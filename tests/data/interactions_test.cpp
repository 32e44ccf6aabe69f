// SPDX-License-Identifier: MIT
#include <ciess/data/interactions.hpp>
// its own header first
#include <ciess/core/random.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

std::vector<ciess::row_id> copy(std::span<const ciess::row_id> list) {
  return {list.begin(), list.end()};
}

using rows = std::vector<ciess::row_id>;
using times = std::vector<std::int64_t>;
using weights = std::vector<float>;

auto to_vector(auto span) { return std::vector(span.begin(), span.end()); }

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
  constexpr ciess::index_t users = 40;
  constexpr ciess::index_t items = 25;
  std::vector<ciess::interaction> pairs;
  std::set<std::pair<ciess::row_id, ciess::row_id>> oracle;
  for (int k = 0; k < 600; ++k) {
    const auto u = static_cast<ciess::row_id>(ciess::bounded(engine, users));
    const auto i = static_cast<ciess::row_id>(ciess::bounded(engine, items));
    pairs.push_back({u, i});
    oracle.emplace(u, i);
  }
  const ciess::interactions data(users, items, pairs);
  REQUIRE(data.size() == static_cast<ciess::index_t>(oracle.size()));
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
  CHECK_THROWS_WITH(interactions(1, ciess::index_t{1} << 31, {}),
                    ContainsSubstring("number of items"));
}

TEST_CASE("times and weights stand beside the pairs, duplicates have the earliest and the sum",
          "[data]") {
  constexpr auto first = std::numeric_limits<std::int64_t>::min();
  constexpr auto last = std::numeric_limits<std::int64_t>::max();
  const times t{50, -3, first, 40, last, 60, 7};
  const weights w{1, 2.5F, 4, 0.25F, 8, 16, 32};
  const std::vector<ciess::interaction> pairs{{2, 3}, {0, 1}, {2, 0}, {0, 1},
                                              {2, 2}, {2, 3}, {0, 0}};
  const ciess::interactions data(3, 4, pairs, {.times = t, .weights = w});
  CHECK(data.has_times());
  CHECK(data.has_weights());
  CHECK(copy(data.items_by_user()) == rows{0, 1, 0, 2, 3});
  CHECK(to_vector(data.times()) == times{7, -3, first, last, 50});
  CHECK(to_vector(data.weights()) == weights{32, 2.75F, 4, 8, 17});
  CHECK(to_vector(data.times_of(0)) == times{7, -3});
  CHECK(data.times_of(1).empty());
  CHECK(to_vector(data.weights_of(2)) == weights{4, 8, 17});

  const ciess::interactions timed(3, 4, pairs, {.times = t});
  CHECK(timed.has_times());
  CHECK_FALSE(timed.has_weights());
  CHECK(timed.weights_of(2).empty());
  const ciess::interactions weighted(3, 4, pairs, {.weights = w});
  CHECK_FALSE(weighted.has_times());
  CHECK(weighted.times_of(2).empty());
  const ciess::interactions bare(3, 4, pairs);
  CHECK_FALSE(bare.has_times());
  CHECK_FALSE(bare.has_weights());
  CHECK(copy(bare.users_by_item()) == copy(data.users_by_item()));
  CHECK_FALSE(bare == timed);
  CHECK_FALSE(bare == weighted);
  CHECK_FALSE(data == timed);
  CHECK(data == ciess::interactions(3, 4, pairs, {.times = t, .weights = w}));
}

TEST_CASE("times and weights agree with maps of pairs", "[data]") {
  auto engine = ciess::random_stream(3, ciess::purpose::user).at(0);
  std::vector<ciess::interaction> pairs;
  times t;
  weights w;
  std::map<std::pair<ciess::row_id, ciess::row_id>, std::pair<std::int64_t, double>> oracle;
  for (int k = 0; k < 900; ++k) {
    const auto u = static_cast<ciess::row_id>(ciess::bounded(engine, 30));
    const auto i = static_cast<ciess::row_id>(ciess::bounded(engine, 25));
    pairs.push_back({u, i});
    t.push_back(static_cast<std::int64_t>(ciess::bounded(engine, 1000)) - 500);
    w.push_back(1 + ciess::uniform01(engine));
    const auto at = oracle.try_emplace({u, i}, t.back(), 0.0).first;
    at->second.first = std::min(at->second.first, t.back());
    at->second.second += static_cast<double>(w.back());
  }
  const ciess::interactions data(30, 25, pairs, {.times = t, .weights = w});
  times expected_times;
  weights expected_weights;
  for (const auto& [pair, known] : oracle) {
    expected_times.push_back(known.first);
    expected_weights.push_back(static_cast<float>(known.second));
  }
  REQUIRE(oracle.size() < 900);
  CHECK(to_vector(data.times()) == expected_times);
  CHECK(to_vector(data.weights()) == expected_weights);
}

TEST_CASE("many weights of one pair add up beyond the integers of a float", "[data]") {
  const std::vector<ciess::interaction> pairs((1U << 24) + 10, {0, 0});
  const weights w(pairs.size(), 1.0F);
  const ciess::interactions data(1, 1, pairs, {.weights = w});
  CHECK(data.weights()[0] == static_cast<float>((1U << 24) + 10));
}

TEST_CASE("interactions refuse details that do not fit", "[data]") {
  using ciess::interactions;
  const times one{1};
  const weights three{1, 2, 3};
  CHECK_THROWS_WITH(interactions(2, 2, {{0, 0}, {1, 1}}, {.times = one}),
                    ContainsSubstring("a time for each of 2 pairs or none, got 1"));
  CHECK_THROWS_WITH(interactions(2, 2, {{0, 0}, {1, 1}}, {.weights = three}),
                    ContainsSubstring("a weight for each of 2 pairs or none, got 3"));
  CHECK_THROWS_AS(interactions(2, 2, {}, {.times = one}), ciess::argument_error);
  using limits = std::numeric_limits<float>;
  const float bad = GENERATE(0.0F, -0.0F, -1.0F, limits::infinity(), limits::quiet_NaN());
  const weights w{1, bad};
  CHECK_THROWS_AS(interactions(2, 2, {{0, 0}, {1, 1}}, {.weights = w}), ciess::argument_error);
  CHECK_THROWS_WITH(interactions(2, 2, {{0, 0}, {1, 0}}, {.weights = w}),
                    ContainsSubstring("weight of pair 1, user 1, item 0, must be finite"));
  const weights huge{limits::max(), limits::max()};
  CHECK_THROWS_WITH(interactions(2, 2, {{1, 0}, {1, 0}}, {.weights = huge}),
                    ContainsSubstring("user 1, item 0 add up to"));
  const weights tiny{limits::denorm_min()};
  CHECK(interactions(1, 1, {{0, 0}}, {.weights = tiny}).weights()[0] == limits::denorm_min());
}
