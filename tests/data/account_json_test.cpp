// SPDX-License-Identifier: MIT
#include <ciess/data/account_json.hpp>
// its own header first
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using json = nlohmann::ordered_json;

json account(const std::string& text, const ciess::read_options& options = {}) {
  return ciess::account_json(ciess::parse_interactions(text, "file", options));
}

}  // namespace

TEST_CASE("an account of a file has a field for all that was found", "[data]") {
  const auto out = account("user_id\titem_id\trating\n196\t242\t3\n186\t302\t4\n196\t242\t5\n");
  CHECK(out.dump() ==
        R"({"format":"delimited","columns":{"user":{"column":1,"name":"user_id","needed":true},)"
        R"("item":{"column":2,"name":"item_id","needed":true},)"
        R"("rating":{"column":3,"name":"rating","needed":false}},"header":true,"delimiter":"\t",)"
        R"("users":2,"items":2,"interactions":2,"lines":3,"left_out":{"duplicates":1},)"
        R"("first_record":["196","242","3"],"notes":[]})");
}

TEST_CASE("an account of times has the range of those that count, duplicates' too", "[data]") {
  const auto out = account("1::2::3::978300760\n1::2::3::978300761\n1::3::1::978300762\n",
                           {.min_rating = 2, .times = true});
  CHECK(out["columns"]["time"].dump() == R"({"column":4,"needed":true})");
  CHECK(out["columns"]["rating"]["needed"] == true);
  CHECK(out["header"] == false);
  CHECK(out["left_out"].dump() == R"({"duplicates":1,"rated too low":1})");
  CHECK(out["time"].dump() == R"({"from":"2000-12-31T22:12:40Z","to":"2000-12-31T22:12:41Z"})");
}

TEST_CASE("an account that was never filled has objects and lists, if empty ones", "[data]") {
  CHECK(ciess::account_json(ciess::loaded{}).dump() ==
        R"({"format":"auto","columns":{},"header":false,"delimiter":"","users":0,"items":0,)"
        R"("interactions":0,"lines":0,"left_out":{},"first_record":[],"notes":[]})");
}

TEST_CASE("of a long first record 24 fields are shown", "[data]") {
  for (const int fields : {24, 25}) {
    ciess::loaded found;
    for (int k = 0; k < fields; ++k) found.first_record.push_back(std::to_string(k));
    const auto out = ciess::account_json(found);
    CHECK(out["first_record"].size() == 24);
    CHECK(out["first_record"].back() == "23");
  }
}

TEST_CASE("what became of interactions is counted in the words of the program", "[data]") {
  ciess::dataset d;
  d.few_users = 1;
  d.few_items = 2;
  d.few_pairs = 3;
  d.unknown_test_pairs = 4;
  d.repeated_test_pairs = 5;
  d.future_users = 6;
  d.future_items = 7;
  d.future_pairs = 8;
  d.unknown_validation_pairs = 9;
  d.split_by_time = true;
  CHECK(ciess::account_json(d, {.min_user = "--u", .min_item = "--i"}).dump() ==
        R"({"left_out":{"users below --u":1,"items below --i":2,"pairs of those":3,)"
        R"("test pairs not in training":4,"test pairs repeated":5},)"
        R"("only_in_test":{"users":6,"items":7,"pairs":8},"only_in_validation":{"pairs":9},)"
        R"("split_by_time":true})");
  const auto none = ciess::account_json(ciess::dataset{});
  CHECK(none["left_out"]["users below core_options::min_user"] == 0);
  CHECK(none["split_by_time"] == false);
}

TEST_CASE("a text is inspected with the range of its times, though nothing needs them", "[data]") {
  const std::string text = "user,item,timestamp\n1,2,978300760\n3,4,978300761\n";
  CHECK(!account(text).contains("time"));
  const auto out = ciess::inspect_json(text, "file", {});
  CHECK(out["time"].dump() == R"({"from":"2000-12-31T22:12:40Z","to":"2000-12-31T22:12:41Z"})");
  CHECK(out["columns"]["time"]["needed"] == false);
  CHECK(out["notes"].empty());
  CHECK(ciess::inspect_json(text, "file", {.times = true}) == account(text, {.times = true}));
  CHECK(!ciess::inspect_json("1,2\n", "file", {}).contains("time"));
}

TEST_CASE("times that cannot be used are a note, and other errors are errors", "[data]") {
  const auto out =
      ciess::inspect_json("user,item,timestamp\n1,2,978300760\n3,4,soon\n", "file", {});
  CHECK(!out.contains("time"));
  CHECK(out["interactions"] == 2);
  REQUIRE(out["notes"].size() == 1);
  CHECK_THAT(out["notes"][0].get<std::string>(),
             ContainsSubstring("times cannot be used: file") && ContainsSubstring("soon"));
  CHECK_THROWS_AS(ciess::inspect_json("", "file", {}), ciess::data_error);
  CHECK_THROWS_AS(ciess::inspect_json("1,2\n", "file", {.user = 7}), ciess::data_error);
}
