// SPDX-License-Identifier: MIT
#include <ciess/data/click_schema.hpp>

#include <limits>
#include <string>

#include "support/catch.hpp"

namespace {

ciess::click_schema mixed() {
  return {.columns = {{"user", ciess::column_use::single},
                      {"a\tb\\ \xff", ciess::column_use::pooled},
                      {"price", ciess::column_use::log_buckets},
                      {"age", ciess::column_use::standardised, 0.1, 1.0 / 3}},
          .separator = "||",
          .delimiter = "\t",
          .quote = '\''};
}

std::string without_line(std::string text, std::size_t line) {
  std::size_t at = 0;
  for (std::size_t k = 0; k < line; ++k) at = text.find('\n', at) + 1;
  return text.erase(at, text.find('\n', at) + 1 - at);
}

}  // namespace

TEST_CASE("a schema comes back from its text, whatever stands in names", "[data]") {
  ciess::click_schema s = mixed();
  CHECK(s.fields() == 3);
  CHECK(s.features() == 1);
  CHECK(ciess::click_schema_text(s) ==
        "ciess click columns 1\ndelimiter\t\\t\nseparator\t||\nquote\t'\nsingle\tuser\n"
        "pooled\ta\\tb\\\\ \xff\nlog-buckets\tprice\nstandardised\tage\t0.1\t0.3333333333333333\n");
  CHECK(ciess::parse_click_schema(ciess::click_schema_text(s), "s") == s);
  s.quote = '\0';
  CHECK(ciess::parse_click_schema(ciess::click_schema_text(s), "s") == s);
  s.quote.reset();
  s.delimiter = " ";
  CHECK(ciess::parse_click_schema(ciess::click_schema_text(s), "s") == s);
}

TEST_CASE("a text that is no schema is refused with its line", "[data]") {
  const std::string good = ciess::click_schema_text(mixed());
  const auto refused = [](const std::string& text, const char* why) {
    CHECK_THROWS_WITH(ciess::parse_click_schema(text, "s"), ContainsSubstring(why));
    CHECK_THROWS_AS(ciess::parse_click_schema(text, "s"), ciess::data_error);
  };
  refused("", "expected a separator");
  refused("ciess click columns 2\n", "s:1: expected 'ciess click columns 1', got");
  refused(good.substr(0, good.size() - 1), "s:8: expected a line feed behind");
  refused(without_line(good, 1), "expected a delimiter, got ''");
  refused(without_line(good, 2), "expected a separator of values, got ''");
  refused(good + "separator\t;\n", "s:9: expected delimiter, separator or quote, each once");
  refused(good + "quote\t\"\n", "s:9: expected delimiter");
  refused(good + "binned\tx\n",
          "s:9: expected delimiter, separator or quote, each once, or a column");
  refused(good + "single\tx\ty\n", "s:9: expected 2 fields between tabs, got 3");
  refused(good + "standardised\tx\t1\n", "s:9: expected 4 fields between tabs, got 3");
  refused(good + "standardised\tx\tone\t1\n", "s:9: expected a number, got 'one'");
  refused(good + "standardised\tx\t1\t0\n", "a deviation above 0, got 1 and 0");
  refused(good + "standardised\tx\tnan\t1\n", "expected a number");
  refused(good + "single\tuser\n", "different names, got 'user' twice");
  refused(good + "single\t\n", "every column to have a name");
  refused(good + "single\ta\\q\n", "s:9: id");
  refused("ciess click columns 1\ndelimiter\t,\nseparator\t|\nstandardised\tx\t0\t1\n",
          "expected a column that is a field");
}

TEST_CASE("a schema that cannot be is refused", "[data]") {
  ciess::click_schema s = mixed();
  CHECK_NOTHROW(s.check("x"));
  s.columns[3].deviation = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(s.check("x"),
                    ContainsSubstring("x: expected column 'age' to have a finite mean"));
  s = mixed();
  s.quote = '\t';
  CHECK_THROWS_AS(s.check("x"), ciess::argument_error);
  s = mixed();
  s.separator = "\n";
  CHECK_THROWS_AS(s.check("x"), ciess::argument_error);
}
