// SPDX-License-Identifier: MIT
#include <ciess/search/budget/one_size.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::budget;
using ciess::table_shape;

/// The size of each table; none if there are none.
std::optional<std::vector<int>> sizes_of(const std::vector<table_shape>& shapes,
                                         const std::vector<double>& wanted, const budget& limit) {
  const auto found = ciess::detail::one_size_each(shapes, wanted, limit);
  if (!found) return std::nullopt;
  std::vector<int> all;
  for (const auto& table : *found) all.push_back(ciess::only_size(table));
  return all;
}

}  // namespace

TEST_CASE("tables share what their indices would take in proportion to what they want",
          "[search]") {
  using list = std::vector<int>;
  const std::vector<table_shape> two{{100, {1, 16}}, {50, {1, 16}}};
  // 1,000 numbers and 130 for the indices: 100 x 10 and 50 x 2 are 1,100, and no more fits.
  CHECK(sizes_of(two, {5, 1}, {1000, 1, {100, 30}}) == list{10, 2});
  CHECK(sizes_of(two, {1, 1}, {1000, 1, {100, 30}}) == list{7, 8});    // 1,100: 7 each, and 50 more
  CHECK(sizes_of(two, {1, 1}, {1000, 4, {100, 500}}) == list{12, 8});  // of equals the first
  CHECK(sizes_of(two, {1, 1}, {2400, 1, {100, 100}}) == std::nullopt);  // no more than 2,400 anyway
  CHECK(sizes_of(two, {1e-6, 1e-6}, {1000, 1, {100, 30}}) == list{7, 8});
}

TEST_CASE("one size is no choice where it keeps less, or where the smallest do not fit",
          "[search]") {
  const std::vector<table_shape> one{{1000, {1, 8}}};
  CHECK(sizes_of(one, {1}, {3600, 1, {290}}) == std::nullopt);  // 3 each are 3,000
  CHECK(sizes_of(one, {1}, {3800, 1, {290}}) == std::vector<int>{4});
  CHECK(sizes_of(one, {1}, {500, 1, {290}}) == std::nullopt);
  // Tables without rows take nothing; more bonuses than tables do not count.
  const std::vector<table_shape> empty{{0, {1, 8}}, {1000, {1, 8}}};
  CHECK(sizes_of(empty, {1, 1}, {3800, 1, {8, 290}})->back() == 4);
  CHECK(sizes_of(one, {1}, {3800, 1, {0, 290}}) == std::nullopt);
}

TEST_CASE("a budget of tables is met by one size a table alone, and used up by it", "[search]") {
  using ciess::assignment;
  const std::vector<table_shape> shapes{{100, {1, 16}}, {0, {1, 16}}, {30, {2, 8}}};
  const auto sized = [&](int first, int third) {
    std::vector<ciess::sizes> all;
    all.emplace_back(100, shapes[0].range, first);
    all.emplace_back(0, shapes[1].range);
    all.emplace_back(30, shapes[2].range, third);
    return assignment(std::move(all));
  };
  // As numbers and as bytes with room for an index or not, in portions or not.
  for (const budget& rows :
       {budget{700}, budget{700, 4}, budget{650, 1, {20, 0, 30}}, budget{-50, 1, {500, 0, 250}}}) {
    const budget tables = ciess::per_table(rows, shapes);
    for (int first = 1; first <= 16; ++first)
      for (int third = 2; third <= 8; ++third) {
        const assignment a = sized(first, third);
        CHECK(tables.met_by(a) ==
              (100 * rows.of(0).cost(first) + 30 * rows.of(2).cost(third) <= 700));
      }
    assignment ragged = sized(1, 2);
    ragged[0].set(0, 2);
    CHECK(!tables.met_by(ragged));
    ragged = sized(1, 2);
    ragged[2].set(7, 3);
    CHECK(!tables.met_by(ragged));
    CHECK(tables.in_all() == 700);
    CHECK(tables.whole_numbers(shapes) == 700);
  }
  // The larger budget has more numbers, and one for everything is no larger than that.
  CHECK(ciess::per_table({600}, shapes).numbers < ciess::per_table({700}, shapes).numbers);
  CHECK(ciess::per_table({1'000'000}, shapes).met_by(sized(16, 8)));
  CHECK(ciess::per_table({1'000'000}, shapes).numbers < 0);
}
