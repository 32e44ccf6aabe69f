// SPDX-License-Identifier: MIT
#include <ciess/data/detail/sample.hpp>
// its own header first
#include <string>

#include "support/catch.hpp"

namespace {

using ciess::detail::kind_of;
using ciess::detail::sample;
using ciess::detail::source;

const ciess::detail::cutting commas{.delimiter = ","};

struct parts {
  explicit parts(const std::string& text) : file{"s", text}, some{file, commas} {}
  source file;
  sample some;
};

}  // namespace

TEST_CASE("ratings are finite numbers, whole fields", "[data]") {
  using ciess::detail::parse_rating;
  CHECK(parse_rating("4.5") == 4.5);
  CHECK(parse_rating("-1e2") == -100);
  for (const char* bad : {"", "nan", "inf", "4 ", " 4", "+4", "4x", "0x4", "1e999", "4,5"})
    CHECK_FALSE(parse_rating(bad));
  CHECK(ciess::detail::is_integer("-7"));
  for (const char* bad : {"07", "-0", "7.0", "", "9223372036854775808"})
    CHECK_FALSE(ciess::detail::is_integer(bad));
}

TEST_CASE("a sample is the first thousand records with their lines", "[data]") {
  std::string text = "\n";
  for (int k = 0; k < 1500; ++k) text += "a,b\n";
  const parts long_one(text);
  CHECK(long_one.some.records().size() == 1000);
  CHECK(long_one.some.line(0) == 2);
  CHECK(long_one.some.line(999) == 1001);
  CHECK_FALSE(long_one.some.damaged());
  CHECK(parts("").some.records().empty());
}

TEST_CASE("damage ends a sample and is told by whoever reads on", "[data]") {
  const source file{"s", "a,b\n\"c,d\n"};
  const sample some(file,
                    {.delimiter = ",", .quote = '"', .quotes = ciess::detail::quoting::anywhere});
  CHECK(some.damaged());
  CHECK(some.records().size() == 1);
  CHECK_FALSE(some.is_even());
}

TEST_CASE("records are even if all are as long, nearly if all but a tenth or one", "[data]") {
  CHECK(parts("a,b\nc,d\n").some.is_even());
  CHECK_FALSE(parts("a\nb\n").some.is_even());
  CHECK_FALSE(parts("").some.is_even());
  CHECK_FALSE(parts("a,b\nc\n").some.is_even());
  CHECK(parts("a,b\nc\nd,e\n").some.is_nearly_even());
  CHECK_FALSE(parts("a,b\nc\nd,e,f\n").some.is_nearly_even());
  CHECK_FALSE(parts("a\nb\nc,d\n").some.is_nearly_even());
  CHECK_FALSE(parts("").some.is_nearly_even());
  std::string text;
  for (int k = 0; k < 27; ++k) text += "a,b\n";
  CHECK(parts(text + "c\nc\nc\n").some.is_nearly_even());           // 3 of 30
  CHECK_FALSE(parts(text + "c\nc\nc\nc\n").some.is_nearly_even());  // 4 of 31
  CHECK(parts(text + "c\nc\nc\n").some.cut() == 27);
}

TEST_CASE("a column is known by what it holds", "[data]") {
  const parts p("1,4.5,a,881250949,,3\n-2,3,b,2012-01-01,,3\n1,1e1,7,881250950,x\n");
  const auto& r = p.some.records();
  CHECK(kind_of(r, 0).all_integers());
  CHECK(kind_of(r, 0).different == 2);
  CHECK(kind_of(r, 0).least == -2);
  CHECK(kind_of(r, 0).largest == 1);
  CHECK(kind_of(r, 1).all_numbers());
  CHECK(kind_of(r, 1).integers == 1);
  CHECK(kind_of(r, 1).fractions == 1);
  CHECK(kind_of(r, 2).numbers == 1);
  CHECK_FALSE(kind_of(r, 2).no_numbers());
  CHECK(kind_of(r, 2, 0).count == 3);
  CHECK(kind_of(r, 2, 2).all_integers());
  CHECK(kind_of(r, 3).all_times());
  CHECK_FALSE(kind_of(r, 3).all_numbers());
  CHECK(kind_of(r, 4).empty == 2);
  CHECK(kind_of(r, 4).no_numbers());
  CHECK(kind_of(r, 5).count == 2);  // the last record has none
  CHECK_FALSE(kind_of(r, 9).all_numbers());
  CHECK_FALSE(kind_of(r, 9).all_times());
}

TEST_CASE("ratings are few numbers of their size", "[data]") {
  const auto like = [](int different, const std::string& also = "0") {
    std::string text = also + ",x\n";
    for (int k = 1; k < different; ++k) text += std::to_string(k) + ",x\n";
    return kind_of(parts(text).some.records(), 0).like_ratings();
  };
  CHECK(like(11));
  CHECK_FALSE(like(12));
  CHECK(like(5, "10"));
  CHECK_FALSE(like(5, "10.5"));
  CHECK_FALSE(like(5, "11"));
  CHECK_FALSE(like(5, "-0.5"));
  CHECK_FALSE(like(5, "good"));
  CHECK_FALSE(like(5, ""));
}
