// SPDX-License-Identifier: MIT
#include <ciess/data/click_read_options.hpp>
// its own header first
#include <limits>

#include "support/catch.hpp"

namespace {

using ciess::click_format;
using ciess::click_read_options;
using ciess::column;

void refuses(const click_read_options& o, const char* because) {
  CHECK_THROWS_WITH(
      ciess::detail::check_click_read_options(o),
      Catch::Matchers::StartsWith("click_read_options: ") && ContainsSubstring(because));
  CHECK_THROWS_AS(ciess::detail::check_click_read_options(o), ciess::argument_error);
}

}  // namespace

TEST_CASE("formats of impressions have names", "[data]") {
  for (const auto f :
       {click_format::delimited, click_format::criteo, click_format::libffm, click_format::libsvm})
    CHECK(ciess::parse_click_format(to_string(f)) == f);
  CHECK(to_string(click_format::libffm) == "libffm");
  CHECK_THROWS_WITH(ciess::parse_click_format("avro"),
                    "click format: expected delimited, criteo, libffm or libsvm, got avro");
}

TEST_CASE("options of reading impressions that contradict each other are refused", "[data]") {
  CHECK_NOTHROW(ciess::detail::check_click_read_options({}));
  CHECK_NOTHROW(ciess::detail::check_click_read_options({.format = click_format::criteo}));
  CHECK_NOTHROW(
      ciess::detail::check_click_read_options({.format = click_format::libsvm, .borders = {0, 3}}));
  refuses({.positive_from = std::numeric_limits<double>::infinity()}, "finite");
  refuses({.positive_from = 3, .positive_label = "yes"}, "got both");
  refuses({.label = column::none(), .positive_from = 3}, "expected a label");
  refuses({.separator = ""}, "separator");
  refuses({.separator = "\n"}, "separator");
  refuses({.pooled = {"genres"}, .separator = ",", .delimiter = ","}, "must differ");
  refuses({.delimiter = "\r"}, "line ends");
  refuses({.delimiter = "'", .quote = '\''}, "quote");
  refuses({.quote = '\n'}, "sign");
  refuses({.comment = '\r'}, "sign");
  refuses({.fields = {column{}}}, "names or numbers");
  refuses({.ignored = {column::none()}}, "names or numbers");
  refuses({.format = click_format::libsvm}, "do not say where one field ends");
  refuses({.format = click_format::libffm, .borders = {0}}, "format libsvm");
  refuses({.format = click_format::libsvm, .borders = {-1, 4}}, "at least 0");
  refuses({.format = click_format::libsvm, .borders = {4, 4}}, "rise");
  refuses({.format = click_format::libffm, .label = 0}, "begin with their label");
  refuses({.format = click_format::libffm, .label = column::none()}, "begin with their label");
  refuses({.format = click_format::libffm, .time = "t"}, "have no times");
  refuses({.format = click_format::libffm, .delimiter = ","}, "delimiters of its own");
  refuses({.format = click_format::criteo, .header = ciess::header_line::yes}, "no header");
}
