// SPDX-License-Identifier: MIT
#include <ciess/data/load_dataset.hpp>

#include <fstream>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

TEST_CASE("a file becomes parts in one call, by time if that is asked", "[data]") {
  const temporary_directory dir;
  const auto path = dir.path() / "ratings.dat";
  std::ofstream file(path);
  for (int u = 0; u < 4; ++u)
    for (int i = 0; i < 8; ++i)
      file << 10 + u << "::" << 20 + i << "::5::" << 1'000'000'000 + 100 * ((i + u) % 8) << '\n';
  file.close();
  const auto random = ciess::load_dataset(path);
  CHECK(random.all.size() == 32);
  CHECK(random.users.size() == 4);
  CHECK(random.parts.train.size() + random.parts.validation.size() + random.parts.test.size() ==
        32);
  CHECK(!random.split_by_time);
  const auto last = ciess::load_dataset(path, {}, {.kind = ciess::split_kind::last});
  CHECK(last.split_by_time);
  CHECK(last.parts.test.size() == 4);
  for (ciess::row_id u = 0; u < 4; ++u)
    CHECK(last.parts.test.items_of(u)[0] == last.items.find(std::to_string(27 - u)).value());
  CHECK_THROWS_AS(ciess::load_dataset(dir.path() / "none"), ciess::io_error);
}
