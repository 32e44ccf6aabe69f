// SPDX-License-Identifier: MIT
#include <ciess/data/id_lines.hpp>
// its own header first
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {
std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  ciess::id_lines lines(in);
  std::vector<std::string> all;
  while (lines.next()) {
    all.push_back(lines.line());
    CHECK(lines.number() == static_cast<std::int64_t>(all.size()));
  }
  return all;
}
}  // namespace

TEST_CASE("lines come without their ends and without the mark of UTF-8", "[data]") {
  using texts = std::vector<std::string>;
  CHECK(lines_of("").empty());
  CHECK(lines_of("a\n\nb") == texts{"a", "", "b"});
  CHECK(lines_of("1\t37\r\n2\r\n3\r") == texts{"1\t37", "2", "3"});
  CHECK(lines_of("a\r\r\n\r\n") == texts{"a\r", ""});
  CHECK(lines_of("\xEF\xBB\xBF"
                 "a\n\xEF\xBB\xBF"
                 "b\n") == texts{"a",
                                 "\xEF\xBB\xBF"
                                 "b"});
  CHECK(lines_of("\xEF\xBB\xBF\r\n") == texts{""});
  CHECK(lines_of("\xEF\xBB") == texts{"\xEF\xBB"});
}

TEST_CASE("a stream that fails is not taken for its end", "[data]") {
  std::istringstream in("a\nb\n");
  ciess::id_lines lines(in);
  CHECK(lines.next());
  in.setstate(std::ios::badbit);
  CHECK_THROWS_WITH(lines.next(), "line 2: cannot read");
}
