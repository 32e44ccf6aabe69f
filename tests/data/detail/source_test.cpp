// SPDX-License-Identifier: MIT
#include <ciess/data/detail/source.hpp>
// its own header first
#include <sstream>

#include "support/catch.hpp"

namespace {

std::string checked(const std::string& text) {
  std::istringstream in(text);
  return ciess::detail::checked({"s", ciess::detail::bytes_of(in, "s")}).bytes;
}

}  // namespace

TEST_CASE("a source holds every byte but the mark", "[data]") {
  CHECK(checked("\xEF\xBB\xBF"
                "a\nb") == "a\nb");
  std::string longer;
  while (longer.size() < 3'000'000) longer += "0123456789\n";  // more than one piece
  CHECK(checked(longer) == longer);
}

TEST_CASE("a source must be text", "[data]") {
  CHECK_THROWS_WITH(checked(" \r\n\t"), "s: expected interactions, got an empty file");
  CHECK_THROWS_WITH(checked(std::string("a\nb\n\0c", 6)), ContainsSubstring("s:3: expected text"));
  CHECK_THROWS_WITH(checked("a\rb\r"), ContainsSubstring("s:1:"));
  CHECK_THROWS_WITH(checked("a\n\rb\n"), ContainsSubstring("s:2: expected lines to end in LF"));
  CHECK_THROWS_WITH(checked("\xFE\xFF text"), ContainsSubstring("UTF-16"));
  CHECK_THROWS_WITH(checked("\x1F\x8B\x08rest"), ContainsSubstring("compressed by gzip"));
  CHECK(checked("a\r") == "a\r");  // one line
  CHECK(checked("a\r\nb\r\n") == "a\r\nb\r\n");
}
