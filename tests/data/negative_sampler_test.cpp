// SPDX-License-Identifier: MIT
#include <ciess/data/negative_sampler.hpp>
// its own header first
#include <type_traits>

#include "support/catch.hpp"

namespace {

// A sampler must not outlive what it looks at.
static_assert(!std::is_constructible_v<ciess::negative_sampler, ciess::interactions&&>);
static_assert(!std::is_constructible_v<ciess::negative_sampler, const ciess::interactions&&>);
static_assert(std::is_constructible_v<ciess::negative_sampler, const ciess::interactions&>);

/// Everything but `left`, for one user.
ciess::interactions all_but(ciess::row_id items, const std::vector<ciess::row_id>& left) {
  std::vector<ciess::interaction> pairs;
  for (ciess::row_id i = 0; i < items; ++i)
    if (std::ranges::find(left, i) == left.end()) pairs.push_back({0, i});
  return {1, items, pairs};
}

}  // namespace

TEST_CASE("unseen_item counts past the seen items", "[data]") {
  // Every subset of 8 items: the complement, in order.
  for (unsigned subset = 0; subset < 256; ++subset) {
    std::vector<ciess::row_id> seen;
    std::vector<ciess::row_id> unseen;
    for (ciess::row_id i = 0; i < 8; ++i) (subset >> i & 1 ? seen : unseen).push_back(i);
    for (std::uint32_t r = 0; r < unseen.size(); ++r) {
      CAPTURE(subset, r);
      CHECK(ciess::unseen_item(seen, 8, r) == unseen[r]);
    }
  }
}

TEST_CASE("negatives are uniform over what is left", "[data]") {
  const auto left = GENERATE(std::vector<ciess::row_id>{5}, std::vector<ciess::row_id>{0, 99},
                             std::vector<ciess::row_id>{0, 1, 2, 50, 51, 98, 99},
                             std::vector<ciess::row_id>{10, 20, 30, 40, 50, 60, 70, 80, 90});
  const auto data = all_but(100, left);
  const ciess::negative_sampler sampler(data);
  REQUIRE(sampler.has_negative(0));
  CHECK(sampler.negatives(0) == static_cast<ciess::index_t>(left.size()));

  const auto draws = 2000 * left.size();
  std::vector<double> count(100);
  auto engine = ciess::random_stream(3, ciess::purpose::batches).at(0);
  for (std::size_t d = 0; d < draws; ++d) ++count[static_cast<std::size_t>(sampler(0, engine))];
  double chi2 = 0;
  for (const auto i : left) {
    const double c = count[static_cast<std::size_t>(i)];
    chi2 += (c - 2000) * (c - 2000) / 2000;
    count[static_cast<std::size_t>(i)] = 0;
  }
  CHECK(std::ranges::count(count, 0.0) == 100);  // nothing that was seen
  CHECK(chi2 < 27);                              // 8 degrees of freedom: p < 0.001
}

TEST_CASE("negatives for users who have seen nothing, something, everything", "[data]") {
  const ciess::interactions data(3, 3, {{1, 1}, {2, 0}, {2, 1}, {2, 2}});
  const ciess::negative_sampler sampler(data);
  CHECK(sampler.negatives(0) == 3);
  CHECK(sampler.negatives(1) == 2);
  CHECK_FALSE(sampler.has_negative(2));
  auto engine = ciess::random_stream(3, ciess::purpose::batches).at(1);
  std::vector<int> count(3);
  for (int d = 0; d < 3000; ++d) ++count[static_cast<std::size_t>(sampler(0, engine))];
  for (const int c : count) CHECK(std::abs(c - 1000) < 100);
  for (int d = 0; d < 100; ++d) CHECK(sampler(1, engine) != 1);
}
