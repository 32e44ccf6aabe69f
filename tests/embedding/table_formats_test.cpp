// SPDX-License-Identifier: MIT
#include <ciess/embedding/table_formats.hpp>
// its own header first

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::number_format;
using ciess::parse_table_formats;
using ciess::table_formats;

const std::vector<std::string> two{"users", "items"};
const std::vector<std::string> five{"user", "item", "genre", "a=b", "features"};

constexpr auto eight = number_format::eight_bits, four = number_format::four_bits,
               three = number_format::three_bits, two_bits = number_format::two_bits;

}  // namespace

TEST_CASE("tables have one number format, or each its own", "[embedding]") {
  const table_formats floats;
  CHECK(floats.all_floats());
  CHECK(!floats.differ());
  CHECK(!floats.any_few_bits());
  CHECK(floats.of(17) == number_format::float32);

  const table_formats one = three;  // implicitly
  CHECK(!one.all_floats());
  CHECK(one.any_few_bits());
  CHECK(one.each().size() == 1);
  CHECK(one == three);
  CHECK_FALSE(one == two_bits);

  const table_formats apart{three, two_bits};
  CHECK(apart.differ());
  CHECK(apart.of(0) == three);
  CHECK(apart.of(1) == two_bits);
  CHECK(apart.each().size() == 2);
  CHECK_FALSE(apart == table_formats{two_bits, three});
  CHECK(table_formats{number_format::float32, eight}.any_few_bits() == false);
  CHECK(table_formats{number_format::float32, four}.any_few_bits());
  CHECK(table_formats{number_format::float32, eight}.all_floats() == false);

  // The same for all is one for all.
  CHECK(table_formats{three, three} == one);
  CHECK(table_formats(std::vector<number_format>(9)) == floats);
  CHECK_THROWS_AS(table_formats(std::vector<number_format>{}), ciess::argument_error);
}

TEST_CASE("number formats are of so many tables", "[embedding]") {
  for (const std::size_t tables : {0U, 1U, 7U})
    CHECK_NOTHROW(table_formats(four).check("t", tables));
  const table_formats apart{three, two_bits};
  CHECK_NOTHROW(apart.check("t", 2));
  CHECK_THROWS_WITH(apart.check("somebody", 3),
                    "somebody: number formats for 2 tables, expected 3, or one for all");
  CHECK_THROWS_AS(apart.check("t", 1), ciess::argument_error);
}

TEST_CASE("number formats of tables have names, by which they are found", "[embedding]") {
  for (const auto a : ciess::number_formats)
    for (const auto b : ciess::number_formats) {
      const table_formats formats{a, b};
      CHECK(parse_table_formats(ciess::name_of(formats)) == formats);
      CHECK(parse_table_formats(ciess::name_of(formats), two) == formats);
      CHECK(parse_table_formats(std::string(ciess::name_of(a)), five) == table_formats(a));
    }
  CHECK(ciess::name_of(table_formats(number_format::bfloat16)) == "bfloat16");
  CHECK(ciess::name_of(table_formats{three, two_bits, two_bits}) == "3/2/2");
  CHECK(ciess::format_text(table_formats(four)) == "4 bits");
  CHECK(ciess::format_text(table_formats{three, two_bits}) == "3/2 bits");
  CHECK(ciess::format_text(table_formats{number_format::bfloat16, three}) == "bfloat16/3 bits");
  CHECK(ciess::format_text(table_formats{three, four, number_format::float32, eight}) ==
        "3/4 bits/float/8 bits");
}

TEST_CASE("number formats are said for all tables, in their order, or by name", "[embedding]") {
  CHECK(parse_table_formats("3/2", two) == table_formats{three, two_bits});
  CHECK(parse_table_formats("2/items=3", two) == table_formats{two_bits, three});
  CHECK(parse_table_formats("2/users=3", two) == table_formats{three, two_bits});
  CHECK(parse_table_formats("2/items=2", two) == table_formats(two_bits));
  CHECK(parse_table_formats("2/item=4/features=float", five) ==
        table_formats{two_bits, four, two_bits, two_bits, number_format::float32});
  CHECK(parse_table_formats("2/a=b=8", five) ==  // the last sign counts
        table_formats{two_bits, two_bits, two_bits, eight, two_bits});
  CHECK(parse_table_formats("2/3/4/8/2/user=4", five) ==
        table_formats{four, three, four, eight, two_bits});

  const auto refused = [](std::string_view text, const std::vector<std::string>& tables,
                          const std::string& words) {
    CAPTURE(std::string(text), words);
    CHECK_THROWS_AS(parse_table_formats(text, tables), ciess::argument_error);
    CHECK_THROWS_WITH(parse_table_formats(text, tables), ContainsSubstring(words));
  };
  refused("3/2/2", two,
          "number formats '3/2/2': there are 3 formats, expected one for all tables or 2, one each "
          "for users, items");
  refused("3/3/3", two, "there are 3 formats");
  refused("3/2", five,
          "there are 2 formats, expected one for all tables or 5, one each for user, ");
  refused("3/2/user=4", five, "there are 2 formats");
  refused("5", two, "expected float, bfloat16, float16, 8, 4, 3 or 2, got '5'");
  refused("3/", two, "got ''");
  refused("", two, "got ''");
  refused("/3", two, "got ''");
  refused("2/items=7", two, "got '7'");
  refused("2/film=3", two, "no table is called 'film', there are users, items");
  refused("items=3", two, "expected a format of the other tables first, such as 2/items=3");
  refused("2/items=3/items=4", two, "table items is named twice");
  refused("2/items=3/4", two, "expected formats of all tables before those of single ones");
  CHECK_THROWS_AS(parse_table_formats("3/x"), ciess::argument_error);
}
