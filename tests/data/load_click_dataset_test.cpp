// SPDX-License-Identifier: MIT
#include <ciess/data/load_click_dataset.hpp>
// its own header first
#include <fstream>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

TEST_CASE("a file of impressions becomes parts in one call, or three files do", "[data]") {
  const temporary_directory dir;
  const auto write = [&](const char* name, int first, int last) {
    std::ofstream file(dir.path() / name);
    file << "label\tuser\tsite\n";
    for (int k = first; k < last; ++k)
      file << k * 7 % 3 % 2 << '\t' << k % 9 << '\t' << k % 4 << '\n';
    return dir.path() / name;
  };
  const auto all = write("all.tsv", 0, 100);
  const auto d = ciess::load_click_dataset(all);
  CHECK(d.train.size() == 80);
  CHECK(d.values[0].size() == 10);
  const auto ignoring = ciess::load_click_dataset(all, {.ignored = {"site"}}, {.min_count = 100});
  CHECK(ignoring.values.size() == 1);
  CHECK(ignoring.values[0].size() == 1);
  const auto own = ciess::load_click_dataset(all, write("validation.tsv", 100, 120),
                                             write("test.tsv", 120, 150));
  CHECK(own.train.size() == 100);
  CHECK(own.validation.size() == 20);
  CHECK(own.test.size() == 30);
  CHECK_THROWS_AS(ciess::load_click_dataset(dir.path() / "none"), ciess::io_error);
}
