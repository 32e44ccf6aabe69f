// SPDX-License-Identifier: MIT
#include <ciess/data/fingerprint.hpp>

#include <cstdint>
#include <set>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("a fingerprint changes with everything that interactions hold", "[data]") {
  using ciess::fingerprint;
  using ciess::interactions;
  const std::vector<ciess::interaction> pairs{{0, 0}, {0, 1}, {1, 1}};
  const std::vector<std::int64_t> times{5, 6, 7}, later{5, 6, 8};
  const std::vector<float> weights{1, 2, 3}, heavier{1, 2, 4};
  const std::set<std::uint64_t> different{
      fingerprint(interactions(2, 2, pairs)),
      fingerprint(interactions(3, 2, pairs)),
      fingerprint(interactions(2, 3, pairs)),
      fingerprint(interactions(2, 2, {{0, 0}, {1, 0}, {1, 1}})),
      fingerprint(interactions(2, 2, {{0, 0}, {0, 1}})),
      fingerprint(interactions(2, 2, pairs, {.times = times})),
      fingerprint(interactions(2, 2, pairs, {.times = later})),
      fingerprint(interactions(2, 2, pairs, {.weights = weights})),
      fingerprint(interactions(2, 2, pairs, {.weights = heavier})),
      fingerprint(interactions(2, 2, pairs, {.times = times, .weights = weights})),
      fingerprint(interactions(2, 2, pairs), 1)};
  CHECK(different.size() == 11);
  CHECK(fingerprint(interactions(2, 2, {{1, 1}, {0, 1}, {0, 0}, {0, 0}})) ==
        fingerprint(interactions(2, 2, pairs)));
}

TEST_CASE("a fingerprint without times changes with all but them", "[data]") {
  using ciess::fingerprint_without_times;
  using ciess::interactions;
  const std::vector<ciess::interaction> pairs{{0, 0}, {0, 1}, {1, 1}};
  const std::vector<std::int64_t> times{5, 6, 7};
  const std::vector<float> weights{1, 2, 3}, heavier{1, 2, 4};
  const std::set<std::uint64_t> different{
      fingerprint_without_times(interactions(2, 2, pairs)),
      fingerprint_without_times(interactions(3, 2, pairs)),
      fingerprint_without_times(interactions(2, 3, pairs)),
      fingerprint_without_times(interactions(2, 2, {{0, 0}, {1, 0}, {1, 1}})),
      fingerprint_without_times(interactions(2, 2, pairs, {.weights = weights})),
      fingerprint_without_times(interactions(2, 2, pairs, {.weights = heavier})),
      fingerprint_without_times(interactions(2, 2, pairs), 1)};
  CHECK(different.size() == 7);
  CHECK(fingerprint_without_times(interactions(2, 2, pairs, {.times = times})) ==
        fingerprint_without_times(interactions(2, 2, pairs)));
  CHECK(
      fingerprint_without_times(interactions(2, 2, pairs, {.times = times, .weights = weights})) ==
      fingerprint_without_times(interactions(2, 2, pairs, {.weights = weights})));
}

TEST_CASE("a fingerprint of ids knows their order", "[data]") {
  const auto of = [](std::vector<std::int64_t> ids) {
    return ciess::fingerprint(ciess::id_map(ids));
  };
  CHECK(of({1, 2}) == of({1, 2}));
  CHECK(of({1, 2}) != of({2, 1}));
  CHECK(of({1, 2}) != of({12}));
  CHECK(ciess::fingerprint(ciess::id_map(std::vector<std::int64_t>{1}), 1) != of({1}));
}
