// SPDX-License-Identifier: MIT
#include <ciess/embedding/detail/scaled_codes.hpp>
// its own header first
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/coded_tables.hpp"

namespace {

constexpr int octave = 110;

double lost(std::span<const float> row, const ciess::code_book& book,
            std::span<const ciess::code_byte> codes, std::uint8_t scale) {
  double sum = 0;
  for (std::size_t c = 0; c < row.size(); ++c) {
    const double number = double{ciess::scale_value<ciess::code_byte>(scale, octave)} *
                          double{book.number(codes.data(), static_cast<ciess::index_t>(c))};
    sum += (row[c] - number) * (row[c] - number);
  }
  return sum;
}

}  // namespace

TEST_CASE("the code of a scale is the nearest one", "[embedding]") {
  const auto value = [](int code) {
    return double{ciess::scale_value<ciess::code_byte>(static_cast<std::uint8_t>(code), octave)};
  };
  for (int code = 0; code < 256; ++code)
    CHECK(int{ciess::detail::code_of_scale(value(code), octave)} == code);
  for (double scale = value(1) / 8; scale < 2 * value(255); scale *= 1.013) {
    const double found = std::abs(value(ciess::detail::code_of_scale(scale, octave)) - scale);
    for (int code = 0; code < 256; ++code) REQUIRE(found <= std::abs(value(code) - scale));
  }
  CHECK(ciess::detail::code_of_scale(-1, octave) == 0);
  CHECK(ciess::detail::code_of_scale(std::numeric_limits<double>::infinity(), octave) == 255);
}

TEST_CASE("no other scale loses much less", "[embedding]") {
  const auto book = falling_book(4);
  const auto columns = static_cast<std::size_t>(book.columns());
  const ciess::matrix rows = falling_numbers(200, book);
  double mean = 0;
  for (ciess::index_t r = 0; r < rows.rows(); ++r) {
    const std::span<const float> row(rows.row(r).data(), columns);
    std::array<ciess::code_byte, 4> codes{};
    const auto scale = ciess::detail::store_scaled_codes(row, book, octave, codes);
    const double mine = lost(row, book, codes, scale);
    double least = std::numeric_limits<double>::infinity();
    for (int code = 0; code < 256; ++code) {
      const auto other = static_cast<std::uint8_t>(code);
      book.encode_scaled(row, ciess::scale_value<ciess::code_byte>(other, octave), codes);
      least = std::min(least, lost(row, book, codes, other));
    }
    REQUIRE(mine >= least * (1 - 1e-6));
    mean += mine / least / static_cast<double>(rows.rows());
  }
  CHECK(mean < 1.1);  // it goes downhill from one scale, not through all
}

TEST_CASE("rows that are 0, tiny, huge or hardly a number are stored as near as may be",
          "[embedding]") {
  const auto book = falling_book(2);
  const auto columns = static_cast<std::size_t>(book.columns());
  std::array<ciess::code_byte, 2> codes{};
  std::vector<float> row(columns, 0.0F);
  CHECK(ciess::detail::store_scaled_codes(row, book, octave, codes) == 0);
  row[0] = 1e-44F;
  CHECK(ciess::detail::store_scaled_codes(row, book, octave, codes) == 0);
  std::ranges::fill(row, std::numeric_limits<float>::max());
  const auto scale = ciess::detail::store_scaled_codes(row, book, ciess::most_octave, codes);
  for (std::size_t c = 0; c < columns; ++c)
    CHECK(std::isfinite(ciess::scale_value<ciess::code_byte>(scale, ciess::most_octave) *
                        book.number(codes.data(), static_cast<ciess::index_t>(c))));
  CHECK(std::isfinite(ciess::detail::length_of(row)));
  // A book so large that no scale leaves it finite.
  const ciess::code_book large(std::vector<std::uint8_t>{8},
                               std::vector<ciess::bfloat16>{ciess::to_bfloat16(0x1p60F)});
  CHECK(ciess::detail::store_scaled_codes(std::vector<float>{1e38F}, large, ciess::most_octave,
                                          std::span(codes).first(1)) == 0);
}
