// SPDX-License-Identifier: MIT
#include "../bench/support/run_summary.hpp"
// its own header first
#include <ciess/search/budget/bytes.hpp>
#include <ciess/study/summary.hpp>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

using json = nlohmann::ordered_json;
using ciess_bench::read_run_summary;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

ciess::method_result found(const std::string& method, ciess::start from, double quality) {
  ciess::method_result m;
  m.method = method;
  m.sizes = ciess::assignment({ciess::sizes(3, {1, 8}, 2), ciess::sizes(1, {1, 8}, 8)});
  m.recipe = {from, 40};
  m.test.mean = quality;
  return m;
}

/// What `search_sizes` would write of a study with two methods, one of them from two starts.
json summary() {
  ciess::study_result r;
  r.of = ciess::budget_of::bytes;
  r.stored_as = ciess::number_format::four_bits;
  r.full_numbers = 32;
  r.other_numbers = 5;
  r.full.mean = 0.5;
  r.baseline.mean = 0.125;
  r.searches = {{"frequency", 3, std::nullopt, 0}, {"ciess", 100, 2000, 2.5}};
  r.budgets.push_back(
      {0.5,
       {found("frequency", ciess::start::scratch, 0.25),
        found("frequency", ciess::start::warm, 0.375), found("ciess", ciess::start::warm, none)}});
  // Stands under its own budget, too: it is read there, and only there.
  r.budgets[0].smaller = found("ciess", ciess::start::warm, 0.75);
  r.budgets[0].smaller_budget = 0.75;
  r.budgets.push_back({0.75, {}});
  json about{{"data",
              {{"users", 3},
               {"items", 1},
               {"interactions", 12},
               {"parts", {{"train", 6}, {"validation", 4}, {"test", 2}}},
               {"split", "random"}}}};
  about["seed"] = 18446744073709551615u;
  about["preset"] = "warm";
  about["backbone"] = "mf";
  about["dim"] = 8;
  about["at"] = {5, 10};
  about["serving"] = {
      {"0.5", {{"way", "all"}, {"bytes", 7}, {"test", {{"mean", 0.25}}}}},
      {"0.75", {{"of", "0.5 by 1"}, {"way", "8"}, {"bytes", 9}, {"test", {{"mean", 0.5}}}}}};
  return ciess::summary_json(r, about);
}

void write(const std::filesystem::path& folder, const json& content) {
  ciess::write_file(folder / "summary.json", ciess::json_text(content));
}

/// What is said of a summary that somebody has changed.
std::string refusal(const std::filesystem::path& folder, const json& content) {
  write(folder, content);
  try {
    (void)read_run_summary(folder);
  } catch (const ciess::data_error& e) {
    std::string text = e.what();
    CHECK(text.rfind((folder / "summary.json").string() + ": ", 0) == 0);
    return text.substr((folder / "summary.json").string().size() + 2);
  }
  return "taken";
}

}  // namespace

TEST_CASE("a summary is read as it was written", "[bench]") {
  const temporary_directory folder;
  write(folder.path(), summary());
  const auto s = read_run_summary(folder.path());
  CHECK(s.file == folder.path() / "summary.json");
  CHECK(s.backbone == "mf");
  CHECK(s.preset == "warm");
  CHECK(s.split == "random");
  CHECK(s.dim == 8);
  CHECK(s.at == std::vector{5, 10});
  CHECK(std::vector{s.users, s.items, s.interactions, s.train, s.validation, s.test} ==
        std::vector<std::int64_t>{3, 1, 12, 6, 4, 2});
  CHECK(s.budgets_of == "bytes");
  CHECK(s.stored_as == "4");
  CHECK(s.full_numbers == 32);
  CHECK(s.other_numbers == 5);
  CHECK(s.seed == 18446744073709551615u);
  CHECK_FALSE(s.interrupted);
  CHECK(s.full == 0.5);
  CHECK(s.popularity == 0.125);

  REQUIRE(s.searches.size() == 2);
  CHECK(s.searches[0].method == "frequency");
  CHECK(s.searches[0].measurements == 3);
  CHECK_FALSE(s.searches[0].training_steps);
  CHECK(s.searches[1].training_steps == 2000);
  CHECK(s.searches[1].seconds == 2.5);

  REQUIRE(s.budgets.size() == 2);
  CHECK(s.budgets[0].removed == 0.5);
  CHECK(s.budgets[1].methods.empty());
  REQUIRE(s.budgets[0].methods.size() == 3);
  const auto& warm = s.budgets[0].methods[1];
  CHECK(warm.label == "frequency, warm");
  CHECK(warm.method == "frequency");
  CHECK(warm.start == "warm");
  CHECK(warm.numbers == 14);
  CHECK(warm.bytes == ciess::packed_bytes(found("", {}, 0).sizes, ciess::number_format::four_bits));
  CHECK(warm.quality == 0.375);
  CHECK(s.budgets[0].methods[2].label == "ciess");
  CHECK_FALSE(s.budgets[0].methods[2].quality);

  REQUIRE(s.serving.size() == 2);
  CHECK(s.serving[0].budget == "0.5");
  CHECK_FALSE(s.serving[0].of);
  CHECK(s.serving[1].of == "0.5 by 1");
  CHECK(s.serving[1].way == "8");
  CHECK(s.serving[1].bytes == 9);
  CHECK(s.serving[1].quality == 0.5);
}

TEST_CASE("what is no summary is refused with file, place, what was expected and what is there",
          "[bench]") {
  const temporary_directory folder;
  const auto changed = [&](auto&& change) {
    json content = summary();
    change(content);
    return refusal(folder.path(), content);
  };
  CHECK(changed([](json&) {}) == "taken");
  CHECK(refusal(folder.path(), json::array()) == "expected an object, got '[]'");
  CHECK(changed([](json& s) { s.erase("seed"); }) == "expected seed, got none");
  CHECK(changed([](json& s) { s["seed"] = -1; }) ==
        "seed: expected a whole number that is not negative, got '-1'");
  CHECK(changed([](json& s) { s["dim"] = 0; }) ==
        "dim: expected a whole number from 1 to 2147483647, got '0'");
  CHECK(changed([](json& s) { s["dim"] = 4294967297; }) ==
        "dim: expected a whole number from 1 to 2147483647, got '4294967297'");
  CHECK(changed([](json& s) { s["dim"] = 8.5; }) ==
        "dim: expected a whole number from 1 to 2147483647, got '8.5'");
  CHECK(changed([](json& s) { s["backbone"] = nullptr; }) ==
        "backbone: expected a text, got 'null'");
  CHECK(changed([](json& s) { s["at"][1] = "x\n"; }) ==
        "at[1]: expected a whole number from 1 to 2147483647, got '\"x\\n\"'");
  CHECK(changed([](json& s) { s["at"] = 5; }) == "at: expected a list, got '5'");
  CHECK(changed([](json& s) { s["budgets_of"] = "pounds"; }) ==
        "budgets_of: expected 'numbers' or 'bytes', got '\"pounds\"'");
  CHECK(changed([](json& s) { s["interrupted"] = 0; }) ==
        "interrupted: expected true or false, got '0'");
  CHECK(changed([](json& s) { s["full"]["test"]["mean"] = 1.5; }) ==
        "full.test.mean: expected a quality from 0 to 1, or null, got '1.5'");
  CHECK(changed([](json& s) { s["full"] = "whole"; }) ==
        "full: expected an object, got '\"whole\"'");
  CHECK(changed([](json& s) { s["searches"]["ciess"]["seconds"] = -1; }) ==
        "searches.ciess.seconds: expected a number that is not negative, got '-1'");
  CHECK(
      changed([](json& s) { s["searches"].erase("ciess"); }) ==
      "budgets[0].methods.ciess.method: expected one of the methods in searches, got '\"ciess\"'");
  CHECK(changed([](json& s) { s["budgets"][1]["budget"] = 1; }) ==
        "budgets[1].budget: expected a share from 0 to less than 1, got '1'");
  CHECK(changed([](json& s) { s["budgets"][1]["budget"] = 0.5; }) ==
        "budgets[1].budget: expected a budget that is not there twice, got '0.5'");
  CHECK(changed([](json& s) { s["budgets"][0]["methods"]["ciess"]["start"] = "cold"; }) ==
        "budgets[0].methods.ciess.start: expected 'warm' or 'scratch', got '\"cold\"'");
  CHECK(changed([](json& s) { s["budgets"][0]["methods"]["ciess"]["method"] = "frequency"; }) ==
        "budgets[0].methods.ciess.method: expected the method that 'ciess' is named after, got "
        "'\"frequency\"'");
  CHECK(changed([](json& s) { s["budgets"][0]["methods"]["ciess"].erase("bytes"); }) ==
        "expected budgets[0].methods.ciess.bytes, got none");
  CHECK(changed([](json& s) { s["serving"]["0.5"]["bytes"] = std::string(99, 'b'); }) ==
        "serving.0.5.bytes: expected a whole number from 0 to 9223372036854775807, got '\"" +
            std::string(39, 'b') + "...'");
}

TEST_CASE("files that are no JSON, no files, or not there are refused", "[bench]") {
  const temporary_directory folder;
  const std::string path = (folder.path() / "summary.json").string();
  const std::string no_file =
      path + ": expected the summary of a run of search_sizes, got no file that can be read";
  CHECK_THROWS_WITH(read_run_summary(folder.path()), no_file);
  std::filesystem::create_directory(path);
  CHECK_THROWS_WITH(read_run_summary(folder.path()), no_file);
  std::filesystem::remove(path);
  const std::string whole = ciess::json_text(summary());
  for (const std::string& text :
       {std::string(), whole.substr(0, whole.size() / 2), whole + "}", "\xff" + whole,
        std::string("{\"seed\": 1e999}"), std::string(100'000, '[')}) {
    ciess::write_file(path, text);
    CHECK_THROWS_AS(read_run_summary(folder.path()), ciess::data_error);
  }
}
