// SPDX-License-Identifier: MIT
#include <ciess/data/read_options.hpp>
// its own header first
#include "support/catch.hpp"

TEST_CASE("data formats have names", "[data]") {
  using ciess::data_format;
  for (const auto f : {data_format::automatic, data_format::movielens, data_format::delimited,
                       data_format::adjacency, data_format::inter})
    CHECK(ciess::parse_data_format(to_string(f)) == f);
  CHECK(to_string(data_format::automatic) == "auto");
  CHECK(to_string(data_format::inter) == "inter");
  CHECK_THROWS_AS(ciess::parse_data_format("csv"), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::parse_data_format("csv"), ContainsSubstring("got csv"));
}

TEST_CASE("a column is a number, a name, nothing, or to be found", "[data]") {
  CHECK(ciess::column{}.is_automatic());
  CHECK(ciess::column::none().is_none());
  CHECK_FALSE(ciess::column::none().is_automatic());
  const ciess::column third = 2;
  CHECK(third.number() == 2);
  CHECK_FALSE(third.is_automatic());
  const ciess::column named = "user";
  CHECK(named.name() == "user");
  CHECK_FALSE(named.number());
  CHECK_THROWS_AS(ciess::column(-1), ciess::argument_error);
}
