// SPDX-License-Identifier: MIT
#include <ciess/backbone/held_out_triples.hpp>
// its own header first
#include <algorithm>
#include <set>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"

namespace {

using pairs = std::vector<ciess::interaction>;

// Users 0 and 1 have something held out, user 2 has not; user 1 knows every item.
const ciess::interactions& known() {
  static const ciess::interactions made(3, 6,
                                        pairs{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {1, 2}, {2, 5}});
  return made;
}
const ciess::interactions& held_out() {
  static const ciess::interactions made(3, 6, pairs{{0, 2}, {0, 3}, {1, 3}, {1, 4}, {1, 5}});
  return made;
}

static_assert(!std::is_constructible_v<ciess::held_out_triples, ciess::interactions,
                                       const ciess::interactions&, std::uint64_t>);

}  // namespace

TEST_CASE("held-out triples prefer held-out items to items that nobody saw the user with",
          "[backbone]") {
  ciess::held_out_triples draw(known(), held_out(), 1);
  std::set<ciess::row_id> positives, negatives;
  for (std::uint64_t number = 0; number < 20; ++number) {
    const auto& batch = draw(number, 50);
    REQUIRE(batch.size() == 50);
    for (std::size_t b = 0; b < 50; ++b) {
      const ciess::row_id user = batch.users[b];
      REQUIRE((user == 0 || user == 1));
      CHECK(std::ranges::binary_search(held_out().items_of(user), batch.positives[b]));
      CHECK(!std::ranges::binary_search(held_out().items_of(user), batch.negatives[b]));
      if (user != 0) continue;
      CHECK(!std::ranges::binary_search(known().items_of(user), batch.negatives[b]));
      positives.insert(batch.positives[b]);
      negatives.insert(batch.negatives[b]);
    }
  }
  CHECK(positives == std::set<ciess::row_id>{2, 3});
  CHECK(negatives == std::set<ciess::row_id>{4, 5});
}

TEST_CASE("the negatives of held-out triples are as likely as each other", "[backbone]") {
  // 40 items, of which 10 are known and 10 held out: 20 are left
  pairs in, out;
  for (ciess::row_id i = 0; i < 10; ++i) {
    in.push_back({0, 2 * i});
    out.push_back({0, 20 + 2 * i});
  }
  const ciess::interactions train(1, 40, in), rest(1, 40, out);
  ciess::held_out_triples draw(train, rest, 5);
  std::vector<int> count(40);
  for (std::uint64_t number = 0; number < 20; ++number)
    for (const auto i : draw(number, 1000).negatives) ++count[static_cast<std::size_t>(i)];
  for (std::size_t i = 0; i < 40; ++i) {
    CAPTURE(i);
    if (i % 2 == 0)
      CHECK(count[i] == 0);
    else
      CHECK(std::abs(count[i] - 1000) < 150);
  }
}

TEST_CASE("a batch of held-out triples is addressed by seed and number", "[backbone]") {
  ciess::held_out_triples first(known(), held_out(), 1);
  ciess::held_out_triples second(known(), held_out(), 1);
  ciess::held_out_triples other(known(), held_out(), 2);
  (void)first(3, 40);
  const ciess::triples seventh = first(7, 40);
  CHECK(second(7, 40).users == seventh.users);
  CHECK(second(7, 40).positives == seventh.positives);
  CHECK(second(7, 40).negatives == seventh.negatives);
  CHECK(second(8, 40).positives != seventh.positives);
  CHECK(other(7, 40).positives != seventh.positives);
}

TEST_CASE("where nothing is held out no triple can be drawn", "[backbone]") {
  const ciess::interactions none(3, 6, pairs{});
  CHECK_THROWS_AS(ciess::held_out_triples(known(), none, 1), ciess::data_error);
}
