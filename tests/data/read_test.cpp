// SPDX-License-Identifier: MIT
#include <ciess/data/read.hpp>
// its own header first
#include <ciess/core/random.hpp>

#include <fstream>
#include <limits>
#include <sstream>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

using ciess::data_format;

ciess::loaded read(const std::string& text, const ciess::read_options& options = {},
                   const std::string& name = "file") {
  std::istringstream in(text);
  return ciess::read_interactions(in, name, options);
}

/// The pairs by their external ids, in row order: "1:10 1:20 2:10".
std::string pairs(const ciess::loaded& l) {
  std::string out;
  for (ciess::row_id u = 0; u < l.data.users(); ++u)
    for (const auto i : l.data.items_of(u))
      out += (out.empty() ? "" : " ") + l.users.text(u) + ":" + l.items.text(i);
  return out;
}

/// What reading complains about.
std::string complaint(const std::string& text, const ciess::read_options& options = {}) {
  try {
    (void)read(text, options);
  } catch (const ciess::data_error& e) {
    return e.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("reads MovieLens ratings", "[data]") {
  const auto l = read("3::20::5::978300760\n1::10::3::978302109\n3::10::4.5::978301968\n");
  CHECK(l.format == data_format::movielens);
  CHECK(l.delimiter == "::");
  CHECK_FALSE(l.header);
  CHECK(pairs(l) == "1:10 3:10 3:20");
  CHECK(l.lines == 3);
  CHECK(l.kept == 3);
  CHECK(l.users.numeric());
  CHECK(l.items.numeric());
  CHECK(pairs(read("1::2\n1::3\n")) == "1:2 1:3");  // no ratings
}

TEST_CASE("reads delimited text", "[data]") {
  const auto tabs = read("196\t242\t3\t881250949\n186\t302\t3\t891717742\n");
  CHECK(tabs.format == data_format::delimited);
  CHECK(tabs.delimiter == "\t");
  CHECK(pairs(tabs) == "186:302 196:242");
  CHECK(pairs(read("1,2\n1,3")) == "1:2 1:3");  // no line end at the end
  CHECK(read("1;2\n1;3").delimiter == ";");
  CHECK(read("1|2\n1|3").delimiter == "|");
  CHECK(read("1 2\n1  3").delimiter == " ");
  CHECK(pairs(read("1 2\n1 \t 3 ")) == "1:2 1:3");
  CHECK(pairs(read(" 1 , 2 \n1,\t3\n")) == "1:2 1:3");      // blanks around fields
  CHECK(pairs(read("\n1,2\n\n  \n1,3\n\n")) == "1:2 1:3");  // blank lines
  CHECK(read("\n1,2\n\n  \n1,3\n\n").lines == 2);
  CHECK(pairs(read("1,2\r\n1,3\r\n")) == "1:2 1:3");
  CHECK(pairs(read("\xEF\xBB\xBF"
                   "1,2\n1,3\n")) == "1:2 1:3");
  CHECK(pairs(read("1/2\n1/3\n", {.delimiter = "/"})) == "1:2 1:3");
  CHECK(pairs(read("1 5 3\n1 6 4\n", {.format = data_format::delimited})) == "1:5 1:6");
  CHECK(pairs(read("1 5 3.0\n2 6 4.0\n")) == "1:5 2:6");
}

TEST_CASE("finds or is told the header and the columns", "[data]") {
  const auto l = read("userId,movieId,rating,timestamp\n1,2,3.5,4\n1,3,4,5\n");
  CHECK(l.header);
  CHECK(l.lines == 2);
  CHECK(pairs(l) == "1:2 1:3");
  // By usual names, in any order.
  CHECK(pairs(read("\"Book-Rating\";\"ISBN\";\"User-ID\"\n0;\"034545104X\";276725\n")) ==
        "276725:034545104X");
  // Unusual names, but text above numbers: a header that does not say which is which.
  CHECK_THAT(complaint("who,which\n1,2\n1,3\n"),
             ContainsSubstring("file:1: which columns are users and items cannot be told from the "
                               "names 'who', 'which': name them (--user, --item)"));
  const auto guessed = read("who,which\n1,2\n1,3\n", {.user = 0, .item = 1});
  CHECK(guessed.header);
  CHECK(pairs(guessed) == "1:2 1:3");
  CHECK(read("a,b,stars!\nx,y,5\n", {.user = "a", .item = "b"}).header);
  // Text above text is data.
  const auto texts = read("ann,book\nbob,film\n");
  CHECK_FALSE(texts.header);
  CHECK(pairs(texts) == "ann:book bob:film");
  REQUIRE(texts.notes.size() == 1);
  CHECK_THAT(texts.notes[0], ContainsSubstring("'ann', 'book', is read as data: text above text"));
  CHECK(pairs(read("ann,book,5\nbob,film,4\n")) == "ann:book bob:film");

  using enum ciess::header_line;
  CHECK(pairs(read("ann,book\nbob,film\n", {.user = 0, .item = 1, .header = yes})) == "bob:film");
  CHECK(pairs(read("user,item\nbob,film\n", {.header = no})) == "user:item bob:film");
  CHECK(pairs(read("7,1,2\n8,1,3\n", {.user = 1, .item = 2})) == "1:2 1:3");
  const std::string named = "when,what,who\n7,2,1\n8,3,1\n";
  CHECK(pairs(read(named, {.user = "who", .item = "what"})) == "1:2 1:3");
  CHECK_THAT(complaint(named, {.user = "whom", .item = "what"}),
             ContainsSubstring("file:1: expected a column named 'whom' for user"));
  CHECK_THAT(complaint(named, {.user = "who", .item = "what", .header = no}),
             ContainsSubstring("read without header"));
  CHECK_THAT(complaint(named, {.user = 3}),
             ContainsSubstring("column 4 (the first is 1), got 3 fields"));
  CHECK_THROWS_AS(read(named, {.user = 1, .item = 1}), ciess::argument_error);
  CHECK_THROWS_AS(read(named, {.user = ciess::column::none()}), ciess::argument_error);
}

TEST_CASE("reads quoted fields", "[data]") {
  const auto l = read("user,item\n\"a,\"\"b\"\"\",\"two\nlines\"\n c ,\" d \"\r\n\"\"\"\",x\n");
  CHECK(l.header);
  CHECK(l.lines == 3);
  CHECK(l.users == ciess::id_map(std::vector<std::string>{"a,\"b\"", "c", "\""}));
  CHECK(l.items == ciess::id_map(std::vector<std::string>{"two\nlines", " d ", "x"}));
  CHECK(pairs(read("\"1\",\"2\"\n\"1\",\"3\"")) == "1:2 1:3");  // numbers in quotes are numbers
  CHECK(pairs(read("'1'\t'2'\n'1'\t'3'\n", {.quote = '\''})) == "1:2 1:3");
  CHECK(pairs(read("\"1\t2\n1\"\t3\n", {.quote = '\0'})) == "\"1:2 1\":3");
  CHECK(pairs(read("1,6\"\n1,a\"b\"\n")) == "1:6\" 1:a\"b\"");     // not at the start of a field
  CHECK(pairs(read("\"1\" \"2 x\"\n\"1\" 4 \n")) == "1:2 x 1:4");  // between blanks
}

TEST_CASE("reads adjacency lists", "[data]") {
  const auto l = read("5 1 2 3 4 9\n2\n5 9 10\n3 1\n");
  CHECK(l.format == data_format::adjacency);
  CHECK(pairs(l) == "3:1 5:1 5:2 5:3 5:4 5:9 5:10");
  CHECK(l.lines == 4);
  CHECK(l.kept == 7);
  CHECK(l.duplicates == 1);
  CHECK(l.empty_lists == 1);
  CHECK(l.users.find("2") == std::nullopt);  // nothing is known about that user
  CHECK(pairs(read("1 2 3\n", {.format = data_format::adjacency})) == "1:2 1:3");
  CHECK(pairs(read("a\tx y\nb\tx\n", {.format = data_format::adjacency})) == "a:x a:y b:x");
  CHECK_THAT(complaint("1 2 3\n2 3 4\n"), ContainsSubstring("name the format"));
  CHECK_THAT(complaint("1 2 3 4 5\n2 4\n3 4 6 7\n", {.min_rating = 3}),
             ContainsSubstring("have no ratings"));
  CHECK_THAT(complaint("1\n2\n", {.format = data_format::adjacency}),
             ContainsSubstring("no interaction in 2 lines"));
}

TEST_CASE("reads RecBole's atomic files", "[data]") {
  const std::string text =
      "timestamp:float\tuser_id:token\titem_id:token\trating:float\n"
      "1\tu 1\t\"x\"\t3.0\n2\tu 1\ty\t5\n";
  const auto l = read(text);
  CHECK(l.format == data_format::inter);
  CHECK(l.header);
  CHECK(pairs(l) == "u 1:\"x\" u 1:y");  // no quoting in this format
  CHECK(pairs(read(text, {.min_rating = 4})) == "u 1:y");
  CHECK(read("user_id\titem_id\n1\t2\n", {}, "a.inter").format == data_format::inter);
  CHECK(pairs(read("a:token\tb:token\n1\t2\n", {.user = "b", .item = "a:token"})) == "2:1");
  CHECK_THAT(complaint("a:token\tb:token\n1\t2\n"),
             ContainsSubstring("file:1: which columns are users and items cannot be told"));
}

TEST_CASE("keeps what is rated well enough and accounts for the rest", "[data]") {
  const std::string text = "1,10,5\n1,11,2\n1,10,4\n2,11,3.9\n1,10,1\n3,12,4\n";
  const auto l = read(text, {.min_rating = 4});
  CHECK(pairs(l) == "1:10 3:12");
  CHECK(l.lines == 6);
  CHECK(l.kept == 2);
  CHECK(l.duplicates == 1);
  CHECK(l.below_threshold == 3);
  CHECK(l.kept + l.duplicates + l.below_threshold == l.lines);
  CHECK(l.users.find("2") == std::nullopt);
  const auto all = read(text);
  CHECK(all.kept == 4);
  CHECK(all.duplicates == 2);
  CHECK(pairs(read("5,1,10\n1,1,11\n", {.min_rating = 4, .user = 1, .item = 2, .rating = 0})) ==
        "1:10");
  CHECK(pairs(read("1,10,good\n1,11,bad\n")) == "1:10 1:11");  // no ratings, no matter
  CHECK(pairs(read("1,10,5\n1,11,bad\n")) == "1:10 1:11");
  CHECK(pairs(read("1,10,5\n1,11,bad\n", {.rating = ciess::column::none()})) == "1:10 1:11");
}

TEST_CASE("rows come in ascending order of integers, or as texts appear", "[data]") {
  const auto l = read("9,x\n-3,b\n10,x\n9,a\n");
  CHECK(l.users.numeric());
  CHECK_FALSE(l.items.numeric());
  CHECK(l.users == ciess::id_map(std::vector<std::int64_t>{-3, 9, 10}));
  CHECK(l.items == ciess::id_map(std::vector<std::string>{"x", "b", "a"}));
  // One id that is no plain integer makes all of that side text.
  const auto mixed = read("9,1\n3,1\n9,2\n03,1\n");
  CHECK(mixed.users == ciess::id_map(std::vector<std::string>{"9", "3", "03"}));
  CHECK(pairs(mixed) == "9:1 9:2 3:1 03:1");
  // Unless numbers are asked for.
  CHECK(pairs(read("9,1\n3,1\n03,2\n", {.numeric_ids = true})) == "3:1 3:2 9:1");
  // Far apart, too.
  const auto far = read("9223372036854775807,1\n-9223372036854775808,1\n5,1\n5,2\n");
  CHECK(far.users.numeric());
  CHECK(pairs(far) == "-9223372036854775808:1 5:1 5:2 9223372036854775807:1");
}

TEST_CASE("complains about bad content by file and line", "[data]") {
  CHECK(complaint("") == "file: expected interactions, got an empty file");
  CHECK(complaint("\xEF\xBB\xBF\r\n \n") == "file: expected interactions, got an empty file");
  CHECK_THAT(complaint("1::2::3\n5\n"),
             ContainsSubstring("file:2: expected 3 fields") && ContainsSubstring("got 1"));
  CHECK_THAT(complaint("1,2\n\n3\n"), ContainsSubstring("file:3: expected 2 fields"));
  CHECK_THAT(complaint("1\t2\t3\n4\n"), ContainsSubstring("file:2: expected 3 fields"));
  CHECK_THAT(complaint("1 2 3\n4\n1 5 6\n1 7 8\n"), ContainsSubstring("file:2: expected 3 fields"));
  CHECK_THAT(complaint("1,2\n3,4,5\n"), ContainsSubstring("file:2: expected 2 fields"));
  CHECK_THAT(complaint("12\n13\n"), ContainsSubstring("file:1: expected at least a user and an "
                                                      "item, got one field: '12'"));
  CHECK_THAT(complaint("12\n"), ContainsSubstring("got one field"));
  CHECK_THAT(complaint("1,\n"), ContainsSubstring("file:1: expected item id, got an empty field"));
  CHECK_THAT(complaint("user,item\n1,2\n,3\n"),
             ContainsSubstring("file:3: expected user id, got an empty field"));
  CHECK_THAT(complaint("1::2::3\n1::3::x\n", {.min_rating = 1}),
             ContainsSubstring("file:2: expected rating to be a number, got 'x'"));
  for (const char* rating : {"nan", "inf", "", "1e999", "4 stars", "0x5"})
    CHECK_THAT(
        complaint("1,2,3\n1,3," + std::string(rating) + "\n", {.min_rating = 1, .rating = 2}),
        ContainsSubstring("file:2: expected rating to be a number"));
  CHECK_THAT(complaint("1,2,good\n", {.min_rating = 3, .rating = 2}),
             ContainsSubstring("file:1: expected rating to be a number, got 'good'"));
  CHECK_THAT(complaint("1,2\n", {.min_rating = 3}),
             ContainsSubstring("expected a column with ratings"));
  CHECK_THAT(complaint("1,2,3\n1,5,2\n", {.min_rating = 4}),
             ContainsSubstring("no interaction left: all 2 are rated below 4"));
  CHECK_THAT(complaint("user,item\n"), ContainsSubstring("no interaction in 0 lines"));
  CHECK_THAT(complaint("1,2\n\"3,4\n5,6\n"),
             ContainsSubstring("file:2: expected a closing quote, got the end of the file"));
  CHECK_THAT(complaint("1,2\n\"3\"x,4\n"),
             ContainsSubstring("file:2: expected a delimiter after a closing quote, got 'x,4'"));
  CHECK_THAT(complaint(std::string("1,2\n1,\0\n", 8)), ContainsSubstring("file:2: expected text"));
  CHECK_THAT(complaint("1,2\r1,3\r"), ContainsSubstring("CR alone"));

  const ciess::read_options numbers{.numeric_ids = true};
  CHECK_THAT(complaint("1,2\nx,3\n", numbers),
             ContainsSubstring("file:2: expected user id to be an integer of 64 bits, got 'x'"));
  CHECK_THAT(complaint("1,2\n3,99999999999999999999\n", numbers),
             ContainsSubstring("file:2: expected item id to be an integer"));
  CHECK_THAT(
      complaint("1 2 3 4 5\n2 3 x\n", {.format = data_format::adjacency, .numeric_ids = true}),
      ContainsSubstring("file:2: expected item id to be an integer of 64 bits, got 'x'"));
  CHECK_THAT(complaint("1,2\n" + std::string(100, 'x') + ",1\n", numbers),
             ContainsSubstring(std::string(40, 'x') + "...'"));
}

TEST_CASE("line numbers count the lines inside quotes", "[data]") {
  CHECK_THAT(complaint("\"a\nb\nc\",2\n1\n"), ContainsSubstring("file:4: expected 2 fields"));
}

TEST_CASE("loads files, and says why it cannot", "[data]") {
  const temporary_directory dir;
  const auto path = dir.path() / "ratings.csv";
  std::ofstream(path) << "1,2\n3,4\n";
  CHECK(pairs(ciess::load_interactions(path)) == "1:2 3:4");
  std::ofstream(path, std::ios::app) << "5\n";
  CHECK_THROWS_WITH(ciess::load_interactions(path),
                    ContainsSubstring("ratings.csv:3: expected 2 fields"));
  CHECK_THROWS_AS(ciess::load_interactions(dir.path() / "missing"), ciess::io_error);
  CHECK_THROWS_WITH(ciess::load_interactions(dir.path() / "missing"),
                    ContainsSubstring("missing: cannot open: No such file or directory"));
  CHECK_THROWS_AS(ciess::load_interactions(dir.path()), ciess::io_error);
  CHECK_THROWS_WITH(ciess::load_interactions(dir.path()), ContainsSubstring("got a directory"));
  std::ofstream(path, std::ios::trunc) << "";
  CHECK_THROWS_WITH(ciess::load_interactions(path),
                    ContainsSubstring("ratings.csv: ") && ContainsSubstring("empty file"));
  std::istringstream failed("1,2\n");
  failed.setstate(std::ios::failbit);
  CHECK_THROWS_AS(ciess::read_interactions(failed, "stream"), ciess::io_error);
}

TEST_CASE("a file without a line of data is refused", "[data]") {
  using enum ciess::header_line;
  for (const auto h : {automatic, yes, no}) {
    CHECK_THAT(complaint("#a,b\n#c,d\n", {.header = h, .comment = '#'}),
               ContainsSubstring("got no line with data"));
    CHECK_THAT(complaint("%%MatrixMarket matrix coordinate real general\n2 2 0\n", {.header = h}),
               ContainsSubstring("got no line with data"));
  }
  CHECK_THAT(complaint("#a:token\tb:token\n", {.format = data_format::inter, .comment = '#'}),
             ContainsSubstring("got no line with data"));
  CHECK_THAT(complaint("user_id,item_id\n"), ContainsSubstring("no interaction in 0 lines"));
}

TEST_CASE("refuses reading options that make no sense", "[data]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(read("1,2,3\n", {.min_rating = nan}), ciess::argument_error);
  CHECK_THROWS_AS(read("1,2\n", {.delimiter = "\n"}), ciess::argument_error);
  CHECK_THROWS_AS(read("1,2\n", {.delimiter = "\"", .quote = '"'}), ciess::argument_error);
}

TEST_CASE("a table is not read as lists, nor lists as a table", "[data]") {
  const std::string names = "user_id\titem_id\trating\ttimestamp\tdevice\n";
  const auto l = read(names + "1\t10\t5\t111\tx\n1\t11\t4\t112\tx\n2\t10\t3\t113\tx\n");
  CHECK(l.format == data_format::delimited);
  CHECK(l.header);
  CHECK(pairs(l) == "1:10 1:11 2:10");
  CHECK_THAT(complaint("user_id\titem_id\trating\ttimestamp\n1\t10\t5\t111\n1\t11\t4\n"),
             ContainsSubstring("file:3: expected 4 fields like the first line, got 3"));
  CHECK_THAT(complaint("1\t10\t5\n1\t11\n2\t10\t3\n"),
             ContainsSubstring("file:2: expected 3 fields like the first line, got 2: a damaged"));
  // Without header: a table by what a column holds.
  CHECK(pairs(read("1\t10\t5\t881250949\n1\t11\t4\t881250950\n")) == "1:10 1:11");
  CHECK(pairs(read("1 10 4.5\n1 11 3\n2 10 2\n")) == "1:10 1:11 2:10");
  CHECK(pairs(read("1 10 free\n1 11 free\n2 10 paid\n")) == "1:10 1:11 2:10");
  CHECK(pairs(read("ann x 5\nann y 4\nbob x 3\n")) == "ann:x ann:y bob:x");
  std::string ratings, expected;
  for (int k = 0; k < 12; ++k) {
    ratings += std::to_string(k / 3) + ' ' + std::to_string(100 + k) + ' ' +
               std::to_string(k % 5 + 1) + '\n';
    expected += (k ? " " : "") + std::to_string(k / 3) + ':' + std::to_string(100 + k);
  }
  CHECK(pairs(read(ratings)) == expected);
  // Lists all of one length, and users who come once.
  for (const char* text : {"1 10 11\n2 12 13\n3 10 14\n", "1 10 11 12\n2 12 13 14\n",
                           "1 2 3 4 5\n2 3 4 5 6\n", "1\t10\t11\n2\t12\t13\n", "1 2 3\n"}) {
    CHECK_THAT(complaint(text), ContainsSubstring("name the format, `delimited` or `adjacency`"));
    CHECK(read(text, {.format = data_format::adjacency}).format == data_format::adjacency);
  }
  // Two fields a line are the same pairs either way.
  CHECK(pairs(read("1 10\n2 12\n3 10\n")) == "1:10 2:12 3:10");
  // A tab after the user, blanks between the items.
  CHECK(pairs(read("1\t10 11 12 13\n2\t10\n3\t12 14\n")) == "1:10 1:11 1:12 1:13 2:10 3:12 3:14");
  CHECK_THAT(complaint("1,10 11 12\n2,10\n"), ContainsSubstring("one id, or a list?"));
  CHECK(pairs(read("1,10 11\n2,10\n", {.format = data_format::delimited})) == "1:10 11 2:10");
  CHECK(pairs(read("1,10,11\n2,10\n", {.format = data_format::adjacency, .delimiter = ","})) ==
        "1:10 1:11 2:10");
}

TEST_CASE("quotes that are part of the text swallow nothing", "[data]") {
  const std::string tabs = "1\t10\t\"Heroes\n1\t11\tx\n1\t12\ty\n2\t11\tHeroes\"\n3\t10\tplain\n";
  CHECK(pairs(read(tabs)) == "1:10 1:11 1:12 2:11 3:10");
  std::string commas = tabs;
  std::ranges::replace(commas, '\t', ',');
  CHECK_THAT(complaint(commas),
             ContainsSubstring("file:1: a quoted field runs from here to line 4, over lines that "
                               "would be records of 3 fields"));
  CHECK(pairs(read(commas, {.quote = '\0'})) == "1:10 1:11 1:12 2:11 3:10");
  CHECK(pairs(read(commas, {.quote = '"'})) == "1:10 3:10");
  CHECK(pairs(read("1\t\"Weird\" Al\n2\t\"b\"\n3\t\"c\"\"d\"\n4\t\"\n5\t\"a\"b\"\n")) ==
        "1:\"Weird\" Al 2:b 3:c\"d 4:\" 5:\"a\"b\"");
  CHECK_THAT(
      complaint("1,\"Weird\" Al\n"),
      ContainsSubstring("file:1: expected a delimiter after a closing quote, got 'Al'; where "
                        "quotes are part of the text: `quote` none (--quote)"));
  CHECK(pairs(read("1,\"Weird\" Al\n2,x\n", {.quote = '\0'})) == "1:\"Weird\" Al 2:x");
  CHECK_THAT(complaint("1,\"2\n3,4\n"), ContainsSubstring("file:1: expected a closing quote"));
  // A long text is told; lines that are no records are not suspicious.
  const auto l = read("user,item,text\n1,2,\"a\nb\n\nc\"\n1,3,\"d\"\n");
  CHECK(pairs(l) == "1:2 1:3");
  REQUIRE(l.notes.size() == 1);
  CHECK_THAT(l.notes[0], ContainsSubstring("runs over several lines, 4 from line 2 on"));
}

TEST_CASE("comments are no data, and ids are no comments", "[data]") {
  const auto l = read("# made by hand\n#\n%% twice\n1,2\n1,3\n");
  CHECK(pairs(l) == "1:2 1:3");
  CHECK(l.comments == 3);
  CHECK(l.lines == 2);
  CHECK(pairs(read("#a comment without blank\n1,2,3\n1,3,4\n")) == "1:2 1:3");
  CHECK_THAT(complaint("#ann,2\n#bob,3\n"), ContainsSubstring("all lines begin with '#'"));
  CHECK_THAT(complaint("#ann,2\nbob,3\n"),
             ContainsSubstring("file:1: begins with '#' and is as long as a record"));
  CHECK_THAT(complaint("ann,2\n#bob,3\n"),
             ContainsSubstring("file:2: begins with '#': a comment or an id?"));
  CHECK(pairs(read("#ann,2\nbob,3\n", {.comment = '\0'})) == "#ann:2 bob:3");
  CHECK(pairs(read("#ann,2\nbob,3\n#x,y\n", {.comment = '#'})) == "bob:3");
  CHECK(read("#ann,2\nbob,3\n#x,y\n", {.comment = '#'}).comments == 2);
  CHECK(pairs(read("//x\n1,2\n/y,7\n", {.comment = '/'})) == "1:2");
  // A header in a comment says which column is which.
  const auto swapped = read("# item_id user_id\n10 1\n11 1\n");
  CHECK(swapped.header);
  CHECK(swapped.comments == 0);
  CHECK(pairs(swapped) == "1:10 1:11");
  CHECK_THAT(complaint("# item_id who\n10 1\n11 1\n"),
             ContainsSubstring("a header of which only the items are known?"));
  CHECK_THAT(complaint("#foo 1 2\n1 2 3 4\n2 3\n5 6 7\n"), ContainsSubstring("as long as a"));
}

TEST_CASE("reads MatrixMarket's coordinates", "[data]") {
  const std::string banner = "%%MatrixMarket matrix coordinate integer general\n% made by hand\n";
  const auto l = read(banner + "3 20 4\n1 10 5\n1 11 2\n2 10 4\n3 20 1\n");
  CHECK(l.format == data_format::matrix_market);
  CHECK(pairs(l) == "1:10 1:11 2:10 3:20");
  CHECK(l.comments == 1);
  CHECK(l.lines == 4);
  CHECK(pairs(read(banner + "3 20 4\n1 10 5\n1 11 2\n2 10 4\n3 20 1\n", {.min_rating = 4})) ==
        "1:10 2:10");
  CHECK(pairs(read("%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 1\n2 2")) ==
        "1:1 2:2");
  CHECK_THAT(complaint(banner + "3 20 5\n1 10 5\n"),
             ContainsSubstring("file: expected 5 entries, as its line of counts says, got 1"));
  CHECK_THAT(complaint(banner + "3 20 1\n4 10 5\n"),
             ContainsSubstring("file:4: expected a row in [1, 3], got '4'"));
  CHECK_THAT(complaint(banner + "3 20 1\n1 0 5\n"), ContainsSubstring("column in [1, 20]"));
  CHECK_THAT(complaint(banner + "3 20\n1 1 5\n"),
             ContainsSubstring("file:3: expected the numbers"));
  CHECK_THAT(complaint("%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n"),
             ContainsSubstring("file:1: expected `%%MatrixMarket matrix coordinate") &&
                 ContainsSubstring("got '%%MatrixMarket matrix array"));
  CHECK(pairs(read("%%matrixmarket Matrix Coordinate Real General\r\n2 2 1\r\n1 2 5\r\n")) ==
        "1:2");
  CHECK_THAT(complaint("%%MatrixMarket matrix coordinate real symmetric\n2 2 1\n1 1 1\n"),
             ContainsSubstring("general"));
  CHECK_THAT(complaint("1 2\n", {.format = data_format::matrix_market}),
             ContainsSubstring("expected `%%MatrixMarket"));
}

TEST_CASE("what a label says did not happen is left out", "[data]") {
  const auto l = read("user_id,item_id,label\n1,10,1\n1,11,0\n2,10,0.0\n2,12,1\n");
  CHECK(pairs(l) == "1:10 2:12");
  CHECK(l.negatives == 2);
  CHECK(l.lines == 4);
  const auto atomic = read("user_id:token\titem_id:token\tlabel:float\n1\t10\t1.0\n1\t11\t0.0\n");
  CHECK(pairs(atomic) == "1:10");
  CHECK(atomic.negatives == 1);
  const std::string words = "user,item,action,label\n1,10,buy,3\n1,11,view,2\n2,10,buy,1\n";
  CHECK_THAT(complaint(words), ContainsSubstring("file:2: expected a label of 0 or 1, got '3'"));
  CHECK(read(words, {.label = ciess::column::none()}).kept == 3);
  CHECK(pairs(read(words, {.label = "action", .positive_label = "buy"})) == "1:10 2:10");
  CHECK(pairs(read(words, {.positive_label = "2.0"})) == "1:11");
  CHECK_THAT(complaint("user,item,label\n1,10,0\n"),
             ContainsSubstring("no interaction left: 0 rated too low, 1 with a label"));
  CHECK_THAT(complaint("1,10\n", {.positive_label = "2"}), ContainsSubstring("name it (--label)"));
  // Ratings that may be labels, or nothing, are told.
  const auto zeros = read("user,item,rating\n1,10,0\n1,11,1\n2,10,1\n");
  CHECK(zeros.kept == 3);
  REQUIRE(zeros.notes.size() == 1);
  CHECK_THAT(zeros.notes[0], ContainsSubstring("1 of 3 ratings are 0, and count as interactions"));
  const auto equal = read("user,item,rating\n1,10,1\n1,11,1\n2,10,1\n");
  REQUIRE(equal.notes.size() == 1);
  CHECK_THAT(equal.notes[0], ContainsSubstring("all ratings are 1"));
  CHECK(read("user,item,rating\n1,10,1\n1,11,2\n").notes.empty());
}

TEST_CASE("ratings to keep by are ratings", "[data]") {
  const ciess::read_options rated{.min_rating = 4};
  CHECK_THAT(complaint("user,item,timestamp\n1,10,881250949\n1,11,881250950\n", rated),
             ContainsSubstring("expected a column with ratings"));
  CHECK_THAT(complaint("1,10,881250949\n1,11,881250950\n", rated),
             ContainsSubstring("expected a column with ratings"));
  CHECK_THAT(complaint("user,item,score,rating\n1,10,1,5\n", rated), ContainsSubstring("none"));
  CHECK_THAT(complaint("user,item,score,stars\n1,10,1,5\n", rated),
             ContainsSubstring("several columns could be the rating: 'score', 'stars'"));
  CHECK(pairs(read("196\t242\t3\t881250949\n186\t302\t4\t891717742\n", rated)) == "186:302");
  CHECK(read("user,item,timestamp,rating\n1,10,881250949,5\n", rated).kept == 1);
}

TEST_CASE("columns are known by many names, or asked for", "[data]") {
  using role = ciess::column_role;
  CHECK(pairs(read("timestamp,visitorid,event,itemid,transactionid\n"
                   "1433221332117,257597,view,355908,\n1433224214164,992329,view,248676,\n")) ==
        "257597:355908 992329:248676");
  const auto l = read("Stars;Reviewer ID;ASIN;Unix-Review-Time\n5;a1;b1;1370000000\n");
  CHECK(pairs(l) == "a1:b1");
  CHECK(l.column(role::rating)->position == 0);
  CHECK(l.column(role::time)->name == "Unix-Review-Time");
  CHECK_FALSE(l.column(role::time)->used);
  for (const char* user : {"user", "USER_ID", "uid", "userId", "visitor", "customer_id", "Member",
                           "reviewerID", "user_idx", "client", "session_id"})
    for (const char* item : {"item", "ItemId", "iid", "movieId", "product_id", "Article", "sku",
                             "business_id", "track", "asin", "parent_asin", "isbn", "song_id"}) {
      const std::string names = std::string("when,") + item + ",stuff," + user;
      CHECK(pairs(read(names + "\nx,10,y,1\nz,11,y,1\n")) == "1:10 1:11");
    }
  CHECK_THAT(complaint("user_id,what\n1,2\n"),
             ContainsSubstring("which columns are items cannot be told from the names 'user_id', "
                               "'what': name them (--user, --item)"));
  // Decimal commas and other dates are no numbers, but no text either.
  CHECK_THAT(complaint("Kunde;Artikel;Bewertung\nK3;A35;2,5\nK4;A36;3,0\n"),
             ContainsSubstring("cannot be told from the names 'Kunde', 'Artikel', 'Bewertung'"));
  CHECK_THAT(complaint("acheteur,livre,jour\nann,x,07/11/2020\nbob,y,08/11/2020\n"),
             ContainsSubstring("cannot be told from the names 'acheteur'"));
  CHECK_THAT(complaint("buyer,what\nann,book\n"), ContainsSubstring("--header no if this is data"));
  CHECK_THAT(complaint("user_id,song_id,artist_id\n1,2,3\n"),
             ContainsSubstring("several columns could be the item: 'song_id', 'artist_id'"));
  CHECK(pairs(read("user_id,song_id,artist_id\n1,2,3\n", {.item = "artist_id"})) == "1:3");
  CHECK(pairs(read("user_id,title,item_id,product_id\n1,x,2,3\n")) == "1:2");  // the very word
  // Times and ratings where users and items usually stand.
  CHECK_THAT(complaint("881250949,1,10\n881250950,2,11\n"),
             ContainsSubstring("column 1 holds times, for example '881250949'"));
  CHECK_THAT(complaint("1,2014-01-02 03:04:05\n2,2014-01-02\n"), ContainsSubstring("holds times"));
  CHECK_THAT(complaint("4.5,1,10\n3,2,11\n"), ContainsSubstring("column 1 holds fractions"));
}

TEST_CASE("a column that nobody needs may hold anything", "[data]") {
  CHECK(pairs(read("user_id,item_id,price\n1,10,\n1,11,7\n2,10,n/a\n")) == "1:10 1:11 2:10");
  const auto l = read("user_id,item_id,rating\n1,10,\n1,11,7\n2,10,n/a\n");
  CHECK(l.kept == 3);
  REQUIRE(l.notes.size() == 1);
  CHECK_THAT(l.notes[0], ContainsSubstring("2 ratings are no numbers"));
}

TEST_CASE("the delimiter is certain or asked for", "[data]") {
  CHECK(pairs(read("2001:db8::1,a\n")) == "2001:db8::1:a");
  CHECK(pairs(read("2001:db8::1,a\n2001:db8::2,b\n")) == "2001:db8::1:a 2001:db8::2:b");
  CHECK(read("x::y\nx::z\n").delimiter == "::");
  CHECK(read("x::y\nx::z\n").format == data_format::delimited);
  CHECK(pairs(read("UserID::MovieID::Rating\n1::10::5\n")) == "1:10");
  CHECK(read("1::10::5,x\n2::11::4,y\n").format == data_format::movielens);
  CHECK_THAT(complaint("a::b,c\n"), ContainsSubstring("could be cut at ',' or '::': name the"));
  CHECK_THAT(complaint("a,b;c\nd,e;f\n"), ContainsSubstring("could be cut at ',' or ';'"));
  CHECK(pairs(read("a,b;c\nd,e;f\n", {.delimiter = ";"})) == "a,b:c d,e:f");
  CHECK(pairs(read("1;2;3,5\n1;3;4,0\n")) == "1:2 1:3");  // a decimal comma
  CHECK(pairs(read("Smith, J|1|x;y\nDoe|2|z\n")) == "Smith, J:1 Doe:2");
  CHECK(pairs(read("user_id|item_id\nSmith, J|1, x\n")) == "Smith, J:1, x");
  CHECK(pairs(read("1,2,2014-01-01 10:00:00\n1,3,2014-01-02 11:00:00\n")) == "1:2 1:3");
  CHECK(pairs(read("1, 2\n1, 3\n")) == "1:2 1:3");
  CHECK_THAT(complaint("1 2 3,5\n1 3 4,5\n"), ContainsSubstring("could be cut at ',' or blanks"));
  CHECK(pairs(read("ann lee,x\nbob,y\n")) == "ann lee:x bob:y");
  const std::string typed = "user_id:token,item_id:token,rating:float\n1,10,5\n";
  CHECK(read(typed, {}, "a.inter").delimiter == ",");
  CHECK(pairs(read(typed, {}, "a.inter")) == "1:10");
  CHECK(pairs(read("user_id:token item_id:token\n1 10\n", {}, "a.inter")) == "1:10");
  try {
    (void)read("who,what\n1,10\n", {}, "a.inter");
    FAIL("RecBole's file without types was read");
  } catch (const ciess::data_error& e) {
    CHECK_THAT(e.what(), ContainsSubstring("name the delimiter (--delimiter)"));
  }
}

TEST_CASE("interactions carry times and weights that are asked for", "[data]") {
  const std::string text =
      "user,item,count,date\n1,10,3,1970-01-02\n1,11,1,1970-01-01T00:00:01Z\n2,10,5,1970-01-03\n"
      "1,10,2,1970-01-01T00:00:02Z\n";
  const auto l = read(text, {.weight = "count", .times = true});
  REQUIRE(l.data.has_times());
  REQUIRE(l.data.has_weights());
  CHECK(std::vector(l.data.times().begin(), l.data.times().end()) ==
        std::vector<std::int64_t>{2000, 1000, 172'800'000});  // the earlier of two
  CHECK(std::vector(l.data.weights().begin(), l.data.weights().end()) ==
        std::vector<float>{5, 1, 5});  // their sum
  CHECK(l.time_range == std::pair<std::int64_t, std::int64_t>(1000, 172'800'000));
  CHECK_FALSE(read(text).data.has_times());
  CHECK_FALSE(read(text).data.has_weights());
  // Left out before it is looked at.
  CHECK(read("1,10,5,881250949\n1,11,1,881250950\n", {.min_rating = 3, .times = true})
            .data.times()[0] == 881'250'949'000);
  CHECK_THAT(complaint("1,2\n", {.times = true}), ContainsSubstring("name it (--time)"));
  CHECK_THAT(complaint("1,2,x\n", {.time = 2, .times = true}),
             ContainsSubstring("file:1: expected a time, seconds or milliseconds since 1970"));
  CHECK_THAT(complaint("1,2,881250949\n1,3,881250949000\n", {.time = 2, .times = true}),
             ContainsSubstring("file:2: expected a time in the unit of the lines above"));
  for (const char* weight : {"0", "-1", "nan", "x", "1e50"})
    CHECK_THAT(complaint(std::string("1,2,") + weight + "\n", {.weight = 2}),
               ContainsSubstring("file:1: expected a weight above 0"));
  CHECK_THAT(complaint("1 2 3 4\n2 3\n5 6 7\n", {.format = data_format::adjacency, .times = true}),
             ContainsSubstring("adjacency lists have no ratings, labels, times or weights"));
  CHECK_THROWS_AS(read("1,2,3\n", {.time = 1, .times = true}), ciess::argument_error);
}

TEST_CASE("line ends and encodings that are none of ours are named", "[data]") {
  CHECK_THAT(complaint("1,2\r1,3\r2,3\r\n"), ContainsSubstring("CR alone"));
  CHECK_THAT(complaint("1,2\r1,3\r2,3\n"), ContainsSubstring("CR alone"));
  CHECK(pairs(read("1,2\r\n1,3\r\n \r")) == "1:2 1:3");
  CHECK_THAT(complaint(std::string("\xFF\xFE"
                                   "1\0,\0"
                                   "2\0",
                                   8)),
             ContainsSubstring("UTF-16"));
  CHECK_THAT(complaint("\x1F\x8B\x08rest"), ContainsSubstring("compressed by gzip"));
}

TEST_CASE("spoilt files are read or refused, never lost or crashed on", "[data]") {
  const std::string sound = GENERATE(
      "1::10::5::97\n2::11::4::98\n2::10::3::99\n", "user,item,rating\n\"a\",\"b\"\"c\",3\nd,e,4\n",
      "user_id:token\titem_id:token\n1\t2\n3\t4\n", "0 1 2 3 4 5\n1\n2 3 4\n3 5\n4 1 2 3\n");
  const std::string spoilers("\0\n\r\t \",;:|x-.9\xEF\xFF", 17);
  int read_well = 0;
  for (std::uint64_t round = 0; round < 800; ++round) {
    auto engine = ciess::random_stream(9, ciess::purpose::user).at(round);
    std::string text = sound;
    for (std::uint32_t k = bounded(engine, 4) + 1; k > 0; --k) {
      const auto at = bounded(engine, static_cast<std::uint32_t>(text.size()));
      const char c = spoilers[bounded(engine, static_cast<std::uint32_t>(spoilers.size()))];
      switch (bounded(engine, 3)) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.resize(at + 1);
      }
    }
    try {
      const auto l = read(text);
      ++read_well;
      if (l.format != data_format::adjacency && l.kept + l.duplicates != l.lines) FAIL(text);
      if (l.kept != l.data.size() || l.users.size() != l.data.users()) FAIL(text);
    } catch (const ciess::error&) {
    }
  }
  CHECK(read_well > 50);
}
