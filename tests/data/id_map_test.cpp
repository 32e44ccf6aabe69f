// SPDX-License-Identifier: MIT
#include <ciess/data/id_map.hpp>
// its own header first
#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "support/catch.hpp"

namespace {

using numbers = std::vector<std::int64_t>;
using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("id_map keeps integers as integers", "[data]") {
  const ciess::id_map ids(numbers{30, -5, 7, std::numeric_limits<std::int64_t>::min()});
  CHECK(ids.size() == 4);
  CHECK(ids.numeric());
  CHECK(ids.number(1) == -5);
  CHECK(ids.text(3) == "-9223372036854775808");
  CHECK(ids.find_number(7) == 2);
  CHECK(ids.find("30") == 0);
  CHECK(ids.find("-9223372036854775808") == 3);
  for (const char* other :
       {"", "8", "030", "+30", " 30", "30 ", "3e1", "-0", "99999999999999999999"})
    CHECK(ids.find(other) == std::nullopt);
}

TEST_CASE("id_map keeps text as text", "[data]") {
  const ciess::id_map ids(texts{"b", "", "007", "7", "a\tb", "-0"});
  CHECK_FALSE(ids.numeric());
  CHECK(ids.size() == 6);
  for (ciess::row_id r = 0; r < 6; ++r) CHECK(ids.find(ids.text(r)) == r);
  CHECK(ids.text(2) == "007");
  CHECK(ids.text(1).empty());
  CHECK(ids.find_number(7) == 3);
  CHECK(ids.find_number(0) == std::nullopt);
  CHECK(ids.find("c") == std::nullopt);
  CHECK(ids == ciess::id_map(std::vector<std::string_view>{"b", "", "007", "7", "a\tb", "-0"}));
  CHECK_FALSE(ids == ciess::id_map(texts{"b"}));
}

TEST_CASE("id_map of nothing and of row numbers", "[data]") {
  const ciess::id_map none;
  CHECK(none.size() == 0);
  CHECK(none.find("1") == std::nullopt);
  CHECK(none == ciess::id_map::identity(0));
  const auto three = ciess::id_map::identity(3);
  CHECK(three == ciess::id_map(numbers{0, 1, 2}));
  CHECK_THROWS_AS(ciess::id_map::identity(-1), ciess::argument_error);
  CHECK_THROWS_AS(ciess::id_map::identity(ciess::index_t{1} << 31), ciess::argument_error);
}

TEST_CASE("id_map orders many integers as a sort does", "[data]") {
  using limits = std::numeric_limits<std::int64_t>;
  const auto kind = GENERATE(range(0, 5));
  numbers ids;
  for (std::int64_t r = 0; r < 200'000; ++r) {
    const std::int64_t mixed = r * 77'773 % 200'003 - 100'000;
    ids.push_back(kind == 0   ? mixed
                  : kind == 1 ? mixed * 40'000'000'000'000           // all over the range
                  : kind == 2 ? limits::max() - (mixed + 100'000)    // at one end of it
                  : kind == 3 ? mixed + (r % 2) * 5'000'000'000'000  // two heaps
                              : -r);
  }
  if (kind == 2) ids[7] = limits::min();  // one alone, far away
  CAPTURE(kind);
  const ciess::id_map map(ids);
  std::vector<ciess::row_id> expected(ids.size());
  std::iota(expected.begin(), expected.end(), 0);
  std::ranges::sort(expected, {}, [&](ciess::row_id r) { return ids[std::size_t(r)]; });
  const auto view = map.view();
  CHECK(std::ranges::equal(view.parts().order, expected));
  CHECK_NOTHROW(view.check());

  ids[150'000] = ids[3];
  CHECK_THROWS_WITH(ciess::id_map(ids), ContainsSubstring("rows 3 and 150000 have the same id " +
                                                          std::to_string(ids[3])));
  CHECK_THROWS_WITH(ciess::id_map(numbers(200'000, 5)), ContainsSubstring("rows 0 and 1 have"));
  ids.assign(200'000, 5);
  ids[17] = limits::min();
  CHECK_THROWS_WITH(ciess::id_map(ids), ContainsSubstring("same id 5"));
}

TEST_CASE("id_map refuses one id for two rows", "[data]") {
  CHECK_THROWS_WITH(ciess::id_map(numbers{4, 9, 4}), ContainsSubstring("same id 4"));
  CHECK_THROWS_WITH(ciess::id_map(texts{"x", "y", "y"}), ContainsSubstring("same id y"));
}

TEST_CASE("canonical integers are those that survive a round trip", "[data]") {
  std::int64_t value = 0;
  for (const char* text : {"0", "7", "-7", "10", "9223372036854775807", "-9223372036854775808"}) {
    CAPTURE(text);
    REQUIRE(ciess::detail::parse_canonical(text, value));
    CHECK(std::to_string(value) == text);
  }
  for (const char* text : {"", "-", "-0", "-07", "07", "00", "+7", " 7", "7 ", "7.0", "0x7", "a",
                           "9223372036854775808", "-9223372036854775809"}) {
    CAPTURE(text);
    CHECK_FALSE(ciess::detail::parse_canonical(text, value));
  }
}

TEST_CASE("ids are written one a line", "[data]") {
  CHECK(ciess::ids_tsv(ciess::id_map(numbers{30, -5})) == "row\tid\n0\t30\n1\t-5\n");
  CHECK(ciess::ids_tsv(ciess::id_map(texts{"a b", "c\td\\e\nf\r"})) ==
        "row\tid\n0\ta b\n1\tc\\td\\\\e\\nf\\r\n");
  CHECK(ciess::ids_tsv({}) == "row\tid\n");
}

TEST_CASE("a subset of ids is in the order of its rows", "[data]") {
  const ciess::id_map numbers(std::vector<std::int64_t>{10, 7, -3, 9});
  const std::vector<ciess::row_id> rows{2, 0, 3};
  CHECK(ciess::subset(numbers, rows) == ciess::id_map(std::vector<std::int64_t>{-3, 10, 9}));
  const ciess::id_map texts(std::vector<std::string>{"b", "", "a\tx", "c"});
  const auto some = ciess::subset(texts, rows);
  CHECK(some == ciess::id_map(std::vector<std::string>{"a\tx", "b", "c"}));
  CHECK(some.find("b") == ciess::row_id{1});
  CHECK_FALSE(some.find("").has_value());
  CHECK(ciess::subset(texts, {}).size() == 0);
  CHECK_FALSE(ciess::subset(texts, {}).numeric());
  const std::vector<ciess::row_id> beyond{4}, below{-1}, twice{1, 1};
  CHECK_THROWS_WITH(ciess::subset(numbers, beyond), ContainsSubstring("row 4 is none of the 4"));
  CHECK_THROWS_AS(ciess::subset(texts, below), ciess::argument_error);
  CHECK_THROWS_AS(ciess::subset(numbers, twice), ciess::argument_error);
  CHECK_THROWS_AS(ciess::subset(texts, twice), ciess::argument_error);
}
