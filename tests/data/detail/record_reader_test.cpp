// SPDX-License-Identifier: MIT
#include <ciess/data/detail/record_reader.hpp>
// its own header first
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::detail::cutting;
using ciess::detail::quoting;
using record = std::vector<std::string>;
using all = std::vector<record>;

all records(const std::string& text, const cutting& how) {
  const ciess::detail::source s{"s", text};
  ciess::detail::record_reader reader(s, how);
  all out;
  for (ciess::detail::record f; reader.next(f);) out.emplace_back(f.begin(), f.end());
  return out;
}

all records(const std::string& text, const std::string& delimiter,
            quoting quotes = quoting::anywhere, bool trust = true) {
  return records(text,
                 {.delimiter = delimiter, .quote = '"', .quotes = quotes, .trust_quotes = trust});
}

std::string complaint(const std::string& text, const cutting& how) {
  try {
    (void)records(text, how);
  } catch (const ciess::data_error& e) {
    return e.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("records are cut at delimiters of one byte, several, and at blanks", "[data]") {
  CHECK(records("a,b,,c\nd", ",") == all{{"a", "b", "", "c"}, {"d"}});
  CHECK(records("a::b:c::\n", "::") == all{{"a", "b:c", ""}});
  CHECK(records("a:::b\n", "::") == all{{"a", ":b"}});
  CHECK(records(" a \t b  \nc d", " ") == all{{"a", "b"}, {"c", "d"}});
  CHECK(records("a\t b c \t\td\n", "\t") == all{{"a", "b c", "", "d"}});
  CHECK(records("\ta\t\n", "\t") == all{{"", "a", ""}});
  CHECK(records("a,b\r\n\r\n \nc,d\r", ",") == all{{"a", "b"}, {"c", "d"}});
  CHECK(records("a,b\r \r\r\n", ",") == all{{"a", "b"}});
  CHECK(records("\"a\",b\r\r\n", ",") == all{{"a", "b"}});
  CHECK(records("", ",").empty());
  CHECK(records(",\n", ",") == all{{"", ""}});
  CHECK(records("\t\n", "\t") == all{{"", ""}});
}

TEST_CASE("quotes anywhere hold delimiters, line ends, blanks and doubled quotes", "[data]") {
  CHECK(records("\"a,\r\nb\" , \" c \"\r\nd", ",") == all{{"a,\r\nb", " c "}, {"d"}});
  CHECK(records("\"\",\"\"\"\",\"x\"\"y\"", ",") == all{{"", "\"", "x\"y"}});
  CHECK(records("x,\"\"\n\"y\",", ",") == all{{"x", ""}, {"y", ""}});
  CHECK(records("a\"b\"::\"c::d\"", "::") == all{{"a\"b\"", "c::d"}});
  CHECK(records("\"a b\" c \t\n d \"e\"\r\n", " ") == all{{"a b", "c"}, {"d", "e"}});
  CHECK(records("\"a\"", ",") == all{{"a"}});
  const cutting how{.delimiter = ",", .quote = '"', .quotes = quoting::anywhere};
  CHECK_THAT(complaint("x\n\n\"a\nb", how),
             ContainsSubstring("s:3: expected a closing quote, got the end of the file; where "
                               "quotes are part of the text: `quote` none (--quote)"));
  CHECK_THAT(complaint("x\n\"a\" b,c", how),
             ContainsSubstring("s:2: expected a delimiter after a closing quote, got 'b,c'"));
  CHECK_THROWS_AS(records("\"a\"b c", " "), ciess::data_error);
}

TEST_CASE("quotes mean less between tabs and blanks, and nothing if they are none", "[data]") {
  CHECK(records("\"a\tb\"\tc\n", "\t", quoting::whole) == all{{"\"a", "b\"", "c"}});
  CHECK(records("\"a\"\t\"b\"\"c\"\t\"d\"e\"\t\"\t\"\"\n", "\t", quoting::whole) ==
        all{{"a", "b\"c", "\"d\"e\"", "\"", ""}});
  CHECK(records("\"a b\" c\n\"d e\n", " ", quoting::one_line) == all{{"a b", "c"}, {"\"d", "e"}});
  CHECK(records("\"a \"\" b\" c\n", " ", quoting::one_line) == all{{"a \" b", "c"}});
  CHECK(records("\"a\"b c\n", " ", quoting::one_line) == all{{"\"a\"b", "c"}});
  CHECK(records("\"a,b\"\n", ",", quoting::none) == all{{"\"a", "b\""}});
}

TEST_CASE("a quoted field over lines that are records is refused unless quotes are trusted",
          "[data]") {
  cutting how{.delimiter = ",", .quote = '"', .quotes = quoting::anywhere};
  const std::string swallowing = "1,2,\"x\n3,4,y\n5,6,z\"\n";
  CHECK_THAT(complaint(swallowing, how),
             ContainsSubstring("s:1: a quoted field runs from here to line 3, over lines that "
                               "would be records of 3 fields"));
  // Half of the lines are not most of them.
  CHECK(complaint("1,\"a\nb\nc,d\ne\"\n", how) == "none");
  CHECK_THAT(complaint("1,\"a\nb,c\nd,e\nf\"\n", how), ContainsSubstring("records of 2 fields"));
  std::string many = "\"";
  for (int k = 0; k < 2000; ++k) many += std::string(static_cast<std::size_t>(k % 500), ',') + '\n';
  CHECK(complaint(many + "\"\n", how) == "none");
  const std::string text = "1,2,\"a long\ntext, it is\nand one more\"\n";
  CHECK(complaint(text, how) == "none");
  how.trust_quotes = true;
  CHECK(records(swallowing, how) == all{{"1", "2", "x\n3,4,y\n5,6,z"}});
}

TEST_CASE("comments are skipped and counted, or refused if they may be ids", "[data]") {
  const ciess::detail::source s{"s", "#x\na,b\n  #y\n\n#\nc,#d\n"};
  ciess::detail::record_reader reader(s, {.delimiter = ",", .comment = '#'});
  all out;
  for (ciess::detail::record f; reader.next(f);) out.emplace_back(f.begin(), f.end());
  CHECK(out == all{{"a", "b"}, {"c", "#d"}});
  CHECK(reader.comments() == 3);
  const cutting refusing{.delimiter = ",", .refuse_signs = true};
  CHECK_THAT(complaint("a,b\n%c,d\n", refusing),
             ContainsSubstring("s:2: begins with '%': a comment or an id? `comment` '%' skips"));
  CHECK(complaint("a,#b\n", refusing) == "none");
  CHECK(records("#a,b\n", cutting{.delimiter = ","}) == all{{"#a", "b"}});
}

TEST_CASE("records know the line on which they began", "[data]") {
  const ciess::detail::source s{"s", "skip\na\n\n\"b\n\n\",c\nd"};
  ciess::detail::record_reader reader(
      s, {.delimiter = ",", .quote = '"', .quotes = quoting::anywhere, .begin = 5, .line = 2});
  ciess::detail::record f;
  REQUIRE(reader.next(f));
  CHECK(reader.line() == 2);
  CHECK(reader.longest() == 1);
  REQUIRE(reader.next(f));
  CHECK(reader.line() == 4);
  CHECK(reader.longest() == 3);
  CHECK(reader.longest_line() == 4);
  REQUIRE(reader.next(f));
  CHECK(reader.line() == 7);
  CHECK_FALSE(reader.next(f));
}
