// SPDX-License-Identifier: MIT
#include <ciess/data/pair_list.hpp>

#include <cstdint>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("pair_list: what is known of a pair goes with it", "[data]") {
  const std::vector<std::int64_t> times{4, 5, 6};
  const std::vector<float> weights{1, 2, 3};
  const ciess::interactions from(2, 3, {{0, 2}, {1, 0}, {1, 1}},
                                 {.times = times, .weights = weights});
  ciess::pair_list list;
  list.reserve(2, true, true);
  list.add(from, 1, 1);
  list.add(from, 0, 0, 1, 2);  // under other rows
  CHECK(list.size() == 2);
  const std::vector<std::int64_t> kept_times{6, 4};
  const std::vector<float> kept_weights{3, 1};
  CHECK(list.make(2, 3) == ciess::interactions(2, 3, {{1, 1}, {1, 2}},
                                               {.times = kept_times, .weights = kept_weights}));
}

TEST_CASE("pair_list: pairs of which nothing is known", "[data]") {
  const ciess::interactions from(1, 2, {{0, 0}, {0, 1}});
  ciess::pair_list list;
  list.add(from, 0, 1);
  CHECK(list.make(1, 2) == ciess::interactions(1, 2, {{0, 1}}));
  CHECK(ciess::pair_list().make(3, 4) == ciess::interactions(3, 4, {}));
}
