// SPDX-License-Identifier: MIT
#include <ciess/data/split.hpp>
// its own header first
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/timed_data.hpp"

namespace {

/// User u has the items 0 .. counts[u] - 1.
ciess::interactions first_items(const std::vector<ciess::row_id>& counts) {
  std::vector<ciess::interaction> pairs;
  for (std::size_t u = 0; u < counts.size(); ++u)
    for (ciess::row_id i = 0; i < counts[u]; ++i)
      pairs.push_back({static_cast<ciess::row_id>(u), i});
  return {static_cast<ciess::index_t>(counts.size()), 1000, pairs};
}

using counts = std::array<ciess::index_t, 3>;

counts counts_of(const ciess::split& s, ciess::row_id u) {
  return {s.train.user_frequency(u), s.validation.user_frequency(u), s.test.user_frequency(u)};
}

}  // namespace

TEST_CASE("split gives each user the promised counts", "[data]") {
  const auto data = first_items({0, 1, 2, 3, 4, 5, 6, 7, 10, 1000});
  const auto parts = ciess::split_interactions(data, {}, 1);
  CHECK(counts_of(parts, 0) == counts{0, 0, 0});
  CHECK(counts_of(parts, 1) == counts{1, 0, 0});
  CHECK(counts_of(parts, 2) == counts{1, 0, 1});
  CHECK(counts_of(parts, 3) == counts{1, 1, 1});
  CHECK(counts_of(parts, 4) == counts{2, 1, 1});
  CHECK(counts_of(parts, 5) == counts{3, 1, 1});
  CHECK(counts_of(parts, 6) == counts{3, 2, 1});
  CHECK(counts_of(parts, 7) == counts{4, 1, 2});
  CHECK(counts_of(parts, 8) == counts{5, 3, 2});
  CHECK(counts_of(parts, 9) == counts{500, 250, 250});

  const auto mostly = ciess::split_interactions(data, {.train = 0.98, .validation = 0.01}, 1);
  CHECK(counts_of(mostly, 3) == counts{1, 1, 1});
  CHECK(counts_of(mostly, 8) == counts{8, 1, 1});
  const auto little = ciess::split_interactions(data, {.train = 0.01, .validation = 0.01}, 1);
  CHECK(counts_of(little, 2) == counts{1, 0, 1});
  CHECK(counts_of(little, 8) == counts{1, 1, 8});
  const auto no_test = ciess::split_interactions(data, {.train = 0.7, .validation = 0.3}, 1);
  CHECK(counts_of(no_test, 2) == counts{1, 1, 0});
  CHECK(counts_of(no_test, 3) == counts{2, 1, 0});
  CHECK(no_test.test.empty());
  const auto no_validation = ciess::split_interactions(data, {.train = 0.8, .validation = 0}, 1);
  CHECK(counts_of(no_validation, 3) == counts{2, 0, 1});
  CHECK(no_validation.validation.empty());
  const auto whole = ciess::split_interactions(data, {.train = 1, .validation = 0}, 1);
  CHECK(whole.train == data);
}

TEST_CASE("split keeps every interaction once", "[data]") {
  const auto data = first_items({0, 1, 2, 3, 17, 50, 101});
  const auto parts = ciess::split_interactions(data, {}, GENERATE(1U, 2U, 3U));
  CHECK(parts.train.size() + parts.validation.size() + parts.test.size() == data.size());
  CHECK(ciess::merge(ciess::merge(parts.train, parts.test), parts.validation) == data);
  CHECK(parts.test.users() == data.users());
  CHECK(parts.test.items() == data.items());
}

TEST_CASE("split is drawn by seed and user", "[data]") {
  const auto data = first_items({20, 20, 20});
  const auto parts = ciess::split_interactions(data, {}, 7);
  const auto again = ciess::split_interactions(data, {}, 7);
  CHECK(parts.train == again.train);
  CHECK(parts.validation == again.validation);
  CHECK(parts.test == again.test);
  CHECK_FALSE(parts.train == ciess::split_interactions(data, {}, 8).train);
  CHECK_FALSE(std::ranges::equal(parts.train.items_of(0), parts.train.items_of(1)));

  const auto others = ciess::split_interactions(first_items({3, 20, 700}), {}, 7);
  CHECK(std::ranges::equal(parts.test.items_of(1), others.test.items_of(1)));
}

TEST_CASE("split favours no item", "[data]") {
  const auto data = first_items(std::vector<ciess::row_id>(4000, 8));
  const auto parts = ciess::split_interactions(data, {}, 5);
  for (ciess::row_id i = 0; i < 8; ++i) {
    CHECK(std::abs(parts.train.item_frequency(i) - 2000) < 150);  // sd 32
    CHECK(std::abs(parts.validation.item_frequency(i) - 1000) < 130);
    CHECK(std::abs(parts.test.item_frequency(i) - 1000) < 130);
  }
}

TEST_CASE("split refuses shares that are none", "[data]") {
  const auto data = first_items({4});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double train = GENERATE_COPY(0.0, -0.5, 1.5, nan);
  CHECK_THROWS_AS(ciess::split_interactions(data, {.train = train}, 1), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::split_interactions(data, {.train = 2}, 1),
                    ContainsSubstring("share for training") && ContainsSubstring("got 2"));
  const double validation = GENERATE_COPY(-0.1, 0.6, nan);
  CHECK_THROWS_AS(ciess::split_interactions(data, {.validation = validation}, 1),
                  ciess::argument_error);
}

TEST_CASE("merge is a union", "[data]") {
  const ciess::interactions a(2, 3, {{0, 1}, {1, 2}});
  const ciess::interactions b(2, 3, {{0, 0}, {1, 2}});
  CHECK(ciess::merge(a, b) == ciess::interactions(2, 3, {{0, 0}, {0, 1}, {1, 2}}));
  CHECK_THROWS_WITH(ciess::merge(a, ciess::interactions(2, 4, {})),
                    ContainsSubstring("2 x 3 and 2 x 4"));
}

TEST_CASE("split takes times and weights along and goes by neither", "[data]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const support::timed_shape shape{.times = seed % 3 != 0, .weights = seed % 2 == 0};
    const auto data = support::timed_data(seed, shape);
    const auto bare = support::timed_data(seed, {.times = false, .weights = false});
    const auto parts = ciess::split_interactions(data, {}, seed);
    const auto plain = ciess::split_interactions(bare, {}, seed);
    CHECK(std::ranges::equal(parts.train.items_by_user(), plain.train.items_by_user()));
    CHECK(std::ranges::equal(parts.test.items_by_user(), plain.test.items_by_user()));
    CHECK(parts.train.has_times() == shape.times);
    CHECK(parts.test.has_weights() == shape.weights);
    CHECK(ciess::merge(ciess::merge(parts.train, parts.test), parts.validation) == data);
  }
}

TEST_CASE("merge: of a pair in both the earliest time and the sum of the weights", "[data]") {
  const std::vector<std::int64_t> early{5, 9}, late{7, 1};
  const std::vector<float> light{1, 2}, heavy{4, 8};
  const ciess::interactions a(2, 3, {{0, 1}, {1, 2}}, {.times = early, .weights = light});
  const ciess::interactions b(2, 3, {{0, 0}, {1, 2}}, {.times = late, .weights = heavy});
  const std::vector<std::int64_t> times{7, 5, 1};
  const std::vector<float> weights{4, 1, 10};
  const ciess::interactions both(2, 3, {{0, 0}, {0, 1}, {1, 2}},
                                 {.times = times, .weights = weights});
  CHECK(ciess::merge(a, b) == both);
  CHECK(ciess::merge(b, a) == both);
}

TEST_CASE("merge: both sides have times, or weights, or neither has", "[data]") {
  const std::vector<std::int64_t> times{5};
  const std::vector<float> weights{5};
  const ciess::interactions bare(1, 2, {{0, 0}});
  const ciess::interactions timed(1, 2, {{0, 1}}, {.times = times});
  const ciess::interactions weighted(1, 2, {{0, 1}}, {.weights = weights});
  CHECK_THROWS_AS(ciess::merge(bare, timed), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::merge(timed, bare),
                    ContainsSubstring("merge: the 1 pairs of one side have times"));
  CHECK_THROWS_WITH(ciess::merge(bare, weighted), ContainsSubstring("have weights"));
  CHECK_THROWS_AS(ciess::merge(timed, weighted), ciess::argument_error);
  // No pair lacks anything where there is none.
  const ciess::interactions none(1, 2, {});
  CHECK(ciess::merge(none, timed) == timed);
  CHECK(ciess::merge(weighted, none) == weighted);
}
