// SPDX-License-Identifier: MIT
#include <ciess/data/read_impressions.hpp>
// its own header first
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

using ciess::click_format;
using ciess::click_read_options;
using ciess::column;
using ciess::loaded_impressions;
using ciess::number_use;
using ciess::parse_impressions;
using texts = std::vector<std::string>;

/// Values of a field, one text an impression; those of a list with + between them.
texts column_of(const loaded_impressions& l, const std::string& name) {
  texts all;
  for (std::size_t k = 0; k < l.data.fields().size(); ++k) {
    if (l.data.fields()[k].name != name) continue;
    for (ciess::index_t i = 0; i < l.data.size(); ++i) {
      std::string text;
      for (const auto r : l.data.values(i, k))
        text += (text.empty() ? "" : "+") + std::string(l.values[k][static_cast<std::size_t>(r)]);
      all.push_back(text);
    }
  }
  return all;
}

texts fields_of(const loaded_impressions& l) {
  texts all;
  for (const auto& f : l.data.fields()) all.push_back(f.name);
  return all;
}

std::vector<int> labels_of(const loaded_impressions& l) {
  return {l.data.labels().begin(), l.data.labels().end()};
}

template <class Error = ciess::data_error>
void refuses(const std::string& text, const click_read_options& o, const std::string& because) {
  INFO(text);
  CHECK_THROWS_WITH(parse_impressions(text, "f", o), ContainsSubstring(because));
  CHECK_THROWS_AS(parse_impressions(text, "f", o), Error);
}

}  // namespace

TEST_CASE("a table with a usual label is read without options", "[data]") {
  const auto l = parse_impressions(
      "user,label,site,timestamp\nann,1,a,2020-01-01\nbob,0,,2020-01-02\nann,0,b,2020-01-03\n",
      "clicks.csv");
  CHECK(fields_of(l) == texts{"user", "site"});
  CHECK(column_of(l, "user") == texts{"ann", "bob", "ann"});
  CHECK(column_of(l, "site") == texts{"a", "", "b"});
  CHECK(labels_of(l) == std::vector{1, 0, 0});
  REQUIRE(l.data.times().size() == 3);
  CHECK(l.data.times()[0] == 1'577'836'800);
  CHECK(l.data.times()[2] == 1'577'836'800 + 2 * 86'400);
  CHECK(l.lines == 3);
  CHECK(l.header);
  CHECK(l.label == "label");
  CHECK(l.time == "timestamp");
  CHECK(l.delimiter == ",");
  CHECK(l.values[1].size() == 3);
  CHECK(l.data.fields()[1].rows == 3);
}

TEST_CASE("line ends, quotes, a byte order mark and comments do not matter", "[data]") {
  const std::string plain = "label,a,b\n1,x,1 2\n0,y,3\n0,x,3\n";
  const auto expected = parse_impressions(plain, "f");
  for (const std::string text :
       {"\xEF\xBB\xBFlabel,a,b\r\n1,x,1 2\r\n0,y,3\r\n0,x,3", "label;a;b\n1;x;1 2\n0;y;3\n0;x;3\n",
        "label\ta\tb\n1\tx\t1 2\n0\ty\t3\n0\tx\t3",
        "# made by hand\nlabel,a,b\n1,x,1 2\n0,y,3\n0,x,3\n",
        "\"label\",\"a\",b\n1,x,\"1 2\"\n\"0\",\"y\",3\n\n0,x,3\n\n"}) {
    INFO(text);
    const auto l = parse_impressions(text, "f");
    CHECK(l.data == expected.data);
    CHECK(l.values == expected.values);
  }
  const auto quoted = parse_impressions("label,a\n1,\"x,\"\"y\"\"\"\n0,z\n", "f");
  CHECK(column_of(quoted, "a") == texts{"x,\"y\"", "z"});
}

TEST_CASE("columns are chosen by name or by number, with and without header", "[data]") {
  const std::string body = "7,ann,1,Action|Comedy,x\n9,bob,0,,y\n7,cat,1,|Drama||Action|,z\n";
  const click_read_options by_number{.label = 2,
                                     .pooled = {3},
                                     .ignored = {0, 4},
                                     .header = ciess::header_line::no,
                                     .delimiter = ","};
  const auto numbered = parse_impressions(body, "f", by_number);
  CHECK(fields_of(numbered) == texts{"2", "4"});
  CHECK(numbered.ignored == texts{"1", "5"});
  CHECK(numbered.label == "3");
  CHECK(column_of(numbered, "4") == texts{"Action+Comedy", "", "Drama+Action"});
  const auto named = parse_impressions("age,user,did,genres,rest\n" + body, "f",
                                       {.label = "did", .fields = {"user"}, .pooled = {"genres"}});
  CHECK(fields_of(named) == texts{"user", "genres"});
  CHECK(named.data.fields()[1].pooled);
}

TEST_CASE("whether a first line has names follows from the label, or is asked", "[data]") {
  const click_read_options first{.label = 0};
  CHECK(parse_impressions("1,a\n0,b\n", "f", first).lines == 2);
  CHECK(parse_impressions("shown,a\n1,a\n0,b\n", "f", first).lines == 2);
  CHECK(parse_impressions("shown,a\n1,a\n0,b\n", "f", first).header);
  refuses("a,1\nb,0\n", {}, "f:1: which column has the labels cannot be told from the first line");
  refuses("ann,x\nbob,y\n", {.label = column::none()}, "f:1: names or data: 'ann', 'x'?");
  const auto clicks = parse_impressions(
      "user,x\nbob,y\nann,y\n", "f", {.label = column::none(), .header = ciess::header_line::yes});
  CHECK(labels_of(clicks) == std::vector{1, 1});
  CHECK(clicks.label.empty());
}

TEST_CASE("labels are 0 and 1, -1 and 1, true and false, or what is said", "[data]") {
  const auto read = [](const std::string& labels, click_read_options o = {}) {
    std::string text = "label,a\n";
    std::istringstream each(labels);
    for (std::string l; each >> l;) text += l + ",x\n";
    return labels_of(parse_impressions(text, "f", o));
  };
  CHECK(read("1 0 1.0 0.0") == std::vector{1, 0, 1, 0});
  CHECK(read("1 -1 1 -1.0") == std::vector{1, 0, 1, 0});
  CHECK(read("True false TRUE FALSE") == std::vector{1, 0, 1, 0});
  CHECK(read("3.5 4 5 -2", {.positive_from = 4}) == std::vector{0, 1, 1, 0});
  CHECK(read("buy view 2.0 buy", {.positive_label = "buy"}) == std::vector{1, 0, 0, 1});
  CHECK(read("2 1 2.0 3", {.positive_label = "2"}) == std::vector{1, 0, 1, 0});
  refuses("label,a\n1,x\n2,x\n", {},
          "f:3: expected a label of 0 or 1, -1 or 1, false or true in column 1 ('label'), got '2'");
  refuses("label,a\n1,x\n,x\n", {}, "f:3: expected a label");
  refuses("label,a\n1,x\nnan,x\n", {}, "got 'nan'");
  refuses("label,a\n1,x\n0,x\n-1,x\n", {}, "f:4: expected labels of 1 beside 0 or of 1 beside -1");
  refuses("label,a\n1,x\n-1,x\n0,x\n", {}, "f:4: expected labels of 1 beside 0 or of 1 beside -1");
  refuses("label,a\n4,x\nx,x\n", {.positive_from = 3}, "f:3: expected a label that is a number");
  refuses("label,a\n1,x\n1,x\n", {}, "all 1: nothing to learn");
  refuses("label,a\n0,x\n0,x\n", {}, "all 0: nothing to learn");
}

TEST_CASE("numbers become buckets or features", "[data]") {
  const std::string text = "label,age,a\n1,1000,x\n0,,y\n0,1e3,x\n0,-7.5,x\n";
  const auto buckets = parse_impressions(text, "f", {.numeric = {"age"}});
  CHECK(fields_of(buckets) == texts{"age", "a"});
  CHECK(column_of(buckets, "age") ==
        texts{"squared log 47", "", "squared log 47", "-squared log 4"});
  CHECK(buckets.features.empty());
  const auto plain =
      parse_impressions(text, "f", {.numeric = {"age"}, .numbers = number_use::standardised});
  CHECK(fields_of(plain) == texts{"a"});
  REQUIRE(plain.features == texts{"age"});
  CHECK(plain.numbers[0][0] == 1000);
  CHECK(std::isnan(plain.numbers[0][1]));
  CHECK(plain.numbers[0][2] == 1000);
  CHECK(plain.numbers[0][3] == -7.5);
  for (const auto use : {number_use::log_buckets, number_use::standardised})
    for (const std::string bad : {"nan", "inf", "1e400", "1e39", "x", "1,5", "0x10", "+1"}) {
      const click_read_options o{.numeric = {"age"}, .numbers = use, .delimiter = ";"};
      refuses("label;age;a\n1;1;x\n0;" + bad + ";x\n", o,
              "f:3: expected a number below 3.4e38 or nothing in column 2 ('age'), got '" + bad);
    }
}

TEST_CASE("tables that are damaged are refused with their place", "[data]") {
  refuses("", {}, "f: expected impressions, got an empty file");
  refuses(" \n\r\n", {}, "f: expected impressions, got an empty file");
  refuses("label,a\n", {}, "names of columns alone");
  refuses("label,a\n1,x\n0,x,y\n", {.delimiter = ","},
          "f:3: expected 2 fields like the first line, got 3");
  refuses("label,a\n1,x\n0\n", {.delimiter = ","},
          "f:3: expected 2 fields like the first line, got 1");
  refuses("user,item\n1,2\n3,4\n", {}, "which column has the labels cannot be told");
  refuses("user,item\n1,2\n3,4\n", {.header = ciess::header_line::yes},
          "expected a column of labels, got the columns 'user', 'item'");
  refuses("user,item\n1,2\n3,4\n", {.label = "clicked"},
          "f:1: expected a column named 'clicked' as label, got the columns 'user', 'item'");
  refuses("label,a\n1,x\n0,y\n", {.numeric = {7}}, "expected numeric in column 8");
  refuses("label,a,a\n1,x,y\n0,y,y\n", {}, "columns of different names, got 'a' twice");
  refuses("label,a,a\n1,x,y\n0,y,y\n", {.ignored = {"a"}}, "expected one column named 'a'");
  CHECK(fields_of(parse_impressions("label,a,a\n1,x,y\n0,y,y\n", "f", {.ignored = {2}})) ==
        texts{"a"});
  refuses(",label,a\n0,1,x\n1,0,y\n", {}, "expected a name of column 1");
  refuses("clicked,click,a\n0,1,x\n1,0,y\n", {}, "several columns could be the label");
  refuses("label\n0\n1\n", {.delimiter = ","}, "expected at least one field beside the label");
  refuses("label,a\n1,\"x\n0,y\n", {}, "expected a closing quote");
  refuses("label,time,a\n1,morning,x\n0,night,y\n", {}, "f:2: expected a time");
  CHECK(fields_of(parse_impressions("label,time,a\n1,morning,x\n0,night,y\n", "f",
                                    {.time = column::none()})) == texts{"time", "a"});
  refuses<ciess::argument_error>("label,a\n1,x\n0,y\n", {.numeric = {"a"}, .ignored = {"a"}},
                                 "is to be two things");
  refuses(std::string("label,a\n1,x\0\n0,y\n", 17), {}, "NUL");
}

TEST_CASE("what is odd and yet possible is told", "[data]") {
  const auto two = parse_impressions("label,click,a\n0,1,x\n1,0,y\n", "f");
  REQUIRE(two.notes.size() == 1);
  CHECK_THAT(two.notes[0], ContainsSubstring("field 'click' is named like a label"));
  std::string text = "label,row,same\n";
  for (int k = 0; k < 30; ++k) text += std::to_string(k % 2) + ',' + std::to_string(k) + ",x\n";
  const auto l = parse_impressions(text, "f");
  REQUIRE(l.notes.size() == 2);
  CHECK_THAT(l.notes[0], ContainsSubstring("no value of field 'row' comes again"));
  CHECK_THAT(l.notes[1], ContainsSubstring("field 'same' has one value, 'x'"));
}

TEST_CASE("Criteo's lines need no options", "[data]") {
  std::string text;
  for (const int label : {0, 1, 0}) {
    text += std::to_string(label);
    for (int k = 1; k <= 13; ++k) text += k == 2 ? "\t" : "\t" + std::to_string(label * 40 + k);
    for (int k = 1; k <= 26; ++k)
      text += k == 26 || k == 3 ? "\t" : "\t68fd1e6" + std::to_string((label + k) % 10);
    text += '\n';
  }
  const auto l = parse_impressions(text, "f", {.format = click_format::criteo});
  REQUIRE(l.data.fields().size() == 39);
  CHECK(labels_of(l) == std::vector{0, 1, 0});
  CHECK(column_of(l, "I1") == texts{"1", "squared log 13", "1"});
  CHECK(column_of(l, "I2") == texts{"", "", ""});
  CHECK(column_of(l, "C1") == texts{"68fd1e61", "68fd1e62", "68fd1e61"});
  CHECK(column_of(l, "C26") == texts{"", "", ""});
  CHECK(l.label == "label");
  const auto few = parse_impressions(text, "f",
                                     {.format = click_format::criteo,
                                      .numbers = number_use::standardised,
                                      .ignored = {"I2", "C1"}});
  CHECK(few.features.size() == 12);
  CHECK(few.data.fields().size() == 25);
  refuses("0\t1\t2\n", {.format = click_format::criteo}, "f:1: expected Criteo's label");
  refuses(text.substr(0, text.size() - 2) + "\n", {.format = click_format::criteo},
          "f:3: expected 40 fields");
}

TEST_CASE("lines of libffm have fields of their own", "[data]") {
  const click_read_options ffm{.format = click_format::libffm};
  const auto l =
      parse_impressions("1 0:7:1 2:30:1\n-1 2:31:1.0 0:7:1 # note\n\n-1 0:8:1\n", "f", ffm);
  CHECK(fields_of(l) == texts{"field0", "field2"});
  CHECK(column_of(l, "field0") == texts{"7", "7", "8"});
  CHECK(column_of(l, "field2") == texts{"30", "31", ""});
  CHECK(labels_of(l) == std::vector{1, 0, 0});
  const std::string text = "1 0:7:1 1:5:0.5 1:6:0.5 2:0:3.25\n0 0:8:1 1:6:1 2:0:-4\n0 0:8:1\n";
  const auto rich = parse_impressions(text, "f",
                                      {.format = click_format::libffm,
                                       .pooled = {"field1"},
                                       .numeric = {"field2"},
                                       .numbers = number_use::standardised});
  CHECK(column_of(rich, "field1") == texts{"5+6", "6", ""});
  CHECK(rich.features == texts{"field2"});
  CHECK(rich.numbers[0][1] == -4);
  CHECK(std::isnan(rich.numbers[0][2]));
  refuses(text, ffm, "f:1: expected one value of field 1, got 2");
  refuses("1 0:7:2\n0 0:7:1\n", ffm, "f:1: expected 1 as the value of index 7 of field 0, got 2");
  refuses("1 0:7:1\n0 0:7\n", ffm, "f:2: expected `field:index:value`, got '0:7'");
  refuses("1 0:7:1\n0 0:07:1\n", ffm, "with whole numbers from 0");
  refuses("1 0:7:1\n0 -1:7:1\n", ffm, "with whole numbers from 0");
  refuses("1 0:7:1\n0 0:7:nan\n", ffm, "with a finite number as value");
  refuses("1 0:7:1\n3 0:7:1\n", ffm, "f:2: expected a label");
  refuses("1 0:7:1\n1 0:8:1\n", ffm, "nothing to learn");
  refuses("1 0:1:2 0:2:3\n0 0:1:1\n", {.format = click_format::libffm, .pooled = {"field0"}},
          "the same for all of pooled field 0");
  refuses("1\n0\n", ffm, "f:1: expected fields behind labels, got none");
  std::string many;
  for (int k = 0; k < 1001; ++k) many += std::to_string(k % 2) + ' ' + std::to_string(k) + ":1:1\n";
  refuses(many, ffm, "expected at most 1000 fields");
}

TEST_CASE("lines of libsvm need to be told where fields begin", "[data]") {
  const click_read_options svm{.format = click_format::libsvm, .borders = {1, 10, 20}};
  const auto l = parse_impressions("1 3:1 12:1\n0 9:1 10:1\n", "f", svm);
  CHECK(fields_of(l) == texts{"field0", "field1", "field2"});
  CHECK(column_of(l, "field0") == texts{"3", "9"});
  CHECK(column_of(l, "field1") == texts{"12", "10"});
  CHECK(column_of(l, "field2") == texts{"", ""});
  refuses("1 0:1\n0 3:1\n", svm, "f:1: expected an index from 1, the first border, on, got '0:1'");
  refuses("1 3:1 4:1\n0 3:1\n", svm, "expected one value of field 0, got 2");
  refuses("1 qid:1 4:1\n0 3:1\n", svm, "got 'qid:1'");
  refuses<ciess::argument_error>("1 3:1\n", {.format = click_format::libsvm},
                                 "do not say where one field ends");
}

TEST_CASE("impressions come from files, streams and texts alike", "[data]") {
  const std::string text = "label,a\n1,x\n0,y\n";
  const temporary_directory dir;
  const auto path = dir.path() / "clicks.csv";
  std::ofstream(path, std::ios::binary) << text;
  std::istringstream in(text);
  const auto expected = parse_impressions(text, "f");
  CHECK(ciess::read_impressions(path).data == expected.data);
  CHECK(ciess::read_impressions(in, "stream").data == expected.data);
  CHECK_THROWS_AS(ciess::read_impressions(dir.path() / "none"), ciess::io_error);
  refuses("\x1F\x8B\x08\x00", {}, "decompress");
}
