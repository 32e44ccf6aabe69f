// SPDX-License-Identifier: MIT
#include <ciess/data/detail/id_column.hpp>
// its own header first
#include <cstdint>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

const ciess::detail::source file{"s", ""};

ciess::detail::id_column::finished ids(const std::vector<std::string>& texts,
                                       bool numbers = false) {
  ciess::detail::id_column column(file, "user", numbers);
  for (const auto& t : texts) {
    column.check(t, 1);
    column.add(t, 1);
  }
  return std::move(column).finish();
}

using rows = std::vector<ciess::row_id>;

}  // namespace

TEST_CASE("integers become ranks, near together and far apart", "[data]") {
  const std::string far = GENERATE("40", "65575", "65576", "65700", "4000000000000");
  CAPTURE(far);
  const auto f = ids({far, "-3", "7", far, "-3"});
  CHECK(f.rows == rows{2, 0, 1, 2, 0});
  CHECK(f.ids == ciess::id_map(std::vector<std::int64_t>{-3, 7, std::stoll(far)}));
}

TEST_CASE("the first text turns all into text", "[data]") {
  const auto f = ids({"7", "3", "7", "x", "3", "07", "7"});
  CHECK(f.rows == rows{0, 1, 0, 2, 1, 3, 0});
  CHECK(f.ids == ciess::id_map(std::vector<std::string>{"7", "3", "x", "07"}));
  CHECK(ids({"x"}).ids.numeric() == false);
  CHECK(ids({}).ids.size() == 0);
}

TEST_CASE("numbers of more than 4 bytes come late, and text after them", "[data]") {
  const auto f = ids({"7", "2147483648", "-2147483648", "7", "-2147483649"});
  CHECK(f.rows == rows{2, 3, 1, 2, 0});
  CHECK(f.ids == ciess::id_map(std::vector<std::int64_t>{-2147483649, -2147483648, 7, 2147483648}));
  CHECK(ids({"2147483647", "-2147483648"}).rows == rows{1, 0});
  const auto text = ids({"7", "4000000000", "7", "x", "4000000000"});
  CHECK(text.rows == rows{0, 1, 0, 2, 1});
  CHECK(text.ids == ciess::id_map(std::vector<std::string>{"7", "4000000000", "x"}));
  const auto asked = ids({"07", "4000000000", "7"}, true);
  CHECK(asked.rows == rows{0, 1, 0});
}

TEST_CASE("numbers that are asked for may be written freely, but must be numbers", "[data]") {
  const auto f = ids({"07", "7", "-0"}, true);
  CHECK(f.rows == rows{1, 1, 0});
  CHECK(f.ids == ciess::id_map(std::vector<std::int64_t>{0, 7}));
  for (const char* bad : {"x", "7x", "7.0", "9223372036854775808", "--7"})
    CHECK_THROWS_WITH(ids({bad}, true),
                      ContainsSubstring("s:1: expected user id to be an integer"));
  CHECK_THROWS_WITH(ids({""}),
                    "s:1: expected user id, got an empty field; if another column has it, name "
                    "that (--user)");
}

TEST_CASE("long texts and many", "[data]") {
  std::vector<std::string> texts;
  for (int k = 0; k < 5000; ++k) texts.push_back(std::to_string(k % 1000) + std::string(50, 'y'));
  const auto f = ids(texts);
  CHECK(f.ids.size() == 1000);
  for (std::size_t k = 0; k < texts.size(); ++k)
    if (f.ids.text(f.rows[k]) != texts[k]) FAIL(texts[k]);
}

namespace {

/// What is strange about texts that stand in lines 1, 2, ...
std::string strangers(const std::vector<std::string>& texts) {
  ciess::detail::id_column column(file, "user", false);
  std::int64_t line = 0;
  for (const auto& t : texts) column.add(t, ++line);
  try {
    column.look_for_strangers("HOW");
  } catch (const ciess::data_error& e) {
    return e.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("one word among numbers is no id", "[data]") {
  CHECK(strangers({"1", "2", "Total", "3"}) ==
        "s:3: expected a user id, got 'Total' where all others are numbers: a total, a header, or "
        "a missing value? HOW");
  CHECK_THAT(strangers({"1", "1", "NULL"}), ContainsSubstring("s:3: expected a user id"));
  CHECK_THAT(strangers({"NA", "NA", "5"}), ContainsSubstring("s:1: expected a user id"));
  CHECK_THAT(strangers({"nan", "5.0", "6.0"}), ContainsSubstring("s:1: expected a user id"));
  CHECK_THAT(strangers({"NA", "NA"}), ContainsSubstring("s:1: expected a user id"));
  CHECK(strangers({"ann", "1"}) == "none");  // of two, either may be usual
  CHECK(strangers({"ann", "bob", "1", "2", "3"}) == "none");
  CHECK(strangers({"1", "2", "x7"}) == "none");
  CHECK(strangers({"1", "2", "080442957X"}) == "none");
  CHECK(strangers({"1", "2", "3"}) == "none");
}

TEST_CASE("what programs write for a missing value is no id among texts, either", "[data]") {
  for (const std::string missing : {"NULL", "null", "nan", "NaN", "N/A", "None", "NA", "\\N"})
    CHECK(strangers({"u1", "u2", missing, "u3", "NULL"}) ==
          "s:3: expected a user id, got '" + missing + "': a missing value? HOW");
  CHECK_THAT(strangers({"ann", "None", "bob"}), ContainsSubstring("s:2: expected a user id"));
  for (const char* name : {"Nan", "Nullius", "none", "Na", "undefined", "NULL1"})
    CHECK(strangers({"ann", "bob", name}) == "none");
  ciess::detail::id_column items(file, "item", false);
  items.add("i1", 1);
  items.add("None", 2);
  CHECK_THROWS_WITH(items.look_for_strangers("HOW"),
                    "s:2: expected an item id, got 'None': a missing value? HOW");
}

TEST_CASE("zeros before a number make another id, which is seen", "[data]") {
  const auto padded = [](const std::vector<std::string>& texts) {
    ciess::detail::id_column column(file, "user", false);
    for (const auto& t : texts) column.add(t, 1);
    const auto two = column.padded();
    return two ? two->first + " " + two->second : "none";
  };
  CHECK(padded({"2", "01", "1"}) == "01 1");
  CHECK(padded({"x", "0", "000"}) == "000 0");
  CHECK(padded({"01", "2", "0x", "x"}) == "none");
  CHECK(padded({"1", "2"}) == "none");
  CHECK(padded({"0b", "b"}) == "none");
}

TEST_CASE("one number written twice is no two ids", "[data]") {
  CHECK_THAT(strangers({"1.0", "2", "1"}),
             ContainsSubstring("s: the user ids '1.0' and '1' are the same number"));
  CHECK_THAT(strangers({"1e5", "100000", "7"}), ContainsSubstring("'1e5' and '100000'"));
  CHECK(strangers({"1.0", "2.0", "10"}) == "none");
  CHECK(strangers({"007", "7", "8"}) == "none");  // zeros are kept
  CHECK(strangers({"1e300", "nan7", "1.5", "1"}) == "none");
  ciess::detail::id_column column(file, "user", false);
  column.add("1E+05", 1);
  column.add("7", 2);
  CHECK(column.rounded() == "1E+05");
  ciess::detail::id_column plain(file, "user", false);
  for (const char* text : {"1e5", "e+", "b+5", "7"}) plain.add(text, 1);
  CHECK(plain.rounded() == std::nullopt);
}
