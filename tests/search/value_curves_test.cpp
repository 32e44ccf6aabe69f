// SPDX-License-Identifier: MIT
#include <ciess/search/value_curves.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <limits>
#include <tuple>

#include "support/catch.hpp"

namespace {
using ciess::assignment;
using ciess::budget;
using ciess::matrix;
using ciess::table_shape;
using ciess::value_curves;

/// Falling curves with many ties (values are multiples of 1/8 if `coarse`), zeros, rows of zeros
/// and rows that stay flat.
value_curves random_curves(std::span<const table_shape> shapes, std::uint64_t seed, bool coarse) {
  const ciess::random_stream stream(seed, ciess::purpose::user);
  std::vector<matrix> all;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    matrix m(shapes[t].rows, shapes[t].range.max);
    for (ciess::index r = 0; r < m.rows(); ++r) {
      auto engine = stream.at(t, static_cast<std::uint64_t>(r));
      double v = r % 11 == 3 ? 0 : std::exp(ciess::normal(engine));
      for (ciess::index j = 0; j < m.cols(); ++j) {
        m(r, j) = static_cast<float>(coarse ? std::floor(8 * v) / 8 : v);
        if (r % 7 != 2) v *= ciess::uniform(engine, 0.3, 1.0);
      }
    }
    all.push_back(std::move(m));
  }
  return value_curves(std::move(all));
}

/// The rule word by word: all numbers past d_min in one sorted list.
assignment judge(std::span<const table_shape> shapes, const value_curves& curves, budget limit) {
  std::vector<std::tuple<float, int, std::size_t, ciess::index>> list;
  std::vector<ciess::sizes> tables;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    tables.emplace_back(shapes[t].rows, shapes[t].range, shapes[t].range.min);
    for (ciess::index r = 0; r < shapes[t].rows; ++r)
      for (int j = shapes[t].range.min; j < shapes[t].range.max; ++j)
        list.emplace_back(-curves[t](r, j), j, t, r);
  }
  std::ranges::sort(list);
  assignment a(std::move(tables));
  for (const auto& [value, column, t, r] : list) {
    if (a.total() == limit.numbers) break;
    REQUIRE(a[t][r] == column);  // prefixes: the number before is already there
    a[t].set(r, column + 1);
  }
  return a;
}
}  // namespace

TEST_CASE("the budget goes to the largest values, by hand", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 2, .range = {1, 3}}, {.rows = 1, .range = {1, 2}}};
  const value_curves curves({matrix{{8, 4, 1}, {5, 5, 0}}, matrix{{6, 3}}});
  const auto at = [&](std::int64_t numbers) {
    const auto a = ciess::project_by_value(shapes, curves, {numbers});
    REQUIRE(a.total() == numbers);
    return std::vector<int>{a[0][0], a[0][1], a[1][0]};
  };
  CHECK(at(3) == std::vector{1, 1, 1});
  CHECK(at(4) == std::vector{1, 2, 1});
  CHECK(at(5) == std::vector{2, 2, 1});
  CHECK(at(6) == std::vector{2, 2, 2});
  CHECK(at(7) == std::vector{3, 2, 2});
  CHECK(at(8) == std::vector{3, 3, 2});
  CHECK(ciess::project_by_value(shapes, curves, {99}).total() == 8);
}

TEST_CASE("equal values: smaller columns first, then smaller tables and rows", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 2, .range = {1, 4}}, {.rows = 2, .range = {2, 4}}};
  const value_curves zeros({matrix::Zero(2, 4), matrix::Zero(2, 4)});
  const auto a = ciess::project_by_value(shapes, zeros, {7});
  CHECK(a[0][0] == 2);
  CHECK(a[0][1] == 1);
  CHECK(a[1][0] == 2);
  CHECK(a[1][1] == 2);
  const auto b = ciess::project_by_value(shapes, zeros, {11});
  CHECK(b[0][0] == 3);
  CHECK(b[0][1] == 3);
  CHECK(b[1][0] == 3);
  CHECK(b[1][1] == 2);
  // the largest float is a value as any other
  const value_curves large(
      {matrix::Constant(2, 4, std::numeric_limits<float>::max()), matrix::Zero(2, 4)});
  CHECK(ciess::project_by_value(shapes, large, {6})[0].total() == 2);
  CHECK(ciess::project_by_value(shapes, large, {12})[0].total() == 8);
}

TEST_CASE("sizes by value are those of a sorted list of all numbers", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 23, .range = {1, 17}},
                                        {.rows = 1, .range = {3, 40}},
                                        {.rows = 0, .range = {1, 8}},
                                        {.rows = 40, .range = {5, 9}},
                                        {.rows = 6, .range = {4, 4}}};
  const auto seed = static_cast<std::uint64_t>(GENERATE(range(0, 4)));
  const bool coarse = GENERATE(true, false);
  const auto curves = random_curves(shapes, seed, coarse);
  const std::int64_t least = 23 + 3 + 200 + 24;
  const std::int64_t most = 23 * 17 + 40 + 360 + 24;
  for (std::int64_t numbers = least; numbers <= most; ++numbers) {
    CAPTURE(seed, coarse, numbers);
    const auto a = ciess::project_by_value(shapes, curves, {numbers});
    REQUIRE(a.total() == numbers);
    if (numbers % 13 == 0 || numbers < least + 3 || numbers > most - 3)
      REQUIRE(a == judge(shapes, curves, {numbers}));
  }
}

TEST_CASE("what a policy asks for, scaled by values, by hand", "[search]") {
  // costs 1 2 4 8 and 1 2 3 4 (and a millionth for each number); half-way 0.5 1.5 3 6,
  // 0.5 1.5 2.5 3.5
  const std::vector<table_shape> shapes{{.rows = 2, .range = {1, 4}}};
  const value_curves curves({matrix{{8, 4, 2, 1}, {12, 6, 4, 3}}});
  const auto at = [&](ciess::proposal p, std::int64_t numbers) {
    const auto a = ciess::project_by_value(shapes, p, curves, {numbers});
    return std::vector<int>{a[0][0], a[0][1]};
  };
  CHECK(at({{3, 3}}, 6) == std::vector{3, 3});
  // asked 4, 3: the third numbers are worth 4/3 and 3/2.5, the fourth 4/6 and 3/3.5
  CHECK(at({{3, 3}}, 5) == std::vector{3, 2});
  CHECK(at({{3, 3}}, 7) == std::vector{3, 4});
  // asked 8, 2: the first row's third and fourth are worth 8/3, 8/6, the second's second 2/1.5
  CHECK(at({{4, 2}}, 6) == std::vector{4, 2});
  CHECK(at({{4, 2}}, 4) == std::vector{3, 1});
  // between sizes: 2.5 costs 3, as 3 does for the other
  CHECK(at({{2.5F, 3}}, 4) == std::vector{2, 2});
}

TEST_CASE("a proposal that already fits exactly stays as it is, whatever the values", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 60, .range = {1, 33}},
                                        {.rows = 25, .range = {3, 20}}};
  const auto curves = random_curves(shapes, 4, GENERATE(true, false));
  ciess::proposal p;
  for (const auto& s : shapes) {
    auto& table = p.emplace_back();
    for (ciess::index r = 0; r < s.rows; ++r)
      table.push_back(static_cast<float>(s.range.min + r * 7 % (s.range.max - s.range.min + 1)));
  }
  const auto asked = ciess::round_sizes(shapes, p);
  CHECK(ciess::project_by_value(shapes, p, curves, {asked.total()}) == asked);
}

TEST_CASE("with values 1/j a proposal is scaled as project does", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 400, .range = {1, 128}},
                                        {.rows = 150, .range = {2, 64}}};
  std::vector<matrix> values;
  ciess::proposal p;
  const ciess::random_stream stream(static_cast<std::uint64_t>(GENERATE(range(0, 4))),
                                    ciess::purpose::user);
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    auto& v = values.emplace_back(shapes[t].rows, shapes[t].range.max);
    auto& table = p.emplace_back();
    for (ciess::index r = 0; r < v.rows(); ++r) {
      for (ciess::index j = 0; j < v.cols(); ++j) v(r, j) = 5 / static_cast<float>(j + 1);
      auto engine = stream.at(t, static_cast<std::uint64_t>(r));
      table.push_back(r % 50 == 3 ? -2.0F
                                  : 10 * static_cast<float>(std::exp(ciess::normal(engine))));
    }
  }
  const value_curves curves(std::move(values));
  const std::int64_t numbers = GENERATE(700, 701, 2500, 6789, 20000, 50000, 60799);
  const auto a = ciess::project_by_value(shapes, p, curves, {numbers});
  const auto b = ciess::project(shapes, p, {numbers});
  REQUIRE(a.total() == numbers);
  for (std::size_t t = 0; t < 2; ++t)
    for (ciess::index r = 0; r < a[t].rows(); ++r) REQUIRE(std::abs(a[t][r] - b[t][r]) <= 1);
}

TEST_CASE("with values that fall by a factor every row gives the same number", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 4, .range = {1, 16}}};
  matrix m(4, 16);
  for (ciess::index r = 0; r < 4; ++r)
    for (ciess::index j = 0; j < 16; ++j) m(r, j) = std::pow(0.5F, static_cast<float>(j + r));
  const value_curves curves({m});
  const auto a = ciess::project_by_value(shapes, {{16, 12, 9, 7}}, curves, {24});
  CHECK(std::vector{a[0][0], a[0][1], a[0][2], a[0][3]} == std::vector{11, 7, 4, 2});
}

TEST_CASE("proposals by value: budgets to the number, rows of zeros in proportion, any request",
          "[search]") {
  const std::vector<table_shape> shapes{
      {.rows = 50, .range = {2, 20}}, {.rows = 1, .range = {1, 64}}, {.rows = 0, .range = {1, 4}}};
  const auto curves = random_curves(shapes, 2, true);
  ciess::proposal p(3);
  for (int r = 0; r < 50; ++r)
    p[0].push_back(r % 9 == 0 ? 0.0F : r % 9 == 1 ? -1e30F : r % 9 == 2 ? 3e38F : float(r));
  p[1].push_back(12);
  for (std::int64_t numbers = 101; numbers <= 1064; ++numbers)
    REQUIRE(ciess::project_by_value(shapes, p, curves, {numbers}).total() == numbers);

  // rows of zeros: asked 4 and 8 of 16, 12 numbers, then 6 and 18
  const std::vector<table_shape> two{{.rows = 2, .range = {1, 16}}};
  const value_curves zeros({matrix::Zero(2, 16)});
  const auto half = ciess::project_by_value(two, {{4, 8}}, zeros, {6});
  CHECK(half[0][0] == 2);
  CHECK(half[0][1] == 4);
  const auto more = ciess::project_by_value(two, {{4, 8}}, zeros, {18});
  CHECK(more[0][0] == 6);
  CHECK(more[0][1] == 12);
}

TEST_CASE("a row that asks for more than another with the same values never gets less",
          "[search]") {
  const std::vector<table_shape> shapes{{.rows = 40, .range = {1, 24}}};
  auto one = random_curves(std::vector<table_shape>{{.rows = 1, .range = {1, 24}}}, 6, true);
  const value_curves curves({one[0].replicate(40, 1)});
  ciess::proposal p(1);
  for (int r = 0; r < 40; ++r) p[0].push_back(float(r) * 0.7F);
  for (std::int64_t numbers = 40; numbers <= 960; numbers += 23) {
    const auto a = ciess::project_by_value(shapes, p, curves, {numbers});
    for (ciess::index r = 1; r < 40; ++r) REQUIRE(a[0][r] >= a[0][r - 1]);
  }
}

TEST_CASE("a larger budget takes nothing from any row", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 30, .range = {2, 12}}};
  const auto curves = random_curves(shapes, 9, true);
  assignment before = ciess::project_by_value(shapes, curves, {60});
  for (std::int64_t numbers = 61; numbers <= 360; ++numbers) {
    const auto now = ciess::project_by_value(shapes, curves, {numbers});
    for (ciess::index r = 0; r < 30; ++r) REQUIRE(now[0][r] >= before[0][r]);
    before = now;
  }
}

TEST_CASE("sizes by value have the same bytes at any number of threads", "[search][threads]") {
  const std::vector<table_shape> large{{.rows = 30'000, .range = {1, 32}},
                                       {.rows = 9'000, .range = {2, 16}}};
  const auto curves = random_curves(large, 3, true);
  const auto serial = ciess::project_by_value(large, curves, {400'003});
  CHECK(serial.total() == 400'003);
  const ciess::threads pool{2};
  CHECK(ciess::project_by_value(large, curves, {400'003}) == serial);
}

TEST_CASE("proposals by value have the same bytes at any number of threads", "[search][threads]") {
  const std::vector<table_shape> large{{.rows = 20'000, .range = {1, 16}}};
  const auto curves = random_curves(large, 3, true);
  ciess::proposal p(1);
  for (int r = 0; r < 20'000; ++r) p[0].push_back(static_cast<float>(r % 17));
  const auto serial = ciess::project_by_value(large, p, curves, {100'003});
  CHECK(serial.total() == 100'003);
  const ciess::threads pool{2};
  CHECK(ciess::project_by_value(large, p, curves, {100'003}) == serial);
}

TEST_CASE("value curves refuse what they cannot mean", "[search]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(value_curves({matrix{{1, 1}, {1, 2}}}), ContainsSubstring("row 1: value 2"));
  CHECK_THROWS_AS(value_curves({matrix{{1, nan}}}), ciess::argument_error);
  CHECK_THROWS_AS(value_curves({matrix{{infinity, 1}}}), ciess::argument_error);
  CHECK_THROWS_AS(value_curves({matrix{{1, -1}}}), ciess::argument_error);

  const std::vector<table_shape> shapes{{.rows = 2, .range = {2, 3}}};
  const value_curves curves({matrix{{3, 2, 1}, {1, 1, 1}}});
  CHECK_THROWS_WITH(ciess::project_by_value(shapes, curves, {3}),
                    ContainsSubstring("alone need 4"));
  CHECK_THROWS_WITH(ciess::project_by_value(shapes, value_curves({matrix{{1, 1, 1}}}), {5}),
                    ContainsSubstring("are [1, 3], expected [2, 3]"));
  CHECK_THROWS_AS(ciess::project_by_value(shapes, value_curves({}), {5}), ciess::argument_error);

  CHECK_THROWS_AS(ciess::project_by_value(shapes, {{1}}, curves, {5}), ciess::argument_error);
  CHECK_THROWS_WITH(ciess::project_by_value(shapes, {{1, nan}}, curves, {5}),
                    ContainsSubstring("row 1: proposed size is nan"));
  CHECK_THROWS_WITH(ciess::project_by_value(shapes, {{1, 1}}, curves, {3}),
                    ContainsSubstring("alone need 4"));
}
