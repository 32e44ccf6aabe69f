// SPDX-License-Identifier: MIT
#include <ciess/data/loaded_impressions.hpp>
// its own header first
#include "support/catch.hpp"

TEST_CASE("nothing was loaded into a new account of impressions", "[data]") {
  const ciess::loaded_impressions l;
  CHECK(l.data.size() == 0);
  CHECK(l.data.fields().empty());
  CHECK(l.values.empty());
  CHECK(l.numbers.empty());
  CHECK(l.lines + l.comments + l.drawn == 0);
  CHECK(l.label.empty());
  CHECK_FALSE(l.header);
}
