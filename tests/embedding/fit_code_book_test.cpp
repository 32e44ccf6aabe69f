// SPDX-License-Identifier: MIT
#include <ciess/embedding/fit_code_book.hpp>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/core/random.hpp>
#include <ciess/embedding/bit_allocation.hpp>
#include <ciess/embedding/code_book.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::bfloat16;
using ciess::index_t;

/// About normal, the same wherever it runs.
std::vector<float> normal_numbers(std::size_t count, float spread, std::uint64_t seed) {
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  std::vector<float> numbers(count);
  for (float& x : numbers) x = spread * ciess::normal(engine);
  return numbers;
}

double squares_lost(std::span<const float> numbers, float step, int bits) {
  const int most = (1 << bits) - 1;
  double sum = 0;
  for (const float x : numbers) {
    const int k = 2 * ciess::code_book::nearest(x, step, most) - most;
    const double d = double{x} - double{step} * k;
    sum += d * d;
  }
  return sum;
}

// With sanitizers, which leave out what is [long], the next case finds steps of fewer numbers.
TEST_CASE("Normal numbers lose what is known of their best step", "[embedding][long]") {
  const auto numbers = normal_numbers(200'000, 3.0F, 7);
  double squares = 0;
  for (const float x : numbers) squares += double{x} * double{x};
  for (int bits = 1; bits <= 8; ++bits) {
    const float step = ciess::to_float(ciess::best_step(numbers, bits));
    // 200,000 numbers and steps of three digits: within two per cent, and five of tiny losses.
    CHECK(squares_lost(numbers, step, bits) / squares ==
          Approx(ciess::detail::lost_share[static_cast<std::size_t>(bits)])
              .epsilon(bits > 6 ? 0.05 : 0.02));
  }
}

TEST_CASE("Hardly any other step loses less, whatever the numbers", "[embedding]") {
  auto skewed = normal_numbers(999, 1.0F, 3);
  for (float& x : skewed) x = std::exp(x) - 1;
  auto tiny = normal_numbers(2000, 1e-20F, 4);
  std::vector<float> one_large(300, 1e-3F);
  one_large[7] = 1e6F;
  for (const auto& numbers : {skewed, tiny, one_large})
    for (int bits = 1; bits <= 8; ++bits) {
      const double found =
          squares_lost(numbers, ciess::to_float(ciess::best_step(numbers, bits)), bits);
      double least = std::numeric_limits<double>::infinity();
      float largest = 0;
      for (const float x : numbers) largest = std::max(largest, std::abs(x));
      for (float step = largest; step > largest * 1e-3F; step *= 0.99F)
        least = std::min(least, squares_lost(numbers, step, bits));
      CHECK(found <= 1.05 * least);
    }
  CHECK(ciess::best_step(std::vector<float>(4, 0.0F), 3) == bfloat16{});
  CHECK(ciess::best_step({}, 3) == bfloat16{});
  // Near the ends of floats a step is one that can be stored.
  for (const auto& numbers : {std::vector<float>(5, -1e-38F), std::vector<float>{-3.4e38F, -1e38F},
                              std::vector<float>{-1e-45F}, std::vector<float>{3.4e38F, -3.4e38F}})
    for (int bits = 1; bits <= 8; ++bits) {
      const float step = ciess::to_float(ciess::best_step(numbers, bits));
      CHECK(step >= 0);
      CHECK(std::isfinite(step * static_cast<float>((1 << bits) - 1)));
    }
}

TEST_CASE("A book is fitted to the rows that are looked at", "[embedding]") {
  constexpr index_t rows = 1000;
  std::vector<std::vector<float>> table;
  for (index_t r = 0; r < rows; ++r)
    table.push_back(normal_numbers(3, 1.0F, 11 + static_cast<std::uint64_t>(r)));
  for (auto& row : table) row[1] *= 100;
  const std::vector<std::uint8_t> bits{4, 4};
  const auto row = [&](index_t r) -> std::span<const float> {
    return table[static_cast<std::size_t>(r)];
  };
  const auto all = ciess::fit_code_book(rows, row, bits);
  CHECK(all.columns() == 2);
  std::vector<float> column;
  for (const auto& of : table) column.push_back(of[1]);
  CHECK(all.steps()[1] == ciess::best_step(column, 4));
  const auto some = ciess::fit_code_book(rows, row, bits, 10);  // every hundredth
  column.clear();
  for (std::size_t r = 0; r < rows; r += 100) column.push_back(table[r][1]);
  CHECK(some.steps()[1] == ciess::best_step(column, 4));
  // Of unequal rows those are looked at that have a column, be they ever so few.
  const auto short_but = [&](index_t of, index_t every) {
    return [&table, of, every](index_t r) {
      return std::span<const float>(table[static_cast<std::size_t>(r)])
          .first(r % every == of ? 3 : 1);
    };
  };
  column.assign(1, table[537][1]);
  CHECK(ciess::fit_code_book(rows, short_but(537, rows), bits, 10).steps()[1] ==
        ciess::best_step(column, 4));
  column.clear();
  for (std::size_t r = 3; r < rows; r += 40) column.push_back(table[r][1]);  // 25, all are seen
  CHECK(ciess::fit_code_book(rows, short_but(3, 40), bits, 30).steps()[1] ==
        ciess::best_step(column, 4));
  column.clear();
  for (const std::size_t k : {0U, 5U, 10U, 15U, 20U}) column.push_back(table[3 + 40 * k][1]);
  const auto few = ciess::fit_code_book(rows, short_but(3, 40), bits, 5);
  CHECK(few.steps()[1] == ciess::best_step(column, 4));
  column.clear();
  for (std::size_t r = 0; r < rows; r += 200) column.push_back(table[r][0]);
  CHECK(few.steps()[0] == ciess::best_step(column, 4));
  table[5][1] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(ciess::fit_code_book(rows, row, bits),
                    ContainsSubstring("row 5, column 1 is inf"));
  CHECK_NOTHROW(ciess::fit_code_book(rows, row, bits, 10));
  for (const std::vector<std::uint8_t>& bad :
       {std::vector<std::uint8_t>{40}, std::vector<std::uint8_t>{0}, std::vector<std::uint8_t>{4}})
    CHECK_THROWS_AS(ciess::fit_code_book(rows, row, bad), ciess::data_error);
  CHECK(ciess::fit_code_book(0, row, bits).steps()[0] == bfloat16{});
}

}  // namespace
