// SPDX-License-Identifier: MIT
#include <ciess/search/rules/level.hpp>
// its own header first
#include <ciess/search/budget/bytes.hpp>
#include <ciess/search/rules/rule.hpp>

#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/sizer_laws.hpp"

namespace {

struct two_tables {
  std::vector<ciess::table_shape> shapes{{100, {1, 20}}, {60, {1, 20}}};
  std::vector<double> users, items;
  two_tables() : users(100, 3.0) {
    for (int r = 0; r < 60; ++r) items.push_back(r);
  }
  [[nodiscard]] ciess::table_facts facts() const {
    return {.shapes = shapes, .frequency = {users, items}, .kind = {0, 1}};
  }
};

}  // namespace

TEST_CASE("the level rule keeps the laws of sizers", "[search][laws]") {
  sizer_laws::check(ciess::rule(ciess::level_rule()));
  sizer_laws::check(ciess::rule(ciess::level_rule({-1, 2}, {0.0, 1.5})));
}

TEST_CASE("users of one size pay no index, and items share what is left by frequency", "[search]") {
  const two_tables tables;
  const auto facts = tables.facts();
  const ciess::rule rule = ciess::level_rule();
  std::set<std::string> titles;
  int ragged = 0;
  for (const std::int64_t bytes : {500, 700, 1000, 1300}) {
    const auto limit = ciess::budget_in_code_bytes(tables.shapes, 10, bytes);
    int before = 0;
    for (std::size_t i = 0; i < rule.count(facts); ++i) {
      CAPTURE(bytes, rule.title(facts, i));
      titles.insert(rule.title(facts, i));
      const auto sizes = rule.sizes(facts, limit, 1, i);  // which looks whether it meets the budget
      const int level = ciess::only_size(sizes[0]);
      CHECK(level >= before);
      before = level;
      for (ciess::index_t r = 1; r < 60; ++r) CHECK(sizes[1][r] >= sizes[1][r - 1]);
      std::int64_t takes = 0;
      for (const auto& s : sizes) takes += ciess::packed_memory_of_bytes(s, 10).total();
      CHECK(takes <= bytes);
      if (ciess::only_size(sizes[1]) != 0) continue;
      ++ragged;
      CHECK(takes == bytes);
    }
  }
  CHECK(ragged >= 20);
  CHECK(titles.size() == 8);
  CHECK(titles.contains("level +3, freq^0.5"));
}

TEST_CASE("bytes that hold one index and not two hold items of unlike sizes", "[search]") {
  const two_tables tables;
  const auto facts = tables.facts();
  const ciess::rule rule = ciess::level_rule();
  const auto least = ciess::least_code_bytes(tables.shapes, 10);
  const auto unequal = ciess::least_unequal_code_bytes(tables.shapes, 10);
  CHECK(least == 160 + 60);  // a byte a row, and the books
  int ragged = 0;
  for (std::int64_t bytes = least; bytes < unequal; bytes += 9) {
    const auto limit = ciess::budget_in_code_bytes(tables.shapes, 10, bytes);
    for (std::size_t i = 0; i < rule.count(facts); ++i) {
      CAPTURE(bytes, rule.title(facts, i));
      const auto sizes = rule.sizes(facts, limit, 1, i);
      CHECK(ciess::only_size(sizes[0]) >= 1);
      ragged += ciess::only_size(sizes[1]) == 0;
      std::int64_t takes = 0;
      for (const auto& s : sizes) takes += ciess::packed_memory_of_bytes(s, 10).total();
      CHECK(takes <= bytes);
      if (bytes == least) CHECK(takes == bytes);
    }
  }
  CHECK(ragged > 10);
}

TEST_CASE("of the least budget, and of multiples, the level rule makes sizes", "[search]") {
  const two_tables tables;
  const auto facts = tables.facts();
  const ciess::rule rule = ciess::level_rule({-9, 0, 40}, {1});
  const auto least = ciess::least_code_bytes(tables.shapes, 10);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto sizes =
        rule.sizes(facts, ciess::budget_in_code_bytes(tables.shapes, 10, least), 1, i);
    CHECK(ciess::only_size(sizes[0]) >= 1);
    const auto even = rule.sizes(facts, ciess::budget{900, 4}, 1, i);
    CHECK(ciess::only_size(even[0]) % 4 == 0);
    for (const auto size : even[1].values()) CHECK(size % 4 == 0);
    // Bytes of numbers of three bits.
    const ciess::budget limit{.numbers = 3000, .multiple = 8, .parts = 3};
    const auto filled = rule.sizes(facts, limit, 1, i);
    for (std::size_t t = 0; t < 2; ++t)
      for (const int size : filled[t].values())
        CHECK((limit.of(0).largest(limit.of(0).of(size)) == size ||
               size == tables.shapes[t].range.max));
    CHECK(ciess::only_size(filled[0]) >= 1);
  }
  auto one_kind = facts;
  one_kind.kind = {0, 0};
  CHECK_THROWS_WITH(rule.check(one_kind), "level: expected tables of two kinds, got one");
  CHECK_THROWS_WITH(
      ciess::rule(ciess::level_rule({0}, {std::numeric_limits<double>::infinity()})).check(facts),
      "level: an exponent is inf");
}
