// SPDX-License-Identifier: MIT
#include <ciess/data/decompress.hpp>
// its own header first
#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/compressed.hpp"

namespace {

using ciess::decompressed;
using namespace std::string_literals;

/// What decompression complains about.
std::string complaint(const std::string& bytes, std::uint64_t most = 1'000'000'000) {
  try {
    static_cast<void>(decompressed(bytes, "file", most));
  } catch (const ciess::data_error& e) {
    return e.what();
  }
  return "none";
}

/// Lines like those of ratings, cut to a length.
std::string ratings(std::size_t size) {
  std::mt19937 draw(7);
  std::string text;
  for (std::size_t row = 0; text.size() < size; ++row)
    text += std::to_string(row / 50) + "::" + std::to_string(draw() % 4000) +
            "::" + std::to_string(1 + draw() % 5) + '\n';
  text.resize(size);
  return text;
}

/// Bytes that cannot be compressed.
std::string noise(std::size_t size) {
  std::mt19937 draw(8);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(draw());
  return bytes;
}

std::string little_endian(std::uint64_t number, int bytes) {
  std::string out;
  for (int k = 0; k < bytes; ++k) out += static_cast<char>(number >> 8 * k & 255);
  return out;
}

/// A zstd frame, made by hand, that says 128 KiB of zeros `blocks` times, in four bytes each.
std::string bomb(int blocks) {
  std::string frame = "\x28\xB5\x2F\xFD\x00\x38"s;  // nothing optional; a window of 128 KiB
  for (int b = 1; b <= blocks; ++b)
    frame += little_endian((131'072U << 3) | 2 | (b == blocks ? 1 : 0), 3) + '\0';
  return frame;
}

/// The most memory that the process has had so far, in bytes.
std::int64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{1024} * usage.ru_maxrss;
}

/// Every file that differs in one bit: which of them are harmless, as "byte:bit byte:bit".
/// No other may give anything but an error, or, if its magic number is spoilt, itself.
std::string harmless_flips(const std::string& file, const std::string& text,
                           std::size_t magic_bytes) {
  std::string harmless;
  for (std::size_t k = 0; k < file.size(); ++k)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = file;
      changed[k] = static_cast<char>(changed[k] ^ (1 << bit));
      CAPTURE(k, bit);
      if (k < magic_bytes) {
        CHECK(decompressed(changed, "file") == changed);
      } else if (complaint(changed) == "none") {
        CHECK(decompressed(changed, "file") == text);
        harmless += (harmless.empty() ? "" : " ") + std::to_string(k) + ":" + std::to_string(bit);
      }
    }
  return harmless;
}

std::string all_bits(std::size_t first, std::size_t last) {
  std::string out;
  for (std::size_t k = first; k <= last; ++k)
    for (int bit = 0; bit < 8; ++bit) out += std::to_string(k) + ":" + std::to_string(bit) + " ";
  return out;
}

}  // namespace

TEST_CASE("what is not compressed comes back, and is not copied", "[data]") {
  CHECK(decompressed("", "file").empty());
  std::string text = "1::10::5::978300760, and some more\n";
  const char* const where = text.data();
  const std::string got = decompressed(std::move(text), "file", 3);
  CHECK(got == "1::10::5::978300760, and some more\n");
  CHECK(got.data() == where);
}

TEST_CASE("gzip and zstd come back", "[data]") {
  for (const std::size_t size : {0U, 1U, 100U, 262'143U, 262'144U, 262'145U, 5'000'000U}) {
    for (const auto& text : {ratings(size), noise(size), std::string(size, '\0')}) {
      CAPTURE(size);
      for (const int level : {0, 1}) CHECK(decompressed(gzip_of(text, level), "file") == text);
      for (const bool sized : {false, true})
        CHECK(decompressed(zstd_of(text, 1, sized), "file") == text);
    }
  }
  const auto text = ratings(100'000);
  CHECK(decompressed(gzip_of(text, 9, "ratings.dat"), "file") == text);
  CHECK(decompressed(zstd_of(text, 19), "file") == text);
}

TEST_CASE("members and frames that follow one another are joined", "[data]") {
  const auto a = ratings(1000);
  const auto b = noise(300);
  CHECK(decompressed(gzip_of(a) + gzip_of(b, 0) + gzip_of("") + gzip_of(a, 1, "a"), "file") ==
        a + b + a);
  CHECK(decompressed(zstd_of(a) + zstd_of(b, 1, false) + zstd_of("") + zstd_of(a), "file") ==
        a + b + a);
  const auto skipped = skippable_of("anything");
  CHECK(decompressed(skipped + zstd_of(a) + skippable_of("") + zstd_of(b) + skipped, "file") ==
        a + b);
  CHECK(decompressed(skipped, "file").empty());
  std::string many;
  std::string lines;
  for (int k = 0; k < 2000; ++k) {
    many += zstd_of("1,2\n") + skippable_of("");
    lines += "1,2\n";
  }
  CHECK(decompressed(many, "file") == lines);
}

TEST_CASE("what was compressed twice is decompressed once", "[data]") {
  const auto text = ratings(500);
  CHECK(decompressed(gzip_of(gzip_of(text)), "file") == gzip_of(text));
  CHECK(decompressed(zstd_of(gzip_of(text)), "file") == gzip_of(text));
}

TEST_CASE("every beginning of a compressed file is refused, but whole members", "[data]") {
  const auto a = ratings(120);
  const auto b = noise(30);
  const auto check = [&](const std::string& first, const std::string& second, std::size_t magic,
                         const std::string& piece) {
    const std::string file = first + second;
    for (std::size_t k = 0; k <= file.size(); ++k) {
      CAPTURE(piece, k);
      const std::string part = file.substr(0, k);
      if (k < magic) {
        CHECK(decompressed(part, "file") == part);  // too short to be recognised
      } else if (k == first.size()) {
        CHECK(decompressed(part, "file") == a);
      } else if (k == file.size()) {
        CHECK(decompressed(part, "file") == a + b);
      } else if (k > first.size() && k < first.size() + magic) {
        CHECK(complaint(part) == "file: expected another " + piece + " or the end after byte " +
                                     std::to_string(first.size()) + ", got " +
                                     std::to_string(k - first.size()) + " bytes of something else");
      } else {
        const std::size_t begin = k < first.size() ? 0 : first.size();
        CHECK(complaint(part) == "file: expected a whole " + piece + " from byte " +
                                     std::to_string(begin) + " on, got only its first " +
                                     std::to_string(k - begin) + " bytes");
      }
    }
  };
  check(gzip_of(a), gzip_of(b, 6, "name"), 2, "gzip member");
  check(zstd_of(a), zstd_of(b, 3, false), 4, "zstd frame");
  CHECK(complaint(skippable_of("anything").substr(0, 12)) ==
        "file: expected a whole zstd frame from byte 0 on, got only its first 12 bytes");
}

TEST_CASE("of the bits of a gzip file, only notes and unused ones may change", "[data]") {
  // Stored, so that we know what each bit means: header 0-9, block from 10, text from 15.
  const std::string text = "1,2\n3,4\n";
  const std::string file = gzip_of(text, 0);
  REQUIRE(file.size() == 10 + 5 + text.size() + 8);
  const std::string is_text = "3:0 ";
  const std::string time_strength_system = all_bits(4, 9);
  const std::string fill_to_byte = "10:3 10:4 10:5 10:6 10:7";
  CHECK(harmless_flips(file, text, 2) == is_text + time_strength_system + fill_to_byte);
}

TEST_CASE("of the bits of a zstd file, only those of no use here may change", "[data]") {
  // Its length is in the header, and the only block is stored. Bit 5 of byte 4 says that the window
  // is the content; without it, the byte of the length is read as that of the window.
  const std::string text = "1,2\n3,4\n";
  const std::string file = zstd_of(text);
  REQUIRE(file.size() == 4 + 2 + 3 + text.size() + 4);
  CHECK(harmless_flips(file, text, 4) == "4:4 4:5");
}

TEST_CASE("a changed bit of a compressed file is found, or is harmless", "[data]") {
  const auto text = ratings(300);
  const auto gzip = gzip_of(text, 9, "ratings.dat");
  CHECK_THAT(harmless_flips(gzip, text, 2), ContainsSubstring(all_bits(4, 9)));  // as above
  const auto zstd = zstd_of(text, 19, false);
  CHECK_THAT(harmless_flips(zstd, text, 4), ContainsSubstring("4:4 " + all_bits(5, 5)));  // window
}

TEST_CASE("damage is named with its place", "[data]") {
  const auto text = ratings(100);
  const auto damaged = [](std::string file, std::size_t from_end) {
    file[file.size() - from_end] = static_cast<char>(file[file.size() - from_end] ^ 1);
    return file;
  };
  const auto begin = "file: expected a "s;
  const auto gzip = gzip_of(text);
  for (const std::size_t from_end : {1U, 5U}) {  // its length, its checksum
    CHECK_THAT(complaint(damaged(gzip, from_end)),
               ContainsSubstring(
                   begin + "gzip member from byte 0 on, got one that cannot be read (zlib: "));
    CHECK_THAT(complaint(gzip + damaged(gzip, from_end)),
               ContainsSubstring(begin + "gzip member from byte " + std::to_string(gzip.size()) +
                                 " on, got one that cannot be read (zlib: "));
  }
  const auto zstd = zstd_of(text);
  CHECK_THAT(complaint(zstd + damaged(zstd, 1)),
             ContainsSubstring(begin + "zstd frame from byte " + std::to_string(zstd.size()) +
                               " on, got one that cannot be read (libzstd: "));
}

TEST_CASE("zeros may follow the last gzip member, and nothing else", "[data]") {
  const auto text = ratings(100);
  const auto gzip = gzip_of(text);
  const auto zstd = zstd_of(text);
  for (const std::size_t zeros : {1U, 2U, 511U, 100'000U})
    CHECK(decompressed(gzip + std::string(zeros, '\0'), "file") == text);
  const auto refused = [](const std::string& piece, std::size_t after, std::size_t more) {
    return "file: expected another " + piece + " or the end after byte " + std::to_string(after) +
           ", got " + std::to_string(more) + " bytes of something else";
  };
  CHECK(complaint(gzip + "\0\0\n"s) == refused("gzip member", gzip.size(), 3));
  CHECK(complaint(gzip + "\0"s + gzip) == refused("gzip member", gzip.size(), 1 + gzip.size()));
  CHECK(complaint(gzip + zstd) == refused("gzip member", gzip.size(), zstd.size()));
  CHECK(complaint(zstd + gzip) == refused("zstd frame", zstd.size(), gzip.size()));
  CHECK(complaint(zstd + "\0"s) == refused("zstd frame", zstd.size(), 1));
  CHECK(complaint(zstd + "text") == refused("zstd frame", zstd.size(), 4));
}

TEST_CASE("no more comes out than is allowed", "[data]") {
  const std::string text(300'000, 'x');
  for (const auto& file :
       {gzip_of(text), zstd_of(text), zstd_of(text, 3, false),
        gzip_of(text.substr(1)) + gzip_of("x"), zstd_of(text.substr(1)) + zstd_of("x")}) {
    CHECK(decompressed(file, "file", 300'000) == text);
    CHECK(complaint(file, 299'999) ==
          "file: expected at most 299999 bytes once decompressed, got more");
    CHECK(complaint(file, 0) == "file: expected at most 0 bytes once decompressed, got more");
  }
  CHECK(decompressed(gzip_of(""), "file", 0).empty());
  CHECK(decompressed(zstd_of(""), "file", 0).empty());
}

TEST_CASE("a bomb does not fill the memory", "[data]") {
  CHECK(decompressed(bomb(3), "file") == std::string(std::size_t{3} << 17, '\0'));
  const auto four_gib = bomb(1 << 15);
  const auto before = peak_memory();
  CHECK(complaint(four_gib, 1'000'000) ==
        "file: expected at most 1000000 bytes once decompressed, got more");
  CHECK(peak_memory() - before < 32'000'000);
  // A length that is only claimed is not allocated: 2^62 bytes in the header, one byte in the
  // block.
  const auto claims = "\x28\xB5\x2F\xFD\xC0\x38"s + little_endian(std::uint64_t{1} << 62, 8) +
                      little_endian((1U << 3) | 1, 3) + 'x';
  CHECK_THAT(complaint(claims), ContainsSubstring("got one that cannot be read (libzstd: "));
}

TEST_CASE("other formats are refused by name", "[data]") {
  const std::pair<std::string, std::string> files[] = {{"\xFD\x37\x7A\x58\x5A\0"s, "xz"},
                                                       {"BZh9\x31\x41\x59\x26\x53\x59"s, "bzip2"},
                                                       {"PK\3\4"s, "zip"},
                                                       {"\x04\x22\x4D\x18"s, "lz4"}};
  for (const auto& [bytes, format] : files)
    CHECK(complaint(bytes + "more"s) ==
          "file: expected gzip, zstd, or bytes that are not compressed, got " + format);
}

TEST_CASE("a zstd window that is larger than the tool takes is refused", "[data]") {
  std::string frame = bomb(1);
  frame[5] = '\x90';  // 256 MiB
  CHECK_THAT(complaint(frame), ContainsSubstring("got one that cannot be read (libzstd: "));
  frame[5] = '\x88';  // 128 MiB
  CHECK(decompressed(frame, "file").size() == 131'072);
}
