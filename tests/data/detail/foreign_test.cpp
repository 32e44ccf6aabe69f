// SPDX-License-Identifier: MIT
#include <ciess/data/detail/foreign.hpp>
// its own header first
#include <string>

#include "support/catch.hpp"

namespace {

std::string kind(const std::string& line) {
  return std::string(ciess::detail::foreign_kind(line).value_or("none"));
}

std::string refusal(const std::string& text) {
  const ciess::detail::source file{"s", text};
  const ciess::detail::sample some(file, {.delimiter = " "});
  try {
    ciess::detail::refuse_foreign_records(file, some);
  } catch (const ciess::data_error& e) {
    return e.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a first line of JSON, brackets or tags is no record", "[data]") {
  for (const char* json : {"{", "[", "{\"a\": 1}", " { 'a': 1,", "[{", "[[1, 2],", "[1, 2]", "[]"})
    CHECK_THAT(kind(json), ContainsSubstring("JSON"));
  for (const char* tuple : {"(1, 2)", "(1, 2),", "{1, 2};"})
    CHECK_THAT(kind(tuple), ContainsSubstring("tuples"));
  for (const char* page : {"<html>", "<!DOCTYPE html>", "<?xml version=\"1.0\"?>", "< p>"})
    CHECK_THAT(kind(page), ContainsSubstring("web page"));
  for (const char* latex : {"\\begin{tabular}", "\\documentclass{article}", "1 & 2 \\\\"})
    CHECK_THAT(kind(latex), ContainsSubstring("LaTeX"));
  CHECK_THAT(kind("17:"), ContainsSubstring("Netflix"));
  CHECK_THAT(kind("+-----+----+"), ContainsSubstring("drawn"));
  CHECK_THAT(kind("===="), ContainsSubstring("drawn"));
  CHECK_THAT(kind("1 |a x |b y:2"), ContainsSubstring("Vowpal"));
}

TEST_CASE("records are not taken for foreign", "[data]") {
  for (const char* line : {"1,2",
                           "",
                           "   ",
                           "{a},b",
                           "[a] b",
                           "(a) (b",
                           "<3,7",
                           "<,>",
                           "x:",
                           "1:2",
                           ":",
                           "--",
                           "-1 2",
                           "user | item",
                           "1 | 2",
                           "1 |2",
                           "1|2|",
                           "a\\,b",
                           "inserted,into",
                           "@ann,7",
                           "a <b> c"})
    CHECK(kind(line) == "none");
}

TEST_CASE("a foreign line is named with its number", "[data]") {
  const ciess::detail::source file{"s", "skip\n\n \n{\"a\": 1}\n"};
  CHECK_THROWS_WITH(
      ciess::detail::refuse_foreign_line(file, 5, 2),
      ContainsSubstring("s:4: expected interactions, got what looks like JSON") &&
          ContainsSubstring("name the format, `delimited` or `adjacency` (--format)"));
  CHECK_NOTHROW(ciess::detail::refuse_foreign_line(file, file.bytes.size(), 5));
  CHECK_NOTHROW(ciess::detail::refuse_foreign_line({"s", "1,2\n{\n"}, 0, 1));  // only the first
}

TEST_CASE("features have an index and a number", "[data]") {
  using ciess::detail::is_feature;
  for (const char* yes : {"1:1", "0:3:1", "12:-0.5", "7:1e-3"}) CHECK(is_feature(yes));
  for (const char* no : {"", ":", "1:", ":1", "a:1", "1:a", "1:a:1", ":1:1", "1", "-1:1", "1::x"})
    CHECK_FALSE(is_feature(no));
}

TEST_CASE("lines of features, counts and colons are refused, others not", "[data]") {
  CHECK_THAT(refusal("1 2:1 3:1\n0 4:1\n"), ContainsSubstring("s:1: expected users and items"));
  CHECK(refusal("1 2:1 3:1\n0 4:1 x\n") == "none");
  CHECK(refusal("1 2:1\n0\n") == "none");
  CHECK_THAT(refusal("\n0: 1 2\n1: 3\n"), ContainsSubstring("s:2: expected a user id, got '0:'"));
  CHECK(refusal("0: 1 2\n1 3\n") == "none");
  CHECK_THAT(refusal("2 5 6\n1 5\n3 7 8 9\n"), ContainsSubstring("how many others there are"));
  CHECK(refusal("2 5 6\n1 5\n3 7 8\n") == "none");
  CHECK(refusal("2 5 6\n1 5\n") == "none");           // two lines may be chance
  CHECK(refusal("2 5 6\n2 7 8\n2 5 9\n") == "none");  // one length: a table perhaps
  CHECK(refusal("") == "none");
}
