// SPDX-License-Identifier: MIT
#include <ciess/data/detail/doubts.hpp>
// its own header first
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::detail::record;
using records = std::vector<record>;

std::string doubt_about(const records& all) {
  return ciess::detail::doubt_about_places(all, all[0].size()).value_or("none");
}

/// Records from texts that are built here.
struct table {
  std::string text;
  void add(const std::string& line) { text += line + '\n'; }
  [[nodiscard]] std::string doubt() const {
    const ciess::detail::source file{"s", text};
    const ciess::detail::sample some(file, {.delimiter = ","});
    return doubt_about(some.records());
  }
};

}  // namespace

TEST_CASE("a field of several words like ids or in brackets is a list", "[data]") {
  using ciess::detail::is_joined;
  for (const char* yes : {"1 2", "1,2,3", "1|2", "10;11", "[1]", "[]", "{'a'}", "[x, y]", "1, 2 ",
                          "-1 2", "i10|i11", "a0 b0", "a-1;b_2"})
    CHECK(is_joined(yes));
  for (const char* no : {"", "1", "a b", "1 x", "1.5 2", "a1|b", "[1", "1]", "7 Samurai", "1-2"})
    CHECK_FALSE(is_joined(no));
  using ciess::detail::is_list;
  CHECK(is_list("1 -2  3 "));
  for (const char* no : {"", "1", "1,2", "a1 b2", "01 2"}) CHECK_FALSE(is_list(no));
  using ciess::detail::first_joined;
  CHECK(first_joined({{"u", "i1"}, {"u", "i2|i3"}}, 1, 0) == 1);
  CHECK(first_joined({{"u", "1"}, {"u", "1 2"}, {"u", "3 4"}}, 1, 0) == 1);
  CHECK(first_joined({{"u", "1 2"}, {"u", "3"}}, 1, 1) == std::nullopt);
  CHECK(first_joined({{"u", "1 2"}, {"u", "x"}}, 1, 0) == std::nullopt);
  CHECK(first_joined({{"u", "1 2"}, {"u"}}, 1, 0) == 0);
}

TEST_CASE("quotes, rules and counts are seen", "[data]") {
  using namespace ciess::detail;
  CHECK(all_in_single_quotes({{"'a'"}, {"''"}}, 0));
  CHECK_FALSE(all_in_single_quotes({{"'a'"}, {"b'"}}, 0));
  CHECK_FALSE(all_in_single_quotes({{"'"}}, 0));
  CHECK_FALSE(all_in_single_quotes({}, 0));
  CHECK(is_rule({"---", "---"}));
  CHECK(is_rule({"", ":--", "==", ""}));
  CHECK_FALSE(is_rule({"-", "-"}));
  CHECK_FALSE(is_rule({"---", "1"}));
  CHECK_FALSE(is_rule({"---", ""}));
  CHECK(counts_records({{"0"}, {"1"}, {"2"}, {"3"}}, 0));
  CHECK(counts_records({{"1"}, {"2"}, {"3"}, {"4"}}, 0));
  CHECK_FALSE(counts_records({{"1"}, {"2"}, {"3"}}, 0));
  CHECK_FALSE(counts_records({{"2"}, {"3"}, {"4"}, {"5"}}, 0));
  CHECK_FALSE(counts_records({{"1"}, {"2"}, {"3"}, {"3"}}, 0));
  CHECK(are_numbered_names({{"0", "1", "2"}, {"5", "6", "7"}}));
  CHECK_FALSE(are_numbered_names({{"0", "1", "2"}}));
  CHECK_FALSE(are_numbered_names({{"1", "2", "3"}, {"5", "6", "7"}}));
  CHECK(are_numbered_names({{"0", "1"}, {"5", "6"}, {"5", "7"}, {"6", "8"}, {"7", "8"}}));
  CHECK_FALSE(are_numbered_names({{"0", "1"}, {"0", "6"}, {"5", "7"}, {"6", "8"}, {"7", "8"}}));
  CHECK_FALSE(are_numbered_names({{"0", "1"}, {"5", "6"}, {"5", "7"}, {"6", "8"}}));
}

TEST_CASE("names among data and flags are seen", "[data]") {
  using namespace ciess::detail;
  CHECK(is_name_among_data({{"u", "i"}, {"u", "x"}}, 0, 1));
  CHECK(is_name_among_data({{"u", "i"}, {"x", "y"}, {"x", "i"}}, 0, 1));
  CHECK_FALSE(is_name_among_data({{"u", "i"}, {"u", "i"}}, 0, 1));  // the header again
  CHECK_FALSE(is_name_among_data({{"u", "i"}, {"i", "u"}, {"u"}}, 0, 1));
  CHECK_FALSE(is_name_among_data({{"u", "i"}}, 0, 1));
  CHECK(flag_columns({{"0", "1", "1", "0", "0.0"}, {"1", "1", "0", "2", "1.0"}}, 5) ==
        std::vector<std::size_t>{0, 2, 4});
  CHECK(flag_columns({{"0", "x"}, {"1", "0"}, {"0.5", "1"}}, 2).empty());
}

TEST_CASE("numbers of articles are letters that begin with B, or check themselves", "[data]") {
  using ciess::detail::is_asin;
  for (const char* yes : {"B00005N7P0", "B0CXXXXXXX", "0306406152", "080442957X", "0439886341"})
    CHECK(is_asin(yes));
  for (const char* no : {"b00005n7p0", "BA005N7P00", "0306406153", "080442957x", "X804429570",
                         "306406152", "A2CX7LUOHB", "", "B00005N7P01"})
    CHECK_FALSE(is_asin(no));
  const records swapped{{"B00005N7P0", "A2"}, {"B00006L9LC", "A3"}, {"0306406152", "A2"}};
  CHECK_THAT(doubt_about(swapped), ContainsSubstring("column 1 holds numbers of articles"));
  CHECK(doubt_about({{"A2", "B00005N7P0"}, {"A3", "B00006L9LC"}, {"A2", "0306406152"}}) == "none");
  CHECK(doubt_about({swapped[0], swapped[1]}) == "none");
}

TEST_CASE("columns that are no users and items are doubted", "[data]") {
  CHECK_THAT(doubt_about({{"1", "->", "2"}, {"1", "->", "3"}}),
             ContainsSubstring("column 2 holds nothing"));
  CHECK_THAT(doubt_about({{"*", "1"}, {"*", "2"}}),
             ContainsSubstring("column 1 holds nothing but signs"));
  CHECK(doubt_about({{"1", ""}, {"2", ""}}) == "none");  // whose absence is told later
  CHECK(doubt_about({{"1", "\xC3\xA9"}, {"2", "-"}}) == "none");
  CHECK_THAT(doubt_about({{"0", "1", "0"}, {"1", "1", "0"}}), ContainsSubstring("0 and 1"));
  CHECK(doubt_about({{"0", "1", "0"}}) == "none");
  CHECK(doubt_about({{"0", "1", "0"}, {"1", "2", "0"}}) == "none");
  CHECK(doubt_about({{"0", "1"}, {"1", "0"}}) == "none");
  table once, again, matrix, ratings, rows, test_part;
  for (int k = 0; k < 50; ++k) {
    const auto n = std::to_string(k);
    once.add("u" + n + "," + "FM"[k % 2]);
    again.add("u" + std::to_string(k % 49) + "," + "FM"[k % 2]);
    matrix.add(std::to_string(k % 5) + "," + std::to_string(k % 3) + "," + std::to_string(k % 4) +
               ",9");
    ratings.add(std::to_string(k % 5) + "," + std::to_string(k % 13) + "," + std::to_string(k % 4) +
                ",9");
    rows.add(n + ",7,i" + n);
    test_part.add(n + ",7," + std::to_string(k % 5));
  }
  CHECK_THAT(once.doubt(), ContainsSubstring("each user of column 1 comes once"));
  CHECK(again.doubt() == "none");
  CHECK_THAT(matrix.doubt(), ContainsSubstring("like a whole matrix"));
  CHECK(ratings.doubt() == "none");
  CHECK_THAT(rows.doubt(), ContainsSubstring("each user of column 1 comes once"));
  CHECK_THAT(doubt_about({{"0", "7", "70"}, {"1", "8", "71"}, {"2", "7", "700"}, {"3", "9", "70"}}),
             ContainsSubstring("column 1 counts the lines"));
  CHECK(doubt_about({{"0", "7", "3"}, {"1", "8", "4"}, {"2", "7", "5"}, {"3", "9", "5"}}) ==
        "none");
  CHECK(doubt_about({{"0", "7", ""}, {"1", "8", ""}, {"2", "7", ""}, {"3", "9", ""}}) == "none");
}
