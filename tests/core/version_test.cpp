// SPDX-License-Identifier: MIT
#include <ciess/core/version.hpp>
// its own header first
#include <algorithm>

#include "support/catch.hpp"

TEST_CASE("the version is three numbers", "[core]") {
  CHECK(std::ranges::count(ciess::version, '.') == 2);
  CHECK(ciess::version.find_first_not_of("0123456789.") == ciess::version.npos);
}
