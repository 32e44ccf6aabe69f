// SPDX-License-Identifier: MIT
#include <ciess/io/npy.hpp>

#include <algorithm>
#include <bit>
#include <fstream>
#include <iterator>
#include <locale>
#include <string>
#include <vector>

#include <ciess/core/xtensor.hpp>
#include <ciess/io/load_npy.hpp>

#if __has_include(<xtensor/io/xnpy.hpp>)  // xtensor 0.26 moved its headers
#include <xtensor/io/xnpy.hpp>
#else
#include <xtensor/xnpy.hpp>
#endif

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

static_assert(std::endian::native == std::endian::little, "the expected bytes are");

/// Checks the form of an array's bytes and returns the numbers'.
std::string data_of(const std::string& bytes, const std::string& dictionary) {
  REQUIRE(bytes.size() >= 10);
  CHECK(bytes.substr(0, 8) == std::string("\x93NUMPY\x01\x00", 8));
  const std::size_t header =
      static_cast<unsigned char>(bytes[8]) + 256U * static_cast<unsigned char>(bytes[9]);
  CHECK((10 + header) % 64 == 0);
  const auto text = bytes.substr(10, header);
  CHECK(text.substr(0, dictionary.size()) == dictionary);
  CHECK(text.find_first_not_of(' ', dictionary.size()) == header - 1);
  CHECK(text.back() == '\n');
  return bytes.substr(10 + header);
}

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("sizes are saved as NumPy reads them", "[io]") {
  const std::vector<int> values{1, 128, 300};
  const ciess::sizes s(values, {1, 300});
  const std::string bytes = ciess::npy_bytes(s);
  CHECK(data_of(bytes, "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }") ==
        std::string("\x01\x00\x80\x00\x2C\x01", 6));
  const temporary_directory dir;
  ciess::save_npy(dir.path() / "s.npy", s);
  CHECK(content(dir.path() / "s.npy") == bytes);
}

TEST_CASE("a table is saved with zeros past its sizes", "[io]") {
  const std::vector<int> values{1, 2};
  ciess::masked_table table(ciess::sizes(values, {1, 2}));
  table[0][0] = 1;
  table[1][0] = -2;
  table[1][1] = 0.5F;
  const std::string bytes = ciess::npy_bytes(table);
  const std::string zero(4, '\0');
  const std::string one("\x00\x00\x80\x3F", 4);
  const std::string minus_two("\x00\x00\x00\xC0", 4);
  const std::string half("\x00\x00\x00\x3F", 4);
  CHECK(data_of(bytes, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }") ==
        one + zero + minus_two + half);
  const temporary_directory dir;
  ciess::save_npy(dir.path() / "t.npy", table);
  CHECK(content(dir.path() / "t.npy") == bytes);

  ciess::basic_masked_table<double> wide(ciess::sizes(1, {1, 1}));
  wide[0][0] = 1;
  CHECK(data_of(ciess::npy_bytes(wide),
                "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }") ==
        std::string("\x00\x00\x00\x00\x00\x00\xF0\x3F", 8));
}

TEST_CASE("a table without rows is an empty array", "[io]") {
  const ciess::sizes none(0, {1, 8});
  CHECK(data_of(ciess::npy_bytes(none), "{'descr': '<u2', 'fortran_order': False, 'shape': (0,), }")
            .empty());
  CHECK(data_of(ciess::npy_bytes(ciess::masked_table(none)),
                "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 8), }")
            .empty());
}

TEST_CASE("a locale that groups digits does not change a file", "[io]") {
  struct grouping : std::numpunct<char> {
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  const auto before = std::locale::global(std::locale(std::locale(), new grouping));
  const std::string bytes = ciess::npy_bytes(ciess::sizes(12345, {1, 8}));
  std::locale::global(before);
  CHECK_THAT(bytes.substr(0, 128), ContainsSubstring("'shape': (12345,)"));
}

TEST_CASE("xtensor reads our arrays, and we read xtensor's", "[io]") {
  const temporary_directory dir;
  const auto path = (dir.path() / "a.npy").string();
  const std::vector<int> values{1, 3, 2};
  ciess::masked_table table(ciess::sizes(values, {1, 3}));
  table.draw(ciess::normal_rows{}, {5, ciess::purpose::weights});
  ciess::save_npy(path, table);
  const xt::xtensor<float, 2> read = xt::load_npy<float>(path);
  REQUIRE(read.size() == 9);
  CHECK(std::equal(read.begin(), read.end(), table.values().data()));
  xt::dump_npy(path, read);
  CHECK(ciess::load_npy<float>(path) == table.values());
}
