// SPDX-License-Identifier: MIT
#include <ciess/embedding/code_book.hpp>

#include <ciess/core/error.hpp>
#include <ciess/core/number_formats.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::bfloat16;
using ciess::code_book;
using ciess::code_byte;
using ciess::index_t;

/// Columns of 8, of 5 and 3, of 1 x 8 bits, with steps of powers of two.
code_book book() {
  const std::vector<std::uint8_t> bits{8, 5, 3, 1, 1, 1, 1, 1, 1, 1, 1};
  std::vector<bfloat16> steps;
  for (std::size_t c = 0; c < bits.size(); ++c)
    steps.push_back(ciess::to_bfloat16(std::ldexp(1.0F, static_cast<int>(c) - 4)));
  return {bits, steps};
}

TEST_CASE("A book knows which columns its bytes stand for", "[code_book]") {
  const auto b = book();
  CHECK(b.bytes() == 3);
  CHECK(b.columns() == 11);
  const std::array<index_t, 4> columns{0, 1, 3, 11};
  for (index_t m = 0; m <= 3; ++m) {
    CHECK(b.columns(m) == columns[static_cast<std::size_t>(m)]);
    CHECK(b.bytes_for(columns[static_cast<std::size_t>(m)]) == m);
    if (m < 3) CHECK(b.first_of(m) == columns[static_cast<std::size_t>(m)]);
  }
  CHECK(b.stored_bytes() == 33);
}

TEST_CASE("A byte means the odd multiples of its columns' steps, the first in the lowest bits",
          "[code_book]") {
  const auto b = book();
  for (int code = 0; code < 256; ++code) {
    const code_byte byte{static_cast<std::uint8_t>(code)};
    const auto one = b.numbers(0, byte);
    REQUIRE(one.size() == 1);
    CHECK(one[0] == 0.0625F * static_cast<float>(2 * code - 255));
    const auto two = b.numbers(1, byte);
    REQUIRE(two.size() == 2);
    CHECK(two[0] == 0.125F * static_cast<float>(2 * (code & 31) - 31));
    CHECK(two[1] == 0.25F * static_cast<float>(2 * (code >> 5) - 7));
    const auto eight = b.numbers(2, byte);
    REQUIRE(eight.size() == 8);
    for (int k = 0; k < 8; ++k)
      CHECK(eight[static_cast<std::size_t>(k)] ==
            std::ldexp(static_cast<float>(2 * (code >> k & 1) - 1), k - 1));
    const std::array<code_byte, 3> row{byte, byte, byte};
    for (index_t c = 0; c < 11; ++c) {
      const index_t m = c == 0 ? 0 : c < 3 ? 1 : 2;
      CHECK(b.number(row.data(), c) ==
            b.numbers(m, byte)[static_cast<std::size_t>(c - b.first_of(m))]);
    }
  }
}

TEST_CASE("Codes stay when what they mean is encoded, and others are nearest", "[code_book]") {
  const auto b = book();
  std::vector<float> row(11);
  for (int code = 0; code < 256; ++code) {
    const code_byte byte{static_cast<std::uint8_t>(code)};
    for (index_t m = 0; m < 3; ++m)
      for (std::size_t k = 0; k < b.numbers(m, byte).size(); ++k)
        row[static_cast<std::size_t>(b.first_of(m)) + k] = b.numbers(m, byte)[k];
    std::array<code_byte, 3> out{};
    b.encode(row, out);
    for (const code_byte o : out) CHECK(o == byte);
  }
  // Of every column no other number is nearer, also for what is beyond the largest.
  for (int trial = 0; trial < 200; ++trial) {
    for (std::size_t c = 0; c < row.size(); ++c)
      row[c] = std::sin(static_cast<float>(trial * 11 + static_cast<int>(c))) * 30.0F;
    std::array<code_byte, 3> out{};
    b.encode(row, out);
    for (index_t c = 0; c < 11; ++c) {
      const float x = row[static_cast<std::size_t>(c)];
      const float lost = std::abs(x - b.number(out.data(), c));
      for (int code = 0; code < 256; ++code) {
        std::array<code_byte, 3> other{};
        other.fill({static_cast<std::uint8_t>(code)});
        REQUIRE(lost <= std::abs(x - b.number(other.data(), c)));
      }
    }
  }
  std::array<code_byte, 1> first{};  // fewer bytes are the first ones
  b.encode(std::span<const float>(row).first(1), first);
  std::array<code_byte, 3> all{};
  b.encode(row, all);
  CHECK(first[0] == all[0]);
}

TEST_CASE("A step of 0 means 0", "[code_book]") {
  const std::vector<std::uint8_t> bits{8};
  const std::vector<bfloat16> steps{bfloat16{}};
  const code_book b(bits, steps);
  std::array<code_byte, 1> out{};
  const std::array<float, 1> row{3.0F};
  b.encode(row, out);
  CHECK(b.number(out.data(), 0) == 0.0F);
}

TEST_CASE("Books that cannot be are refused", "[code_book]") {
  const auto refused = [](std::vector<std::uint8_t> bits, std::vector<float> steps,
                          const char* what) {
    std::vector<bfloat16> stored;
    for (const float s : steps) stored.push_back(ciess::to_bfloat16(s));
    CHECK_THROWS_AS(code_book(bits, stored), ciess::data_error);
    CHECK_THROWS_WITH(code_book(bits, stored), ContainsSubstring(what));
  };
  refused({}, {}, "got 0");
  refused({8}, {}, "expected steps of 1 columns, got 0");
  refused(std::vector<std::uint8_t>(257, 8), std::vector<float>(257, 1.0F),
          "256 bytes a row, got 257");
  refused({8, 0}, {1, 1}, "column 1 has 0 bits");
  refused({9}, {1}, "column 0 has 9 bits");
  refused({5, 4}, {1, 1}, "columns up to 1 take 9 bits");
  refused({8, 5}, {1, 1}, "the last columns take 5 bits");
  refused({8}, {-1}, "column 0 has step -1");
  refused({8}, {std::numeric_limits<float>::quiet_NaN()}, "column 0 has step");
  refused({8}, {std::numeric_limits<float>::infinity()}, "column 0 has step");
  refused({8}, {3e37F}, "column 0 has step");  // 255 of them are not finite
  refused(std::vector<std::uint8_t>(2056, 1), std::vector<float>(2056, 1.0F), "got 2056");
  CHECK_NOTHROW(code_book(std::vector<std::uint8_t>(2048, 1),
                          std::vector<bfloat16>(2048, ciess::to_bfloat16(1))));
}

}  // namespace
