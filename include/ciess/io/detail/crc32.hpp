// SPDX-License-Identifier: MIT
/// @file
/// The checksum of zip files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ciess::detail {

/// `crc32_tables[k][b]`: what byte b does to the remainder when k bytes follow it.
/// Source: the polynomial of ISO 3309, reflected, 0xEDB88320.
inline constexpr auto crc32_tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t rest = b;
    for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ (rest & 1 ? 0xEDB88320U : 0U);
    tables[0][b] = rest;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t b = 0; b < 256; ++b) {
      const std::uint32_t before = tables[k - 1][b];
      tables[k][b] = before >> 8 ^ tables[0][before & 255];
    }
  return tables;
}();

/// Checksum of `bytes` behind others whose checksum is `before`. Eight bytes at a time.
[[nodiscard]] constexpr std::uint32_t crc32(std::span<const std::byte> bytes,
                                            std::uint32_t before = 0) noexcept {
  std::uint32_t rest = ~before;
  const auto at = [&](std::size_t k) { return std::to_integer<std::uint32_t>(bytes[k]); };
  for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
    rest ^= at(0) | at(1) << 8 | at(2) << 16 | at(3) << 24;
    rest = crc32_tables[7][rest & 255] ^ crc32_tables[6][rest >> 8 & 255] ^
           crc32_tables[5][rest >> 16 & 255] ^ crc32_tables[4][rest >> 24] ^
           crc32_tables[3][at(4)] ^ crc32_tables[2][at(5)] ^ crc32_tables[1][at(6)] ^
           crc32_tables[0][at(7)];
  }
  for (const std::byte b : bytes)
    rest = rest >> 8 ^ crc32_tables[0][(rest ^ std::to_integer<std::uint32_t>(b)) & 255];
  return ~rest;
}

}  // namespace ciess::detail
