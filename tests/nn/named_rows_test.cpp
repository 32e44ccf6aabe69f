// SPDX-License-Identifier: MIT
#include <ciess/nn/named_rows.hpp>
// its own header first
#include "support/catch.hpp"

TEST_CASE("rows that were named are wanted whole, others not at all", "[nn]") {
  ciess::named_rows rows;
  rows.clear(3, 2);
  rows.add(0, 1);
  CHECK(rows.contains(0, 1));
  CHECK_FALSE(rows.contains(0, 0));
  CHECK_FALSE(rows.contains(1, 1));
  CHECK(rows.prefixes()[0].size() == 3);
  CHECK(rows.prefixes()[0][1] == 65535);
  CHECK(rows.prefixes()[0][2] == 0);
  rows.add_all(1);
  CHECK(rows.contains(1, 0));
  CHECK(rows.prefixes()[1][1] == 65535);
  rows.clear(3, 2);
  CHECK_FALSE(rows.contains(0, 1));
  CHECK_FALSE(rows.contains(1, 0));
}
