// SPDX-License-Identifier: MIT
#include <ciess/data/parse_options.hpp>
// its own header first
#include "support/catch.hpp"

TEST_CASE("delimiters have names, or stand for themselves", "[data]") {
  CHECK(ciess::parse_delimiter("tab") == "\t");
  CHECK(ciess::parse_delimiter("\\t") == "\t");
  CHECK(ciess::parse_delimiter("blank") == " ");
  CHECK(ciess::parse_delimiter("comma") == ",");
  CHECK(ciess::parse_delimiter("semicolon") == ";");
  CHECK(ciess::parse_delimiter("::") == "::");
  CHECK(ciess::parse_delimiter("").empty());
}
