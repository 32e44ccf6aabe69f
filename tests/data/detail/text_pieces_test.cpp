// SPDX-License-Identifier: MIT
#include <ciess/data/detail/text_pieces.hpp>
// its own header first
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/data/detail/impression_table.hpp>

#include "support/catch.hpp"

namespace {

using ciess::detail::text_pieces;

/// All pieces one after the other, each checked to begin where the last ended.
std::string joined_pieces(text_pieces& pieces, char quote, std::size_t& count) {
  std::string all;
  count = 0;
  pieces.complete(quote);
  do {
    ++count;
    CHECK(pieces.line() == 1 + std::ranges::count(all, '\n'));
    all += pieces.current().bytes;
  } while (pieces.next(quote));
  return all;
}

std::string lines(int n) {
  std::string text = "label,user,site\r\n";
  for (int k = 0; k < n; ++k)
    text += std::to_string(k % 2) + ",user" + std::to_string(k % 7) + ',' + std::to_string(k % 3) +
            "\r\n";
  return text;
}

}  // namespace

TEST_CASE("pieces are whole lines and make up the text", "[data]") {
  const std::string text = lines(50) + "last line without end";
  for (const std::size_t bytes : {1U, 2U, 7U, 64U, 1000U, 100'000U}) {
    std::istringstream in(text);
    text_pieces pieces(in, "f", text.size(), bytes);
    std::size_t count = 0;
    CHECK(joined_pieces(pieces, '\0', count) == text);
    CHECK((bytes < 1000) == (count > 1));
    if (bytes == 64) CHECK(count > 5);
  }
  text_pieces whole("f", text);
  std::size_t count = 0;
  CHECK(joined_pieces(whole, '\0', count) == text);
  CHECK(count == 1);
  CHECK(whole.expected_lines() == 52);
}

TEST_CASE("from the piece with the first quote on the text is whole", "[data]") {
  const std::string text = lines(20) + "1,\"a\n\nb\",1\n" + lines(20);
  for (const std::size_t bytes : {1U, 50U, 100U}) {
    std::istringstream in(text);
    text_pieces pieces(in, "f", text.size(), bytes);
    std::string last;
    do last = pieces.current().bytes;
    while (pieces.next('"'));
    CHECK(last.find('"') != std::string::npos);
    CHECK(text.ends_with(last));
    CHECK(last.ends_with(lines(20)));
  }
  std::istringstream in("\"a\nb\"\n" + text);
  text_pieces pieces(in, "f", 0, 2);
  pieces.complete('"');
  CHECK(pieces.current().bytes == "\"a\nb\"\n" + text);
  CHECK_FALSE(pieces.next('"'));
}

TEST_CASE("how many lines there will be is told from the first piece", "[data]") {
  const std::string text = lines(10'000);
  std::istringstream in(text);
  const text_pieces pieces(in, "f", text.size(), 4096);
  CHECK(pieces.expected_lines() > 10'000);
  CHECK(pieces.expected_lines() < 10'600);
}

TEST_CASE("each piece is checked to be text", "[data]") {
  const auto walk = [](const std::string& text) {
    std::istringstream in(text);
    text_pieces pieces(in, "f", 0, 16);
    while (pieces.next('\0')) {
    }
  };
  CHECK_NOTHROW(walk(lines(10) + "\r\n \r\n\r"));
  CHECK_NOTHROW(walk("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n" + lines(2)));
  CHECK_THROWS_WITH(walk(lines(9) + std::string("a\0\n", 3) + lines(5)),
                    ContainsSubstring("f:11: expected text, got a NUL byte"));
  CHECK_THROWS_WITH(walk(lines(9) + "a\rb\n" + lines(5)),
                    ContainsSubstring("f:11: expected lines"));
  CHECK_THROWS_WITH(walk("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"),
                    ContainsSubstring("got an empty file"));
  CHECK_THROWS_WITH(walk(""), ContainsSubstring("f: expected impressions, got an empty file"));
  std::istringstream failed(lines(3));
  failed.setstate(std::ios::failbit);
  CHECK_THROWS_AS(text_pieces(failed, "f", 0), ciess::io_error);
}

TEST_CASE("a table is the same whole or in pieces, and so are the places of errors", "[data]") {
  const auto read = [](const std::string& text, std::size_t bytes) {
    std::istringstream in(text);
    text_pieces pieces(in, "f", text.size(), bytes);
    return ciess::detail::impression_table(pieces, {.delimiter = ","}).read();
  };
  for (const std::string& text : {lines(50), "# a comment\n" + lines(50),
                                  lines(20) + "1,\"a,\r\n\"\"\r\n\r\nb\",1\r\n0,c,2\n",
                                  "\xEF\xBB\xBF" + lines(3) + "\n\n1,x,y"}) {
    text_pieces whole("f", text);
    const auto expected = ciess::detail::impression_table(whole, {.delimiter = ","}).read();
    for (const std::size_t bytes : {30U, 33U, 64U, 500U}) {
      const auto got = read(text, bytes);
      CHECK(got.data == expected.data);
      CHECK(got.values == expected.values);
      CHECK(got.lines == expected.lines);
      CHECK(got.comments == expected.comments);
      CHECK(got.notes == expected.notes);
    }
  }
  CHECK_THROWS_WITH(read(lines(30) + "0,u\n", 40),
                    ContainsSubstring("f:32: expected 3 fields like the first line, got 2"));
  CHECK_THROWS_WITH(read(lines(30) + "2,u,v\n", 40),
                    ContainsSubstring("f:32: expected a label of 0 or 1"));
}
