// SPDX-License-Identifier: MIT
#include <ciess/study/save_sizes.hpp>
// its own header first
#include <ciess/io/load_npy.hpp>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

namespace {

ciess::method_result method(std::vector<int> users, std::vector<int> items) {
  ciess::method_result m;
  m.sizes = ciess::assignment({ciess::sizes(users, {1, 8}), ciess::sizes(items, {1, 8})});
  return m;
}

const std::vector<std::string> tables{"users", "items"};

}  // namespace

TEST_CASE("of each budget that was met, the sizes of the best are written", "[study]") {
  const temporary_directory dir;
  ciess::study_result r;
  r.budgets = {{0.5, {method({1, 1}, {1}), method({8, 2}, {3})}, 1},
               {0.75, {}},
               {0.9, {method({1, 2}, {1})}}};
  ciess::save_sizes(dir.path(), r, tables);
  CHECK(names_in(dir.path()) == std::set<std::string>{"sizes-0.5-users.npy", "sizes-0.5-items.npy",
                                                      "sizes-0.9-users.npy",
                                                      "sizes-0.9-items.npy"});
  const auto& best = r.budgets[0].best_of_all().sizes;
  for (std::size_t t = 0; t < 2; ++t)
    CHECK(ciess::load_npy_sizes(dir.path() / ciess::sizes_file(0.5, tables[t]), {1, 8}) == best[t]);
}

TEST_CASE("sizes of tables without names are refused before anything is written", "[study]") {
  const temporary_directory dir;
  ciess::study_result r;
  r.budgets = {{0.5, {method({1}, {1})}}, {0.9, {method({1}, {1})}}};
  r.budgets[1].methods[0].sizes = {};
  CHECK_THROWS_WITH(ciess::save_sizes(dir.path(), r, tables), "save_sizes: 2 names for 0 tables");
  CHECK(names_in(dir.path()).empty());
  ciess::save_sizes(dir.path(), ciess::study_result{}, tables);
  CHECK(names_in(dir.path()).empty());
  r.budgets.pop_back();
  CHECK_THROWS_AS(ciess::save_sizes(dir.path() / "none", r, tables), ciess::io_error);
}

TEST_CASE("ids of users and items are written with their rows", "[study]") {
  const temporary_directory dir;
  ciess::save_ids(dir.path(), ciess::id_map(std::vector<std::string>{"b", "a\tc"}), {});
  CHECK(file_text(dir.path() / "ids-users.tsv") == "row\tid\n0\tb\n1\ta\\tc\n");
  CHECK(file_text(dir.path() / "ids-items.tsv") == "row\tid\n");
}
