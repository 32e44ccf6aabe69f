// SPDX-License-Identifier: MIT
#include <ciess/data/describe.hpp>
// its own header first
#include <ciess/data/read.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

std::string described(const std::string& text, const ciess::read_options& options = {}) {
  return ciess::describe(ciess::parse_interactions(text, "file", options));
}

}  // namespace

TEST_CASE("what was read is said in a line", "[data]") {
  CHECK(described("user_id\titem_id\trating\n196\t242\t3\n186\t302\t4\n196\t242\t5\n") ==
        "delimited at tabs, with header: user = user_id (column 1), item = item_id (column 2), "
        "rating = rating (column 3, not needed); first record '196', '242', '3'; 3 lines, 2 "
        "interactions; left out: 1 duplicates");
  CHECK(described("1::2::3::978300760\n", {.min_rating = 2, .times = true}) ==
        "movielens at '::', without header: user = column 1, item = column 2, rating = column 3, "
        "time = column 4; first record '1', '2', '3', '978300760'; 1 lines, 1 interactions, "
        "from 2000-12-31T22:12:40Z to 2000-12-31T22:12:40Z");
  CHECK(described("# x\n1 2 3\n2\n3 4 5 6\n") ==
        "adjacency at blanks; first record '1', '2', '3'; 3 lines, 5 interactions; left out: "
        "1 comments, 1 users without items");
  CHECK(described("%%MatrixMarket matrix coordinate pattern general\n2 2 1\n1 2\n") ==
        "matrix-market: user = column 1, item = column 2; first record '1', '2'; 1 lines, 1 "
        "interactions");
}

TEST_CASE("what was left out is told by reason", "[data]") {
  const std::string text = "user,item,rating,label\n1,2,5,1\n1,2,4,1\n1,3,1,1\n1,4,5,0\n";
  const auto l = ciess::parse_interactions(text, "file", {.min_rating = 3});
  using reasons = std::vector<std::pair<std::string, ciess::index_t>>;
  CHECK(ciess::left_out(l) ==
        reasons{{"duplicates", 1}, {"rated too low", 1}, {"label not positive", 1}});
  CHECK(ciess::left_out(ciess::read_account{}).empty());
}

TEST_CASE("of long records and long fields only the beginning is said", "[data]") {
  std::string text;
  for (int k = 0; k < 12; ++k) text += "c" + std::to_string(k) + "x,";
  const auto all = described("u7x,i7x," + text + "last\n", {.header = ciess::header_line::no});
  CHECK_THAT(all, ContainsSubstring("'c9x', ...; 1 lines") && !ContainsSubstring("c10x"));
  const auto twelve = described("a,b,c,d,e,f,g,h,i,j,k,l\n", {.header = ciess::header_line::no});
  CHECK_THAT(twelve, ContainsSubstring("'l'; 1 lines"));
  CHECK_THAT(described("1," + std::string(500, 'x') + "\n"),
             !ContainsSubstring(std::string(60, 'x')));
  // Nothing that a terminal obeys.
  CHECK_THAT(described("user \x1B[31m,item\n1,2\n", {.user = 0}), !ContainsSubstring("\x1B"));
  CHECK_THAT(described("1,\x1B[31mred\n2,b\n"), !ContainsSubstring("\x1B"));
}

TEST_CASE("an account that was never filled is described, too", "[data]") {
  CHECK(ciess::describe(ciess::read_account{}) ==
        "auto at '', without header; first record ; 0 lines, 0 interactions");
}
