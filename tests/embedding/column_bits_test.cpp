// SPDX-License-Identifier: MIT
#include <ciess/embedding/column_bits.hpp>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/core/random.hpp>
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
using ciess::detail::lost_share;

double lost(std::span<const double> worth, std::span<const std::uint8_t> bits) {
  double sum = 0;
  for (std::size_t c = 0; c < worth.size(); ++c)
    sum += worth[c] * lost_share[c < bits.size() ? bits[c] : 0];
  return sum;
}

/// The least that any bits lose that fill whole bytes, by trying all.
double least_lost(std::span<const double> worth, int bytes, std::vector<std::uint8_t>& bits,
                  int used) {
  if (bytes == 0) return lost(worth, bits);
  double least = std::numeric_limits<double>::infinity();
  if (bits.size() == worth.size()) return least;
  for (int b = 1; b <= 8 - used; ++b) {
    bits.push_back(static_cast<std::uint8_t>(b));
    const bool full = used + b == 8;
    least = std::min(least, least_lost(worth, full ? bytes - 1 : bytes, bits, full ? 0 : used + b));
    bits.pop_back();
  }
  return least;
}

std::vector<std::uint8_t> allocated(std::span<const double> worth, int bytes) {
  const ciess::bit_allocation all(worth, bytes);
  return all.bits(all.bytes());
}

/// About normal, the same wherever it runs.
std::vector<float> normal_numbers(std::size_t count, float spread, std::uint64_t seed) {
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  std::vector<float> numbers(count);
  for (float& x : numbers) x = spread * ciess::normal(engine);
  return numbers;
}

TEST_CASE("No other bits lose less", "[column_bits]") {
  auto engine = ciess::random_stream(1, ciess::purpose::user).at(0);
  for (int trial = 0; trial < 40; ++trial) {
    std::vector<double> worth(1 + ciess::bounded(engine, 7));
    for (double& w : worth) w = std::exp(4 * ciess::normal<double>(engine));
    if (trial % 2 == 0) std::ranges::sort(worth, std::greater{});
    if (trial % 5 == 0) worth.back() = 0;
    for (int bytes = 1; bytes <= std::min(3, static_cast<int>(worth.size())); ++bytes) {
      const auto bits = allocated(worth, bytes);
      int all = 0;
      for (const std::uint8_t b : bits) all += b;
      CHECK(all == 8 * bytes);
      std::vector<std::uint8_t> none;
      CHECK(lost(worth, bits) == Approx(least_lost(worth, bytes, none, 0)).epsilon(1e-12));
    }
  }
}

TEST_CASE("Bits at the edges", "[column_bits]") {
  using bits = std::vector<std::uint8_t>;
  CHECK(allocated(std::vector<double>{1}, 1) == bits{8});
  CHECK(allocated(std::vector<double>{1, 1}, 2) == bits{8, 8});
  CHECK(allocated(std::vector<double>{1, 1}, 9) == bits{8, 8});  // no more than 8 each
  CHECK(allocated(std::vector<double>(20, 1.0), 1) == bits(8, 1));
  CHECK(allocated(std::vector<double>{1, 0, 0, 0}, 1) == bits{8});
  const auto many = allocated(std::vector<double>(3000, 1.0), 256);
  CHECK(many == bits(2048, 1));
  for (const int bytes : {0, -1, 257})
    CHECK_THROWS_AS(allocated(std::vector<double>{1}, bytes), ciess::argument_error);
  CHECK_THROWS_AS(allocated({}, 1), ciess::argument_error);
  for (const double bad : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()})
    CHECK_THROWS_WITH(allocated(std::vector<double>{1, bad}, 1), ContainsSubstring("column 1"));
}

TEST_CASE("All numbers of bytes and columns are known at once", "[column_bits]") {
  std::vector<double> worth;
  for (int c = 0; c < 30; ++c) worth.push_back(std::pow(0.8, c));
  const ciess::bit_allocation all(worth, 6);
  REQUIRE(all.bytes() == 6);
  REQUIRE(all.columns() == 30);
  for (int bytes = 1; bytes <= 6; ++bytes) {
    const ciess::bit_allocation alone(worth, bytes);
    CHECK(all.bits(bytes) == alone.bits(bytes));
    for (index_t c = 1; c <= 30; ++c) {
      if (c < bytes || c > 8 * bytes) {
        CHECK(std::isinf(all.lost(bytes, c)));
        CHECK_THROWS_AS(all.bits(bytes, c), ciess::argument_error);
        continue;
      }
      const auto bits = all.bits(bytes, c);
      REQUIRE(std::ssize(bits) == c);
      CHECK(lost(worth, bits) == Approx(all.lost(bytes, c)).epsilon(1e-12));
    }
  }
  // Two tables share the columns.
  const index_t both = all.best_columns(3, 5);
  for (index_t c = 5; c <= 24; ++c)
    CHECK(all.lost(3, both) + all.lost(5, both) <= all.lost(3, c) + all.lost(5, c));
  CHECK(all.best_columns(4, 4) == all.best_columns(4));
  CHECK_THROWS_AS(all.bits(7, 10), ciess::argument_error);
  CHECK_THROWS_AS(all.bits(0, 10), ciess::argument_error);
  CHECK_THROWS_AS(all.bits(6, 31), ciess::argument_error);
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

TEST_CASE("Normal numbers lose what is known of their best step", "[column_bits]") {
  const auto numbers = normal_numbers(200'000, 3.0F, 7);
  double squares = 0;
  for (const float x : numbers) squares += double{x} * double{x};
  for (int bits = 1; bits <= 8; ++bits) {
    const float step = ciess::to_float(ciess::best_step(numbers, bits));
    // 200,000 numbers and steps of three digits: within two per cent, and five of tiny losses.
    CHECK(squares_lost(numbers, step, bits) / squares ==
          Approx(lost_share[static_cast<std::size_t>(bits)]).epsilon(bits > 6 ? 0.05 : 0.02));
  }
}

TEST_CASE("Hardly any other step loses less, whatever the numbers", "[column_bits]") {
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
}

TEST_CASE("A book is fitted to the rows that are looked at", "[column_bits]") {
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
  table[5][1] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(ciess::fit_code_book(rows, row, bits),
                    ContainsSubstring("row 5, column 1 is inf"));
  CHECK_NOTHROW(ciess::fit_code_book(rows, row, bits, 10));
  CHECK(ciess::fit_code_book(0, row, bits).steps()[0] == bfloat16{});
}

}  // namespace
