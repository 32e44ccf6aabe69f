// SPDX-License-Identifier: MIT
#include <ciess/data/detail/columns.hpp>
// its own header first
#include <string>

#include "support/catch.hpp"

namespace {

using ciess::column;
using ciess::data_format;
using ciess::read_options;
using role = ciess::column_role;
using yes_or_no = ciess::header_line;

/// "user item rating label time weight", a number from 0 each or -, and h if there is a header; or
/// what is complained about.
std::string columns_of(const std::string& text, const read_options& o = {},
                       data_format format = data_format::delimited) {
  const ciess::detail::source file{"s", text};
  const ciess::detail::sample some(file, {.delimiter = ","});
  try {
    const ciess::detail::column_finder f(file, 7, o, format, some.records(), {});
    std::string all;
    for (const auto& at : f.at()) all += at ? std::to_string(*at) : "-";
    return all + (f.header_in_data() ? "h" : "") + (f.notes().empty() ? "" : " told");
  } catch (const ciess::data_error& e) {
    return e.what();
  }
}

std::string lines(int n, int users, const std::string& middle, int others) {
  std::string text;
  for (int k = 0; k < n; ++k)
    text += std::to_string(k % users) + middle + std::to_string(k % others) + '\n';
  return text;
}

}  // namespace

TEST_CASE("a header has usual names, or names above numbers", "[data]") {
  CHECK(columns_of("user,item\na,b\n") == "01----h");
  CHECK(columns_of("item,x,user,rating,label,timestamp\n1,2,3,4,1,6\n") == "20345-h");
  CHECK(columns_of("who,which\n1,2\n", {.user = 0, .item = 1}) == "01----h");
  CHECK_THAT(columns_of("who,which\n1,2\n"),
             ContainsSubstring("s:7: which columns are users and items cannot be told from the "
                               "names 'who', 'which': name them (--user, --item), or --header no"));
  CHECK_THAT(columns_of("user,which\n1,2\n"), ContainsSubstring("which columns are items"));
  CHECK_THAT(columns_of("item,which\na,b\n"), ContainsSubstring("which columns are users"));
  CHECK(columns_of("ann,book\nbob,book\n", {.header = yes_or_no::no}) == "01----");
  CHECK(columns_of("ann,tea\nbob,milk\n") == "01---- told");
  CHECK(columns_of("ann,book\nbob,film\n") == "01---- told");  // both are words for items: data
  CHECK_THAT(columns_of("buyer,tea\nbob,milk\n", {.user = 0, .item = 1}),
             ContainsSubstring("names or data: 'buyer', 'tea'? name it (--header yes or no)"));
  CHECK(columns_of("1,2\n3,4\n") == "01----");
  CHECK(columns_of("a,b\n", {.user = "b", .item = "a", .header = yes_or_no::yes}) == "10----h");
  CHECK(columns_of("user,item\n1,2\n", {.header = yes_or_no::no}) == "01----");
  CHECK(columns_of("a:token,b:token\n1,2\n", {.user = "a", .item = "b:token"},
                   data_format::inter) == "01----h");
  CHECK_THAT(columns_of("", {}), ContainsSubstring("s:7: expected interactions, got no line"));
  CHECK_THAT(columns_of("a\nb\n"), ContainsSubstring("got one field: 'a'"));
}

TEST_CASE("a blank first name and numbers instead of names are asked about", "[data]") {
  CHECK_THAT(columns_of(",a,b\n0,x,y\n"), ContainsSubstring("s:7: begins with an empty field"));
  CHECK_THAT(columns_of(",0,1\n0,5,6\n"), ContainsSubstring("s:7: begins with an empty field"));
  CHECK(columns_of(",user,item\n0,5,6\n") == "12----h");
  CHECK(columns_of(",5,6\n,7,8\n", {.user = 1, .item = 2}) == "12----");
  CHECK_THAT(columns_of("0,1,2\n7,8,9\n"),
             ContainsSubstring("numbers of columns instead of names"));
  CHECK(columns_of("0,1,2\n7,8,9\n", {.format = data_format::delimited}) == "012---");
}

TEST_CASE("columns that are asked for are there", "[data]") {
  const std::string text = "when,what,who\n7,2,1\n8,3,1\n";
  CHECK(columns_of(text, {.user = "who", .item = "what"}) == "21----h");
  CHECK(columns_of(text, {.user = 2, .item = 1, .time = 0}) == "21--0-h");
  CHECK_THAT(columns_of(text, {.user = "whom", .item = "what"}),
             ContainsSubstring("s:7: expected a column named 'whom' for user, got 'when', 'what'"));
  CHECK_THAT(columns_of(text, {.user = "who", .header = yes_or_no::no}),
             ContainsSubstring("a file that is read without header"));
  CHECK_THAT(columns_of(text, {.user = 2, .item = 3}),
             ContainsSubstring("expected item in column 4 (the first is 1), got 3 fields"));
  CHECK_THROWS_AS(columns_of(text, {.user = 1, .item = 1}), ciess::argument_error);
  CHECK_THROWS_AS(columns_of(text, {.user = 1, .item = 2, .weight = 1}), ciess::argument_error);
  CHECK_THROWS_AS(columns_of(text, {.user = column::none(), .item = 2}), ciess::argument_error);
  CHECK_THAT(
      columns_of("1,2,x\n", {.min_rating = 3}),
      ContainsSubstring("expected a column with ratings") && ContainsSubstring("(--rating)"));
  CHECK_THAT(columns_of("1,2,x\n", {.positive_label = "x"}), ContainsSubstring("(--label)"));
  CHECK_THAT(columns_of("1,2,x\n", {.times = true}), ContainsSubstring("(--time)"));
  CHECK(columns_of("1,2,5\n", {.min_rating = 3, .rating = 2}) == "012---");
}

TEST_CASE("several columns of one rank are asked about if they are needed", "[data]") {
  const std::string text = "user,song_id,artist_id,score,stars,date,time\n1,2,3,4,5,6,7\n";
  CHECK_THAT(columns_of(text), ContainsSubstring("several columns could be the item: 'song_id', "
                                                 "'artist_id'; name it (--item)"));
  CHECK(columns_of(text, {.item = 1}) == "01----h");
  CHECK_THAT(columns_of(text, {.min_rating = 1, .item = 1}),
             ContainsSubstring("could be the rating: 'score', 'stars'; name it (--rating)"));
  CHECK_THAT(columns_of(text, {.item = 1, .times = true}),
             ContainsSubstring("could be the time: 'date', 'time'; name it (--time)"));
  CHECK_THAT(columns_of("user,item,click,clicked\n1,2,1,0\n"),
             ContainsSubstring("could be the label"));
  CHECK(columns_of("user,item,label\n1,2,1\n", {.label = column::none()}) == "01----h");
}

TEST_CASE("without header the first two columns are users and items, if they can be", "[data]") {
  CHECK(columns_of("1,10,5,881250949\n2,11,4,881250950\n") == "012-3-");
  CHECK_THAT(columns_of("881250949,1,10\n881250950,2,11\n"),
             ContainsSubstring("column 1 holds times, for example '881250949'"));
  CHECK_THAT(columns_of("1,4.5,10\n2,3,11\n"), ContainsSubstring("column 2 holds fractions"));
  CHECK(columns_of("1,4.5,10\n2,3,11\n", {.user = 0, .item = 2}) == "02----");
  CHECK_THAT(columns_of("1,4.5,10\n2,3,11\n", {.user = 0}), ContainsSubstring("column 2 holds"));
  // Of 50 records: few numbers where items stand, five times as many beside.
  CHECK_THAT(columns_of(lines(50, 25, ",3,", 5)),
             ContainsSubstring("column 2 holds few different"));
  CHECK(columns_of(lines(49, 25, ",3,", 5)) == "012---");
  CHECK(columns_of(lines(50, 25, ",3,", 4)) == "012---");
  CHECK(columns_of("1,->,2\n1,->,3\n", {.format = data_format::delimited}) == "012---");
  CHECK(columns_of("1,2,x\n", {.rating = column::none()}, data_format::movielens) == "01----");
  CHECK(columns_of("1,2,5,9\n", {}, data_format::movielens) == "012-3-");
  CHECK(columns_of("1,2,5\n", {}, data_format::matrix_market) == "012---");
  CHECK(columns_of("1,2,5\n", {.rating = column::none()}, data_format::movielens) == "01----");
}

TEST_CASE("ids are no lists, drawn lines or quoted by single quotes", "[data]") {
  CHECK_THAT(columns_of("user,items\n1,2|3\n2,4\n"),
             ContainsSubstring("expected one item in each field of column 2, got '2|3'"));
  CHECK(columns_of("user,items\n1,2|3\n2,x\n") != columns_of("user,items\n1,2|3\n2,4\n"));
  CHECK_THAT(columns_of("user,item\n---,---\n1,2\n"), ContainsSubstring("s:8: expected data"));
  CHECK_THAT(columns_of("'a','b'\n'c','d'\n"), ContainsSubstring("(--quote)"));
  CHECK_THAT(columns_of("'a','b'\nc,'d'\n"), !ContainsSubstring("(--quote)"));
}
