// SPDX-License-Identifier: MIT
#include <ciess/core/detail/checked.hpp>

#include <limits>

#include "support/catch.hpp"

TEST_CASE("a product that is more than the most is none", "[core]") {
  using ciess::detail::product;
  constexpr auto all = std::numeric_limits<std::uint64_t>::max();
  CHECK(product(0, all, 0) == 0);
  CHECK(product(all, 0, 0) == 0);
  CHECK(product(3, 4, 12) == 12);
  CHECK_FALSE(product(3, 4, 11));
  CHECK(product(1ULL << 32, (1ULL << 32) - 1, all) == all - ((1ULL << 32) - 1));
  CHECK_FALSE(product(1ULL << 32, 1ULL << 32, all));  // 0 without the check
}
