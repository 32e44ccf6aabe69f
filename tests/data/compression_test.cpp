// SPDX-License-Identifier: MIT
#include <ciess/data/compression.hpp>
// its own header first
#include <string>
#include <string_view>
#include <utility>

#include "support/catch.hpp"

namespace {

using ciess::compression;
using ciess::compression_of;
using namespace std::string_literals;

/// What the tools begin their files with: `printf x | gzip`, and so on.
const std::pair<compression, std::string> beginnings[] = {
    {compression::gzip, "\x1F\x8B"s},
    {compression::zstd, "\x28\xB5\x2F\xFD"s},
    {compression::xz, "\xFD\x37\x7A\x58\x5A\x00"s},
    {compression::bzip2, "BZh9\x31\x41\x59\x26\x53\x59"s},
    {compression::bzip2, "BZh1\x17\x72\x45\x38\x50\x90"s},
    {compression::zip, "PK\x03\x04"s},
    {compression::zip, "PK\x05\x06"s},
    {compression::lz4, "\x04\x22\x4D\x18"s}};

/// A frame that decoders skip, with any of the 16 magic numbers.
std::string skippable(unsigned char magic, const std::string& content) {
  const char length[] = {static_cast<char>(content.size()), 0, 0, 0};
  return std::string(1, static_cast<char>(magic)) + "\x2A\x4D\x18" + std::string(length, 4) +
         content;
}

static_assert(compression_of("1::2::5\n") == compression::none);
static_assert(compression_of("\x1F\x8B\x08") == compression::gzip);

}  // namespace

TEST_CASE("compression is told by magic numbers, and by all of their bytes", "[data]") {
  for (const auto& [format, begin] : beginnings) {
    CAPTURE(to_string(format));
    CHECK(compression_of(begin) == format);
    CHECK(compression_of(begin + "more"s) == format);
    for (std::size_t k = 0; k < begin.size(); ++k) {
      CHECK(compression_of(begin.substr(0, k)) == compression::none);
      std::string changed = begin;
      changed[k] = static_cast<char>(changed[k] ^ 64);
      CHECK(compression_of(changed) == compression::none);
    }
    CHECK(compression_of(" " + begin) == compression::none);
  }
}

TEST_CASE("text and other files are not compressed", "[data]") {
  for (const auto& text :
       {""s, "\n"s, "1::1193::5::978300760\n"s, "user,item\n"s, "PK,item\n"s, "(1,2)\n"s,
        "BZh91 is a user\n"s, "BZhx1AY&SY"s, "BZh01AY&SY"s, "\xEF\xBB\xBFx,y\n"s, "\x93NUMPY\1"s})
    CHECK(compression_of(text) == compression::none);
}

TEST_CASE("skippable frames come before zstd and lz4", "[data]") {
  const std::string zstd = "\x28\xB5\x2F\xFD";
  for (unsigned magic = 0x50; magic < 0x60; ++magic) {
    const auto skipped = skippable(static_cast<unsigned char>(magic), "content");
    CHECK(compression_of(skipped + zstd) == compression::zstd);
    CHECK(compression_of(skipped + skippable(0x5F, "") + zstd) == compression::zstd);
    CHECK(compression_of(skipped + "\x04\x22\x4D\x18"s) == compression::lz4);
    // Nothing else, cut off, or something else: libzstd has to say what is wrong.
    for (std::size_t k = 4; k <= skipped.size(); ++k)
      CHECK(compression_of(skipped.substr(0, k)) == compression::zstd);
    CHECK(compression_of(skipped + "\x1F\x8B"s) == compression::zstd);
  }
  for (const auto other : "\x4F\x60"s)
    CHECK(compression_of(skippable(static_cast<unsigned char>(other), "content") + zstd) ==
          compression::none);
  CHECK(compression_of("\x50\x2A\x4D\x18\xFF\xFF\xFF\xFFmore"s) == compression::zstd);
}

TEST_CASE("formats of compression have names", "[data]") {
  CHECK(to_string(compression::none) == "none");
  CHECK(to_string(compression::gzip) == "gzip");
  CHECK(to_string(compression::zstd) == "zstd");
  CHECK(to_string(compression::xz) == "xz");
  CHECK(to_string(compression::bzip2) == "bzip2");
  CHECK(to_string(compression::zip) == "zip");
  CHECK(to_string(compression::lz4) == "lz4");
}
