// SPDX-License-Identifier: MIT
#include <ciess/data/detail/layout.hpp>
// its own header first
#include <string>

#include "support/catch.hpp"

namespace {

using ciess::data_format;

/// Format and delimiter, or what is complained about.
std::string layout_of(const std::string& text, const ciess::read_options& o = {},
                      const std::string& name = "s") {
  try {
    const ciess::detail::source file{name, text};
    const auto l = ciess::detail::find_layout(file, o);
    return std::string(to_string(l.format)) + " '" + l.how.delimiter + "'";
  } catch (const ciess::data_error& e) {
    return e.what();
  }
}

std::string lines(int n, const std::string& line) {
  std::string text;
  for (int k = 0; k < n; ++k) text += line + '\n';
  return text;
}

}  // namespace

TEST_CASE("the delimiter is the one at which all records are as long", "[data]") {
  CHECK(layout_of("1,2\n3,4\n") == "delimited ','");
  CHECK(layout_of("1;2\n3;4\n") == "delimited ';'");
  CHECK(layout_of("1|2\n3|4\n") == "delimited '|'");
  CHECK(layout_of("1\t2\n3\t4\n") == "delimited '\t'");
  CHECK(layout_of("1 2\n3 4\n") == "delimited ' '");
  CHECK(layout_of("a,b;c\nd;e\nf,g,h;i\n") == "delimited ';'");
  CHECK_THAT(layout_of("a,b;c\nd,e;f\n"), ContainsSubstring("s:1: could be cut at ',' or ';'") &&
                                              ContainsSubstring("(--delimiter)"));
  CHECK_THAT(layout_of("\n\na,b|c\nd,e|f\n"), ContainsSubstring("',' or '|'"));
  CHECK(layout_of("a,b;c\nd,e;f\n", {.delimiter = ","}) == "delimited ','");
  // Half of the records must have it.
  CHECK(layout_of("x,y z\ne f\ng h\n") == "delimited ' '");
}

TEST_CASE("a header with usual names decides between delimiters", "[data]") {
  CHECK(layout_of("user_id;item_id\na,b;c,d\ne,f;g,h\n") == "delimited ';'");
  CHECK(layout_of("item user\na,b c,d\n") == "delimited ' '");
  CHECK_THAT(layout_of("who;what\na,b;c,d\ne,f;g,h\n"), ContainsSubstring("could be cut"));
  CHECK(layout_of("who;what\na,b;c\ne;g,h\nx;y\n") == "delimited ';'");
  CHECK_THAT(layout_of("who,x;what\na,b;c\ne,f;g\n"), ContainsSubstring("could be cut"));
}

TEST_CASE("tabs come before others, unless they stand at their edges", "[data]") {
  CHECK(layout_of("1\ta,b,c\n2\td,e\n") == "delimited '\t'");
  CHECK(layout_of("1,\t2\n3,\t4\n") == "delimited ','");
  CHECK(layout_of("1 2\n3\t4\n5 6\n") == "delimited ' '");
  CHECK_THAT(layout_of("a\tb,c\nd\te\tf,g\n"), ContainsSubstring("could be cut at tabs or ','"));
  CHECK(layout_of("x,y\ta\nx,y\tb\n") == "delimited '\t'");
}

TEST_CASE("two colons separate integers, or may be part of an address", "[data]") {
  CHECK(layout_of("1::2::3\n") == "movielens '::'");
  CHECK(layout_of("1::2::a,b\n1::3::c,d\n") == "movielens '::'");
  CHECK(layout_of("a::b\nc::d\n") == "delimited '::'");
  CHECK(layout_of("1::F::1::10::48067\n2::M::56::16::70072\n") == "delimited '::'");
  CHECK(layout_of("1::2\n3::x\n") == "delimited '::'");
  CHECK(layout_of("2001:db8::1,a\n2001:db8::2,b\n") == "delimited ','");
  CHECK_THAT(layout_of("2001:db8::1 a\n2001:db8::2 b\n"), ContainsSubstring("--delimiter"));
  CHECK_THAT(layout_of("a::b,c\nd::e,f\n"), ContainsSubstring("could be cut at ',' or '::'"));
  CHECK(layout_of("a::b,c\n", {.format = data_format::movielens}) == "movielens '::'");
}

TEST_CASE("a comma may be a decimal one, and blanks may be delimiters", "[data]") {
  CHECK(layout_of("1;2;3,5\n1;3;4,0\n") == "delimited ';'");
  CHECK_THAT(layout_of("1;2;x,5\n1;3;y,0\n"), ContainsSubstring("could be cut"));
  CHECK_THAT(layout_of("1;2,5;3\n1;3,5;4\n"), ContainsSubstring("could be cut"));
  CHECK_THAT(layout_of("1 2 3,5\n1 3 4,5\n"), ContainsSubstring("',' or blanks"));
  CHECK(layout_of("ann lee,x\nbob,y\n") == "delimited ','");
  CHECK_THAT(layout_of("ann lee,x\nbob ray,y\n"), ContainsSubstring("',' or blanks"));
  CHECK(layout_of(lines(8, "ann lee,x")) == "delimited ','");
}

TEST_CASE("RecBole is known by types or its ending", "[data]") {
  CHECK(layout_of("a:token\tb:token\n1\t2\n") == "inter '\t'");
  CHECK(layout_of("a:token,b:float\n1,2\n") == "inter ','");
  CHECK(layout_of("a\tb\n1\t2\n", {}, "x.INTER") == "inter '\t'");
  CHECK(layout_of("a\tb\n1\t2\n", {.format = data_format::delimited}, "x.inter") ==
        "delimited '\t'");
  CHECK_THAT(layout_of("a,b\n1,2\n", {}, "x.inter"),
             ContainsSubstring("x.inter:1: expected RecBole's") && ContainsSubstring("--format"));
  CHECK_THAT(layout_of("a:token\n1\n", {.format = data_format::inter}),
             ContainsSubstring("got one field: 'a:token'"));
}

TEST_CASE("a table between blanks is certain by a column that lists would not have", "[data]") {
  CHECK(layout_of("1 2 3.0\n4 5 2.0\n") == "delimited ' '");              // fractions
  CHECK(layout_of("1 2 881250949\n4 5 881250950\n") == "delimited ' '");  // times
  CHECK(layout_of("1 2 x\n4 5 y\n6 7 z\n") == "delimited ' '");           // words beside numbers
  CHECK(layout_of("1 a 3\n4 b 5\n6 c 7\n") == "delimited ' '");
  CHECK(layout_of("1\t\t3\tx\n4\t5\t6\t\n") == "delimited '\t'");         // a hole
  CHECK(layout_of("who which when\n1 2 3\n2 3 4\n") == "delimited ' '");  // names above numbers
  CHECK(layout_of("user item x\na b c\n") == "delimited ' '");
  CHECK_THAT(layout_of("1 2 x\n4 5 y\n"), ContainsSubstring("name the format"));  // two lines
  std::string eight, seven;
  for (int k = 0; k < 8; ++k) {
    const auto line =
        std::to_string(k / 2) + " " + std::to_string(50 + k) + " " + std::to_string(k % 4) + "\n";
    eight += line;
    if (k < 7) seven += line;
  }
  CHECK(layout_of(eight) == "delimited ' '");  // few ratings of users who come again
  CHECK_THAT(layout_of(seven), ContainsSubstring("s:1: could begin a table of users, items and 1 "
                                                 "more, or lists of a user's items"));
  for (const auto f : {data_format::delimited, data_format::adjacency})
    CHECK(layout_of(seven, {.format = f}) == std::string(to_string(f)) + " ' '");
  CHECK(layout_of(seven, {.user = 0}) == "delimited ' '");  // columns are of tables
}

TEST_CASE("lists are certain by three lengths of which none is usual", "[data]") {
  CHECK(layout_of("1 2 3 4\n2 3\n3\n") == "adjacency ' '");
  CHECK(layout_of("1\t2 3 4\n2\t3\n3\t5 6\n") == "adjacency ' '");
  CHECK(layout_of("1\t2\t3\t4\n2\t3\n3\t5\t6\n") == "adjacency ' '");
  CHECK_THAT(layout_of("1 2 3\n2 3\n4 5 6\n"),
             ContainsSubstring("s:2: expected 3 fields like the first line, got 2: a damaged"));
  CHECK_THAT(layout_of(lines(7, "1 2 3") + "1 2\n1\n"), ContainsSubstring("s:8: expected 3"));
  CHECK(layout_of(lines(7, "1 2 3") + "1 2\n1\n9 8\n") == "adjacency ' '");  // three of ten
  CHECK_THAT(layout_of("1 2 3.5\n2 3\n3\n"), ContainsSubstring("a damaged table, or lists"));
  CHECK_THAT(layout_of("a word\nsome more words\nend\n"), ContainsSubstring("name the format"));
  CHECK(layout_of("u1 i2 i3 i4\nu2 i3\nu3\n") == "adjacency ' '");
  CHECK_THAT(layout_of("1,10 11 12\n2,10\n"), ContainsSubstring("one id, or a list?"));
}

TEST_CASE("integers between commas are a table or lists, too", "[data]") {
  for (const char* d : {",", ";", "|"}) {
    std::string text = "1,10,11,12\n2,13,14,15\n3,16,17,18\n4,19,20,21\n";
    std::ranges::replace(text, ',', d[0]);
    CHECK_THAT(layout_of(text), ContainsSubstring("s:1: could begin a table of users, items and 2 "
                                                  "more, or lists") &&
                                    ContainsSubstring("(--format)"));
    CHECK(layout_of(text, {.user = 0}) == "delimited '" + std::string(d) + "'");
  }
  for (const char* table :
       {"1,10,5\n1,11,2\n", "1,10,881250949,70\n2,11,881250950,71\n", "1,10,11.5\n2,13,14\n",
        "1,10,x\n2,13,14\n", "1,10,\n2,13,14\n", "1,10\n2,11\n", "u1,10,70\nu2,11,71\n",
        "user,item,x\n1,10,70\n", "who,which,x\n1,10,70\n"})
    CHECK(layout_of(table) == "delimited ','");
}

TEST_CASE("words with digits are ids, whatever comes again", "[data]") {
  CHECK_THAT(layout_of("u0\ta0 b0\nu1\ta0 b0\nu2\ta0 b0\nu3\ta0 b0\nu4\ta0 b0\n"),
             ContainsSubstring("one id, or a list?"));
  CHECK(layout_of("u0\tThe 4\nu1\tThe 4\nu2\tThe 4\nu3\tThe 4\nu4\tThe 4\n") == "delimited '\t'");
}

TEST_CASE("MatrixMarket is known by its first line", "[data]") {
  const std::string text = "%%MatrixMarket matrix coordinate real general\n%\n1 1 1\n1 1 1\n";
  CHECK(layout_of(text) == "matrix-market ' '");
  CHECK(layout_of("%%matrixmarket MATRIX coordinate real general\n1 1 1\n1 1 1\n") ==
        "matrix-market ' '");
  const ciess::detail::source file{"s", text};
  const auto l = ciess::detail::find_layout(file, {});
  CHECK(l.comments == 1);
  CHECK(l.how.line == 3);
  CHECK(file.bytes.substr(l.how.begin) == "1 1 1\n1 1 1\n");
  CHECK_THAT(layout_of("1 1\n", {.format = data_format::matrix_market}),
             ContainsSubstring("s:1: expected `%%MatrixMarket"));
}

TEST_CASE("comments stand above the data, and may hold its header", "[data]") {
  const auto comments = [](const std::string& text, const ciess::read_options& o = {}) {
    const ciess::detail::source file{"s", text};
    return ciess::detail::find_layout(file, o).comments;
  };
  CHECK(comments("# a b\n%% c d\n#\n1,2\n") == 3);
  CHECK(comments("#abc\n1,2\n") == 1);
  CHECK(comments("1,2\n3,4\n") == 0);
  CHECK(comments("# user_id,item_id\n1,2\n") == 0);
  CHECK(comments("# user_id,item_id\n1,2\n", {.header = ciess::header_line::no}) == 1);
  CHECK(comments("# user_id,item_id,more\n1,2\n") == 1);  // of another length
  CHECK_THAT(layout_of("#a,b\n1,2\n"), ContainsSubstring("s:1: begins with '#' and is as long as"));
  CHECK_THAT(layout_of("# user_id,what\n1,2\n"),
             ContainsSubstring("of which only the users are known?"));
  CHECK_THAT(layout_of("\n#a,b\n#c,d\n"), ContainsSubstring("s:2: all lines begin with '#'"));
  CHECK(layout_of("#a,b\n#c,d\n", {.comment = '\0'}) == "delimited ','");
}

TEST_CASE("a first line may say the delimiter", "[data]") {
  using ciess::detail::told_delimiter;
  CHECK(told_delimiter("sep=;\n1;2") == ';');
  CHECK(told_delimiter("sep=\t\r\n1") == '\t');
  CHECK(told_delimiter("sep=,") == ',');
  for (const char* no : {"", "sep=", "sep=\n", "sep=::\n", "Sep=;\n", "sep;", "xsep=;"})
    CHECK_FALSE(told_delimiter(no));
  const ciess::detail::source file{"s", "sep=;\n1;2\n"};
  const auto l = ciess::detail::find_layout(file, {});
  CHECK(l.how.begin == 6);
  CHECK(l.how.line == 2);
  CHECK(l.comments == 1);
}
