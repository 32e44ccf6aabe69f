// SPDX-License-Identifier: MIT
#include <ciess/embedding/bit_allocation.hpp>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "support/catch.hpp"

namespace {

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

TEST_CASE("No other bits lose less", "[embedding]") {
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

TEST_CASE("Bits at the edges", "[embedding]") {
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

TEST_CASE("All numbers of bytes and columns are known at once", "[embedding]") {
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

}  // namespace
