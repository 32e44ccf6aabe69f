// SPDX-License-Identifier: MIT
#include <ciess/core/byte_count.hpp>

#include "support/catch.hpp"

TEST_CASE("numbers of bytes are read as people write them", "[core]") {
  const auto bytes = [](const char* text) { return ciess::parse_byte_count(text, "--bytes"); };
  CHECK(bytes("1") == 1);
  CHECK(bytes("749.9") == 749);
  CHECK(bytes("400k") == 400'000);
  CHECK(bytes("1.5M") == 1'500'000);
  CHECK(bytes("2G") == 2'000'000'000);
  CHECK(bytes("3Ki") == 3072);
  CHECK(bytes("2Mi") == 2'097'152);
  CHECK(bytes("1Gi") == 1'073'741'824);
  for (const char* text : {"", "0", "-4k", "nan", "inf", "4x", "k", "4kk", "0.5", "1e18", "1e30",
                           "4 k", "0x10", "1,000"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(bytes(text), ContainsSubstring("--bytes: expected a number above 0"));
  }
}
