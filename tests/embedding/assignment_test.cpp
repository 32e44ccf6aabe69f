// SPDX-License-Identifier: MIT
#include <ciess/embedding/assignment.hpp>
// its own header first
#include <array>
#include <limits>

#include "support/catch.hpp"

namespace {

using shapes = std::vector<ciess::table_shape>;

}  // namespace

TEST_CASE("an assignment adds up its tables", "[embedding]") {
  ciess::assignment a(shapes{{3, {1, 10}}, {2, {4, 20}}});
  CHECK(a.size() == 2);
  CHECK(a.total() == 70);
  CHECK(a.dense() == 70);
  CHECK(a.sparsity() == 0);
  a[0].set(1, 1);
  a[1].set(0, 4);
  CHECK(a.total() == 70 - 9 - 16);
  CHECK(a.dense() == 70);
  CHECK(a.sparsity() == 1 - 45.0 / 70);
  CHECK_FALSE(a == ciess::assignment(shapes{{3, {1, 10}}, {2, {4, 20}}}));
  CHECK(ciess::assignment{}.sparsity() == 0);
  CHECK(ciess::assignment{}.total() == 0);
}

TEST_CASE("check_shapes wants exactly these tables", "[embedding]") {
  const shapes wanted{{3, {1, 10}}, {2, {4, 20}}};
  CHECK_NOTHROW(ciess::check_shapes("me", wanted, ciess::assignment(wanted)));
  CHECK_THROWS_WITH(ciess::check_shapes("me", wanted, ciess::assignment(shapes{{3, {1, 10}}})),
                    ContainsSubstring("me: expected sizes of 2 tables, got 1"));
  CHECK_THROWS_WITH(
      ciess::check_shapes("me", wanted, ciess::assignment(shapes{{3, {1, 10}}, {1, {4, 20}}})),
      ContainsSubstring("table 1 has 2 rows"));
  CHECK_THROWS_AS(
      ciess::check_shapes("me", wanted, ciess::assignment(shapes{{3, {1, 9}}, {2, {4, 20}}})),
      ciess::argument_error);
}

TEST_CASE("a budget is the largest that removes the share asked for", "[embedding]") {
  const ciess::index_t rows = GENERATE(1, 3, 7, 100, 999, 9746, 1'000'003);
  const int most = GENERATE(1, 2, 64, 100, 128);
  const std::int64_t dense = std::int64_t{rows} * most;
  const auto all = static_cast<double>(dense);
  for (int thousandth = 1; thousandth < 1000; ++thousandth) {
    const double c = thousandth / 1000.0;
    const std::int64_t floor = dense * (1000 - thousandth) / 1000;  // exact
    const shapes tables{{rows, {1, most}}};
    CAPTURE(rows, most, c, floor);
    if (floor < rows) {  // not even one number a row
      // A share at the border may be lost or won by the rounding of c.
      if (floor < rows - 1)
        CHECK_THROWS_AS(ciess::budget::from_sparsity(c, tables), ciess::argument_error);
      continue;
    }
    if (floor == rows) continue;
    const auto numbers = ciess::budget::from_sparsity(c, tables).numbers;
    // As an assignment computes its sparsity, nothing more would do, and this does.
    if (1 - static_cast<double>(numbers) / all < c) FAIL("too large: " << numbers);
    if (1 - static_cast<double>(numbers + 1) / all >= c) FAIL("too small: " << numbers);
    // And that is the true quotient, up to the last bit of c.
    if (numbers != floor && numbers != floor - 1) FAIL("far off: " << numbers);
  }
}

TEST_CASE("budgets at the paper's shares", "[embedding]") {
  // MovieLens-1M: 6040 users and 3706 items with 128 numbers each.
  const shapes tables{{6040, {1, 128}}, {3706, {1, 128}}};
  const std::int64_t dense = (6040 + 3706) * 128;
  CHECK(ciess::budget::from_sparsity(0.8, tables).numbers == dense / 5);
  CHECK(ciess::budget::from_sparsity(0.9, tables).numbers == dense / 10);
  CHECK(ciess::budget::from_sparsity(0.95, tables).numbers == dense / 20);
  // Where the share divides evenly, the border itself is within the budget.
  for (const double c : {0.5, 0.75, 0.8, 0.9}) {
    CAPTURE(c);
    const auto numbers = ciess::budget::from_sparsity(c, shapes{{100, {1, 10}}}).numbers;
    CHECK(numbers == std::llround((1 - c) * 1000));
  }
}

TEST_CASE("a budget is met up to the last number", "[embedding]") {
  const shapes tables{{10, {1, 10}}};
  const auto half = ciess::budget::from_sparsity(0.5, tables);
  REQUIRE(half.numbers == 50);
  ciess::assignment a(std::vector<ciess::sizes>{ciess::sizes(10, {1, 10}, 5)});
  CHECK(half.met_by(a));
  CHECK(a.sparsity() >= 0.5);
  a[0].set(3, 6);
  CHECK_FALSE(half.met_by(a));
  CHECK(a.sparsity() < 0.5);
}

TEST_CASE("tables may have portions of their own in a budget", "[embedding]") {
  // Of three bits, whose numbers fill bytes as they come, and of floats.
  const ciess::budget limit{.numbers = 100, .one_size = {7, 9}, .tables = {{8, 3, 1}, {1, 1, 4}}};
  CHECK(limit.of(0).of(2) == 1);
  CHECK(limit.of(0).of(3) == 2);
  CHECK(limit.of(0).largest(2) == 5);
  CHECK(limit.of(0).largest(3) == 8);
  CHECK(limit.of(0).cost(8) == 3);
  CHECK(limit.of(1).cost(8) == 32);
  const shapes tables{{10, {1, 8}}, {5, {2, 4}}};
  CHECK(limit.least(tables) == 10 * 1 + 5 * 8);
  CHECK(limit.most(tables) == 10 * 3 + 5 * 16);
  CHECK_FALSE(limit.counts_numbers());
  CHECK(ciess::budget{100}.counts_numbers());
  CHECK(ciess::budget{100, 4}.of(3) == ciess::row_portions{4, 1, 4});

  ciess::assignment a(tables);
  CHECK(limit.met_by(a));  // 110 less 16, of one size each: 94
  a[1].set(0, 3);          // 106 less 7
  CHECK(limit.met_by(a));
  a[0].set(0, 7);  // of three bytes, too, and no longer one size
  CHECK_FALSE(limit.met_by(a));
  a[1].set(1, 2);  // 98
  CHECK(limit.met_by(a));

  const std::vector<std::size_t> second{1};
  const ciess::budget rest = limit.for_tables(second, 30);
  CHECK(rest == ciess::budget{.numbers = 30, .one_size = {9}, .tables = {{1, 1, 4}}});
  CHECK(ciess::budget{100, 4}.for_tables(second, 30) == ciess::budget{30, 4});
  CHECK_NOTHROW(limit.check("t", tables));
  CHECK_THROWS_WITH(rest.check("somebody", tables),
                    "somebody: a budget with portions of 1 tables, expected 2");

  // In numbers: of both tables the same share. 80 numbers take 30 bytes, 20 take 80.
  CHECK(limit.whole_numbers(tables) == 90);
  CHECK(ciess::budget{100, 8, {}, 3}.whole_numbers(tables) == 33);
  const auto costs = limit.number_costs(tables);
  CHECK(80 * costs[0] + 20 * costs[1] == Approx(100));
  CHECK(costs[1] == Approx(costs[0] * 4 * 8 / 3));
  CHECK(limit.removed_by(ciess::assignment(tables), tables) == Approx(0).margin(1e-12));
}

TEST_CASE("a budget refuses shares that are none", "[embedding]") {
  const shapes tables{{10, {1, 10}}};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  const double c = GENERATE_COPY(0.0, 1.0, -1.0, 2.0, nan, inf, -inf);
  CHECK_THROWS_AS(ciess::budget::from_sparsity(c, tables), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::budget::from_sparsity(0.95, tables),
                    ContainsSubstring("leaves 5 numbers") && ContainsSubstring("need 10"));
  CHECK(ciess::budget::from_sparsity(0.5, {}).numbers == 0);
}
