// SPDX-License-Identifier: MIT
#include <ciess/backbone/held_out_impressions.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/small_clicks.hpp"

namespace {

using ciess::held_out_impressions;
using ciess::impressions;
static_assert(std::is_constructible_v<held_out_impressions, const impressions&, std::uint64_t>);
static_assert(!std::is_constructible_v<held_out_impressions, impressions, std::uint64_t>);

std::vector<ciess::index_t> numbers_of(const ciess::impression_batch& batch) {
  return {batch.which.begin(), batch.which.end()};
}

}  // namespace

TEST_CASE("batches of held-out impressions are addressed by seed, number and size", "[backbone]") {
  const impressions& data = support::small_clicks();  // 300
  held_out_impressions draw(data, 5), same(data, 5), other(data, 6);
  CHECK(draw(0, 64).of == &data);
  const auto second = numbers_of(draw(1, 64));
  CHECK(second.size() == 64);
  draw(7, 64);
  CHECK(numbers_of(draw(1, 64)) == second);
  CHECK(numbers_of(same(1, 64)) == second);
  CHECK(numbers_of(other(1, 64)) != second);
  CHECK(numbers_of(draw(2, 64)) != second);
  // Every epoch has each of them once.
  std::set<ciess::index_t> all;
  for (std::uint64_t number = 0; number < 5; ++number)
    for (const auto i : numbers_of(draw(number, 64))) CHECK(all.insert(i).second);
  CHECK(all.size() == 300);
  CHECK(draw(4, 64).size() == 44);
  CHECK(draw(0, 1000).size() == 300);
  // A training of the same seed and as many impressions takes others.
  ciess::impression_sampler training(300);
  std::vector<ciess::index_t> trained;
  training.draw(5, 1, 64, trained);
  CHECK(trained != second);

  const impressions none = data.subset({});
  CHECK_THROWS_AS(held_out_impressions(none, 1), ciess::data_error);
}
