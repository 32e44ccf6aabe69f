// SPDX-License-Identifier: MIT
#include <ciess/data/id_view.hpp>
// its own header first
#include <string>
#include <vector>

#include <ciess/data/id_map.hpp>

#include "support/catch.hpp"

namespace {

using rows = std::vector<ciess::row_id>;

/// Parts of its own that a test can spoil.
struct spoilt {
  std::vector<std::int64_t> numbers{};
  std::string bytes{};
  std::vector<std::uint64_t> ends{};
  rows order{};

  ciess::id_view view() const {
    return ciess::id_view({ends.empty(), numbers, std::as_bytes(std::span(bytes)), ends, order});
  }
};
const spoilt two_numbers{.numbers = {30, -5}, .order = {1, 0}};
const spoilt two_texts{.bytes = "bab", .ends = {1, 3}, .order = {1, 0}};

}  // namespace

TEST_CASE("id_view finds what is in the parts", "[data]") {
  const auto n = two_numbers.view();
  CHECK(n.numeric());
  CHECK(n.size() == 2);
  CHECK(n.number(1) == -5);
  CHECK(n.text(1) == "-5");
  CHECK(n.find("30") == 0);
  CHECK(n.find_number(-5) == 1);
  CHECK(n.find("030") == std::nullopt);
  n.check();
  const auto t = two_texts.view();
  CHECK_FALSE(t.numeric());
  CHECK(t.bytes(1) == "ab");
  CHECK(t.text(0) == "b");
  CHECK(t.find("ab") == 1);
  CHECK(t.find("a") == std::nullopt);
  CHECK(t.find_number(7) == std::nullopt);
  t.check();
  const ciess::id_view none;
  CHECK(none.size() == 0);
  CHECK(none.find("1") == std::nullopt);
  none.check();
}

TEST_CASE("id_view shows an id_map", "[data]") {
  const ciess::id_map ids(std::vector<std::string>{"b", "", std::string("\0\xff", 2), "a"});
  const auto view = ids.view();
  view.check();
  for (ciess::row_id r = 0; r < 4; ++r) {
    CHECK(view.text(r) == ids.text(r));
    CHECK(view.find(ids.text(r)) == r);
  }
}

TEST_CASE("id_view refuses parts that do not fit each other", "[data]") {
  spoilt s = two_numbers;
  s.order = {0};
  CHECK_THROWS_WITH(s.view(), "id_view: 1 rows in order, 2 numbers, 0 texts");
  s = two_numbers;
  s.bytes = "x";
  CHECK_THROWS_AS(s.view(), ciess::data_error);
  s = two_texts;
  s.ends = {1, 2, 3};
  CHECK_THROWS_AS(s.view(), ciess::data_error);
  s = two_texts;
  s.numbers = {1, 2};
  CHECK_THROWS_AS(s.view(), ciess::data_error);
}

TEST_CASE("id_view reads nothing that is not there, and check finds what is wrong", "[data]") {
  spoilt s = two_numbers;
  s.order = {0, 2};
  CHECK_THROWS_WITH(s.view().check(), "id_view: row 2 of 2 in the order of ids");
  CHECK_THROWS_AS(s.view().find("31"), ciess::data_error);
  s.order = {-1, 0};
  CHECK_THROWS_AS(s.view().find("0"), ciess::data_error);
  s.order = {0, 1};
  CHECK_THROWS_WITH(s.view().check(), ContainsSubstring("the id of row 1 is not larger than that "
                                                        "of row 0"));
  s.order = {1, 1};
  CHECK_THROWS_AS(s.view().check(), ciess::data_error);

  s = two_texts;
  s.ends = {1, 4};
  CHECK_THROWS_WITH(s.view().bytes(1), "id_view: the id of row 1 would have bytes 1 to 4 of 3");
  CHECK_THROWS_AS(s.view().find("ab"), ciess::data_error);
  CHECK_THROWS_WITH(s.view().check(), "id_view: ids have 4 bytes, but there are 3");
  s.ends = {4, 3};
  CHECK_THROWS_AS(s.view().bytes(1), ciess::data_error);
  CHECK_THROWS_AS(s.view().check(), ciess::data_error);
  s.ends = {1, 2};
  CHECK(s.view().text(1) == "a");
  CHECK_THROWS_WITH(s.view().check(), "id_view: ids have 2 bytes, but there are 3");
}
