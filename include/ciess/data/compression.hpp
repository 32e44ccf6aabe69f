// SPDX-License-Identifier: MIT
/// @file
/// How bytes are compressed, told by the magic numbers that they begin with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ciess {

/// A format of compressed bytes. `data/decompress.hpp` reads gzip and zstd; the others are known by
/// name only, for messages.
enum class compression : std::uint8_t { none, gzip, zstd, xz, bzip2, zip, lz4 };

/// In the order of `compression`.
inline constexpr std::array<std::string_view, 7> compression_names{"none",  "gzip", "zstd", "xz",
                                                                   "bzip2", "zip",  "lz4"};

/// The name of a format.
[[nodiscard]] constexpr std::string_view to_string(compression format) noexcept {
  return compression_names[static_cast<std::size_t>(format)];
}

namespace detail {

/// Four bytes as a number, the lowest first.
constexpr std::uint32_t little_endian_32(std::string_view bytes) noexcept {
  std::uint32_t number = 0;
  for (std::size_t k = 4; k-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[k]);
  return number;
}

/// A frame that decoders of zstd and of lz4 skip: four bytes of magic, four of length, content.
constexpr bool is_skippable_frame(std::string_view bytes) noexcept {
  return bytes.size() >= 4 && (little_endian_32(bytes) & ~std::uint32_t{15}) == 0x184D2A50;
}

/// A frame of zstd that is not skipped.
constexpr bool is_zstd_frame(std::string_view bytes) noexcept {
  return bytes.size() >= 4 && little_endian_32(bytes) == 0xFD2FB528;
}

}  // namespace detail

/// How the bytes of a file are compressed; `none` also where too few of them are there to tell
/// (gzip needs 2, xz 6, bzip2 10, the others 4). Steps over skippable frames, which may come before
/// those of zstd (pzstd writes some) and of lz4; a file of nothing else counts as zstd. O(1), with
/// skippable frames O(their number).
[[nodiscard]] constexpr compression compression_of(std::string_view bytes) noexcept {
  using namespace std::string_view_literals;
  bool skipped = false;
  while (detail::is_skippable_frame(bytes)) {
    skipped = true;
    if (bytes.size() < 8) break;
    const std::uint64_t length = 8 + std::uint64_t{detail::little_endian_32(bytes.substr(4))};
    if (length >= bytes.size()) break;
    bytes.remove_prefix(static_cast<std::size_t>(length));
  }
  if (bytes.starts_with("\x04\x22\x4D\x18"sv)) return compression::lz4;
  if (skipped || detail::is_zstd_frame(bytes)) return compression::zstd;
  if (bytes.starts_with("\x1F\x8B"sv)) return compression::gzip;
  if (bytes.starts_with("\xFD\x37zXZ\0"sv)) return compression::xz;
  if (bytes.starts_with("PK\3\4"sv) || bytes.starts_with("PK\5\6"sv)) return compression::zip;
  // BZh and a digit could begin a text, so the digits of pi after them count as well, or those of
  // its root where nothing is compressed.
  if (bytes.size() >= 10 && bytes.starts_with("BZh"sv) && bytes[3] >= '1' && bytes[3] <= '9' &&
      (bytes.substr(4, 6) == "\x31\x41\x59\x26\x53\x59"sv ||
       bytes.substr(4, 6) == "\x17\x72\x45\x38\x50\x90"sv))
    return compression::bzip2;
  return compression::none;
}

}  // namespace ciess
