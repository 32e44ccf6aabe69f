// SPDX-License-Identifier: MIT
#include <ciess/backbone/impression_sampler.hpp>

#include <algorithm>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::index_t;

std::vector<index_t> drawn(ciess::impression_sampler& sampler, std::uint64_t seed,
                           std::int64_t step, index_t batch) {
  std::vector<index_t> out;
  sampler.draw(seed, step, batch, out);
  return out;
}

}  // namespace

TEST_CASE("an epoch has every number once, in an order of its own", "[backbone]") {
  ciess::impression_sampler sampler(103);
  std::vector<std::vector<index_t>> epochs(2);
  for (std::int64_t step = 0; step < 22; ++step) {
    const auto batch = drawn(sampler, 5, step, 10);
    REQUIRE(batch.size() == (step % 11 == 10 ? 3U : 10U));
    auto& epoch = epochs[static_cast<std::size_t>(step / 11)];
    epoch.insert(epoch.end(), batch.begin(), batch.end());
  }
  CHECK(epochs[0] != epochs[1]);
  for (auto& epoch : epochs) {
    CHECK_FALSE(std::ranges::is_sorted(epoch));
    std::ranges::sort(epoch);
    for (index_t i = 0; i < 103; ++i) REQUIRE(epoch[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("a batch goes by seed and step, not by what was drawn before", "[backbone]") {
  ciess::impression_sampler one(50);
  ciess::impression_sampler other(50);
  const auto batch = drawn(one, 5, 12, 7);
  (void)drawn(other, 5, 900, 7);
  (void)drawn(other, 6, 12, 7);
  CHECK(drawn(other, 5, 12, 7) == batch);
  CHECK(drawn(other, 6, 12, 7) != batch);
}

TEST_CASE("every place of an epoch is as likely for a number", "[backbone]") {
  // 6000 epochs: each of the 6 orders of 3 numbers 1000 times, with a deviation of 29.
  ciess::impression_sampler sampler(3);
  std::vector<int> counts(27);
  for (std::int64_t epoch = 0; epoch < 6000; ++epoch) {
    const auto o = drawn(sampler, 1, epoch, 3);
    ++counts[static_cast<std::size_t>(9 * o[0] + 3 * o[1] + o[2])];
  }
  for (const int place : {5, 7, 11, 15, 19, 21})
    CHECK(std::abs(counts[static_cast<std::size_t>(place)] - 1000) < 150);
}

TEST_CASE("a batch larger than the data is all of it", "[backbone]") {
  ciess::impression_sampler sampler(4);
  auto batch = drawn(sampler, 1, 3, 100);
  std::ranges::sort(batch);
  CHECK(batch == std::vector<index_t>{0, 1, 2, 3});
  CHECK_THROWS_AS(ciess::impression_sampler(0), ciess::data_error);
  CHECK_THROWS_AS(ciess::impression_sampler(index_t{1} << 32), ciess::argument_error);
}
