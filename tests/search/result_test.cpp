// SPDX-License-Identifier: MIT
#include <ciess/search/result.hpp>
// its own header first
#include "support/catch.hpp"

namespace {
using ciess::assignment;
using ciess::best_memory;
using ciess::candidate;

assignment equal(int size) { return assignment({ciess::sizes(10, {1, 10}, size)}); }
candidate made(int size, double quality) {
  return {.sizes = equal(size), .quality = quality, .retrained = {}, .origin = "test"};
}
}  // namespace

TEST_CASE("the memory files an assignment under every budget that it meets", "[search]") {
  best_memory memory({{50}, {20}}, 2);
  memory.offer(made(6, 9));  // meets neither
  memory.offer(made(5, 3));
  memory.offer(made(2, 1));
  CHECK(memory.best(0).size() == 2);
  CHECK(memory.best(1).size() == 1);
  memory.offer(made(2, 5));  // known already
  CHECK(memory.best(0).front().quality == 3);
  memory.offer(made(3, 4));
  CHECK(memory.best(0).front().quality == 4);
  CHECK(memory.best(0).back().quality == 3);
  memory.offer(made(1, 3));  // no better than the worst kept
  CHECK(memory.best(0).back().sizes == equal(5));
  CHECK(memory.best(1).front().quality == 3);
  for (std::size_t b = 0; b < 2; ++b)
    for (const auto& c : memory.best(b)) CHECK(c.sizes.total() <= (b == 0 ? 50 : 20));
}

TEST_CASE("a result is asked by its budgets, exactly as they were given", "[search]") {
  ciess::search_result found;
  found.budgets = {0.1 + 0.2, 0.9};
  found.best = {{made(5, 3), made(4, 2)}, {}};
  found.steps = 12;
  CHECK(found.best_of(0.1 + 0.2).quality == 3);
  CHECK(found.sizes(0.1 + 0.2) == equal(5));
  CHECK(&found.sizes(0.1 + 0.2) == &found.best[0][0].sizes);
  CHECK_THROWS_AS(found.sizes(0.3), ciess::argument_error);
  CHECK_THROWS_WITH(found.best_of(0.3),
                    "search_result: there is no budget 0.3, there are 0.30000000000000004, 0.9");
  CHECK_THROWS_AS(found.best_of(0.9), ciess::nothing_found);
  CHECK_THROWS_WITH(found.sizes(0.9),
                    ContainsSubstring("of 12 assignments that were measured none removes 0.9"));
  CHECK_THROWS_WITH(ciess::search_result{}.sizes(0.9), ContainsSubstring("there are none"));
  // One that is gone after the call gives away what it has, and no reference into itself.
  static_assert(std::is_same_v<decltype(ciess::search_result{}.sizes(0.9)), assignment>);
  static_assert(std::is_same_v<decltype(ciess::search_result{}.best_of(0.9)), candidate>);
  CHECK(ciess::search_result(found).sizes(0.1 + 0.2) == equal(5));
}

TEST_CASE("budgets are checked before a search begins", "[search]") {
  const std::vector<ciess::table_shape> shapes{{.rows = 10, .range = {1, 10}}};
  CHECK(ciess::budgets_of(std::vector{0.8, 0.5}, shapes) == std::vector<ciess::budget>{{20}, {50}});
  CHECK_THROWS_AS(ciess::budgets_of({}, shapes), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::budgets_of(std::vector{0.95}, shapes),
                    ContainsSubstring("alone need 10"));
  CHECK_THROWS_AS(best_memory({{1}}, 0), ciess::argument_error);
}

TEST_CASE("budgets of bytes are those of the format that the environment stores in", "[search]") {
  struct {
    std::vector<ciess::table_shape> tables{{.rows = 100, .range = {1, 32}}};
    ciess::number_format format = ciess::number_format::four_bits;
    [[nodiscard]] std::span<const ciess::table_shape> shapes() const { return tables; }
    [[nodiscard]] ciess::number_format stored_as() const { return format; }
  } env;
  ciess::sizing_request asked{.budgets = {0.9}, .of = ciess::budget_of::bytes};
  const auto limit = ciess::limits_of(asked, env).front();
  CHECK(limit == ciess::budget_in_bytes(env.tables, env.format, 0.9));
  CHECK(limit.multiple == 2);
  CHECK(ciess::removed_share(asked, 0, limit, env.tables) ==
        Approx(1 - static_cast<double>(limit.numbers) / 3200));
  // Where no index fits, what is left is for tables of one size each: the smallest sizes, and two
  // numbers in a byte more.
  const auto least = static_cast<double>(ciess::least_bytes(env.tables, env.format));
  asked.budgets = {1 - (least + 1) / (4 * 3200)};
  const auto tight = ciess::limits_of(asked, env).front();
  CHECK(tight.numbers < 100);
  CHECK(tight.whole_numbers(env.tables) == 202);
  CHECK(ciess::removed_share(asked, 0, tight, env.tables) == Approx(1 - 202.0 / 3200));
  // Odd sizes, and portions that d_max does not fill: what holds everything is refused, what does
  // not leaves something to remove.
  for (const int most : {32, 33})
    for (const int multiple : {1, 5}) {
      asked.multiple = multiple;
      env.tables = {{.rows = 1000, .range = {1, most}}, {.rows = 500, .range = {1, most}}};
      const auto all = ciess::packed_bytes(ciess::assignment(env.shapes()), env.format);
      const auto floats = static_cast<double>(4 * 1500 * most);
      for (std::int64_t bytes = all - 40; bytes <= all + 2000; bytes += 10) {
        asked.budgets = {1 - static_cast<double>(bytes) / floats};
        if (bytes >= all) {
          CHECK_THROWS_WITH(ciess::limits_of(asked, env), ContainsSubstring("nothing to choose"));
          continue;
        }
        const auto left = ciess::limits_of(asked, env).front();
        const double removed = ciess::removed_share(asked, 0, left, env.tables);
        CHECK((removed > 0 && removed < 1));
      }
    }
  env.tables = {{.rows = 100, .range = {1, 32}}};
  asked.multiple = 1;
  asked.budgets = {0.5};  // 4 bits of all take less
  CHECK_THROWS_WITH(ciess::limits_of(asked, env), ContainsSubstring("there is nothing to choose"));
  asked.budgets = {};
  CHECK_THROWS_AS(ciess::limits_of(asked, env), ciess::argument_error);
  asked = {.budgets = {0.9}, .multiple = 2};
  CHECK(ciess::limits_of(asked, env).front() == ciess::budget{320, 2});
  CHECK_THROWS_WITH(ciess::limits_of({.budgets = {0.9}, .multiple = 0}, env),
                    ContainsSubstring("multiples of 1 to 65535, got 0"));
}
