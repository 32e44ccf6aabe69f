// SPDX-License-Identifier: MIT
#include <ciess/data/detail/number_ranks.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <vector>

#include <ciess/core/random.hpp>

#include "support/catch.hpp"

TEST_CASE("number_ranks ranks as a sorted set does", "[data]") {
  const std::size_t range = GENERATE(1U, 63U, 64U, 65U, 1000U);
  const std::uint32_t one_in = GENERATE(1U, 2U, 40U);
  auto engine = ciess::random_stream(range, ciess::purpose::user).at(one_in);
  ciess::detail::number_ranks ranks(range);
  std::set<std::size_t> expected;
  for (std::size_t n = 0; n < range; ++n)
    if (ciess::bounded(engine, one_in) == 0) {
      expected.insert(n);
      ranks.add(n);
      ranks.add(n);
    }
  CHECK(ranks.count() == expected.size());
  for (std::size_t n = 0; n < range; ++n)
    CHECK(ranks.rank(n) ==
          static_cast<std::size_t>(std::distance(expected.begin(), expected.lower_bound(n))));
  std::vector<std::size_t> all;
  ranks.each([&](std::size_t n) { all.push_back(n); });
  CHECK(all == std::vector<std::size_t>(expected.begin(), expected.end()));
}
