// SPDX-License-Identifier: MIT
#include <ciess/rl/replay_buffer.hpp>

#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include <ciess/core/threads.hpp>

#include "support/catch.hpp"

namespace {

const ciess::random_stream stream(2, ciess::purpose::replay);

/// n transitions numbered from `first`: size i, reward -i, state (i, 2 i), next state (3 i, 4 i).
struct numbered {
  ciess::matrix states, next;
  std::vector<float> sizes, rewards;

  numbered(int first, int n) : states(n, 2), next(n, 2) {
    for (int i = 0; i < n; ++i) {
      const auto v = static_cast<float>(first + i);
      states.row(i) << v, 2 * v;
      next.row(i) << 3 * v, 4 * v;
      sizes.push_back(v);
      rewards.push_back(-v);
    }
  }
  void into(ciess::replay_buffer& b) const { b.push(states, sizes, rewards, next); }
};

/// The numbers of all transitions in the buffer; checks that each is whole.
std::set<int> held(const ciess::replay_buffer& b) {
  ciess::transition_batch batch;
  b.sample(stream, 0, 40 * b.size(), batch);
  std::set<int> numbers;
  for (std::size_t i = 0; i < batch.size.size(); ++i) {
    const float v = batch.size[i];
    const auto row = static_cast<ciess::index_t>(i);
    REQUIRE(batch.reward[i] == -v);
    REQUIRE(batch.state(row, 0) == v);
    REQUIRE(batch.state(row, 1) == 2 * v);
    REQUIRE(batch.next_state(row, 0) == 3 * v);
    REQUIRE(batch.next_state(row, 1) == 4 * v);
    numbers.insert(static_cast<int>(v));
  }
  return numbers;
}

std::set<int> range(int first, int last) {
  std::set<int> s;
  for (int i = first; i < last; ++i) s.insert(i);
  return s;
}

}  // namespace

TEST_CASE("replay_buffer keeps the last transitions, wherever the ring wraps", "[rl]") {
  ciess::replay_buffer b(2, 10);
  CHECK(b.empty());
  CHECK(b.capacity() == 10);
  CHECK(b.state_size() == 2);
  numbered(0, 4).into(b);
  CHECK(b.size() == 4);
  CHECK(held(b) == range(0, 4));
  numbered(4, 4).into(b);
  CHECK(held(b) == range(0, 8));
  numbered(8, 5).into(b);  // wraps in the middle
  CHECK(b.size() == 10);
  CHECK(held(b) == range(3, 13));
  numbered(13, 7).into(b);  // ends at the end
  CHECK(held(b) == range(10, 20));
  numbered(20, 10).into(b);  // as many as fit
  CHECK(held(b) == range(20, 30));
  numbered(30, 3).into(b);
  numbered(33, 25).into(b);  // more than fit
  CHECK(held(b) == range(48, 58));
  numbered(58, 0).into(b);
  numbered(58, 4).into(b);
  CHECK(held(b) == range(52, 62));
  ciess::replay_buffer fresh(2, 3);
  numbered(0, 7).into(fresh);  // more than fit into an empty one
  CHECK(held(fresh) == range(4, 7));
}

TEST_CASE("replay_buffer draws evenly, by address", "[rl]") {
  ciess::replay_buffer b(2, 20);
  numbered(0, 20).into(b);
  ciess::transition_batch batch;
  b.sample(stream, 1, 20000, batch);
  std::vector<double> count(20);
  for (const float v : batch.size) ++count[static_cast<std::size_t>(v)];
  double statistic = 0;
  for (const double c : count) statistic += (c - 1000) * (c - 1000) / 1000;
  CHECK(statistic < 19 + 4 * std::sqrt(38.0));
  ciess::transition_batch again;
  b.sample(stream, 2, 20000, again);
  CHECK(again.size != batch.size);
  const ciess::threads pool{2};
  b.sample(stream, 1, 20000, again);
  CHECK(again.size == batch.size);
  CHECK(again.next_state == batch.next_state);
}

TEST_CASE("replay_buffer refuses bad pushes before anything changes", "[rl]") {
  ciess::replay_buffer b(2, 10);
  numbered(0, 3).into(b);
  numbered more(3, 3);
  const ciess::matrix wide(3, 3);
  const ciess::matrix low(2, 2);
  const std::vector<float> two(2);
  CHECK_THROWS_WITH(b.push(wide, more.sizes, more.rewards, more.next), ContainsSubstring("[3, 3]"));
  CHECK_THROWS_AS(b.push(low, more.sizes, more.rewards, more.next), ciess::argument_error);
  CHECK_THROWS_AS(b.push(more.states, two, more.rewards, more.next), ciess::argument_error);
  CHECK_THROWS_AS(b.push(more.states, more.sizes, two, more.next), ciess::argument_error);
  CHECK_THROWS_AS(b.push(more.states, more.sizes, more.rewards, low), ciess::argument_error);
  CHECK_THROWS_AS(b.push(more.states, more.sizes, more.rewards, wide), ciess::argument_error);
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity());
  const int where = GENERATE(0, 1, 2, 3);
  (where == 0   ? more.states(2, 1)
   : where == 1 ? more.sizes[1]
   : where == 2 ? more.rewards[2]
                : more.next(0, 0)) = bad;
  CHECK_THROWS_AS(more.into(b), ciess::numeric_error);
  CHECK(held(b) == range(0, 3));
}

TEST_CASE("replay_buffer refuses sizes out of range and draws from nothing", "[rl]") {
  CHECK_THROWS_AS(ciess::replay_buffer(0, 5), ciess::argument_error);
  CHECK_THROWS_AS(ciess::replay_buffer(2, 0), ciess::argument_error);
  CHECK_THROWS_AS(ciess::replay_buffer(2, -1), ciess::argument_error);
  CHECK_THROWS_AS(ciess::replay_buffer(2, ciess::index_t{1} << 32), ciess::argument_error);
  ciess::replay_buffer b(2, 5);
  ciess::transition_batch batch;
  CHECK_THROWS_WITH(b.sample(stream, 0, 4, batch), ContainsSubstring("empty"));
  numbered(0, 2).into(b);
  CHECK_THROWS_AS(b.sample(stream, 0, 0, batch), ciess::argument_error);
}

TEST_CASE("replay_buffer says how many transitions bytes hold", "[rl]") {
  using ciess::replay_buffer;
  CHECK(replay_buffer::capacity_of(32, 3) == 1);
  CHECK(replay_buffer::capacity_of(31, 3) == 0);
  CHECK(replay_buffer::capacity_of(0, 3) == 0);
  CHECK(replay_buffer::capacity_of(24'000, 2) == 1'000);
  CHECK_THROWS_WITH(replay_buffer::capacity_of(-1, 3), ContainsSubstring("got -1 and 3"));
  CHECK_THROWS_AS(replay_buffer::capacity_of(32, 0), ciess::argument_error);
}
