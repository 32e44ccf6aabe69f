#include <ciess/data/detail/detect.hpp>
// its own header first
#include "support/catch.hpp"

namespace {

using ciess::data_format;

std::string layout_of(const std::string& text, const std::string& name = "s") {
  const auto l = ciess::detail::find_layout({name, text}, {});
  return std::string(to_string(l.format)) + " '" + l.delimiter + "'";
}

bool header_of(const ciess::detail::fields& first, const ciess::detail::fields& second) {
  return ciess::detail::has_header(first, second, {});
}

}  // namespace

TEST_CASE("formats are told apart by name and content", "[data]") {
  CHECK(layout_of("1::2::3::4\n") == "movielens '::'");
  CHECK(layout_of("a:token\tb:token\n") == "inter '\t'");
  CHECK(layout_of("a\tb\n", "x.INTER") == "inter '\t'");
  CHECK(layout_of("1,2;3,4\n") == "delimited ','");
  CHECK(layout_of("1|2|3,5\n") == "delimited '|'");
  CHECK(layout_of("1\t2,3,4\n1\t5,6\n") == "delimited '\t'");
  CHECK(layout_of("1 2\n3 4\n") == "delimited ' '");
  CHECK(layout_of("1 2 3\n3 4\n") == "adjacency ' '");
  CHECK(layout_of("1\t2\t3\n3\t4\n") == "adjacency ' '");
  CHECK(layout_of("1 2 3 4 5\n2\n") == "adjacency ' '");
  CHECK(layout_of("who which when\n1 2 3\n2 3 4\n") == "delimited ' '");
  CHECK(layout_of("1 2 3\n4 2 3\n1 2 4\n") == "delimited ' '");
  CHECK(layout_of("1\t2\t3\n4\t2\t3\n") == "delimited '\t'");
  CHECK_THROWS_WITH(layout_of("1 2 3\n4 2 3\n"), ContainsSubstring("name the format"));
}

TEST_CASE("what stands in quotes decides nothing", "[data]") {
  CHECK(layout_of("\"a::b;;;c\",2\n") == "delimited ','");
  CHECK(layout_of("\"a\nb\",2\n") == "delimited ','");
  CHECK(layout_of("\"a \"\"\t\"\" b\";2\n") == "delimited ';'");
  CHECK(layout_of("5\",6,7\n") == "delimited ','");
}

TEST_CASE("headers have usual names, or text above numbers", "[data]") {
  CHECK(header_of({"user", "item"}, {"a", "b"}));
  CHECK(header_of({"Item-ID", "x", "USER_ID"}, {}));
  CHECK(header_of({"who", "which"}, {"1", "2"}));
  CHECK(header_of({"who", "which", "stars?"}, {"a", "b", "4.5"}));
  CHECK_FALSE(header_of({"user", "x"}, {"a", "b"}));
  CHECK_FALSE(header_of({"ann", "book"}, {"bob", "film"}));
  CHECK_FALSE(header_of({"ann", "1"}, {"7", "2"}));
  CHECK_FALSE(header_of({"1", "2", "3"}, {"4", "5", "6"}));
  CHECK_FALSE(header_of({"who", "which"}, {}));
  CHECK_FALSE(header_of({"ann", "x", ""}, {"bob", "y", "3"}));
}
