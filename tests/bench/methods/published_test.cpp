// SPDX-License-Identifier: MIT
#include "../bench/methods/published.hpp"
// its own header first
#include <ciess/core/error.hpp>
#include <ciess/io/write_file.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using ciess_bench::read_published;

TEST_CASE("published figures are read by name", "[bench]") {
  const temporary_directory folder;
  const auto file = folder.path() / "published.tsv";
  ciess::write_file(file,
                    "# name\tbudget\tmean\nPEP (2021)\t0.9\t0.25\n\nours\t0.8\t0.5\r\n"
                    "PEP (2021)\t0.80\t0.375");
  const auto rows = read_published(file);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].name == "PEP (2021)");
  CHECK(rows[0].figures == std::vector<std::pair<double, double>>{{0.9, 0.25}, {0.8, 0.375}});
  CHECK(rows[0].at(0.8) == 0.375);
  CHECK_FALSE(rows[0].at(0.95));
  CHECK(rows[1].name == "ours");
  CHECK(rows[1].at(0.8) == 0.5);
}

TEST_CASE("what is no published figure is refused with its line", "[bench]") {
  const temporary_directory folder;
  const auto file = folder.path() / "published.tsv";
  CHECK_THROWS_AS(read_published(file), ciess::io_error);
  CHECK_THROWS_AS(read_published(folder.path()), ciess::io_error);
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"a 0.9 0.25", "a name, a budget and a mean with tabs between them"},
      {"a\t0.9", "a name, a budget and a mean with tabs between them"},
      {"\t0.9\t0.25", "a name, a budget and a mean with tabs between them"},
      {"a\t90\t0.25", "as budget a share from 0 to less than 1"},
      {"a\t1\t0.25", "as budget a share from 0 to less than 1"},
      {"a\t-0.1\t0.25", "as budget a share from 0 to less than 1"},
      {"a\t0,9\t0.25", "as budget a share from 0 to less than 1"},
      {"a\tnan\t0.25", "as budget a share from 0 to less than 1"},
      {"a\t0.9\t25", "as mean a number from 0 to 1"},
      {"a\t0.9\tnan", "as mean a number from 0 to 1"},
      {"a\t0.9\t", "as mean a number from 0 to 1"},
      {"a\t0.9\t0.25\tmore", "as mean a number from 0 to 1"},
      {"known\t0.900\t0.5", "one mean of known for the budget"}};
  for (const auto& [line, expected] : wrong) {
    ciess::write_file(file, "known\t0.9\t0.25\n" + line + "\n");
    CHECK_THROWS_AS(read_published(file), ciess::data_error);
    CHECK_THROWS_WITH(read_published(file),
                      ContainsSubstring(file.string() + ":2: expected " + expected + ", got '"));
  }
}
