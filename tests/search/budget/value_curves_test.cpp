// SPDX-License-Identifier: MIT
#include <ciess/search/budget/value_curves.hpp>
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
    for (ciess::index_t r = 0; r < m.rows(); ++r) {
      auto engine = stream.at(t, static_cast<std::uint64_t>(r));
      double v = r % 11 == 3 ? 0 : std::exp(ciess::normal(engine));
      for (ciess::index_t j = 0; j < m.cols(); ++j) {
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
  std::vector<std::tuple<float, int, std::size_t, ciess::index_t>> list;
  std::vector<ciess::sizes> tables;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    tables.emplace_back(shapes[t].rows, shapes[t].range, shapes[t].range.min);
    for (ciess::index_t r = 0; r < shapes[t].rows; ++r)
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

TEST_CASE("where no index fits each table has the size that is worth most", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 2, .range = {1, 3}}, {.rows = 1, .range = {1, 2}}};
  const value_curves curves({matrix{{8, 4, 1}, {5, 5, 0}}, matrix{{6, 3}}});
  // Equal rows may keep 6 numbers more: below 3 numbers no others fit.
  const auto at = [&](std::int64_t numbers) {
    const ciess::budget limit{.numbers = numbers, .one_size = {3, 3}};
    const auto a = ciess::project_by_value(shapes, curves, limit);
    REQUIRE(limit.met_by(a));
    REQUIRE(ciess::only_size(a[0]) != 0);
    return std::vector<int>{a[0][0], a[1][0]};
  };
  CHECK(at(-3) == std::vector{1, 1});
  CHECK(at(-2) == std::vector{1, 2});  // two rows more do not fit
  CHECK(at(-1) == std::vector{2, 1});  // 9 for two numbers are more than 3 for one
  CHECK(at(0) == std::vector{2, 2});
  CHECK(at(1) == std::vector{2, 2});
  CHECK(at(2) == std::vector{3, 2});
  CHECK_THROWS_WITH(at(-4), Catch::Contains("the smallest sizes alone need 3"));
  // Portions, the last of which d_max does not fill.
  const ciess::budget in_twos{.numbers = -2, .multiple = 2, .one_size = {4, 4}};
  const auto twos = ciess::project_by_value(shapes, curves, in_twos);
  CHECK(twos[0][0] == 2);
  CHECK(twos[1][0] == 2);
  CHECK(in_twos.met_by(twos));
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

TEST_CASE("a larger budget takes nothing from any row", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 30, .range = {2, 12}}};
  const auto curves = random_curves(shapes, 9, true);
  assignment before = ciess::project_by_value(shapes, curves, {60});
  for (std::int64_t numbers = 61; numbers <= 360; ++numbers) {
    const auto now = ciess::project_by_value(shapes, curves, {numbers});
    for (ciess::index_t r = 0; r < 30; ++r) REQUIRE(now[0][r] >= before[0][r]);
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
}

TEST_CASE("portions go to the largest sums of their values", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 60, .range = {1, 24}},
                                        {.rows = 40, .range = {2, 10}}};
  const auto curves = random_curves(shapes, 3, true);
  for (const int multiple : {2, 4}) {
    // The same with a column a portion.
    std::vector<table_shape> portions;
    std::vector<matrix> sums;
    for (std::size_t t = 0; t < shapes.size(); ++t) {
      const int most = (shapes[t].range.max + multiple - 1) / multiple;
      portions.push_back({shapes[t].rows, {1, most}});
      matrix& m = sums.emplace_back(matrix::Zero(shapes[t].rows, most));
      for (ciess::index_t r = 0; r < m.rows(); ++r)
        for (int j = 0; j < shapes[t].range.max; ++j) m(r, j / multiple) += curves[t](r, j);
    }
    const assignment expected =
        ciess::project_by_value(portions, value_curves(std::move(sums)), {400 / multiple});
    const assignment a = ciess::project_by_value(shapes, curves, {400, multiple});
    for (std::size_t t = 0; t < shapes.size(); ++t)
      for (ciess::index_t r = 0; r < shapes[t].rows; ++r)
        CHECK(a[t][r] == std::min(multiple * expected[t][r], shapes[t].range.max));
  }
}

TEST_CASE("bytes go to the largest sums of what their bits are worth", "[search]") {
  // Of three bits a number: in a byte there are two numbers, in the next three, in the third three.
  const std::vector<table_shape> shapes{{.rows = 60, .range = {1, 24}},
                                        {.rows = 40, .range = {2, 11}}};
  const auto curves = random_curves(shapes, 3, true);
  std::vector<table_shape> bytes;
  std::vector<matrix> sums;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    const int most = (3 * shapes[t].range.max + 7) / 8;
    bytes.push_back({shapes[t].rows, {1, most}});
    matrix& m = sums.emplace_back(matrix::Zero(shapes[t].rows, most));
    for (ciess::index_t r = 0; r < m.rows(); ++r)
      for (int bit = 0; bit < 3 * shapes[t].range.max; ++bit)
        m(r, bit / 8) += curves[t](r, bit / 3);
  }
  const assignment expected = ciess::project_by_value(bytes, value_curves(std::move(sums)), {250});
  const ciess::budget limit{.numbers = 8 * 250, .multiple = 8, .parts = 3};
  const assignment a = ciess::project_by_value(shapes, curves, limit);
  CHECK(limit.met_by(a));
  for (std::size_t t = 0; t < shapes.size(); ++t)
    for (ciess::index_t r = 0; r < shapes[t].rows; ++r)
      CHECK(a[t][r] == std::min(8 * expected[t][r] / 3, shapes[t].range.max));
}
