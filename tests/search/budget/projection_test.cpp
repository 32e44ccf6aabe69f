// SPDX-License-Identifier: MIT
#include <ciess/search/budget/projection.hpp>
// its own header first
#include <algorithm>
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <limits>
#include <tuple>

#include "support/catch.hpp"

namespace {
using ciess::assignment;
using ciess::budget;
using ciess::proposal;
using ciess::table_shape;

const std::vector<table_shape> two_tables{{.rows = 700, .range = {1, 128}},
                                          {.rows = 300, .range = {1, 128}}};

/// Log-normal proposals with many ties and a few extremes.
proposal random_sizes(std::span<const table_shape> shapes, std::uint64_t seed) {
  const ciess::random_stream stream(seed, ciess::purpose::user);
  proposal p;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    auto& table = p.emplace_back();
    for (ciess::index_t r = 0; r < shapes[t].rows; ++r) {
      auto engine = stream.at(t, static_cast<std::uint64_t>(r));
      const float x = std::exp(2 * ciess::normal(engine)) * 10;
      table.push_back(r % 7 == 0 ? 3.0F : r % 50 == 1 ? 0.0F : r % 50 == 2 ? -4.0F : x);
    }
  }
  return p;
}

/// The same handed out the long way: from a list of all rows.
assignment handed_out(std::span<const table_shape> shapes, const proposal& p, budget limit) {
  std::vector<ciess::detail::portioned_table> tables;
  for (const auto& s : shapes) tables.push_back({s.rows, s.range});
  const ciess::detail::scaled_proposal scaled(tables, p);
  double scale = ciess::detail::scale_for(scaled, limit.numbers);
  while (scaled.sum(scale).whole > limit.numbers) scale *= 1 - 1e-12;
  struct remainder {
    float part, asked;
    std::size_t table;
    ciess::index_t row;
  };
  assignment a(shapes);
  std::vector<remainder> rest;
  std::int64_t total = 0;
  for (std::size_t t = 0; t < shapes.size(); ++t)
    for (ciess::index_t r = 0; r < shapes[t].rows; ++r) {
      const double x = scaled.size(t, r, scale);
      const int whole = static_cast<int>(x);
      a[t].set(r, whole);
      total += whole;
      rest.push_back({static_cast<float>(x - whole), p[t][static_cast<std::size_t>(r)], t, r});
    }
  std::ranges::sort(rest, [](const remainder& x, const remainder& y) {
    return std::tuple(-x.part, -x.asked, x.table, x.row) <
           std::tuple(-y.part, -y.asked, y.table, y.row);
  });
  for (bool moved = true; moved && total < limit.numbers;) {
    moved = false;
    for (const auto& x : rest)
      if (total < limit.numbers && a[x.table][x.row] < shapes[x.table].range.max) {
        a[x.table].set(x.row, a[x.table][x.row] + 1);
        ++total;
        moved = true;
      }
  }
  return a;
}
}  // namespace

TEST_CASE("projection by hand: largest remainders take what is left", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 3, .range = {1, 10}}};
  // scale 10/9: 1.11, 2.22, 6.67 -> 1, 2, 6 and the last number goes to the third
  const auto a = ciess::project(shapes, {{1, 2, 6}}, {10});
  CHECK(a[0][0] == 1);
  CHECK(a[0][1] == 2);
  CHECK(a[0][2] == 7);
}

TEST_CASE("projection uses a budget to the number and keeps the order of what was asked",
          "[search]") {
  const auto seed = GENERATE(range(0, 5));
  const auto p = random_sizes(two_tables, static_cast<std::uint64_t>(seed));
  const std::int64_t numbers = GENERATE(1000, 1001, 1017, 2500, 12800, 64001, 127999, 128000);
  CAPTURE(seed, numbers);
  const assignment a = ciess::project(two_tables, p, budget{numbers});
  REQUIRE(a.total() == numbers);
  for (std::size_t t = 0; t < a.size(); ++t)
    for (ciess::index_t r = 0; r + 1 < a[t].rows(); ++r)
      for (ciess::index_t s = r + 1; s < std::min(a[t].rows(), r + 40); ++s) {
        const float x = p[t][static_cast<std::size_t>(r)];
        const float y = p[t][static_cast<std::size_t>(s)];
        if (x > y) REQUIRE(a[t][r] >= a[t][s]);
        if (x < y) REQUIRE(a[t][r] <= a[t][s]);
      }
}

TEST_CASE("projection hands out what is left as a sorted list of all rows would", "[search]") {
  const std::vector<table_shape> large{{.rows = 90'000, .range = {1, 128}},
                                       {.rows = 60'000, .range = {2, 5}}};
  const auto kind = GENERATE(range(0, 5));
  const std::int64_t numbers = GENERATE(210'001, 298'765, 3'000'000, 11'819'999);
  CAPTURE(kind, numbers);
  proposal p = random_sizes(large, 7);
  for (std::size_t t = 0; t < p.size(); ++t)
    for (std::size_t r = 0; r < p[t].size(); ++r) {
      if (kind == 1) p[t][r] = 2;                                   // all tied
      if (kind == 2) p[t][r] = r % 2 == 0 ? 0.0F : -0.0F;           // tied, too
      if (kind == 3) p[t][r] = r % 3 == 0 ? -5.0F : float(r % 11);  // tied in part
      if (kind == 4) p[t][r] = t == 0 ? -float(r) : 1e30F;  // all at the floor, all at the top
    }
  const assignment expected = handed_out(large, p, {numbers});
  CHECK(expected.total() == numbers);
  CHECK(ciess::project(large, p, {numbers}) == expected);
  const ciess::threads pool{2};
  CHECK(ciess::project(large, p, {numbers}) == expected);
}

TEST_CASE("projection of a proposal that already fits exactly changes nothing", "[search]") {
  proposal p(2);
  std::int64_t total = 0;
  for (std::size_t t = 0; t < 2; ++t)
    for (ciess::index_t r = 0; r < two_tables[t].rows; ++r) {
      p[t].push_back(static_cast<float>(1 + r * 7 % 90));
      total += 1 + r * 7 % 90;
    }
  CHECK(ciess::project(two_tables, p, {total}) == ciess::round_sizes(two_tables, p));
}

TEST_CASE("projection handles equal, zero and single-size proposals", "[search]") {
  const proposal zeros{std::vector<float>(700, 0.0F), std::vector<float>(300, 0.0F)};
  CHECK(ciess::project(two_tables, zeros, {12801}).total() == 12801);
  const std::vector<table_shape> fixed{{.rows = 5, .range = {4, 4}}, {.rows = 2, .range = {1, 9}}};
  const auto a = ciess::project(fixed, {{1, 1, 1, 1, 1}, {1, 1}}, {29});
  CHECK(a.total() == 29);
  CHECK(a[1][0] == 5);
  CHECK(a[1][1] == 4);
  const std::vector<table_shape> empty{{.rows = 0, .range = {1, 8}}};
  CHECK(ciess::project(empty, proposal(1), {0}).total() == 0);
  CHECK(ciess::project(fixed, {{1, 1, 1, 1, 1}, {1, 1}}, {1000}).total() == 38);
}

TEST_CASE("projection has the same bytes at any number of threads", "[search][threads]") {
  const std::vector<table_shape> large{{.rows = 70'000, .range = {1, 128}},
                                       {.rows = 30'000, .range = {2, 64}}};
  const auto p = random_sizes(large, 3);
  const auto serial = ciess::project(large, p, {1'500'003});
  const ciess::threads pool{2};
  CHECK(ciess::project(large, p, {1'500'003}) == serial);
  CHECK(serial.total() == 1'500'003);
}

TEST_CASE("projection refuses what it cannot mean", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 2, .range = {3, 10}}};
  CHECK_THROWS_WITH(ciess::project(shapes, {{1, 2}}, {5}), ContainsSubstring("alone need 6"));
  CHECK_THROWS_AS(ciess::project(shapes, {{1, 2, 3}}, {8}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::project(shapes, {{1, 2}, {1}}, {8}), ciess::argument_error);
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity());
  CHECK_THROWS_WITH(ciess::project(shapes, {{1, bad}}, {8}), ContainsSubstring("row 1"));
  CHECK_THROWS_AS(ciess::round_sizes(shapes, {{1, bad}}), ciess::argument_error);
}

TEST_CASE("a budget that only just fits the smallest sizes gives them", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 5, .range = {3, 10}},
                                        {.rows = 1, .range = {1, 1}},
                                        {.rows = 0, .range = {2, 4}},
                                        {.rows = 1, .range = {7, 65'535}}};
  const proposal p{{1, 99, 3, 0, -5}, {8}, {}, {1e30F}};
  const std::int64_t least = 5 * 3 + 1 + 7;
  const auto a = ciess::project(shapes, p, {least});
  CHECK(a.total() == least);
  CHECK(a[0] == ciess::sizes(5, {3, 10}, 3));
  CHECK(a[3][0] == 7);
  const auto more = ciess::project(shapes, p, {least + 1});
  CHECK(more.total() == least + 1);
  CHECK(more[3][0] == 8);
  CHECK_THROWS_AS(ciess::project(shapes, p, {least - 1}), ciess::argument_error);
}

TEST_CASE("sizes in portions are multiples, and use the budget up to less than one", "[search]") {
  const std::vector<table_shape> shapes{{.rows = 700, .range = {1, 128}},
                                        {.rows = 300, .range = {3, 30}}};  // 30 is no multiple of 4
  const proposal p = random_sizes(shapes, 5);
  for (const int multiple : {2, 4, 7})
    for (const std::int64_t numbers : {9000, 20'000, 60'001}) {
      const budget limit{numbers, multiple};
      const assignment a = ciess::project(shapes, p, limit);
      std::int64_t cost = 0;
      for (std::size_t t = 0; t < shapes.size(); ++t)
        for (const int size : a[t].values()) {
          CHECK((size % multiple == 0 || size == shapes[t].range.max));
          CHECK(size >= shapes[t].range.min);
          cost += limit.of(0).cost(size);
        }
      CHECK(limit.met_by(a));
      CHECK(cost <= numbers);
      CHECK(cost > numbers - multiple);
      // A row that asked for more than another of its table never gets less.
      for (std::size_t t = 0; t < shapes.size(); ++t)
        for (ciess::index_t r = 1; r < shapes[t].rows; ++r)
          if (p[t][static_cast<std::size_t>(r)] > p[t][static_cast<std::size_t>(r - 1)])
            CHECK(a[t][r] >= a[t][r - 1]);
    }
  CHECK(ciess::project(shapes, p, {1'000'000, 4}) == assignment(shapes));
  // 700 portions of 4 and 300 of 4 are the least.
  CHECK_NOTHROW(ciess::project(shapes, p, {4000, 4}));
  CHECK_THROWS_WITH(ciess::project(shapes, p, {3999, 4}), ContainsSubstring("need 4000"));
  for (const int multiple : {0, -1, 2'000'000'000})
    CHECK_THROWS_WITH(ciess::project(shapes, p, {9000, multiple}),
                      ContainsSubstring("multiples of 1 to 65535"));
  // Bytes of numbers of three bits.
  for (const std::int64_t bytes : {2000, 7000, 20'001}) {
    const budget limit{.numbers = 8 * bytes, .multiple = 8, .parts = 3};
    const assignment a = ciess::project(shapes, p, limit);
    std::int64_t used = 0;
    for (std::size_t t = 0; t < shapes.size(); ++t)
      for (const int size : a[t].values()) {
        const int takes = (3 * size + 7) / 8;
        CHECK((3 * (size + 1) > 8 * takes || size == shapes[t].range.max));
        CHECK(size >= shapes[t].range.min);
        used += takes;
      }
    CHECK(used == bytes);
    CHECK(limit.met_by(a));
    CHECK_FALSE(budget{.numbers = 8 * bytes - 1, .multiple = 8, .parts = 3}.met_by(a));
  }
  // A byte for each of 700 rows of one number, two for each of 300 of three.
  CHECK_THROWS_WITH(ciess::project(shapes, p, {.numbers = 8 * 1299, .multiple = 8, .parts = 3}),
                    ContainsSubstring("budget of 3464 numbers, but the smallest sizes alone need "
                                      "3467"));
  CHECK_NOTHROW(ciess::project(shapes, p, {.numbers = 8 * 1300, .multiple = 8, .parts = 3}));
  for (const int parts : {0, -1})
    CHECK_THROWS_WITH(ciess::project(shapes, p, {.numbers = 9000, .multiple = 8, .parts = parts}),
                      ContainsSubstring("numbers must have parts"));
  // With portions of one number nothing is new.
  CHECK(ciess::project(shapes, p, {20'000, 1}) == ciess::project(shapes, p, {20'000}));
  CHECK(ciess::project(shapes, p, {.numbers = 60'000, .multiple = 12, .parts = 3}) ==
        ciess::project(shapes, p, {20'000, 4}));
}
