// SPDX-License-Identifier: MIT
#include <ciess/data/text_list.hpp>
// its own header first
#include <string>

#include "support/catch.hpp"

TEST_CASE("texts come back by number, empty ones and those with zeros, too", "[data]") {
  ciess::text_list all;
  CHECK(all.size() == 0);
  const std::string zero("a\0b", 3);
  for (const std::string& text : {std::string("first"), std::string(), zero, std::string("last")})
    all.push_back(text);
  REQUIRE(all.size() == 4);
  CHECK(all[0] == "first");
  CHECK(all[1].empty());
  CHECK(all[2] == zero);
  CHECK(all[3] == "last");
  ciess::text_list same = all, reserved;
  reserved.reserve(4, 100);
  CHECK(same == all);
  same.push_back("");
  CHECK(same != all);
  CHECK(reserved.size() == 0);
}
