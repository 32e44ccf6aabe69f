// SPDX-License-Identifier: MIT
#include <ciess/search/budget/one_size.hpp>

#include <cstdint>
#include <optional>
#include <span>
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
