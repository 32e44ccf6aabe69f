// SPDX-License-Identifier: MIT
// Budgets in bytes of tables that are stored in different formats: exact, and used up.
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/embedding/table_formats.hpp>
#include <ciess/search/budget/bytes.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/budget/value_curves.hpp>
#include <ciess/search/rules/level.hpp>
#include <ciess/search/rules/magnitude.hpp>
#include <ciess/search/rules/simple.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::assignment;
using ciess::budget;
using ciess::number_format;
using ciess::table_formats;

/// Tables, formats of theirs, portions, bytes, and what rows ask for, all at random.
struct drawn_case {
  std::vector<ciess::table_shape> shapes;
  table_formats formats;
  int multiple = 1;
  std::int64_t least = 0, unequal = 0, all = 0;
  ciess::proposal wanted;
  std::vector<ciess::matrix> values;

  explicit drawn_case(std::uint64_t number, ciess::index_t most_rows = 40) {
    auto engine = ciess::random_stream(number, ciess::purpose::data).at(number);
    const auto draw = [&](int low, int high) {
      return low +
             static_cast<int>(ciess::bounded(engine, static_cast<std::uint32_t>(high - low + 1)));
    };
    const int tables = draw(1, 5);
    std::vector<number_format> each;
    for (int t = 0; t < tables; ++t) {
      const int least_size = draw(1, 4);
      shapes.push_back({draw(0, 6) == 0 ? 0 : draw(1, static_cast<int>(most_rows)),
                        {least_size, draw(0, 7) == 0 ? least_size : draw(least_size, 40)}});
      each.push_back(ciess::number_formats[ciess::bounded(
          engine, static_cast<std::uint32_t>(ciess::number_formats.size()))]);
    }
    formats = table_formats(each);
    multiple = std::vector{1, 1, 2, 3, 4, 8}[ciess::bounded(engine, 6)];
    least = ciess::least_bytes(shapes, formats, multiple);
    unequal = ciess::least_unequal_bytes(shapes, formats, multiple);
    all = ciess::packed_bytes(assignment(shapes), formats);
    const int kind = draw(0, 3);
    for (const auto& s : shapes) {
      auto& table = wanted.emplace_back();
      const float of_table = std::exp(2 * ciess::normal(engine));
      ciess::matrix falling(s.rows, s.range.max);
      for (ciess::index_t r = 0; r < s.rows; ++r) {
        table.push_back(kind == 0   ? of_table                         // all rows the same
                        : kind == 1 ? static_cast<float>(draw(-1, 3))  // many of them
                                    : of_table * std::exp(2 * ciess::normal(engine)));
        float value = std::exp(ciess::normal(engine));
        for (int d = 0; d < s.range.max; ++d) {
          falling(r, d) = value;
          if (kind != 1 || d % 3 == 2) value *= 1 - 0.3F * ciess::uniform01<float>(engine);
        }
      }
      values.push_back(std::move(falling));
    }
  }
};

/// What rows of different sizes take.
std::int64_t taken(const budget& limit, const assignment& a) {
  std::int64_t sum = 0;
  for (std::size_t t = 0; t < a.size(); ++t)
    for (const auto size : a[t].values()) sum += limit.of(t).cost(size);
  return sum;
}

/// What the tables take, packed for real.
std::int64_t really_packed(const assignment& a, const table_formats& formats) {
  std::int64_t sum = 0;
  for (std::size_t t = 0; t < a.size(); ++t)
    ciess::with_number(formats.of(t), [&]<class N>() {
      sum += ciess::pack<N>(ciess::masked_table(a[t])).view().memory().total();
    });
  return sum;
}

/// Within the bytes, in whole portions, and no table could have a portion more.
void check_within(const drawn_case& c, std::int64_t bytes, const budget& limit,
                  const assignment& a) {
  REQUIRE(limit.met_by(a));
  REQUIRE(ciess::packed_bytes(a, c.formats) <= bytes);
  bool equal = true;
  for (std::size_t t = 0; t < a.size(); ++t) {
    equal = equal && ciess::only_size(a[t]) != 0;
    for (const int size : a[t].values()) {
      const auto portions = limit.of(t);
      REQUIRE((size == c.shapes[t].range.max || portions.largest(portions.of(size)) == size));
    }
  }
  const std::int64_t left = limit.numbers - taken(limit, a);
  for (std::size_t t = 0; t < a.size(); ++t) {
    if (std::ranges::all_of(a[t].values(), [&](int s) { return s == c.shapes[t].range.max; }))
      continue;
    if (left >= 0 && left < limit.of(t).each) continue;
    // Then all tables have one size, and this one cannot have a larger one.
    CAPTURE(t, left, limit.of(t).each);
    REQUIRE(equal);
    std::vector<ciess::sizes> more(a.begin(), a.end());
    const auto next = limit.of(t).largest(limit.of(t).of(ciess::only_size(a[t])) + 1);
    more[t] = ciess::sizes(c.shapes[t].rows, c.shapes[t].range,
                           static_cast<int>(std::min<std::int64_t>(next, c.shapes[t].range.max)));
    REQUIRE_FALSE(limit.met_by(assignment(more)));
  }
}

/// Who asked for more than another of the same table never gets less.
void check_order(const drawn_case& c, const assignment& a) {
  for (std::size_t t = 0; t < a.size(); ++t) {
    std::vector<std::pair<float, int>> rows;
    for (ciess::index_t r = 0; r < a[t].rows(); ++r)
      rows.emplace_back(c.wanted[t][static_cast<std::size_t>(r)], a[t][r]);
    std::ranges::sort(rows);
    for (std::size_t i = 1; i < rows.size(); ++i)
      if (rows[i].first > rows[i - 1].first && rows[i - 1].first >= 1e-6F)
        REQUIRE(rows[i].second >= rows[i - 1].second);
  }
}

}  // namespace

TEST_CASE("bytes of tables in different formats are those of the packed tables", "[search]") {
  const std::vector<ciess::table_shape> shapes{{90, {1, 20}}, {70, {2, 21}}};
  for (const auto a : ciess::number_formats)
    for (const auto b : ciess::number_formats) {
      const table_formats formats{a, b};
      const assignment sizes = ciess::project(shapes, ciess::random_proposal(shapes, 3), {1500});
      CHECK(ciess::packed_bytes(sizes, formats) == really_packed(sizes, formats));
      CHECK(ciess::packed_bytes(assignment(shapes), formats) ==
            really_packed(assignment(shapes), formats));
    }
  CHECK_THROWS_WITH(ciess::packed_bytes(assignment(shapes), table_formats{number_format::two_bits,
                                                                          number_format::three_bits,
                                                                          number_format::two_bits}),
                    "packed_bytes: number formats for 3 tables, expected 2, or one for all");
  CHECK_THROWS_WITH(
      ciess::budget_in_bytes(shapes,
                             table_formats{number_format::two_bits, number_format::three_bits,
                                           number_format::two_bits},
                             std::int64_t{9000}),
      ContainsSubstring("number formats for 3 tables, expected 2"));
}

TEST_CASE("a budget in bytes of different formats is used up and never exceeded", "[search]") {
  int apart = 0, indexed = 0;
  for (std::uint64_t number = 1; number <= 3000; ++number) {
    const drawn_case c(number);
    CAPTURE(number, ciess::name_of(c.formats), c.multiple, c.least, c.unequal, c.all);
    CHECK_THROWS_WITH(
        ciess::budget_in_bytes(c.shapes, c.formats, c.least - 1, c.multiple),
        ContainsSubstring("do not hold the smallest sizes, which take " + std::to_string(c.least)));
    apart += c.formats.differ();
    const ciess::value_curves curves{std::vector<ciess::matrix>(c.values)};
    for (const double share : {0.0, 0.01, 0.3, 0.6, 0.95}) {
      const auto between = [&](std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(share * static_cast<double>(high - low));
      };
      for (const std::int64_t bytes :
           {between(c.least, c.unequal), between(c.unequal, std::max(c.unequal, c.all))}) {
        const budget limit = ciess::budget_in_bytes(c.shapes, c.formats, bytes, c.multiple);
        CAPTURE(bytes, limit.numbers);
        CHECK(limit.tables.size() == (c.formats.differ() ? c.shapes.size() : 0));
        indexed += limit.numbers >= limit.least(c.shapes);
        const assignment a = ciess::project(c.shapes, c.wanted, limit);
        check_within(c, bytes, limit, a);
        if (limit.numbers >= limit.least(c.shapes)) check_order(c, a);
        check_within(c, bytes, limit, ciess::project_by_value(c.shapes, curves, limit));
        const budget of_tables = ciess::per_table(limit, c.shapes);
        const assignment equal = ciess::project(c.shapes, c.wanted, of_tables);
        for (const auto& table : equal)
          REQUIRE((table.rows() == 0 || ciess::only_size(table) != 0));
        REQUIRE(limit.met_by(equal));
        REQUIRE(ciess::packed_bytes(equal, c.formats) <= bytes);
        if (number % 40 == 0) CHECK(really_packed(a, c.formats) <= bytes);
      }
    }
  }
  CHECK(apart > 2000);
  CHECK(indexed > 10'000);
}

TEST_CASE("what formats take is spent where it is worth most", "[search]") {
  for (std::uint64_t number = 1; number <= 600; ++number) {
    const drawn_case c(number);
    if (!c.formats.differ() || c.unequal + 40 >= c.all) continue;
    CAPTURE(number, ciess::name_of(c.formats), c.multiple);
    const budget limit =
        ciess::budget_in_bytes(c.shapes, c.formats, (c.unequal + c.all) / 2, c.multiple);
    const ciess::value_curves curves{std::vector<ciess::matrix>(c.values)};
    const assignment a = ciess::project_by_value(c.shapes, curves, limit);
    if (limit.numbers >= limit.most(c.shapes) ||
        std::ranges::all_of(a, [](const auto& s) { return ciess::only_size(s) != 0; }))
      continue;
    // Worth for what it takes of the last portion of rows that have more than the smallest, and of
    // the next of those that have not all.
    const auto worth = [&](std::size_t t, ciess::index_t r, std::int64_t portion) {
      const auto of = limit.of(t);
      double sum = 0;
      for (std::int64_t part = (portion - 1) * of.multiple; part < portion * of.multiple; ++part)
        if (part < std::int64_t{c.shapes[t].range.max} * of.parts)
          sum += static_cast<double>(c.values[t](r, part / of.parts)) / of.parts;
      return sum / static_cast<double>(of.each);
    };
    double most_left = 0;
    std::int64_t dearest = 1, cheapest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t t = 0; t < a.size(); ++t) {
      dearest = std::max(dearest, limit.of(t).each);
      cheapest = std::min(cheapest, limit.of(t).each);
      for (ciess::index_t r = 0; r < a[t].rows(); ++r)
        if (a[t][r] < c.shapes[t].range.max)
          most_left = std::max(most_left, worth(t, r, limit.of(t).of(a[t][r]) + 1));
    }
    std::int64_t worse = 0;  // bytes that are worth less
    for (std::size_t t = 0; t < a.size(); ++t)
      for (ciess::index_t r = 0; r < a[t].rows(); ++r)
        for (std::int64_t p = limit.of(t).of(a[t][r]);
             p > limit.of(t).of(c.shapes[t].range.min) && worth(t, r, p) < most_left * (1 - 1e-5);
             --p)
          worse += limit.of(t).each;
    // Those alone in which the last portion that is worth more does not fit.
    CHECK(worse < dearest);
    if (dearest == cheapest) CHECK(worse == 0);
  }
}

TEST_CASE("tables whose portions take the same are sized as numbers are worth", "[search]") {
  // 8 and 4 bits in portions of 2 and 4 numbers take 2 bytes each: as if numbers of the second
  // table were half as many.
  const std::vector<ciess::table_shape> shapes{{60, {2, 20}}, {80, {2, 40}}};
  const budget limit = ciess::budget_in_bytes(
      shapes, table_formats{number_format::eight_bits, number_format::four_bits},
      std::int64_t{2000}, 2);
  CHECK(limit.tables == std::vector<ciess::row_portions>{{2, 1, 2}, {2, 1, 1}});
  CHECK(limit.of(0).cost(5) == 6);
  CHECK(limit.of(1).cost(5) == 3);
  CHECK(limit.least(shapes) == 60 * 2 + 80);
  CHECK(limit.most(shapes) == 60 * 20 + 80 * 20);
  // 60 * 20 + 80 * 40 numbers take 2,800 bytes: of each table the same share.
  CHECK(limit.whole_numbers(shapes) == limit.numbers * 4400 / 2800);
  const auto costs = limit.number_costs(shapes);
  CHECK(costs[0] == Approx(4400.0 / 2800));
  CHECK(costs[1] == Approx(0.5 * 4400 / 2800));
  assignment half(shapes);
  for (ciess::index_t r = 0; r < 60; ++r) half[0].set(r, 10);
  for (ciess::index_t r = 0; r < 80; ++r) half[1].set(r, 20);
  CHECK(limit.removed_by(half, shapes) == Approx(0.5));
  for (ciess::index_t r = 0; r < 80; ++r) half[1].set(r, 40);
  CHECK(limit.removed_by(half, shapes) == Approx(600.0 / 2800));
  CHECK(limit.removed_by(assignment(shapes), shapes) == Approx(0).margin(1e-12));

  // Rows that ask for the same get the same numbers, to a portion, whatever these take.
  budget rows = limit;
  rows.one_size.clear();
  const assignment same = ciess::project(shapes, ciess::equal_proposal(shapes), rows);
  const auto [low, high] =
      std::ranges::minmax(std::vector<int>{same[0][0], same[0][59], same[1][0], same[1][79]});
  CHECK(high - low <= 2);
  CHECK(taken(rows, same) == rows.numbers);
}

TEST_CASE("the level of tables that take different bytes is one of numbers", "[search]") {
  const std::vector<ciess::table_shape> shapes{{300, {1, 64}}, {200, {1, 64}}, {40, {1, 64}}};
  ciess::table_facts facts;
  facts.shapes = shapes;
  facts.kind = {0, 1, 1};
  std::vector<std::vector<double>> often;
  for (const auto& s : shapes) {
    auto& f = often.emplace_back();
    for (ciess::index_t r = 0; r < s.rows; ++r) f.push_back(1.0 + static_cast<double>(s.rows - r));
  }
  for (const auto& f : often) facts.frequency.push_back(f);
  for (const auto& formats :
       {table_formats{number_format::three_bits, number_format::two_bits, number_format::four_bits},
        table_formats{number_format::two_bits, number_format::bfloat16, number_format::float32}})
    for (const std::int64_t bytes :
         {ciess::least_bytes(shapes, formats), ciess::least_unequal_bytes(shapes, formats),
          ciess::least_unequal_bytes(shapes, formats) + 900, std::int64_t{9000}}) {
      if (bytes < ciess::least_bytes(shapes, formats)) continue;
      const budget limit = ciess::budget_in_bytes(shapes, formats, bytes);
      const ciess::level_rule rule({-2, 0, 1, 5}, {0.5, 1});
      for (std::size_t i = 0; i < rule.count(facts); ++i) {
        CAPTURE(ciess::name_of(formats), bytes, rule.title(facts, i));
        const assignment a = rule.sizes(facts, limit, 1, i);
        CHECK(limit.met_by(a));
        CHECK(ciess::packed_bytes(a, formats) <= bytes);
        CHECK(ciess::only_size(a[0]) != 0);
      }
      // Where nothing is above it, users have what all rows could have.
      const std::int64_t each = 300 * limit.of(0).each * limit.of(0).parts / limit.of(0).multiple;
      if (bytes == 9000 && each > 0) {
        const assignment a = rule.sizes(facts, limit, 1, 2);
        const assignment equal = ciess::project(shapes, ciess::equal_proposal(shapes), limit);
        CHECK(std::abs(ciess::only_size(a[0]) - equal[0][0]) <= 8);
      }
    }
}

TEST_CASE("of equal worth the smaller size gets what is left", "[search]") {
  // Four floats take 16 bytes, four numbers of two bits one. All are worth the same for what they
  // take: in the end 15 bytes are left, which hold no floats.
  const std::vector<ciess::table_shape> shapes{{1, {4, 64}}, {3, {4, 64}}};
  const budget limit{.numbers = 16 + 3 + 15, .tables = {{4, 1, 16}, {4, 1, 1}}};
  const auto alike = [](ciess::index_t rows, float value) {
    return ciess::matrix(ciess::matrix::Constant(rows, 64, value));
  };
  const assignment a =
      ciess::project_by_value(shapes, ciess::value_curves({alike(1, 16), alike(3, 1)}), limit);
  CHECK(a[0][0] == 4);
  for (ciess::index_t r = 0; r < 3; ++r) CHECK(a[1][r] == 4 * (1 + 5));
}

TEST_CASE("more is left than a pass hands out", "[search]") {
  // A portion of the first table takes 20,000: 19,999 are left for the others.
  const std::vector<ciess::table_shape> shapes{{1, {1, 8}}, {5000, {1, 9}}, {7, {1, 3}}};
  const budget limit{.numbers = 20'000 + 5000 + 7 * 3 + 19'999,
                     .tables = {{1, 1, 20'000}, {1, 1, 1}, {1, 1, 3}}};
  std::vector<ciess::matrix> values;
  for (const auto& s : shapes) {
    ciess::matrix falling(s.rows, s.range.max);
    for (ciess::index_t r = 0; r < s.rows; ++r)
      for (ciess::index_t d = 0; d < s.range.max; ++d)
        falling(r, d) = 1.0F / static_cast<float>(1 + d + r * 37 % 11);
    values.push_back(std::move(falling));
  }
  values[0] *= 1e5F;
  values[2].setZero();  // goes last, when less than a portion of it may be left
  const auto wanted = values;
  const assignment a =
      ciess::project_by_value(shapes, ciess::value_curves(std::move(values)), limit);
  CHECK(a[0][0] == 1);
  CHECK(a[1].total() == 5000 + 19'999);
  CHECK(a[2].total() == 7);
  float least = 1, most_left = 0;  // worth of what is kept, and of what is not
  for (ciess::index_t r = 0; r < 5000; ++r) {
    if (a[1][r] > 1) least = std::min(least, wanted[1](r, a[1][r] - 1));
    if (a[1][r] < 9) most_left = std::max(most_left, wanted[1](r, a[1][r]));
  }
  CHECK(least >= most_left);
}

TEST_CASE("formats of tables have the same bytes at one and two threads", "[search][threads]") {
  for (std::uint64_t number = 3; number <= 9; number += 2) {
    const drawn_case c(number, 60'000);
    const budget limit =
        ciess::budget_in_bytes(c.shapes, c.formats, (c.unequal + c.all) / 2, c.multiple);
    const ciess::value_curves curves{std::vector<ciess::matrix>(c.values)};
    const assignment serial = ciess::project(c.shapes, c.wanted, limit);
    const assignment by_value = ciess::project_by_value(c.shapes, curves, limit);
    const ciess::threads pool(2);
    CHECK(ciess::project(c.shapes, c.wanted, limit) == serial);
    CHECK(ciess::project_by_value(c.shapes, curves, limit) == by_value);
  }
}

TEST_CASE("budgets with portions of other tables are refused", "[search]") {
  const std::vector<ciess::table_shape> shapes{{6, {1, 8}}, {8, {1, 8}}};
  const auto refused = [&](const budget& limit, const std::string& words) {
    CHECK_THROWS_WITH(ciess::project(shapes, ciess::equal_proposal(shapes), limit),
                      ContainsSubstring(words));
  };
  refused({.numbers = 60, .tables = {{1, 1, 1}}},
          "project: a budget with portions of 1 tables, expected 2");
  refused({.numbers = 60, .one_size = {4}},
          "project: a budget with more for 1 tables of one size, expected 2");
  refused({.numbers = 60, .tables = {{1, 1, 1}, {1, 1, 0}}}, "expected 1 or more of each");
  refused({.numbers = 60, .tables = {{1, 1, 1}, {1, 0, 1}}}, "expected 1 or more of each");
  refused({.numbers = 60, .tables = {{0, 1, 1}, {1, 1, 1}}}, "expected 1 or more of each");
  refused({.numbers = 1 << 30, .tables = {{1, 1, 2}, {1, 1, 131'073}}},
          "project: portions of tables take 2 to 131073, expected at most 65536 times as much");
  CHECK_NOTHROW(budget{.tables = {{1, 1, 2}, {1, 1, 131'072}}}.check("project", shapes));
  refused({.numbers = 21, .tables = {{1, 1, 1}, {1, 1, 2}}},
          "budget of 21 bytes of values, but the smallest sizes alone take 22");

  // Rules look at the portions of tables before they project.
  const budget of_one_table{.numbers = 60, .tables = {{1, 1, 1}}};
  const std::vector<double> first(6, 1.0), second(8, 1.0);
  ciess::table_facts facts;
  facts.shapes = shapes;
  facts.kind = {0, 1};
  facts.frequency = {first, second};
  CHECK_THROWS_AS(ciess::level_rule().sizes(facts, of_one_table, 1, 0), ciess::argument_error);
  const std::vector<ciess::matrix> full{ciess::matrix::Ones(6, 8), ciess::matrix::Ones(8, 8)};
  const std::vector<ciess::matrix_view> views(full.begin(), full.end());
  CHECK_THROWS_AS(ciess::magnitude_proposal(shapes, views, of_one_table), ciess::argument_error);
}
