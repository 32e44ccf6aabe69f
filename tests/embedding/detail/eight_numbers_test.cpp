// SPDX-License-Identifier: MIT
#include <ciess/embedding/detail/eight_numbers.hpp>
// its own header first
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"

namespace {

/// Every pattern that a stored number can have, or for floats some, in rows of eight.
template <class N>
std::vector<N> patterns() {
  std::vector<N> all;
  if constexpr (std::same_as<N, float>) {
    for (int k = 0; k < 4096; ++k) all.push_back(static_cast<float>(k * k) / 7 - 1000);
  } else {
    constexpr int values = sizeof(N) == 1 ? 256 : 65'536;
    for (int k = 0; k < values * 8; ++k) {
      // Each place of a group sees each pattern.
      const int value = (k / 8 + k % 8 * 37) % values;
      if constexpr (sizeof(N) == 1)
        all.push_back(std::bit_cast<N>(static_cast<std::uint8_t>(value)));
      else
        all.push_back(N{static_cast<std::uint16_t>(value)});
    }
  }
  return all;
}

}  // namespace

TEMPLATE_TEST_CASE("eight numbers at a time are those that are read one by one, to the last bit",
                   "[embedding]", float, ciess::bfloat16, ciess::float16, std::int8_t,
                   ciess::bits<4>, ciess::bits<2>) {
  using N = TestType;
  const std::vector<N> stored = patterns<N>();
  const auto numbers = std::ssize(stored) * ciess::numbers_in<N>;
  for (const float scale : {1.0F, -0.37F, 1e-30F}) {
    const ciess::packed_row<N> row(stored, numbers, scale);
    std::int64_t wrong = 0;
    for (ciess::index_t c = 0; c + 8 <= numbers; c += 8) {
      ciess::detail::eight_numbers found;
      ciess::detail::read_eight(row, c, found);
      for (int k = 0; k < 8; ++k) {
        const float x = k < 4 ? found.low[k] : found.high[k - 4];
        const float expected = row[c + k];
        wrong += std::isnan(expected)
                     ? !std::isnan(x)
                     : std::bit_cast<std::uint32_t>(x) != std::bit_cast<std::uint32_t>(expected);
      }
    }
    CHECK(wrong == 0);
  }
}
