// SPDX-License-Identifier: MIT
/// @file
/// Tables whose columns have bits of their own.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/number_formats.hpp>
#include <ciess/embedding/bit_allocation.hpp>
#include <ciess/embedding/fit_code_book.hpp>
#include <ciess/embedding/packed_table.hpp>

#include "support/random_tables.hpp"

/// A book of so many bytes for numbers whose columns fall by a tenth each.
inline ciess::code_book falling_book(int bytes) {
  std::vector<double> worth;
  for (int c = 0; c < 8 * bytes; ++c) worth.push_back(std::pow(0.9, 4 * c));
  const auto bits = ciess::bit_allocation(worth, bytes).bits(bytes);
  std::vector<ciess::bfloat16> steps;
  for (std::size_t c = 0; c < bits.size(); ++c)
    steps.push_back(ciess::to_bfloat16(static_cast<float>(std::pow(0.9, static_cast<double>(c))) *
                                       2.0F / static_cast<float>(1 << bits[c])));
  return {bits, steps};
}

/// Whole rows for such a book.
inline ciess::matrix falling_numbers(ciess::index_t rows, const ciess::code_book& book,
                                     std::uint64_t seed = 1) {
  const int columns = static_cast<int>(book.columns());
  ciess::matrix m = random_table(rows, {columns, columns}, seed).values();
  if (rows == 0) return m;  // columns of nothing would begin nowhere
  for (ciess::index_t c = 0; c < m.cols(); ++c)
    m.col(c) *= static_cast<float>(std::pow(0.9, static_cast<double>(c)));
  return m;
}

/// @param sizes  bytes of rows
inline ciess::packed_table<ciess::code_byte> coded_table(const ciess::sizes& sizes,
                                                         std::uint64_t seed = 1) {
  auto book = falling_book(sizes.range().max);
  const ciess::matrix m = falling_numbers(sizes.rows(), book, seed);
  return {sizes,
          [&](ciess::index_t r) {
            return std::span<const float>(m.row(r).data(), static_cast<std::size_t>(m.cols()));
          },
          std::move(book)};
}
/// Rows of different bytes.
inline ciess::packed_table<ciess::code_byte> coded_table(ciess::index_t rows, int bytes,
                                                         std::uint64_t seed = 1) {
  return coded_table(random_sizes(rows, {1, bytes}, seed), seed);
}

/// Rows of one number of bytes and of lengths from a hundredth to a hundred, every seventh of
/// zeros, and a table of them whose rows have scales.
struct scaled_rows_table {
  ciess::matrix rows;
  ciess::packed_table<ciess::code_byte> packed;

  scaled_rows_table(const ciess::sizes& bytes, std::uint64_t seed = 1) {
    const auto falling = falling_book(bytes.range().max);
    rows = falling_numbers(bytes.rows(), falling, seed);
    for (ciess::index_t r = 0; r < rows.rows(); ++r)
      rows.row(r) *= r % 7 == 3
                         ? 0.0F
                         : static_cast<float>(std::pow(10.0, static_cast<double>(r % 13) / 3 - 2));
    const auto row = [&](ciess::index_t r) {
      return std::span<const float>(rows.row(r).data(), static_cast<std::size_t>(rows.cols()));
    };
    packed = {bytes, row,
              ciess::fit_code_book(bytes.rows(), row, falling.bits(), ciess::scaled_rows::yes),
              ciess::scaled_rows::yes};
  }
};
