// SPDX-License-Identifier: MIT
#include <ciess/search/ciess/new_rows.hpp>
// its own header first
#include <ciess/rl/td3.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

/// Wants a size that is twice the scaled frequency of a row, and looks at nothing else.
struct by_frequency {
  [[nodiscard]] ciess::index_t state_size() const { return 3; }
  void propose(const ciess::matrix_view& states, std::span<float> out) const {
    for (ciess::index_t r = 0; r < states.rows(); ++r) {
      CHECK(states(r, 1) == 1.0F);   // full size
      CHECK(states(r, 2) == -1.0F);  // no quality yet
      out[static_cast<std::size_t>(r)] = 2 + states(r, 0);
    }
  }
  void value(const ciess::matrix_view&, std::span<const float>, std::span<float>) const {}
  ciess::update_report update(const ciess::replay_buffer&, std::uint64_t) { return {}; }
};
static_assert(ciess::agent<by_frequency>);

const ciess::paper_state state;

}  // namespace

TEST_CASE("new rows get what the policy wants, on the scale of the rows it knows", "[search]") {
  const std::vector<double> frequency{0, 50, 100, 1000};
  const auto sizes =
      ciess::size_new_rows(by_frequency{}, state, {0, 100}, frequency, {1, 64}, {90});
  // 1 : 2 : 3 : 3, for beyond the known scale is its end.
  CHECK(sizes[0] == 10);
  CHECK(sizes[1] == 20);
  CHECK(sizes[2] == 30);
  CHECK(sizes[3] == 30);
  CHECK(sizes.total() == 90);
}

TEST_CASE("new rows use a remaining budget to the number", "[search]") {
  const ciess::td3 policy(3, {1, 32}, {.hidden = {16}}, 1);
  std::vector<double> frequency;
  for (int r = 0; r < 200; ++r) frequency.push_back(r % 17);
  for (const std::int64_t limit : {200, 201, 777, 6399, 6400, 100'000}) {
    const auto sizes = ciess::size_new_rows(policy, state, {0, 20}, frequency, {1, 32}, {limit});
    CHECK(sizes.total() == std::min<std::int64_t>(limit, 6400));
  }
  CHECK(ciess::size_new_rows(policy, state, {0, 20}, {}, {1, 32}, {0}).rows() == 0);
  CHECK(ciess::size_new_rows(policy, state, {3, 3}, std::vector<double>{3}, {1, 32}, {7})[0] == 7);
}

TEST_CASE("many new rows get what few of them would", "[search]") {
  const ciess::td3 policy(3, {1, 32}, {.hidden = {16}}, 1);
  std::vector<double> frequency;
  for (int r = 0; r < 70'000; ++r) frequency.push_back(r * 31 % 1009 % 25);
  ciess::proposal asked(1);
  for (const double f : frequency) {
    const std::vector<double> one{std::min(f, 20.0), 0, 20}, none(3, 0.0), full(3, 1.0);
    ciess::matrix states(3, 3);
    state.write({one, ciess::sizes(3, {1, 32}), none, full}, states);
    std::vector<float> wanted(3);
    policy.propose(states, wanted);
    asked[0].push_back(wanted[0]);
  }
  const ciess::table_shape shape{70'000, {1, 32}};
  CHECK(ciess::size_new_rows(policy, state, {0, 20}, frequency, {1, 32}, {200'003}) ==
        ciess::project(std::span(&shape, 1), asked, {200'003})[0]);
}

TEST_CASE("new rows that cannot be sized are refused", "[search]") {
  const ciess::td3 policy(3, {2, 32}, {.hidden = {16}}, 1);
  const auto size = [&](std::vector<double> f, std::int64_t limit,
                        ciess::frequency_range known = {0, 9}) {
    return ciess::size_new_rows(policy, state, known, f, {2, 32}, {limit});
  };
  CHECK_THROWS_WITH(size({1, 2, 3}, 5),
                    Catch::Contains("3 rows of at least 2 numbers do not fit into 5"));
  CHECK_THROWS_WITH(size({1, -2}, 50), Catch::Contains("row 1 occurs -2 times"));
  CHECK_THROWS_AS(size({std::numeric_limits<double>::infinity()}, 50), ciess::argument_error);
  CHECK_THROWS_WITH(size({1}, 50, {5, 4}), Catch::Contains("known frequencies from 5 to 4"));
  const ciess::td3 four(4, {2, 32}, {.hidden = {16}}, 1);
  CHECK_THROWS_WITH(ciess::size_new_rows(four, state, {0, 9}, std::vector<double>{1}, {2, 32}, {9}),
                    Catch::Contains("states of 4 numbers, got 3"));
  CHECK_THROWS_AS(ciess::frequency_range::of({}), ciess::argument_error);
  const auto known = ciess::frequency_range::of(std::vector<double>{4, 1, 9});
  CHECK(known.least == 1);
  CHECK(known.most == 9);
}

TEST_CASE("new rows get what known rows of their frequency have", "[search]") {
  std::vector<int> known_sizes;
  std::vector<double> known_frequency;
  for (int r = 0; r < 300; ++r) {
    known_frequency.push_back(r % 3);                           // a hundred rows of each frequency
    known_sizes.push_back(r % 3 == 2 ? 30 : 10 * (r % 3) + 5);  // 5, 15, 30
  }
  const ciess::sizes known(std::span<const int>(known_sizes), {1, 64});
  const std::vector<double> fresh{0, 1, 2, 99};
  const auto sizes = ciess::size_like_known(known, known_frequency, fresh, {80});
  CHECK(sizes[0] == 5);
  CHECK(sizes[1] == 15);
  CHECK(sizes[2] == 30);
  CHECK(sizes[3] == 30);
  CHECK(ciess::size_like_known(known, known_frequency, fresh, {160})[0] == 10);
  // One row known, and more asked for than there are.
  const ciess::sizes one(1, {1, 64}, 7);
  CHECK(ciess::size_like_known(one, std::vector<double>{3}, fresh, {40}).total() == 40);
  CHECK(ciess::size_like_known(one, std::vector<double>{3}, {}, {0}).rows() == 0);
  const auto refused = [&](auto&&... arguments) {
    CHECK_THROWS_AS(ciess::size_like_known(arguments...), ciess::argument_error);
  };
  refused(known, std::vector<double>{1, 2}, fresh, ciess::budget{80});
  refused(known, known_frequency, fresh, ciess::budget{3});
  refused(known, known_frequency, std::vector<double>{-1}, ciess::budget{3});
  refused(known, known_frequency, fresh, ciess::budget{80}, 0);
  refused(ciess::sizes(0, {1, 64}), std::vector<double>{}, fresh, ciess::budget{80});
}
