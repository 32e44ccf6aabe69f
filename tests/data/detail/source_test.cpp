#include <ciess/data/detail/source.hpp>
// its own header first
#include <sstream>

#include "support/catch.hpp"

namespace {

std::string bytes_of(const std::string& text) {
  std::istringstream in(text);
  return ciess::detail::source_of(in, "s").bytes;
}

}  // namespace

TEST_CASE("a source holds every byte but the mark", "[data]") {
  CHECK(bytes_of("\xEF\xBB\xBF"
                 "a\nb") == "a\nb");
  std::string longer;
  while (longer.size() < 3'000'000) longer += "0123456789\n";  // more than one piece
  CHECK(bytes_of(longer) == longer);
}

TEST_CASE("a source must be text", "[data]") {
  CHECK_THROWS_WITH(bytes_of(" \r\n\t"), "s: expected interactions, got an empty file");
  CHECK_THROWS_WITH(bytes_of(std::string("a\nb\n\0c", 6)), ContainsSubstring("s:3: expected text"));
  CHECK_THROWS_WITH(bytes_of("a\rb\r"), ContainsSubstring("s:1:"));
  CHECK(bytes_of("a\r") == "a\r");  // one line
}
