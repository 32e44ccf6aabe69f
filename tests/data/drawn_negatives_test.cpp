// SPDX-License-Identifier: MIT
#include <ciess/data/drawn_negatives.hpp>
// its own header first
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <ciess/data/read_impressions.hpp>

#include "support/catch.hpp"

namespace {

using ciess::column;
using ciess::draw_negatives;
using ciess::impressions;
using ciess::index_t;
using ciess::negative_options;
using ciess::row_id;

/// Clicks of 6 users on 10 items of 3 genres and 2 years in 2 places; item i has genres of its own.
ciess::loaded_impressions clicks() {
  std::string text = "user,item,place,genres,year,price,age\n";
  for (int u = 0; u < 6; ++u)
    for (int k = 0; k < 4; ++k) {
      const int item = (3 * u + 2 * k) % 10;
      text += std::to_string(u) + ',' + std::to_string(item) + ',' +
              (k % 2 == 0 ? "home," : "work,") +
              (item % 3 == 0   ? "a|b,"
               : item % 3 == 1 ? "c,"
                               : ",") +
              std::to_string(item % 2) + ',' + std::to_string(item * item) + ',' +
              (u == 0 ? "" : std::to_string(20 + u)) + '\n';
    }
  return ciess::parse_impressions(text, "clicks",
                                  {.label = column::none(),
                                   .pooled = {"genres"},
                                   .numeric = {"price", "age"},
                                   .numbers = ciess::number_use::standardised});
}

const negative_options three{
    .per_positive = 3, .field = "item", .along = {"year", "genres", "price"}};

}  // namespace

TEST_CASE("negatives differ from their positives in what goes along alone, and were never seen",
          "[data]") {
  const auto before = clicks();
  const auto after = draw_negatives(before, three, 1);
  const index_t n = before.data.size();
  REQUIRE(after.data.size() == 4 * n);
  CHECK(after.drawn == 3 * n);
  CHECK(after.data.clicks() == n);
  std::set<std::tuple<row_id, row_id, row_id>> seen;  // user, place, item
  const auto at = [&](index_t i, std::size_t k) { return after.data.values(i, k)[0]; };
  for (index_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < 5; ++k)
      CHECK(std::ranges::equal(after.data.values(i, k), before.data.values(i, k)));
    seen.emplace(at(i, 0), at(i, 2), at(i, 1));
  }
  for (index_t i = n; i < 4 * n; ++i) {
    const index_t from = (i - n) / 3;
    CHECK(at(i, 0) == at(from, 0));
    CHECK(at(i, 2) == at(from, 2));
    CHECK(!seen.contains({at(i, 0), at(i, 2), at(i, 1)}));
    CHECK(after.data.labels()[static_cast<std::size_t>(i)] == 0);
    const auto same = [&](double a, double b) {
      return a == b || (std::isnan(a) && std::isnan(b));
    };
    CHECK(same(after.numbers[1][static_cast<std::size_t>(i)],
               after.numbers[1][static_cast<std::size_t>(from)]));
    bool found = false;  // a click on the drawn item: all that goes along is as there
    for (index_t j = 0; j < n && !found; ++j)
      if (at(j, 1) == at(i, 1)) {
        found = true;
        CHECK(at(j, 4) == at(i, 4));
        CHECK(std::ranges::equal(after.data.values(j, 3), after.data.values(i, 3)));
        CHECK(after.numbers[0][static_cast<std::size_t>(j)] ==
              after.numbers[0][static_cast<std::size_t>(i)]);
      }
    CHECK(found);
    for (index_t j = n + 3 * from; j < i; ++j) CHECK(at(j, 1) != at(i, 1));  // of one positive
  }
}

TEST_CASE("what is drawn for a positive depends on seed and place, and repeats", "[data]") {
  const auto before = clicks();
  CHECK(draw_negatives(before, three, 1).data == draw_negatives(before, three, 1).data);
  CHECK(draw_negatives(before, three, 1).data != draw_negatives(before, three, 2).data);
  CHECK(draw_negatives(before, {.per_positive = 0}, 1).data == before.data);
}

TEST_CASE("all unseen values are equally likely, whatever is drawn before", "[data]") {
  // One user who has seen item 0 of five: pairs of others, each in either order.
  impressions::parts p;
  p.fields = {{"user", 2, false}, {"item", 5, false}};
  p.single = {0, 0, 1, 1, 1, 2, 1, 3, 1, 4};
  p.labels = {1, 0, 0, 0, 0};
  const impressions data(p);
  std::array<std::array<int, 5>, 5> count{};
  constexpr int rounds = 12'000;
  for (int seed = 0; seed < rounds; ++seed) {
    const auto all = draw_negatives(data, {.per_positive = 2}, static_cast<std::uint64_t>(seed));
    REQUIRE(all.size() == 7);
    ++count[static_cast<std::size_t>(all.values(5, 1)[0])]
           [static_cast<std::size_t>(all.values(6, 1)[0])];
  }
  for (std::size_t a = 0; a < 5; ++a)
    for (std::size_t b = 0; b < 5; ++b) {
      const bool possible = a != b && a > 0 && b > 0;
      // 1000 expected, deviation 30
      CHECK(std::abs(count[a][b] - (possible ? 1000 : 0)) <= (possible ? 150 : 0));
    }
}

TEST_CASE("values that nothing shows are not drawn, and features of impressions go along",
          "[data]") {
  impressions::parts p;
  p.fields = {{"user", 3, false}, {"item", 100, false}};
  p.single = {0, 10, 1, 20, 2, 30};
  p.features = {"price"};
  p.numbers.resize(3, 1);
  p.numbers << 1, 2, 3;
  p.labels = {1, 1, 0};
  p.times = {5, 6, 7};
  const auto all = draw_negatives(impressions(p), {.per_positive = 2, .along = {"price"}}, 3);
  REQUIRE(all.size() == 7);
  for (index_t i = 3; i < 7; ++i) {
    const auto item = all.values(i, 1)[0];
    CHECK((item == 10 || item == 20 || item == 30));
    CHECK(all.numbers()(i, 0) == static_cast<float>(item / 10));
    CHECK(all.times()[static_cast<std::size_t>(i)] == (i < 5 ? 5 : 6));
  }
}

TEST_CASE("negatives that cannot be drawn are refused", "[data]") {
  const auto data = clicks();
  const auto refuses = [&](const negative_options& o, const char* because) {
    CHECK_THROWS_WITH(draw_negatives(data, o, 1), ContainsSubstring(because));
    CHECK_THROWS_AS(draw_negatives(data, o, 1), ciess::error);
  };
  refuses({.per_positive = -1}, "at least 0, got -1");
  refuses({.field = "film"}, "expected one of 'user', 'item', 'place', 'genres', 'year', 'price'");
  refuses({.field = "genres"}, "pooled");
  refuses({.along = {"colour"}}, "got 'colour'");
  refuses({.along = {"place"}}, "'place' is to go with field 'item', but impressions");
  refuses({.along = {"age"}}, "'age' is to go with field 'item', but impressions");
  refuses(
      {.per_positive = 9, .along = {"year", "genres", "price"}},
      "expected 9 other values of field 'item' beside those seen in the context of impression 0");
}
