// SPDX-License-Identifier: MIT
#include <ciess/study/check_parts.hpp>
// its own header first
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::interactions;

const interactions train(2, 3, {{0, 0}, {1, 0}, {1, 1}});
const interactions validation(2, 3, {{0, 1}});
const interactions test(2, 3, {{1, 2}});

}  // namespace

TEST_CASE("parts must have pairs, and the same users and items", "[study]") {
  CHECK_NOTHROW(ciess::check_parts({train, validation, test}));
  CHECK_THROWS_WITH(ciess::check_parts({{2, 3, {}}, validation, test}),
                    ContainsSubstring("study: no pair in train: "));
  CHECK_THROWS_WITH(ciess::check_parts({train, {2, 3, {}}, test}),
                    ContainsSubstring("no pair in validation"));
  CHECK_THROWS_WITH(ciess::check_parts({train, validation, {2, 3, {}}}),
                    ContainsSubstring("no pair in test"));
  CHECK_THROWS_WITH(ciess::check_parts({train, {3, 3, {{2, 1}}}, test}),
                    "study: train has 2 users and 3 items, validation has 3 and 3");
  CHECK_THROWS_WITH(ciess::check_parts({train, validation, {2, 4, {{1, 3}}}}),
                    "study: train has 2 users and 3 items, test has 2 and 4");
}

TEST_CASE("parts that cannot be merged for the last training are refused at the beginning",
          "[study]") {
  const std::vector<std::int64_t> times{3};
  const std::vector<float> weights{2};
  const std::vector<ciess::interaction> pair{{0, 0}}, other{{0, 1}};
  const interactions bare(1, 2, other);
  const interactions timed(1, 2, pair, {.times = times});
  const interactions weighted(1, 2, pair, {.weights = weights});
  CHECK_THROWS_WITH(ciess::check_parts({timed, bare, bare}),
                    ContainsSubstring("study: the 1 pairs of one side have times"));
  CHECK_THROWS_WITH(ciess::check_parts({bare, weighted, bare}), ContainsSubstring("have weights"));
  CHECK_NOTHROW(ciess::check_parts({weighted, weighted, bare}));  // test is never trained on
}

TEST_CASE("somebody must be judged in validation and in test", "[study]") {
  CHECK_NOTHROW(ciess::check_judged({train, validation, test}, {}));
  // Item 2 is known to the test part alone.
  CHECK_THROWS_WITH(ciess::check_judged({train, validation, test}, {.known_only = true}),
                    ContainsSubstring("no user has a pair that counts in test"));
  CHECK_THROWS_WITH(ciess::check_judged({train, test, validation}, {.known_only = true}),
                    ContainsSubstring("no user has a pair that counts in validation"));
  CHECK_THROWS_WITH(ciess::check_judged({train, validation, test}, {.users = {1}}),
                    ContainsSubstring("counts in validation"));
}
