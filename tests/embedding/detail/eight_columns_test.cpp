// SPDX-License-Identifier: MIT
#include <ciess/embedding/detail/eight_columns.hpp>
// its own header first
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
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

TEMPLATE_TEST_CASE("eight columns of four rows are what is read one by one, to the last bit",
                   "[embedding]", float, ciess::bfloat16, ciess::float16, std::int8_t,
                   ciess::bits<4>, ciess::bits<3>, ciess::bits<2>) {
  using N = TestType;
  using ciess::index_t;
  const std::vector<N> stored = patterns<N>();
  const N* const end = stored.data() + stored.size();
  constexpr index_t numbers = 40;  // of the largest rows
  constexpr index_t values = ciess::stored_in<N>(numbers);
  const float scales[] = {1.0F, -0.37F, 1e-30F, 2.0F};
  std::int64_t wrong = 0;
  for (index_t begin = 0; begin + values <= std::ssize(stored); begin += values / 4) {
    // Sizes with every remainder, in any order, and none; the last row may end where all do.
    const auto row_at = [&](index_t i) {
      const auto size = static_cast<std::int32_t>((begin * 7 + i * 13) % (numbers + 1));
      const index_t from =
          i == 3 ? std::ssize(stored) - ciess::stored_in<N>(size) : begin + i % 2 * (values / 2);
      const bool fits = from + ciess::stored_in<N>(size) <= std::ssize(stored);
      if (size == 0 || !fits) return ciess::detail::some_row<N>{};
      return ciess::detail::some_row<N>{stored.data() + from, size, scales[i]};
    };
    const ciess::detail::four_rows<N> rows(row_at, end);
    for (index_t c = 0; c < numbers + 8; c += 8) {
      ciess::detail::eight_columns found;
      rows.read(c, found);
      for (index_t i = 0; i < 4; ++i) {
        const auto part = row_at(i);
        const ciess::packed_row<N> row(
            {part.from, static_cast<std::size_t>(ciess::stored_in<N>(part.size))}, part.size,
            part.scale);
        for (index_t k = 0; k < 8; ++k) {
          const float x = found.column[k][i];
          const float expected = c + k < part.size ? row[c + k] : 0.0F;
          wrong += std::isnan(expected)
                       ? !std::isnan(x)
                       : std::bit_cast<std::uint32_t>(x) != std::bit_cast<std::uint32_t>(expected);
        }
      }
    }
  }
  CHECK(wrong == 0);
}
