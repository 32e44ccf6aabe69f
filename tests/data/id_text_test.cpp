// SPDX-License-Identifier: MIT
#include <ciess/data/id_text.hpp>
// its own header first
#include <string>
#include <vector>

#include "support/catch.hpp"

using ciess::escaped_id;
using ciess::id_fields;
using ciess::unescaped_id;

TEST_CASE("an id with separators in it becomes a field without any", "[data]") {
  CHECK(escaped_id("ann lee") == "ann lee");
  CHECK(escaped_id("") == "");
  CHECK(escaped_id("a\tb\\c\nd\r") == R"(a\tb\\c\nd\r)");
  CHECK(escaped_id("\\t") == R"(\\t)");
  CHECK(unescaped_id(R"(a\tb\\c\nd\r)") == "a\tb\\c\nd\r");
  CHECK(unescaped_id(R"(\\t)") == "\\t");
  CHECK(unescaped_id("\xC3\xA4 \x1B\x7F") == "\xC3\xA4 \x1B\x7F");
}

TEST_CASE("any bytes come back from a field as they were", "[data]") {
  std::string all;
  for (int high = 0; high < 256; ++high)
    for (int low = 0; low < 256; ++low) {
      const std::string pair{static_cast<char>(high), static_cast<char>(low)};
      const std::string field = escaped_id(pair);
      const bool clean = field.find_first_of("\t\n\r") == std::string::npos;
      if (!clean || unescaped_id(field) != pair) FAIL("bytes " << high << ", " << low);
      all += pair;
    }
  CHECK(unescaped_id(escaped_id(all)) == all);
}

TEST_CASE("a field with an escape that is none is refused", "[data]") {
  const std::string field = GENERATE(R"(ab\x)", R"(ab\)", R"(ab\\\)", R"(ab\0)", R"(ab\ t)");
  CHECK_THROWS_AS(unescaped_id(field), ciess::data_error);
  CHECK_THROWS_WITH(unescaped_id(R"(ab\x41)"),
                    R"(id 'ab\x41', byte 2: expected \\, \t, \n or \r, got '\x')");
  CHECK_THROWS_WITH(unescaped_id("ab\\"), ContainsSubstring(R"(got '\')"));
}

TEST_CASE("a line is cut at its tabs and nowhere else", "[data]") {
  using ids = std::vector<std::string>;
  CHECK(id_fields("ann lee") == ids{"ann lee"});
  CHECK(id_fields("") == ids{""});
  CHECK(id_fields("\t") == ids{"", ""});
  CHECK(id_fields("ann lee\ta\\tb\t") == ids{"ann lee", "a\tb", ""});
  CHECK_THROWS_AS(id_fields("a\tb\\\tc"),
                  ciess::data_error);  // the tab does not belong to the escape
}
