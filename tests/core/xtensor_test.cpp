// SPDX-License-Identifier: MIT
#include <ciess/core/xtensor.hpp>

#include <array>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"

TEST_CASE("tensors of fixed rank and adaptors are there", "[core]") {
  std::vector<float> numbers{1, 2, 3, 4, 5, 6};
  auto view = xt::adapt(numbers, std::array<std::size_t, 2>{2, 3});
  view(1, 2) = 9;
  CHECK(numbers[5] == 9.0F);
  const xt::xtensor<float, 2> copy = view;
  CHECK(copy.shape()[1] == 3);
  CHECK(copy(1, 0) == 4.0F);
}
