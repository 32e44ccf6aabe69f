// SPDX-License-Identifier: MIT
#include <ciess/nn/touched_rows.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/nn/bpr.hpp>

#include "support/catch.hpp"

namespace {

std::vector<ciess::row_id> drawn(std::size_t n, std::uint32_t rows, std::uint64_t seed) {
  std::vector<ciess::row_id> list(n);
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  for (auto& r : list) r = static_cast<ciess::row_id>(ciess::bounded(engine, rows));
  return list;
}

/// What a map says.
void agrees_with_a_map(const ciess::touched_rows& found, const std::vector<ciess::row_id>& first,
                       const std::vector<ciess::row_id>& second) {
  std::map<ciess::row_id, std::vector<std::uint32_t>> expected;
  std::uint32_t position = 0;
  for (const auto* list : {&first, &second})
    for (const auto r : *list) expected[r].push_back(position++);
  REQUIRE(found.size() == static_cast<ciess::index_t>(expected.size()));
  REQUIRE(found.places().size() == position);
  ciess::index_t k = 0;
  for (const auto& [row, positions] : expected) {
    REQUIRE(found.rows()[static_cast<std::size_t>(k)] == row);
    REQUIRE(std::vector(found[k].begin(), found[k].end()) == positions);
    for (const auto p : positions) REQUIRE(found.places()[p] == k);
    REQUIRE(found.place_of(row) == k);
    ++k;
  }
}

}  // namespace

TEST_CASE("touched rows are those that are named, rising, with their positions", "[nn]") {
  ciess::touched_rows rows;
  // Rows of one, two and three digits, and the largest there is.
  for (const std::uint32_t most : {1U, 3U, 2'047U, 2'049U, 3'000'000U, 2'147'483'647U})
    for (const std::size_t n : {0U, 1U, 7U, 1'000U}) {
      CAPTURE(most, n);
      const auto first = drawn(n, most, 1);
      const auto second = drawn(n / 2, most, 2);
      rows.assign(first, second);
      agrees_with_a_map(rows, first, second);
      rows.assign(second);
      agrees_with_a_map(rows, second, {});
    }
  const std::vector<ciess::row_id> ends{2'147'483'647, 0, 2'147'483'647};
  rows.assign(ends);
  agrees_with_a_map(rows, ends, {});
  CHECK(rows.place_of(1) == -1);
}

TEST_CASE("touched rows say what row groups say", "[nn]") {
  const auto first = drawn(500, 90, 3);
  const auto second = drawn(400, 90, 4);
  ciess::touched_rows rows;
  ciess::row_groups all;
  rows.assign(first, second);
  all.assign(90, first, second);
  for (ciess::row_id r = 0; r < 90; ++r) {
    const auto k = rows.place_of(r);
    REQUIRE((k < 0) == all[r].empty());
    if (k >= 0)
      REQUIRE(std::vector(rows[k].begin(), rows[k].end()) ==
              std::vector(all[r].begin(), all[r].end()));
  }
}
