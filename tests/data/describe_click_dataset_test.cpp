// SPDX-License-Identifier: MIT
#include <ciess/data/describe_click_dataset.hpp>
// its own header first
#include <cstdint>
#include <string>

#include <ciess/data/read_impressions.hpp>

#include "support/catch.hpp"

TEST_CASE("what was read and what became of it is said in sentences", "[data]") {
  std::string text = "# a comment\nlabel,user,cnt,site,x,time\n";
  for (int k = 0; k < 40; ++k)
    text += std::to_string(k % 2) + ",u" + std::to_string(k < 30 ? k % 3 : k) + ",1,s," +
            std::to_string(k % 4) + ',' + std::to_string(1'600'000'000 + k) + '\n';
  const auto read = ciess::parse_impressions(
      text, "f",
      {.numeric = {"x"}, .numbers = ciess::number_use::standardised, .ignored = {"cnt"}});
  const auto said = describe(read);
  REQUIRE(said.size() == 4);
  CHECK(said[0] ==
        "40 impressions, format delimited with header, labels in column 'label', times in column "
        "'time'");
  CHECK(said[1] == "not read: 'cnt'");
  CHECK(said[2] == "1 lines are comments");
  CHECK(said[3] == "note: field 'site' has one value, 's', and tells nothing");
  const auto d = make_click_dataset(read, {.min_count = 2, .kind = ciess::split_kind::temporal});
  const auto parts = describe(d);
  REQUIRE(parts.size() == 4);
  CHECK(parts[0] ==
        "train 32 (50.0 % clicks), validation 4 (50.0 % clicks), test 4 (50.0 % clicks), split by "
        "time");
  CHECK(
      parts[1] ==
      "field 'user': 4 rows, 2 rare values share one (shown 2 times in training), 8 values are not "
      "in training (shown 8 times)");
  CHECK(parts[2] == "field 'site': 2 rows, too few to tell anything");
  CHECK(parts[3] == "feature 'x': mean 1.5, deviation 1.11803");
}

TEST_CASE("a field of more than half as many values as impressions is asked about", "[data]") {
  // Whole runs of the last column: of 160 to train on 80 or 81 values.
  std::string text = "label,id,user,all,half,more,time\n";
  for (int k = 0; k < 200; ++k) {
    const int train = k < 160 ? k : 0;
    text += std::to_string(k % 2) + ",i" + std::to_string(k) + ",u" + std::to_string(k % 10) +
            ",a" + std::to_string(k % 2) + "|b" + std::to_string(k) + ",h" +
            std::to_string(train % 80) + ",m" + std::to_string(train % 81) + ',' +
            std::to_string(1'600'000'000 + k) + '\n';
  }
  ciess::click_read_options how;
  how.pooled = {"all"};
  how.delimiter = ",";
  const auto asked_about = [&](std::int64_t least) {
    ciess::click_dataset_options o{.min_count = least, .kind = ciess::split_kind::temporal};
    const auto said =
        ciess::describe(ciess::make_click_dataset(ciess::parse_impressions(text, "f", how), o));
    REQUIRE(said.size() == 6);
    std::string fields;
    for (const auto& line : said)
      if (line.find("is it a number, or a name of the line?") != std::string::npos)
        fields += line.substr(0, line.find(':')) + ' ';
    return fields;
  };
  CHECK(asked_about(1) == "field 'id' field 'more' ");
  CHECK(asked_about(2) == "field 'more' ");  // all of 'id' are rare: one row is left
}

TEST_CASE("a pooled field of lists of one is asked about", "[data]") {
  std::string text = "label,user,tags\n";
  for (int k = 0; k < 100; ++k)
    text += std::to_string(k % 2) + ",u" + std::to_string(k % 10) + ",a" + std::to_string(k % 3) +
            ";b" + std::to_string(k % 5) + '\n';
  ciess::click_read_options how;
  how.pooled = {"tags"};
  how.delimiter = ",";
  const auto asked_about = [&](char separator, std::int64_t least) {
    how.separator = separator;
    const auto said = ciess::describe(
        ciess::make_click_dataset(ciess::parse_impressions(text, "f", how), {.min_count = least}));
    REQUIRE(said.size() == 3);
    return said[2].find("cut at the right separator?") != std::string::npos;
  };
  CHECK(asked_about('|', 1));
  CHECK(asked_about('|', 90));  // when all that came of it is rare, too
  CHECK_FALSE(asked_about(';', 1));
}
