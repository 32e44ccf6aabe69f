// SPDX-License-Identifier: MIT
#include <ciess/core/lease.hpp>

#include <vector>

#include "support/catch.hpp"

TEST_CASE("lease_pool lends what came back, and something new while all is lent", "[core]") {
  using pool = ciess::lease_pool<std::vector<int>>;
  pool home;
  const std::vector<int>* first = nullptr;
  {
    const pool::lease one(home);
    first = &*one;
    one->push_back(7);
    const pool::lease other(home);
    CHECK(&*other != first);
    CHECK(other->empty());
  }
  const pool::lease again(home);
  CHECK(&*again == first);  // the one that came back last
  CHECK(*again == std::vector<int>{7});
  pool copy = home;  // memory, not state
  CHECK(pool::lease(copy)->empty());
}
