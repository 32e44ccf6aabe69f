// SPDX-License-Identifier: MIT
#include <ciess/data/loaded.hpp>
// its own header first
#include <cstddef>

#include "support/catch.hpp"

TEST_CASE("columns are known by their roles", "[data]") {
  using role = ciess::column_role;
  ciess::loaded l;
  for (const auto r : {role::user, role::item, role::rating, role::label, role::time, role::weight})
    CHECK_FALSE(l.column(r));
  l.columns[static_cast<std::size_t>(role::time)] = {.position = 3, .name = "when", .used = false};
  REQUIRE(l.column(role::time));
  CHECK(l.column(role::time)->position == 3);
  CHECK(l.column(role::time)->name == "when");
  CHECK_FALSE(l.column(role::time)->used);
  CHECK_FALSE(l.column(role::weight));
  CHECK(ciess::column_role_names[static_cast<std::size_t>(role::user)] == "user");
  CHECK(ciess::column_role_names[static_cast<std::size_t>(role::weight)] == "weight");
}

TEST_CASE("nothing was loaded into a new account", "[data]") {
  const ciess::loaded l;
  CHECK(l.data.size() == 0);
  CHECK(l.users.size() + l.items.size() == 0);
  CHECK(l.lines + l.kept + l.duplicates + l.below_threshold + l.negatives + l.comments +
            l.empty_lists ==
        0);
  CHECK(l.format == ciess::data_format::automatic);
  CHECK_FALSE(l.time_range);
}
