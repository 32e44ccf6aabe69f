// SPDX-License-Identifier: MIT
#include <ciess/data/subset.hpp>

#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/timed_data.hpp"

namespace {
using ciess::interactions;
using rows = std::vector<ciess::row_id>;
}  // namespace

TEST_CASE("subset: the pairs among some rows, in the order given", "[data]") {
  const std::vector<std::int64_t> times{1, 2, 3, 4, 5};
  const std::vector<float> weights{10, 20, 30, 40, 50};
  const interactions data(3, 4, {{0, 0}, {0, 3}, {1, 1}, {2, 0}, {2, 1}},
                          {.times = times, .weights = weights});
  // user 2 -> 0, user 0 -> 1; item 3 -> 0, item 0 -> 1, item 2 -> 2
  const std::vector<std::int64_t> kept_times{4, 2, 1};
  const std::vector<float> kept_weights{40, 20, 10};
  CHECK(
      ciess::subset(data, rows{2, 0}, rows{3, 0, 2}) ==
      interactions(2, 3, {{0, 1}, {1, 0}, {1, 1}}, {.times = kept_times, .weights = kept_weights}));
  CHECK(ciess::subset(data, rows{0, 1, 2}, rows{0, 1, 2, 3}) == data);
  CHECK(ciess::subset(data, rows{}, rows{1}) == interactions(0, 1, {}));
}

TEST_CASE("subset agrees with asking for each pair", "[data]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto data = support::timed_data(seed);
    const rows users{7, 2, 11, 3}, items{14, 0, 5, 6, 13, 1};
    const auto some = support::known(ciess::subset(data, users, items));
    const auto all = support::known(data);
    std::size_t found = 0;
    for (std::size_t u = 0; u < users.size(); ++u)
      for (std::size_t i = 0; i < items.size(); ++i) {
        const auto old = all.find({users[u], items[i]});
        const auto now = some.find({static_cast<ciess::row_id>(u), static_cast<ciess::row_id>(i)});
        REQUIRE((old == all.end()) == (now == some.end()));
        if (old == all.end()) continue;
        CHECK(old->second == now->second);
        ++found;
      }
    CHECK(found == some.size());
  }
}

TEST_CASE("subset refuses rows that are not there or come twice", "[data]") {
  const interactions data(2, 3, {{0, 0}});
  CHECK_THROWS_WITH(ciess::subset(data, rows{2}, rows{}),
                    ContainsSubstring("user 2 is none of the 2"));
  CHECK_THROWS_WITH(ciess::subset(data, rows{0}, rows{-1}),
                    ContainsSubstring("item -1 is none of the 3"));
  CHECK_THROWS_WITH(ciess::subset(data, rows{1, 0, 1}, rows{}),
                    ContainsSubstring("user 1 comes twice"));
  CHECK_THROWS_WITH(ciess::subset(data, rows{}, rows{2, 2}),
                    ContainsSubstring("item 2 comes twice"));
}
