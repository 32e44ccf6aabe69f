// SPDX-License-Identifier: MIT
// Compressed files: data/decompress.hpp. The first byte says how much may come out.
#include <ciess/data/decompress.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/target.hpp"
#include "support/compressed.hpp"

namespace {

using ciess::compression;
using fuzz::require;

constexpr std::uint64_t plenty = std::uint64_t{1} << 22;

/// What libzstd makes of all frames at once; for results of a known length.
std::string at_once(const std::string& bytes, std::size_t size) {
  std::string out(size, '\0');
  const auto got = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  require(ZSTD_isError(got) == 0 && got == size, "libzstd takes the frames, too");
  return out;
}

bool feed(std::string_view input) {
  if (input.empty()) return false;
  const std::uint64_t most = input[0] == 'A' ? plenty : static_cast<unsigned char>(input[0]);
  const std::string bytes(input.substr(1));
  const auto format = ciess::compression_of(bytes);
  const auto got = fuzz::accepted([&] { return ciess::decompressed(bytes, "input", most); });
  if (format == compression::none) {
    require(got == bytes, "what is not compressed comes back");
    return true;
  }
  if (!got) return false;
  require(format == compression::gzip || format == compression::zstd, "others are refused");
  require(got->size() <= most, "no more comes out than is allowed");
  if (format == compression::zstd)
    require(at_once(bytes, got->size()) == *got, "all at once gives the same");
  const auto again = [](const std::string& file) {
    return fuzz::accepted([&] { return ciess::decompressed(file, "again", 2 * plenty); });
  };
  require(again(format == compression::gzip ? gzip_of(*got, 1) : zstd_of(*got, 1)) == *got,
          "what came out can be compressed and comes out again");
  if (const auto twice = again(bytes + bytes)) require(*twice == *got + *got, "files are joined");
  return true;
}

std::vector<fuzz::seed> seeds() {
  const std::string text = "1::10::5::978300760\n1::20::3::978302109\n2::10::4::978301968\n";
  std::string repeated;
  for (int k = 0; k < 20; ++k) repeated += text;
  return {{"gzip", "A" + gzip_of(text)},
          {"gzip-stored", "A" + gzip_of(text, 0, "ratings.dat")},
          {"gzip-repeated", "A" + gzip_of(repeated, 9)},
          {"gzip-members", "A" + gzip_of(text) + gzip_of("") + gzip_of("x") + std::string(9, '\0')},
          {"zstd", "A" + zstd_of(text)},
          {"zstd-repeated", "A" + zstd_of(repeated, 19, false)},
          {"zstd-frames", "A" + skippable_of(text) + zstd_of(text) + zstd_of("") + zstd_of("x")},
          {"too-much", "\x3B" + zstd_of(text)},
          {"just-enough", "\x3C" + gzip_of(text)},
          {"plain", "A" + text},
          {"bzip2", "ABZh9\x31\x41\x59\x26\x53\x59\x77\x4B\xB0\x14"}};
}

[[maybe_unused]] const bool added = fuzz::add({"decompress", feed, seeds});

}  // namespace
