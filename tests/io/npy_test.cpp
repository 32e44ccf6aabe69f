#include <ciess/io/npy.hpp>
// its own header first
#include <iterator>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

TEST_CASE("sizes are saved as NumPy reads them", "[io]") {
  const std::vector<int> values{1, 128, 300};
  const ciess::sizes s(values, {1, 300});
  const std::string bytes = ciess::npy_bytes(s);
  REQUIRE(bytes.size() % 2 == 0);
  CHECK(bytes.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
  const std::size_t header = static_cast<unsigned char>(bytes[8]) +
                             256U * static_cast<unsigned char>(bytes[9]);
  CHECK((10 + header) % 16 == 0);
  CHECK_THAT(bytes.substr(10, header), ContainsSubstring("'descr': '<u2'") &&
                                           ContainsSubstring("'fortran_order': False") &&
                                           ContainsSubstring("'shape': (3,)"));
  CHECK(bytes.substr(10 + header) == std::string("\x01\x00\x80\x00\x2C\x01", 6));

  const temporary_directory dir;
  ciess::save_npy(dir.path() / "s.npy", s);
  std::ifstream in(dir.path() / "s.npy", std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == bytes);
  const auto read = xt::load_npy<std::uint16_t>((dir.path() / "s.npy").string());
  CHECK(read.size() == 3);
  CHECK(read(2) == 300);
}

TEST_CASE("a table without rows is an empty array", "[io]") {
  CHECK_THAT(ciess::npy_bytes(ciess::sizes(0, {1, 8})), ContainsSubstring("'shape': (0,)"));
}
