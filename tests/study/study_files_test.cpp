// SPDX-License-Identifier: MIT
#include <ciess/study/study_files.hpp>
// its own header first
#include <string>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("files are named by budget and table", "[study]") {
  CHECK(ciess::sizes_file(0.9, "users") == "sizes-0.9-users.npy");
  CHECK(ciess::vectors_file(0.9) == "vectors-0.9.safetensors");
  CHECK(ciess::tables_file(1.0 / 3) == "tables-0.333333.safetensors");
  CHECK(ciess::policy_file("items-2") == "policy-items-2.safetensors");
  CHECK(ciess::budget_name(0.95) == "0.95");
}

TEST_CASE("all files of a study are named, the summary first, none twice", "[study]") {
  const std::vector<double> budgets{0.5, 0.9};
  const std::vector<std::string> tables{"users", "items"};
  CHECK(ciess::study_files(budgets, tables) ==
        std::vector<std::string>{"summary.json",
                                 "history.tsv",
                                 "ids-users.tsv",
                                 "ids-items.tsv",
                                 "history.gp",
                                 "history.svg",
                                 "quality.tsv",
                                 "quality.gp",
                                 "quality.svg",
                                 "sizes.tsv",
                                 "sizes.gp",
                                 "sizes.svg",
                                 "shares.tsv",
                                 "shares.gp",
                                 "shares.svg",
                                 "tables-0.5.safetensors",
                                 "vectors-0.5.safetensors",
                                 "serving-0.5.safetensors",
                                 "serving-0.5.json",
                                 "sizes-0.5-users.npy",
                                 "sizes-0.5-items.npy",
                                 "tables-0.9.safetensors",
                                 "vectors-0.9.safetensors",
                                 "serving-0.9.safetensors",
                                 "serving-0.9.json",
                                 "sizes-0.9-users.npy",
                                 "sizes-0.9-items.npy",
                                 "serving-vectors.safetensors",
                                 "policy-users.safetensors",
                                 "policy-items.safetensors"});
  CHECK(ciess::study_files({}, {}).size() == 16);
}

TEST_CASE("budgets are told apart by their names and by what they keep", "[study]") {
  const std::vector<ciess::table_shape> shapes{{10, {1, 10}}};
  const auto check = [&](std::vector<double> budgets) {
    ciess::check_budgets({.budgets = std::move(budgets)}, shapes, ciess::number_format::float32,
                         "--at");
  };
  CHECK_NOTHROW(check({0.5, 0.6}));
  CHECK_THROWS_WITH(check({0.5, 0.9, 0.5000000001}), "--at: 0.5 is given twice");
  CHECK_THROWS_WITH(check({0.501, 0.6, 0.502}),  // 49.9 and 49.8 of 100
                    "--at: two of them keep the same number of numbers, 49");
  CHECK_THROWS_AS(check({0.95}), ciess::argument_error);  // less than 1 a row
}
