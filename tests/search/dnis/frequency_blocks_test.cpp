// SPDX-License-Identifier: MIT
#include <ciess/search/dnis/frequency_blocks.hpp>
// its own header first
#include <limits>
#include <numeric>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("rows go to blocks by their frequency", "[search]") {
  const std::vector<double> frequency{3, 9, 0, 9, 1, 5, 2, 7, 0, 4};
  const std::vector<double> shares{1, 2, 2};  // 2, 4 and 4 rows
  const ciess::frequency_blocks blocks(frequency, shares);
  REQUIRE(blocks.size() == 3);
  CHECK((blocks.rows(0) == 2 && blocks.rows(1) == 4 && blocks.rows(2) == 4));
  const std::vector<std::size_t> block{1, 0, 2, 0, 2, 1, 2, 1, 2, 1};
  const std::vector<ciess::index_t> rank{5, 0, 8, 1, 7, 3, 6, 2, 9, 4};
  for (ciess::index_t r = 0; r < 10; ++r) {
    CHECK(blocks[r] == block[static_cast<std::size_t>(r)]);
    CHECK(blocks.rank(r) == rank[static_cast<std::size_t>(r)]);
  }
}

TEST_CASE("blocks hold all rows, however few there are", "[search]") {
  const std::vector<double> ten(10, 0.1);
  for (std::size_t rows = 0; rows < 25; ++rows) {
    const ciess::frequency_blocks blocks(std::vector<double>(rows, 1.0), ten);
    REQUIRE(blocks.size() == 10);
    ciess::index_t sum = 0;
    for (std::size_t b = 0; b < 10; ++b) sum += blocks.rows(b);
    CHECK(sum == static_cast<ciess::index_t>(rows));
  }
}

TEST_CASE("blocks without a share are refused", "[search]") {
  const std::vector<double> none;
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    const std::vector<double> shares{0.5, bad};
    CHECK_THROWS_WITH(ciess::frequency_blocks(none, shares), ContainsSubstring("must be > 0"));
  }
  CHECK_THROWS_WITH(ciess::frequency_blocks(none, none), ContainsSubstring("no block"));
}
