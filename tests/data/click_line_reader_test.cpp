// SPDX-License-Identifier: MIT
#include <ciess/data/click_line_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/data/click_dataset.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/read_impressions.hpp>

#include "support/catch.hpp"

namespace {

using ciess::column_use;

const std::vector<ciess::id_map>& small_ids() {
  static const std::vector<ciess::id_map> ids = [] {
    std::vector<ciess::id_map> all;
    using names = std::vector<std::string_view>;
    all.emplace_back(names{"<rare>", "ann", "bob", ""});
    all.emplace_back(names{"<rare>", "a", "b c"});
    all.emplace_back(names{"<rare>", "1", "squared log 1", "", "-squared log 47"});
    return all;
  }();
  return ids;
}

ciess::click_line_reader small_reader(std::string delimiter = ",") {
  std::vector<ciess::id_view> views;
  for (const auto& ids : small_ids()) views.push_back(ids.view());
  return {{.columns = {{"user", column_use::single},
                       {"age", column_use::standardised, 30, 10},
                       {"tags", column_use::pooled},
                       {"price", column_use::log_buckets}},
           .delimiter = std::move(delimiter)},
          std::move(views),
          "lines"};
}

/// The rows of a field in all impressions, one list after the other with -1 between.
std::vector<ciess::row_id> rows_of(const ciess::click_batch& b, std::size_t k) {
  std::vector<ciess::row_id> all;
  for (ciess::index_t i = 0; i < b.size(); ++i) {
    if (i > 0) all.push_back(-1);
    const auto v = b.values(i, k);
    all.insert(all.end(), v.begin(), v.end());
  }
  return all;
}

using rows = std::vector<ciess::row_id>;

}  // namespace

TEST_CASE("a line is read with the rows and scales of training", "[data]") {
  auto reader = small_reader();
  ciess::click_batch b(3, 1);
  CHECK(reader.read("bob,45,a| b c ||zz,1.9", 1, b));
  CHECK(reader.read("\"ann\", ,,", 2, b));
  CHECK_FALSE(reader.read("  ", 3, b));
  CHECK(reader.read("eve,20,zz,-1000", 4, b));
  CHECK(reader.read(",30,b c,3", 5, b));
  REQUIRE(b.size() == 4);
  CHECK(rows_of(b, 0) == rows{2, -1, 1, -1, 0, -1, 3});
  CHECK(rows_of(b, 1) == rows{1, 2, 0, -1, 0, -1, 0, -1, 2});
  CHECK(rows_of(b, 2) == rows{1, -1, 3, -1, 4, -1, 2});
  CHECK(b.numbers()(0, 0) == 1.5F);
  CHECK(b.numbers()(1, 0) == 0);  // a missing one is the mean
  CHECK(b.numbers()(2, 0) == -1);
  CHECK(reader.unknown()[0] == 1);
  CHECK(reader.unknown()[1] == 3);  // no tag is a value that has no row, too
  CHECK(reader.unknown()[2] == 0);
}

TEST_CASE("a header says in which order columns come, and others are passed over", "[data]") {
  auto reader = small_reader("\t");
  ciess::click_batch b(3, 1);
  CHECK_FALSE(reader.read_header("", 1));
  CHECK(reader.read_header("price\tshop\ttags\tage\tuser\tshop\r", 2));
  CHECK(reader.read("3\tx\ta\t20\tann\ty", 3, b));
  CHECK(rows_of(b, 0) == rows{1});
  CHECK(rows_of(b, 1) == rows{1});
  CHECK(rows_of(b, 2) == rows{2});
  CHECK(b.numbers()(0, 0) == -1);
}

TEST_CASE("what a header lacks is named", "[data]") {
  auto reader = small_reader();
  CHECK_THROWS_WITH(reader.read_header("user,age,price", 1),
                    "lines:1: expected a column named 'tags', got the columns 'user', 'age', "
                    "'price', cut at ','");
  CHECK_THROWS_WITH(reader.read_header("user,age,tags,price,age", 4),
                    "lines:4: expected one column named 'age', got several");
  CHECK_THROWS_WITH(reader.read_header("user;age;tags;price", 1),
                    ContainsSubstring("expected a column named 'user', got the columns "
                                      "'user;age;tags;price', cut at ','"));
  // What was refused has changed nothing: without a header lines have the columns in order.
  ciess::click_batch b(3, 1);
  CHECK(reader.read("ann,20,a,1", 2, b));
}

TEST_CASE("a line that cannot be read is refused whole", "[data]") {
  auto reader = small_reader();
  ciess::click_batch b(3, 1);
  const auto refused = [&](std::string_view line, const char* why) {
    CHECK_THROWS_WITH(reader.read(line, 7, b), ContainsSubstring(why));
    CHECK_THROWS_AS(reader.read(line, 7, b), ciess::data_error);
    CHECK(b.size() == 0);
  };
  refused("eve,45,zz", "lines:7: expected 4 fields, got 3");
  refused("eve,45,zz,1,2", "lines:7: expected 4 fields, got 5");
  refused("eve,old,zz,1",
          "lines:7: expected a number below 3.4e38 or nothing in column 2 ('age'), got 'old'");
  refused("eve,45,zz,nan", "in column 4 ('price'), got 'nan'");
  refused("eve,1e39,zz,1", "in column 2 ('age'), got '1e39'");
  refused("eve,45,\"zz,1", "lines:7: expected a closing quote");
  refused(std::string_view("eve\0,45,zz,1", 12), "lines:7: expected text, got a NUL byte");
  refused("eve,45,zz,1\nann", "expected one line, got several");
  CHECK(std::ranges::count(reader.unknown(), 0) == 3);  // nothing was counted
  CHECK(reader.read("ann,45,a,1", 8, b));
  CHECK(b.size() == 1);
  CHECK(rows_of(b, 1) == rows{1});
}

TEST_CASE("a number that no longer is one when it is scaled is refused", "[data]") {
  const auto& ids = small_ids();
  ciess::click_line_reader reader(
      {.columns = {{"user", column_use::single}, {"x", column_use::standardised, 0, 1e-3}}},
      {ids[0].view()}, "lines");
  ciess::click_batch b(1, 1);
  CHECK(reader.read("ann,1e30", 1, b));
  CHECK_THROWS_WITH(reader.read("ann,3e38", 2, b),
                    "lines:2: expected a number that stays finite when it is divided by 0.001 in "
                    "column 2 ('x'), got '3e38'");
  CHECK_THROWS_AS(ciess::click_line_reader(reader.schema(), {}, "lines"), ciess::argument_error);
}

TEST_CASE("lines are read as the file of them is", "[data]") {
  std::string file = "time;user;tags;age;price;clicked;shop\n";
  std::vector<std::string> lines;
  for (int i = 0; i < 200; ++i) {
    const std::string tags = i % 3 == 0 ? "" : i % 3 == 1 ? "red/\"blue\"" : "blue / green";
    const std::string age = i % 7 == 0 ? "" : std::to_string(20 + i % 50) + ".5";
    const std::string price = i % 11 == 0 ? "" : std::to_string(i * i - 300);
    const std::string user =
        i % 5 == 0 ? "\"a; b " + std::to_string(i % 9) + "\"" : std::to_string(i % 13);
    lines.push_back(std::to_string(1'600'000'000 + i) + ";" + user + ";" + tags + ";" + age + "; " +
                    price + ";" + std::to_string(i % 2) + ";main");
    file += lines.back() + '\n';
  }
  for (const auto numbers : {ciess::number_use::log_buckets, ciess::number_use::standardised}) {
    const auto read = ciess::parse_impressions(file, "f",
                                               {.label = "clicked",
                                                .pooled = {"tags"},
                                                .separator = "/",
                                                .numeric = {"age", "price"},
                                                .numbers = numbers,
                                                .ignored = {"shop"}});
    const auto data =
        ciess::make_click_dataset(read, {.min_count = 2,
                                         .kind = ciess::split_kind::temporal,
                                         .shares = {.train = 0.6, .validation = 0.2}});
    CHECK(data.schema.delimiter == ";");
    CHECK(data.schema.separator == "/");
    CHECK(data.schema.columns.size() == 4);
    std::vector<ciess::id_view> ids;
    for (const auto& v : data.values) ids.push_back(v.view());
    ciess::click_line_reader reader(data.schema, ids, "lines");
    ciess::click_batch b(data.values.size(), data.means.size());
    REQUIRE(reader.read_header(file.substr(0, file.find('\n')), 1));
    for (std::size_t i = 0; i < lines.size(); ++i)
      REQUIRE(reader.read(lines[i], static_cast<std::int64_t>(i) + 2, b));
    ciess::index_t at = 0;
    bool same = true;
    for (const auto* part : {&data.train, &data.validation, &data.test})
      for (ciess::index_t i = 0; i < part->size(); ++i, ++at) {
        for (std::size_t k = 0; k < data.values.size(); ++k)
          same &= std::ranges::equal(part->values(i, k), b.values(at, k));
        for (ciess::index_t f = 0; f < part->numbers().cols(); ++f)
          same &= part->numbers()(i, f) == b.numbers()(at, f);
      }
    CHECK(at == 200);
    CHECK(same);
  }
}
