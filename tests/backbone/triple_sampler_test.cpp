// SPDX-License-Identifier: MIT
#include <ciess/backbone/triple_sampler.hpp>
// its own header first
#include <ciess/core/threads.hpp>
#include <ciess/data/synthetic.hpp>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/timed_data.hpp"

namespace {

// A sampler must not outlive what it looks at.
static_assert(std::is_constructible_v<ciess::triple_sampler, const ciess::interactions&>);
static_assert(!std::is_constructible_v<ciess::triple_sampler, ciess::interactions>);
static_assert(!std::is_constructible_v<ciess::triple_sampler, const ciess::interactions>);
const ciess::random_stream stream(9, ciess::purpose::batches);

ciess::triples draw(ciess::triple_sampler& s, std::uint64_t number, std::size_t size) {
  ciess::triples t;
  s.draw(stream, number, size, t);
  return t;
}
}  // namespace

TEST_CASE("triples: the positive is the user's, the negative is not", "[backbone]") {
  const auto data =
      ciess::make_synthetic({.users = 60, .items = 30, .interactions = 600, .factors = 4}).data;
  ciess::triple_sampler sampler(data);
  for (const std::size_t size : {20U, 500U}) {
    const auto t = draw(sampler, 3, size);
    REQUIRE(t.size() == size);
    for (std::size_t b = 0; b < size; ++b) {
      REQUIRE(data.contains(t.users[b], t.positives[b]));
      REQUIRE(!data.contains(t.users[b], t.negatives[b]));
    }
  }
}

TEST_CASE("users come without replacement while there are enough of them, uniformly",
          "[backbone]") {
  std::vector<ciess::interaction> pairs;
  for (ciess::row_id u = 0; u < 50; ++u) pairs.push_back({u, u % 3});
  for (ciess::row_id i = 0; i < 4; ++i) pairs.push_back({50, i});  // has everything
  const ciess::interactions data(52, 4, pairs);                    // 51 has nothing
  ciess::triple_sampler sampler(data);
  CHECK(sampler.users() == 50);
  std::vector<int> count(52, 0);
  for (std::uint64_t n = 0; n < 400; ++n) {
    const auto t = draw(sampler, n, 25);
    CHECK(std::set(t.users.begin(), t.users.end()).size() == 25);
    for (const auto u : t.users) ++count[static_cast<std::size_t>(u)];
  }
  CHECK(count[50] == 0);
  CHECK(count[51] == 0);
  for (std::size_t u = 0; u < 50; ++u) CHECK(std::abs(count[u] - 200) < 60);  // 6 deviations of 10
}

TEST_CASE("a batch is addressed by its number, at any number of threads", "[backbone][threads]") {
  const auto data =
      ciess::make_synthetic({.users = 900, .items = 40, .interactions = 6000, .factors = 4}).data;
  ciess::triple_sampler sampler(data);
  const auto size = GENERATE(std::size_t{700}, std::size_t{3000});
  const auto fifth = draw(sampler, 5, size);
  const auto sixth = draw(sampler, 6, size);
  CHECK(fifth.users != sixth.users);
  const ciess::threads pool{2};
  const auto again = draw(sampler, 5, size);
  CHECK(again.users == fifth.users);
  CHECK(again.positives == fifth.positives);
  CHECK(again.negatives == fifth.negatives);
}

TEST_CASE("data from which no triple can be drawn are refused", "[backbone]") {
  const ciess::interactions all(1, 2, {{0, 0}, {0, 1}});
  CHECK_THROWS_WITH(ciess::triple_sampler(all), ContainsSubstring("none of 1 users"));
}

TEST_CASE("without weights the draws are those of the plain rule, number by number", "[backbone]") {
  const auto data =
      support::timed_data(4, {.users = 80, .items = 30, .pairs = 700, .weights = false});
  ciess::triple_sampler sampler(data);
  REQUIRE(sampler.users() == data.users());
  for (const std::size_t size : {60U, 400U})
    for (std::uint64_t number = 0; number < 5; ++number) {
      ciess::triples plain;
      plain.resize(size);
      std::vector<ciess::row_id> users(80);
      std::iota(users.begin(), users.end(), 0);
      for (std::size_t b = 0; b < size; ++b) {
        auto engine = stream.at(number, b);
        const std::size_t done = size <= 80 ? b : 0;
        const std::size_t at = done + ciess::bounded(engine, static_cast<std::uint32_t>(80 - done));
        if (size <= 80) std::swap(users[b], users[at]);
        const auto user = plain.users[b] = users[size <= 80 ? b : at];
        const auto items = data.items_of(user);
        plain.positives[b] =
            items[ciess::bounded(engine, static_cast<std::uint32_t>(items.size()))];
        const auto rest = static_cast<std::uint32_t>(30 - items.size());
        plain.negatives[b] = ciess::unseen_item(items, 30, ciess::bounded(engine, rest));
      }
      const auto t = draw(sampler, number, size);
      CHECK(t.users == plain.users);
      CHECK(t.positives == plain.positives);
      CHECK(t.negatives == plain.negatives);
    }
}

TEST_CASE("with weights a positive comes as often as its share of its user's weights",
          "[backbone]") {
  // User 0: 1 : 2 : 5; user 1: one item; user 2: all the same, but far smaller than those of
  // user 0, which is no matter; user 3: a weight that can hardly ever be drawn.
  const std::vector<float> w{1, 2, 5, 7, 1e-6F, 1e-6F, 1e-30F, 1};
  const ciess::interactions data(
      4, 6, {{0, 0}, {0, 2}, {0, 3}, {1, 5}, {2, 1}, {2, 4}, {3, 0}, {3, 1}}, {.weights = w});
  ciess::triple_sampler sampler(data);
  constexpr int batches = 200, size = 400;
  std::vector<std::vector<int>> count(4, std::vector<int>(6, 0));
  std::vector<int> negatives(6, 0);
  for (std::uint64_t n = 0; n < batches; ++n) {
    const auto t = draw(sampler, n, size);
    for (std::size_t b = 0; b < size; ++b) {
      ++count[static_cast<std::size_t>(t.users[b])][static_cast<std::size_t>(t.positives[b])];
      if (t.users[b] == 0) ++negatives[static_cast<std::size_t>(t.negatives[b])];
      REQUIRE_FALSE(data.contains(t.users[b], t.negatives[b]));
    }
  }
  for (std::size_t u = 0; u < 4; ++u) {
    const double all = std::accumulate(count[u].begin(), count[u].end(), 0);
    CHECK(std::abs(all - 20000) < 6 * 123);  // users as often as without weights; sd 122.5
    double sum = 0;
    for (const float x : data.weights_of(static_cast<ciess::row_id>(u)))
      sum += static_cast<double>(x);
    double drawn = 0;
    for (std::size_t k = 0; k < data.items_of(static_cast<ciess::row_id>(u)).size(); ++k) {
      const auto item = static_cast<std::size_t>(data.items_of(static_cast<ciess::row_id>(u))[k]);
      const double share =
          static_cast<double>(data.weights_of(static_cast<ciess::row_id>(u))[k]) / sum;
      const double deviation = std::sqrt(all * share * (1 - share));
      CHECK(std::abs(count[u][item] - all * share) <= 6 * deviation + 0.5);  // 6 deviations
      drawn += count[u][item];
    }
    CHECK(drawn == all);  // nothing else
  }
  // Negatives stay uniform: a third of 20000 each; sd 67.
  for (const std::size_t i : {1U, 4U, 5U}) CHECK(std::abs(negatives[i] - 6667) < 6 * 67 + 6 * 41);
}

TEST_CASE("weighted batches are the same at any number of threads", "[backbone][threads]") {
  const auto data = support::timed_data(2, {.users = 900, .items = 60, .pairs = 9000});
  REQUIRE(data.has_weights());
  ciess::triple_sampler sampler(data);
  const auto size = GENERATE(std::size_t{700}, std::size_t{3000});
  const auto fifth = draw(sampler, 5, size);
  (void)draw(sampler, 6, size);
  const ciess::threads pool{2};
  const auto again = draw(sampler, 5, size);
  CHECK(again.users == fifth.users);
  CHECK(again.positives == fifth.positives);
  CHECK(again.negatives == fifth.negatives);
}
