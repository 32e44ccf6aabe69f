// SPDX-License-Identifier: MIT
#include <ciess/data/split_by_time.hpp>

#include <ciess/core/threads.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/timed_data.hpp"

namespace {

using ciess::interactions;
using ciess::row_id;
using counts = std::array<ciess::index_t, 3>;
using rows = std::vector<row_id>;
using times = std::vector<std::int64_t>;

/// One user with the items 0, 1, ... at these times.
interactions one_user(const times& t) {
  std::vector<ciess::interaction> pairs;
  for (std::size_t i = 0; i < t.size(); ++i) pairs.push_back({0, static_cast<row_id>(i)});
  return {1, static_cast<ciess::index_t>(t.size()), pairs, {.times = t}};
}

counts counts_of(const ciess::split& s, row_id u) {
  return {s.train.user_frequency(u), s.validation.user_frequency(u), s.test.user_frequency(u)};
}

rows items_of(const interactions& data, row_id u = 0) {
  const auto items = data.items_of(u);
  return {items.begin(), items.end()};
}

bool same(const ciess::split& a, const ciess::split& b) {
  return a.train == b.train && a.validation == b.validation && a.test == b.test;
}

/// Every pair in one part with what is known of it, all parts of the users and items of the whole.
void check_parts_of(const interactions& data, const ciess::split& s) {
  support::known_pairs all;
  for (const auto* part : {&s.train, &s.validation, &s.test}) {
    CHECK(part->users() == data.users());
    CHECK(part->items() == data.items());
    CHECK(part->has_weights() == (data.has_weights() && !part->empty()));
    for (const auto& pair : support::known(*part)) CHECK(all.insert(pair).second);
  }
  CHECK(all == support::known(data));
}

/// No time of a part is after one of a later part.
void check_order(std::span<const std::int64_t> train, std::span<const std::int64_t> validation,
                 std::span<const std::int64_t> test) {
  std::int64_t reached = std::numeric_limits<std::int64_t>::min();
  for (const auto part : {train, validation, test}) {
    for (const auto t : part) CHECK(t >= reached);
    if (!part.empty()) reached = std::ranges::max(part);
  }
}

}  // namespace

TEST_CASE("split_by_time: the earliest are learnt from, the latest are asked for", "[data]") {
  // 4 -> 2 + 1 + 1, in the order of time: items 2, 0, 3, 1
  const auto parts = ciess::split_by_time(one_user({5, 90, -7, 20}), {}, 1);
  CHECK(items_of(parts.train) == rows{0, 2});
  CHECK(items_of(parts.validation) == rows{3});
  CHECK(items_of(parts.test) == rows{1});
  CHECK(parts.test.times_of(0)[0] == 90);
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  const auto ends = ciess::split_by_time(one_user({most, 0, least}), {}, 1);
  CHECK(items_of(ends.train) == rows{2});
  CHECK(items_of(ends.test) == rows{0});
}

TEST_CASE("splits by time of each user keep their laws", "[data]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto data =
        support::timed_data(seed, {.users = 1 + static_cast<std::uint32_t>(seed % 9) * 3,
                                   .moments = seed % 4 == 0 ? 1U : 30U,
                                   .weights = seed % 2 == 0});
    const ciess::split_options shares{.train = 0.6, .validation = 0.2};
    const auto by_share = ciess::split_by_time(data, shares, seed);
    const auto n = static_cast<ciess::index_t>(1 + seed % 5);
    const auto last = ciess::split_last(data, n, seed);
    const auto plain = ciess::split_interactions(data, shares, seed);
    for (const auto* s : {&by_share, &last}) {
      check_parts_of(data, *s);
      for (row_id u = 0; u < data.users(); ++u)
        check_order(s->train.times_of(u), s->validation.times_of(u), s->test.times_of(u));
    }
    for (row_id u = 0; u < data.users(); ++u) {
      CHECK(counts_of(by_share, u) == counts_of(plain, u));
      const auto all = data.user_frequency(u);
      const auto test = std::clamp<ciess::index_t>(all - 1, 0, n);
      const auto validation = std::clamp<ciess::index_t>(all - 1 - test, 0, n);
      CHECK(counts_of(last, u) == counts{all - test - validation, validation, test});
    }
    CHECK(same(by_share, ciess::split_by_time(data, shares, seed)));
    CHECK(same(last, ciess::split_last(data, n, seed)));
    if (seed % 4 == 0) CHECK(same(by_share, plain));  // one moment: nothing to go by
  }
}

TEST_CASE("pairs of one moment are told apart by seed and user, not by their ids", "[data]") {
  // Everybody has the items 0 .. 7 at one moment: 2 of 8 of every item are for test.
  std::vector<ciess::interaction> pairs;
  for (row_id u = 0; u < 4000; ++u)
    for (row_id i = 0; i < 8; ++i) pairs.push_back({u, i});
  const times t(pairs.size(), 12);
  const interactions data(4000, 8, pairs, {.times = t});
  const auto shares = ciess::split_by_time(data, {}, 5);
  const auto last = ciess::split_last(data, 2, 5);
  for (row_id i = 0; i < 8; ++i) {
    CHECK(std::abs(shares.test.item_frequency(i) - 1000) < 130);  // sd 27
    CHECK(std::abs(last.test.item_frequency(i) - 1000) < 130);
    CHECK(std::abs(last.validation.item_frequency(i) - 1000) < 130);
  }
  CHECK_FALSE(same(shares, ciess::split_by_time(data, {}, 6)));
  CHECK_FALSE(items_of(shares.test, 0) == items_of(shares.test, 1));
  // A user's part does not depend on others.
  const times alone(8, 3);
  const interactions first(1, 8, std::span(pairs).first(8), {.times = alone});
  CHECK(items_of(ciess::split_last(first, 2, 5).test) == items_of(last.test, 0));
}

TEST_CASE("split_last: the last ones are for test, those before them for validation", "[data]") {
  const auto data = one_user({50, 10, 40, 20, 30});
  const auto one = ciess::split_last(data, 1, 1);
  CHECK(items_of(one.train) == rows{1, 3, 4});
  CHECK(items_of(one.validation) == rows{2});
  CHECK(items_of(one.test) == rows{0});
  const auto two = ciess::split_last(data, 2, 1);
  CHECK(items_of(two.train) == rows{1});
  CHECK(items_of(two.validation) == rows{3, 4});
  CHECK(items_of(two.test) == rows{0, 2});
  // Too few: one stays, then test is served, then validation.
  CHECK(counts_of(ciess::split_last(data, 3, 1), 0) == counts{1, 1, 3});
  CHECK(counts_of(ciess::split_last(data, 4, 1), 0) == counts{1, 0, 4});
  CHECK(counts_of(ciess::split_last(data, 1'000'000'000'000, 1), 0) == counts{1, 0, 4});
  CHECK(counts_of(ciess::split_last(one_user({7}), 1, 1), 0) == counts{1, 0, 0});
  CHECK(counts_of(ciess::split_last(one_user({7, 8}), 1, 1), 0) == counts{1, 0, 1});
  CHECK(counts_of(ciess::split_last(interactions(1, 2, {}), 1, 1), 0) == counts{0, 0, 0});
}

TEST_CASE("split_at: a border in time for all users", "[data]") {
  const times t{1, 5, 9, 5, 10, 4};
  const interactions data(3, 2, {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 0}, {2, 1}}, {.times = t});
  const auto parts = ciess::split_at(data, 5, 10);
  CHECK(items_of(parts.train, 0) == rows{0});
  CHECK(items_of(parts.train, 1).empty());
  CHECK(items_of(parts.train, 2) == rows{1});
  CHECK(items_of(parts.validation, 0) == rows{1});
  CHECK(items_of(parts.validation, 1) == rows{0, 1});
  CHECK(items_of(parts.test, 2) == rows{0});
  CHECK(ciess::split_at(data, 5, 5).validation.empty());
  CHECK(ciess::split_at(data, 0, 0).test == data);
  CHECK(ciess::split_at(data, 11, 12).train == data);
}

TEST_CASE("split_at and time_quantile agree with plain counting", "[data]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto data = support::timed_data(seed, {.moments = seed % 3 == 0 ? 4U : 1'000'000U});
    std::vector<std::int64_t> sorted(data.times().begin(), data.times().end());
    std::ranges::sort(sorted);
    const auto before = [&](std::int64_t t) {
      return std::ranges::count_if(sorted, [t](auto x) { return x < t; });
    };
    const auto share = [&](double q) { return q * static_cast<double>(sorted.size()); };
    for (const double q : {0.01, 0.25, 0.5, 0.55, 0.75, 0.999, 1.0}) {
      const auto t = ciess::time_quantile(data, q);
      CHECK(static_cast<double>(before(t)) >= share(q) - 1e-6);     // enough
      CHECK(static_cast<double>(before(t - 1)) < share(q) - 1e-6);  // and not a moment before
    }
    const auto a = ciess::time_quantile(data, 0.5);
    const auto b = ciess::time_quantile(data, 0.75);
    const auto parts = ciess::split_at(data, a, b);
    check_parts_of(data, parts);
    check_order(parts.train.times(), parts.validation.times(), parts.test.times());
    CHECK(parts.train.size() == before(a));
    CHECK(parts.validation.size() == before(b) - before(a));
    if (seed % 3 != 0 && std::ranges::adjacent_find(sorted) == sorted.end()) {
      CHECK(parts.train.size() == static_cast<ciess::index_t>(std::ceil(share(0.5))));
      CHECK(parts.test.size() == data.size() - static_cast<ciess::index_t>(std::ceil(share(0.75))));
    }
  }
}

TEST_CASE("time_quantile by hand", "[data]") {
  const auto four = one_user({40, 10, 30, 20});
  CHECK(ciess::time_quantile(four, 0.25) == 11);
  CHECK(ciess::time_quantile(four, 0.26) == 21);
  CHECK(ciess::time_quantile(four, 0.5) == 21);
  CHECK(ciess::time_quantile(four, 1) == 41);
  CHECK(ciess::time_quantile(four, 1e-12) == 11);
  CHECK(ciess::time_quantile(one_user({7, 7, 7}), 0.1) == 8);
  times twenty;
  for (std::int64_t k = 1; k <= 20; ++k) twenty.push_back(k);
  CHECK(ciess::time_quantile(one_user(twenty), 0.55) == 12);  // 0.55 * 20 > 11 in doubles
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(ciess::time_quantile(one_user({1, most}), 0.5) == 2);
  CHECK_THROWS_WITH(ciess::time_quantile(one_user({1, most}), 1), ContainsSubstring("no moment"));
}

TEST_CASE("splits by time are the same at any number of threads", "[data][threads]") {
  const auto data = support::timed_data(3, {.users = 300, .items = 80, .pairs = 6000});
  const auto by_share = ciess::split_by_time(data, {}, 4);
  const auto last = ciess::split_last(data, 2, 4);
  const auto at = ciess::split_at(data, 0, 5);
  const ciess::threads pool{2};
  CHECK(same(by_share, ciess::split_by_time(data, {}, 4)));
  CHECK(same(last, ciess::split_last(data, 2, 4)));
  CHECK(same(at, ciess::split_at(data, 0, 5)));
}

TEST_CASE("splits by time refuse what has no times, and numbers that are none", "[data]") {
  const interactions bare(1, 2, {{0, 0}, {0, 1}});
  CHECK_THROWS_WITH(ciess::split_by_time(bare, {}, 1),
                    ContainsSubstring("split_by_time: needs times, but the 2 pairs"));
  CHECK_THROWS_WITH(ciess::split_last(bare, 1, 1), ContainsSubstring("split_last: needs times"));
  CHECK_THROWS_WITH(ciess::split_at(bare, 1, 2), ContainsSubstring("split_at: needs times"));
  CHECK_THROWS_WITH(ciess::time_quantile(bare, 0.5),
                    ContainsSubstring("time_quantile: needs times"));
  CHECK_THROWS_AS(ciess::time_quantile(interactions(1, 1, {}), 0.5), ciess::argument_error);
  const auto data = one_user({1, 2, 3});
  CHECK_THROWS_WITH(ciess::split_by_time(data, {.train = 0}, 1),
                    ContainsSubstring("split_by_time: share for training"));
  CHECK_THROWS_WITH(ciess::split_by_time(data, {.validation = 0.7}, 1),
                    ContainsSubstring("split_by_time: share for validation"));
  const ciess::index_t n = GENERATE(0, -3);
  CHECK_THROWS_WITH(ciess::split_last(data, n, 1), ContainsSubstring("n must be >= 1"));
  CHECK_THROWS_WITH(ciess::split_at(data, 3, 2), ContainsSubstring("before validation at 3"));
  const double q = GENERATE(0.0, -0.5, 1.5, std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_AS(ciess::time_quantile(data, q), ciess::argument_error);
}
