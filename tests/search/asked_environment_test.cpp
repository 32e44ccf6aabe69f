// SPDX-License-Identifier: MIT
#include <ciess/search/asked_environment.hpp>

#include <ciess/search/rules/table_facts.hpp>

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/memory_fields.hpp"

namespace {

ciess::asked_tables small_tables() {
  ciess::asked_tables tables;
  tables.shapes = {{3, {1, 4}}, {2, {1, 8}}};
  tables.frequency = {{5, 0, 1}, {2, 2}};
  return tables;
}
ciess::assignment sizes(int first) {
  return ciess::assignment(
      std::vector<ciess::sizes>{{3, {1, 4}, first}, ciess::sizes{2, {1, 8}, 2}});
}
const std::vector<std::vector<double>> rows{{1, 2, 3}, {4, 5}};

}  // namespace

TEST_CASE("an asked environment says what it was given of its tables", "[search][asked]") {
  auto tables = small_tables();
  const ciess::asked_environment plain(tables);
  CHECK(plain.table_name(1) == "table1");
  CHECK(plain.kind(1) == 1);
  CHECK(!plain.has_full_tables());
  CHECK(!ciess::facts_of(plain).shows_full);
  CHECK(ciess::full_facts_of(plain).full.empty());
  tables.names = {"user", "item"};
  tables.kind = {0, 0};
  tables.axes = {3, 3};
  tables.full = {ciess::matrix::Ones(3, 4), ciess::matrix::Ones(2, 8)};
  tables.stored_as = ciess::number_format::four_bits;
  const ciess::asked_environment shown(tables);
  CHECK(shown.table_name(1) == "item");
  const auto facts = ciess::full_facts_of(shown);
  CHECK(facts.shows_full);
  CHECK(facts.kinds() == 1);
  CHECK(facts.axes == std::vector<std::size_t>{3, 3});
  CHECK(facts.full[1].cols() == 8);
  CHECK(shown.stored_as() == ciess::number_format::four_bits);
}

TEST_CASE("an asked environment files each question once, and knows its answer",
          "[search][asked]") {
  ciess::asked_environment env(small_tables());
  const auto number = [](auto ask) {
    try {
      ask();
    } catch (const ciess::detail::measurement_wanted& w) {
      CHECK(!std::string(w.what()).empty());
      return w.number;
    }
    return -1;
  };
  CHECK(number([&] { env.full(); }) == 0);
  CHECK(number([&] { env.full(); }) == 0);
  env.tell(0, 0.5, rows);
  CHECK(number([&] { env.full(); }) == -1);
  CHECK(env.full().rows == rows);
  CHECK(number([&] { env.quality(sizes(1)); }) == 1);
  CHECK(number([&] { env.quality(sizes(1)); }) == 1);
  CHECK(!env.wants_rows(1));
  CHECK(number([&] { env.measure(sizes(1)); }) == 1);
  CHECK(env.wants_rows(1));
  CHECK(number([&] { env.quality(sizes(2)); }) == 2);
  CHECK(env.number_of(sizes(2)) == 2);
  CHECK(env.number_of(sizes(3)) == -1);
  env.tell(1, 0.25, rows);
  CHECK(env.measure(sizes(1)).rows == rows);
  CHECK(env.quality(sizes(1)) == 0.25);
  CHECK(env.told() == 2);

  const auto saved = save_fields(env);
  ciess::asked_environment loaded(small_tables());
  load_fields(saved, loaded);
  CHECK(loaded.measure(sizes(1)).rows == rows);
  CHECK(loaded.full().rows == rows);
  CHECK((save_fields(loaded) == saved));

  // Rows that are forgotten are asked for again by whoever needs them, under another number.
  env.forget_rows();
  CHECK(env.quality(sizes(1)) == 0.25);
  CHECK(number([&] { env.measure(sizes(1)); }) == 3);
  CHECK(env.number_of(sizes(1)) == 3);
  // Those that never were are not.
  env.tell(2, 0.25, {});
  CHECK(env.measure(sizes(2)).rows[1][1] == 2.5);
}
