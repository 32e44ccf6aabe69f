#include <ciess/data/detail/record_reader.hpp>
// its own header first
#include "support/catch.hpp"

namespace {

using record = std::vector<std::string>;

std::vector<record> records(const std::string& text, const std::string& delimiter,
                            char quote = '"') {
  const ciess::detail::source s{"s", text};
  ciess::detail::record_reader reader(s, delimiter, quote);
  std::vector<record> out;
  for (std::vector<std::string_view> f; reader.next(f);) out.emplace_back(f.begin(), f.end());
  return out;
}

}  // namespace

TEST_CASE("records are cut at delimiters of one byte, several, and at blanks", "[data]") {
  using all = std::vector<record>;
  CHECK(records("a,b,,c\nd", ",") == all{{"a", "b", "", "c"}, {"d"}});
  CHECK(records("a::b:c::\n", "::") == all{{"a", "b:c", ""}});
  CHECK(records(" a \t b  \nc d", " ") == all{{"a", "b"}, {"c", "d"}});
  CHECK(records("a\t b c \t\td\n", "\t") == all{{"a", "b c", "", "d"}});
  CHECK(records("\ta\n", "\t") == all{{"", "a"}});
  CHECK(records("a,b\r\n\r\n \nc,d\r", ",") == all{{"a", "b"}, {"c", "d"}});
  CHECK(records("", ",").empty());
}

TEST_CASE("quotes hold delimiters, line ends, blanks and doubled quotes", "[data]") {
  using all = std::vector<record>;
  CHECK(records("\"a,\r\nb\" , \" c \"\r\nd", ",") == all{{"a,\r\nb", " c "}, {"d"}});
  CHECK(records("\"\",\"\"\"\",\"x\"\"y\"", ",") == all{{"", "\"", "x\"y"}});
  CHECK(records("x,\"\"\n\"y\",", ",") == all{{"x", ""}, {"y", ""}});
  CHECK(records("a\"b\"::\"c::d\"", "::") == all{{"a\"b\"", "c::d"}});
  CHECK(records("\"a b\" c \t\n d \"e\"\r\n", " ") == all{{"a b", "c"}, {"d", "e"}});
  CHECK(records("\"a,b", ",", '\0') == all{{"\"a", "b"}});
  CHECK_THROWS_WITH(records("x\n\n\"a\nb", ","),
                    "s:3: expected a closing quote, got the end of the file");
  CHECK_THROWS_WITH(records("x\n\"a\" b,c", ","),
                    "s:2: expected a delimiter after a closing quote, got 'b,c'");
  CHECK_THROWS_AS(records("\"a\"b c", " "), ciess::data_error);
}

TEST_CASE("records know the line on which they began", "[data]") {
  const ciess::detail::source s{"s", "a\n\n\"b\n\n\",c\nd"};
  ciess::detail::record_reader reader(s, ",", '"');
  std::vector<std::string_view> f;
  REQUIRE(reader.next(f));
  CHECK(reader.line() == 1);
  REQUIRE(reader.next(f));
  CHECK(reader.line() == 3);
  REQUIRE(reader.next(f));
  CHECK(reader.line() == 6);
  CHECK_FALSE(reader.next(f));
}
