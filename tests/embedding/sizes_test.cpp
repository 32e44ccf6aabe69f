// SPDX-License-Identifier: MIT
#include <ciess/embedding/sizes.hpp>
// its own header first
#include <array>
#include <numeric>

#include "support/catch.hpp"

TEST_CASE("sizes start at the largest, or as told", "[embedding]") {
  const ciess::sizes full(3, {1, 128});
  CHECK(full.rows() == 3);
  CHECK(full.range() == ciess::size_range{1, 128});
  CHECK(full[2] == 128);
  CHECK(full.total() == 3 * 128);
  CHECK(full.dense() == 3 * 128);

  const ciess::sizes equal(3, {1, 128}, 7);
  CHECK(equal[0] == 7);
  CHECK(equal.total() == 21);
  CHECK(equal.dense() == 3 * 128);

  const std::array values{4, 16, 9};
  const ciess::sizes given(values, {4, 16});
  CHECK(given.rows() == 3);
  CHECK(given.total() == 29);
  CHECK(std::vector<int>(given.values().begin(), given.values().end()) ==
        std::vector<int>{4, 16, 9});

  const ciess::sizes made(40'000, {2, 300}, [](ciess::index_t r) { return 2 + int(r * 7 % 299); });
  for (ciess::index_t r = 0; r < made.rows(); ++r) REQUIRE(made[r] == 2 + int(r * 7 % 299));
  CHECK(made.total() == std::accumulate(made.values().begin(), made.values().end(), 0LL));

  CHECK(ciess::sizes{}.rows() == 0);
  CHECK(ciess::sizes{}.total() == 0);
  CHECK(ciess::sizes(1, {1, 65535}).total() == 65535);  // the most that 16 bits hold
  CHECK(ciess::sizes(40000, {1, 65535}).total() == 40000LL * 65535);
}

TEST_CASE("sizes know their sum through every change", "[embedding]") {
  ciess::sizes s(10, {2, 50});
  for (int k = 0; k < 200; ++k) {
    s.set(k % 10, 2 + (k * 37) % 49);
    CHECK(s.total() == std::accumulate(s.values().begin(), s.values().end(), 0LL));
  }
  auto other = s;
  CHECK(other == s);
  other.set(0, s[0] == 2 ? 3 : 2);
  CHECK_FALSE(other == s);
}

TEST_CASE("sizes refuse what is outside, and stay as they are", "[embedding]") {
  using ciess::sizes;
  CHECK_THROWS_AS(sizes(-1, {1, 8}), ciess::argument_error);
  CHECK_THROWS_AS(sizes(1, {0, 8}), ciess::argument_error);
  CHECK_THROWS_AS(sizes(1, {1, 65536}), ciess::argument_error);
  CHECK_THROWS_AS(sizes(1, {2, 8}, 1), ciess::argument_error);
  CHECK_THROWS_AS(sizes(1, {2, 8}, 9), ciess::argument_error);
  const std::array values{4, 16, 17};
  CHECK_THROWS_WITH(sizes(values, {4, 16}),
                    ContainsSubstring("row 2 has size 17") && ContainsSubstring("[4, 16]"));
  const auto made = [](ciess::index_t first, int bad) {
    return sizes(90'000, {4, 16}, [=](ciess::index_t r) { return r < first ? 5 : bad; });
  };
  CHECK_THROWS_WITH(made(70'000, 3), ContainsSubstring("row 70000 has size 3, expected one in [4"));
  CHECK_THROWS_WITH(made(20'000, 65'536 + 5), ContainsSubstring("row 20000 has size 65541"));
  CHECK_THROWS_AS(sizes(-1, {4, 16}, [](ciess::index_t) { return 5; }), ciess::argument_error);
  sizes s(2, {2, 8});
  const auto before = s;
  CHECK_THROWS_AS(s.set(0, 9), ciess::argument_error);
  CHECK_THROWS_AS(s.set(0, 1), ciess::argument_error);
  CHECK_THROWS_AS(s.set(2, 4), ciess::argument_error);
  CHECK_THROWS_AS(s.set(-1, 4), ciess::argument_error);
  CHECK(s == before);
}
