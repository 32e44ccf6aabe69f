// SPDX-License-Identifier: MIT
#include <ciess/io/detail/crc32.hpp>
// its own header first
#include <string_view>

#include "support/catch.hpp"

namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace

TEST_CASE("checksums are those of ISO 3309", "[io]") {
  using ciess::detail::crc32;
  CHECK(crc32({}) == 0);
  CHECK(crc32(bytes("123456789")) == 0xCBF43926);  // the check value of its catalogues
  CHECK(crc32(bytes("The quick brown fox jumps over the lazy dog")) == 0x414FA339);
}

TEST_CASE("the checksum of a whole is that of its parts", "[io]") {
  using ciess::detail::crc32;
  const std::string_view text = "The quick brown fox jumps over the lazy dog";
  for (std::size_t n = 0; n <= text.size(); ++n)
    CHECK(crc32(bytes(text.substr(n)), crc32(bytes(text.substr(0, n)))) == 0x414FA339);
}
