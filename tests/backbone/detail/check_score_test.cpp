// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/check_score.hpp>

#include "support/catch.hpp"

TEST_CASE("scores are asked of users that are there, for all items", "[backbone]") {
  using ciess::detail::check_score;
  CHECK_NOTHROW(check_score(0, 5, 3, 5, 3));
  CHECK_NOTHROW(check_score(4, 1, 3, 5, 3));
  CHECK_NOTHROW(check_score(5, 0, 3, 5, 3));
  CHECK_THROWS_AS(check_score(-1, 1, 3, 5, 3), ciess::argument_error);
  CHECK_THROWS_AS(check_score(5, 1, 3, 5, 3), ciess::argument_error);
  CHECK_THROWS_AS(check_score(0, 6, 3, 5, 3), ciess::argument_error);
  CHECK_THROWS_WITH(check_score(1, 5, 2, 5, 3),
                    ContainsSubstring("score: 5 users from 1 on of 5, 2 columns for 3 items"));
}
