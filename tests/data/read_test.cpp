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
  CHECK(pairs(read("1/2\n1/3\n", {.delimiter = '/'})) == "1:2 1:3");
  CHECK(pairs(read("1 5 3\n1 6 4\n")) == "1:5 1:6");  // the user comes again: not a list
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
  // Unusual names, but text above numbers.
  const auto guessed = read("who,which\n1,2\n1,3\n");
  CHECK(guessed.header);
  CHECK(pairs(guessed) == "1:2 1:3");
  CHECK(read("a,b,stars!\nx,y,5\n").header);
  // Text above text is data.
  const auto texts = read("ann,book\nbob,film\n");
  CHECK_FALSE(texts.header);
  CHECK(pairs(texts) == "ann:book bob:film");
  CHECK(pairs(read("ann,book,5\nbob,film,4\n")) == "ann:book bob:film");

  using enum ciess::header_line;
  CHECK(pairs(read("ann,book\nbob,film\n", {.header = yes})) == "bob:film");
  CHECK(pairs(read("user,item\nbob,film\n", {.header = no})) == "user:item bob:film");
  CHECK(pairs(read("7,1,2\n8,1,3\n", {.user = 1, .item = 2})) == "1:2 1:3");
  const std::string named = "when,what,who\n7,2,1\n8,3,1\n";
  CHECK(pairs(read(named, {.user = "who", .item = "what"})) == "1:2 1:3");
  CHECK_THAT(complaint(named, {.user = "whom", .item = "what"}),
             ContainsSubstring("file:1: expected a column named 'whom' for user"));
  CHECK_THAT(complaint(named, {.user = "who", .item = "what", .header = no}),
             ContainsSubstring("read without header"));
  CHECK_THAT(complaint(named, {.user = 3}), ContainsSubstring("column 3 (from 0), got 3 fields"));
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
  CHECK(pairs(read("\"1\" \"2 3\"\n\"1\" 4 \n")) == "1:2 3 1:4");  // between blanks
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
  CHECK_THAT(complaint("1 2 3 4 5\n", {.min_rating = 3}), ContainsSubstring("have no ratings"));
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
             ContainsSubstring("file:1: expected a header with a column user_id:token"));
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
  CHECK_THAT(complaint("1::2::3\n1::3::x\n"),
             ContainsSubstring("file:2: expected rating to be a number, got 'x'"));
  for (const char* rating : {"nan", "inf", "", "1e999", "4 stars", "0x5"})
    CHECK_THAT(complaint("1,2,3\n1,3," + std::string(rating) + "\n"),
               ContainsSubstring("file:2: expected rating to be a number"));
  CHECK_THAT(complaint("1,2,good\n", {.min_rating = 3}),
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
  CHECK_THAT(complaint("1 2 3 4 5\n2 3 x\n", numbers),
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

TEST_CASE("refuses reading options that make no sense", "[data]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(read("1,2,3\n", {.min_rating = nan}), ciess::argument_error);
  CHECK_THROWS_AS(read("1,2\n", {.delimiter = '\n'}), ciess::argument_error);
  CHECK_THROWS_AS(read("1,2\n", {.delimiter = '"'}), ciess::argument_error);
}

TEST_CASE("spoilt files are read or refused, never lost or crashed on", "[data]") {
  const std::string sound = GENERATE(
      "1::10::5::97\n2::11::4::98\n2::10::3::99\n", "user,item,rating\n\"a\",\"b\"\"c\",3\nd,e,4\n",
      "user_id:token\titem_id:token\n1\t2\n3\t4\n", "0 1 2 3 4 5\n1\n2 3 4\n");
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
