// SPDX-License-Identifier: MIT
#include <ciess/io/load_npy.hpp>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <sys/stat.h>

#include <ciess/embedding/exchange.hpp>
#include <ciess/io/npy.hpp>
#include <ciess/io/write_file.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace {

/// The bytes of numbers.
template <class N>
std::string bytes_of(const std::vector<N>& numbers) {
  std::string bytes(numbers.size() * sizeof(N), '\0');
  if (!numbers.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

/// A file by hand: magic, version, length, dictionary.
std::string npy(const std::string& dictionary, const std::string& data, int version = 1) {
  const std::string text = dictionary + "   \n";
  std::string bytes = "\x93NUMPY";
  bytes += {static_cast<char>(version), '\0'};
  for (std::size_t k = 0, n = text.size(); k < (version == 1 ? 2U : 4U); ++k, n /= 256)
    bytes += static_cast<char>(n % 256);
  return bytes + text + data;
}

std::string dictionary(const std::string& type, const std::string& shape,
                       const std::string& fortran_order = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran_order + ", 'shape': " + shape +
         ", }";
}

/// Writes files and reads them back.
class disk {
 public:
  template <class T>
  ciess::basic_matrix<T> matrix(const std::string& bytes) {
    ciess::write_file(path(), bytes);
    return ciess::load_npy<T>(path());
  }
  std::vector<int> sizes(const std::string& bytes, ciess::size_range range = {1, 300}) {
    ciess::write_file(path(), bytes);
    const auto s = ciess::load_npy_sizes(path(), range);
    return {s.values().begin(), s.values().end()};
  }
  /// What the reader of matrices says against a file.
  std::string complaint(const std::string& bytes) {
    try {
      matrix<float>(bytes);
    } catch (const ciess::data_error& e) {
      std::string text = e.what();
      const std::string start = path().string() + ": ";
      return text.starts_with(start) ? text.substr(start.size()) : "names no file: " + text;
    }
    return "none";
  }
  std::filesystem::path path() const { return dir_.path() / "a.npy"; }

 private:
  temporary_directory dir_;
};

const std::vector<float> six{1, 2, 3, 4, 5, 6};
const std::string good = npy(dictionary("<f4", "(2, 3)"), bytes_of(six));

}  // namespace

TEMPLATE_TEST_CASE("arrays of both types, orders and all versions are read", "[io]", float,
                   double) {
  disk d;
  const int version = GENERATE(1, 2, 3);
  const ciess::basic_matrix<TestType> expected =
      (ciess::basic_matrix<TestType>(2, 3) << 1, 2, 3, 4, 5, 6).finished();
  const std::vector<double> doubles(six.begin(), six.end());
  const std::vector<float> by_columns{1, 4, 2, 5, 3, 6};
  CHECK(d.matrix<TestType>(npy(dictionary("<f4", "(2, 3)"), bytes_of(six), version)) == expected);
  CHECK(d.matrix<TestType>(npy(dictionary("<f8", "(2, 3)"), bytes_of(doubles), version)) ==
        expected);
  CHECK(d.matrix<TestType>(
            npy(dictionary("<f4", "(2, 3)", "True"), bytes_of(by_columns), version)) == expected);
}

TEST_CASE("numbers are rounded, those that do not fit are refused with their place", "[io]") {
  disk d;
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> odd{1.0 / 3, infinity, -infinity,
                                std::numeric_limits<double>::quiet_NaN()};
  const auto m = d.matrix<float>(npy(dictionary("<f8", "(2, 2)"), bytes_of(odd)));
  CHECK(m(0, 0) == static_cast<float>(1.0 / 3));
  CHECK(m(0, 1) == std::numeric_limits<float>::infinity());
  CHECK(m(1, 0) == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(m(1, 1)));

  const std::vector<double> large{1, 2, 3, 4, -1e39, 6};
  CHECK(d.complaint(npy(dictionary("<f8", "(2, 3)"), bytes_of(large))) ==
        "row 1, column 1: expected a number of at most 3.40282e+38, got -1e+39");
  CHECK(d.complaint(npy(dictionary("<f8", "(2, 3)", "True"), bytes_of(large))) ==
        "row 0, column 2: expected a number of at most 3.40282e+38, got -1e+39");
  CHECK(d.matrix<double>(npy(dictionary("<f8", "(2, 3)"), bytes_of(large)))(1, 1) == -1e39);
}

TEST_CASE("half precision is read as NumPy writes it", "[io]") {
  const temporary_directory dir;
  const auto path = dir.path() / "half.npy";
  const std::vector<float> numbers{1.0F, -0.5F, 65504.0F, 6.1035156e-5F, 0.0F, -3.140625F};
  std::vector<std::uint16_t> halves;
  for (const float x : numbers) halves.push_back(ciess::to_float16(x).bits);
  ciess::write_file(
      path, npy("{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }", bytes_of(halves)));
  const ciess::matrix m = ciess::load_npy<float>(path);
  REQUIRE((m.rows() == 2 && m.cols() == 3));
  for (std::size_t k = 0; k < numbers.size(); ++k) CHECK(m.data()[k] == numbers[k]);
}

TEST_CASE("arrays without numbers have a shape all the same", "[io]") {
  disk d;
  const auto check = [&](const std::string& shape, ciess::index_t rows, ciess::index_t columns) {
    for (const std::string order : {"False", "True"}) {
      const auto m = d.matrix<float>(npy(dictionary("<f4", shape, order), ""));
      CHECK(m.rows() == rows);
      CHECK(m.cols() == columns);
    }
  };
  check("(0, 8)", 0, 8);
  check("(8, 0)", 8, 0);
  check("(0, 0)", 0, 0);
  check("(0, 4611686018427387904)", 0, 4611686018427387904);  // no loop over what is not there
  check("(1000000000000000000, 0)", 1000000000000000000, 0);
  CHECK(d.sizes(npy(dictionary("<u2", "(0,)"), "")).empty());
}

TEST_CASE("what is saved is read again, as a table that adopts its memory", "[io]") {
  disk d;
  const std::vector<int> values{1, 3, 2};
  ciess::masked_table table(ciess::sizes(values, {1, 3}));
  table.draw(ciess::normal_rows{}, {5, ciess::purpose::weights});
  ciess::save_npy(d.path(), table);
  const auto again = ciess::adopt_table(ciess::load_npy<float>(d.path()), table.row_sizes());
  CHECK(again.values() == table.values());
  ciess::save_npy(d.path(), table.row_sizes());
  CHECK(ciess::load_npy_sizes(d.path(), {1, 3}) == table.row_sizes());
}

TEMPLATE_TEST_CASE("sizes are read from integers of any type", "[io]", std::uint8_t, std::int8_t,
                   std::uint16_t, std::int16_t, std::uint32_t, std::int32_t, std::uint64_t,
                   std::int64_t) {
  disk d;
  const auto type = ciess::detail::npy_type<TestType>();
  const std::vector<TestType> numbers{1, 100, 7};
  const auto read = [&](ciess::size_range range) {
    return d.sizes(npy(dictionary(type, "(3,)"), bytes_of(numbers)), range);
  };
  CHECK(read({1, 100}) == std::vector<int>{1, 100, 7});
  CHECK_THROWS_WITH(read({1, 99}), ContainsSubstring("row 1: expected a size in [1, 99], got 100"));
  CHECK_THROWS_WITH(read({2, 100}), ContainsSubstring("row 0: expected a size in [2, 100], got 1"));
  CHECK_THROWS_AS(read({2, 100}), ciess::data_error);
  CHECK_THROWS_AS(read({0, 100}), ciess::argument_error);
}

TEST_CASE("sizes that no int holds are refused, not cut", "[io]") {
  disk d;
  const std::vector<std::int64_t> low{3, (std::int64_t{1} << 32) + 5};
  CHECK_THROWS_WITH(d.sizes(npy(dictionary("<i8", "(2,)"), bytes_of(low))),
                    ContainsSubstring("row 1: expected a size in [1, 300], got 4294967301"));
  const std::vector<std::uint64_t> high{std::numeric_limits<std::uint64_t>::max() - 2};
  CHECK_THROWS_AS(d.sizes(npy(dictionary("<u8", "(1,)"), bytes_of(high))), ciess::data_error);
  const std::vector<std::int8_t> negative{-1};
  CHECK_THROWS_WITH(d.sizes(npy(dictionary("|i1", "(1,)"), bytes_of(negative))),
                    ContainsSubstring("got -1"));
}

TEST_CASE("an array must have the dimensions and the type that are wanted", "[io]") {
  disk d;
  const std::string bytes(24, '\0');
  const std::string of_types = "expected numbers of one of the types <f4 <f8 <f2, got ";
  CHECK(d.complaint(npy(dictionary("<f4", "(6,)"), bytes)) ==
        "expected an array of 2 dimensions, got 1");
  CHECK(d.complaint(npy(dictionary("<f4", "()"), std::string(4, '\0'))) ==
        "expected an array of 2 dimensions, got 0");
  CHECK(d.complaint(npy(dictionary("<f4", "(1, 2, 3)"), bytes)) ==
        "expected an array of 2 dimensions, got 3");
  for (const std::string type : {">f4", "<i4", ">f2", "f4", "=f4", "|f4", "<f4 ", "<f16", ""})
    CHECK(d.complaint(npy(dictionary(type, "(2, 3)"), bytes)) == of_types + "'" + type + "'");
  CHECK_THROWS_WITH(d.sizes(npy(dictionary("<f4", "(6,)"), bytes)),
                    ContainsSubstring("of the types |u1 <u2 <u4 <u8 |i1 <i2 <i4 <i8, got '<f4'"));
  CHECK_THROWS_WITH(d.sizes(npy(dictionary("<u2", "(2, 3)"), std::string(12, '\0'))),
                    ContainsSubstring("expected an array of 1 dimensions, got 2"));
  CHECK_THAT(
      d.complaint(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3)}", bytes)),
      ContainsSubstring("expected a string in quotes, got '[('a'"));
}

TEST_CASE("a file that ends anywhere before its end is refused", "[io]") {
  disk d;
  for (std::size_t n = 0; n < good.size(); ++n) {
    INFO("the first " << n << " bytes");
    CHECK_THAT(d.complaint(good.substr(0, n)),
               ContainsSubstring("expected ") && ContainsSubstring(", got "));
  }
  CHECK(d.complaint(good) == "none");
  CHECK(d.complaint("") == "byte 0: expected 6 bytes of magic bytes, got 0");
  CHECK(d.complaint(good.substr(0, 9)) == "byte 8: expected 2 bytes of header length, got 1");
  CHECK_THAT(d.complaint(good + "x"),
             ContainsSubstring("expected 24 bytes for shape [2, 3] of <f4, got 25"));
  CHECK_THAT(d.complaint(good.substr(0, good.size() - 1)), ContainsSubstring(", got 23"));
}

TEST_CASE("a file with another start is refused", "[io]") {
  disk d;
  for (std::size_t k = 0; k < 6; ++k) {
    auto bytes = good;
    bytes[k] = '?';
    CHECK_THAT(d.complaint(bytes), ContainsSubstring("expected an .npy file"));
  }
  for (const auto& [at, value] : {std::pair{6U, '\0'}, {6U, '\4'}, {6U, '\xFF'}, {7U, '\1'}}) {
    auto bytes = good;
    bytes[at] = value;
    CHECK_THAT(d.complaint(bytes),
               ContainsSubstring("expected version 1.0, 2.0 or 3.0, got ") &&
                   ContainsSubstring(std::to_string(static_cast<unsigned char>(value))));
  }
  std::string bytes("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF", 12);
  CHECK(d.complaint(bytes) == "byte 8: expected a header of at most 65535 bytes, got 4294967295");
  bytes = std::string("\x93NUMPY\x01\x00\xFF\xFF{", 11);
  CHECK(d.complaint(bytes) == "byte 10: expected 65535 bytes of header, got 1");
  // A length that is wrong by one cuts the line feed off, or takes a number for it.
  for (const int by : {-1, 1}) {
    bytes = good;
    bytes[8] = static_cast<char>(bytes[8] + by);
    CHECK_THAT(d.complaint(bytes), ContainsSubstring("line feed at the end of the header"));
  }
}

TEST_CASE("shapes that lie are refused before memory is asked for", "[io]") {
  disk d;
  const auto complaint = [&](const std::string& shape) {
    return d.complaint(npy(dictionary("<f4", shape), bytes_of(six)));
  };
  CHECK_THAT(complaint("(2000000000, 2000000000)"),
             ContainsSubstring("more bytes than a file can have"));
  CHECK_THAT(complaint("(4294967296, 4294967296)"),  // 0 in 64 bits
             ContainsSubstring("more bytes than a file can have"));
  CHECK_THAT(complaint("(1000000, 1000000)"), ContainsSubstring("expected 4000000000000 bytes"));
  CHECK_THAT(complaint("(3, 3)"), ContainsSubstring("expected 36 bytes"));
  CHECK_THAT(complaint("(0, 3)"), ContainsSubstring("expected 0 bytes"));
  const std::string count = "expected a length from 0 to 2^63 - 1, got ";
  CHECK_THAT(complaint("(-2, -3)"), ContainsSubstring(count + "'-2"));
  CHECK_THAT(complaint("(2, 9223372036854775808)"),
             ContainsSubstring(count + "'9223372036854775808"));
  CHECK_THAT(complaint("(2, 99999999999999999999999)"), ContainsSubstring(count));
  for (const std::string shape :
       {"(02, 3)", "(+2, 3)", "(2, 0x3)", "(2.0, 3)", "(2L, 3L)", "(2, , 3)", "(, 2, 3)", "(2 3)",
        "[2, 3]", "(2, 3", "2, 3", "(2, 3))", "((2, 3))", "'(2, 3)'", "(2, True)", "None", ""}) {
    INFO(shape);
    CHECK_THAT(complaint(shape), ContainsSubstring("byte ") && ContainsSubstring(": expected ") &&
                                     ContainsSubstring(", got "));
  }
  CHECK_THROWS_WITH(d.sizes(npy(dictionary("<u2", "(3)"), std::string(6, '\0'))),
                    ContainsSubstring("expected ',', got ')"));
}

TEST_CASE("a header is the dictionary and nothing else", "[io]") {
  disk d;
  const auto complaint = [&](const std::string& text) {
    return d.complaint(npy(text, bytes_of(six)));
  };
  const std::string type = "'descr': '<f4'";
  const std::string order = "'fortran_order': False";
  const std::string shape = "'shape': (2, 3)";
  // What Python reads as the same.
  CHECK(complaint("{" + shape + "," + order + "," + type + "}") == "none");
  CHECK(complaint("  { " + type + " ,  " + order + ",'shape':(2,3,) , }") == "none");
  CHECK(complaint("{\"descr\": \"<f4\", " + order + ", " + shape + "}") == "none");

  CHECK_THAT(complaint("{" + order + ", " + shape + "}"), ContainsSubstring("expected 'descr'"));
  CHECK_THAT(complaint("{" + type + ", " + shape + "}"),
             ContainsSubstring("expected 'fortran_order'"));
  CHECK_THAT(complaint("{" + type + ", " + order + ", }"), ContainsSubstring("expected 'shape'"));
  CHECK(complaint("{}") == "byte 11: expected 'descr', got '}'");
  for (const auto& again : {type, order, shape})
    CHECK_THAT(complaint("{" + type + ", " + order + ", " + shape + ", " + again + "}"),
               ContainsSubstring("expected every key once, got ") && ContainsSubstring("again"));
  CHECK_THAT(complaint("{" + type + ", " + order + ", " + shape + ", 'x': 1}"),
             ContainsSubstring("expected 'descr', 'fortran_order' or 'shape', got 'x'"));
  for (const auto& wrong :
       {"", "{", "}", "{,}", "{'descr", "{'descr'", "{'descr':", "{'descr': '<f4", "{descr: '<f4'}",
        "{'descr' '<f4'}", "{'descr\": '<f4'}"}) {
    INFO(wrong);
    CHECK_THAT(complaint(wrong), ContainsSubstring("byte ") && ContainsSubstring(": expected "));
  }
  const std::string all = type + ", " + order + ", " + shape;
  for (const auto& wrong :
       {"{" + all, all, all + "}", "{" + all + ",,}", "{{" + all + "}}", "{" + all + "} x",
        "{" + all + "}\n", "{" + all + "}{}", "{" + type + " " + order + ", " + shape + "}",
        "{" + type + ", 'fortran_order': false, " + shape + "}",
        "{" + type + ", 'fortran_order': 0, " + shape + "}",
        "{" + type + ", 'fortran_order': Falsey, " + shape + "}",
        "{" + type + ",\t" + order + ", " + shape + "}",
        "{" + type + ", " + order + ", " + shape + std::string("\0}", 2)}) {
    INFO(wrong);
    CHECK_THAT(complaint(wrong), ContainsSubstring("byte ") && ContainsSubstring(": expected "));
  }
  CHECK_THAT(complaint("{'descr': '<f4', 'fortran_order': Maybe}"),
             ContainsSubstring("byte 44: expected True or False, got 'Maybe}"));
}

TEST_CASE("no change of a few bytes does more than throw an error of ours", "[io]") {
  disk d;
  std::mt19937 random(7);
  const std::string alphabet = "{}()[],:'\" <>=|fiu0123456789-TrueFalsdcophn\n\x93";
  int refused = 0;
  for (int k = 0; k < 3000; ++k) {
    auto bytes = good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
      const auto at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          bytes[at] = alphabet[random() % alphabet.size()];
          break;
        case 2:
          bytes.insert(at, 1, alphabet[random() % alphabet.size()]);
          break;
        default:
          bytes.erase(at, 1 + random() % 4);
      }
      if (bytes.empty()) break;
    }
    std::ofstream(d.path(), std::ios::binary) << bytes;
    try {
      const auto m = ciess::load_npy<float>(d.path());  // NaN in place of a number, say
      CHECK(m.size() <= 6);
    } catch (const ciess::data_error&) {
      ++refused;
    }
  }
  CHECK(refused > 1500);
}

TEST_CASE("what is no file is an io_error", "[io]") {
  const temporary_directory dir;
  CHECK_THROWS_AS(ciess::load_npy<float>(dir.path() / "none.npy"), ciess::io_error);
  CHECK_THROWS_WITH(ciess::load_npy<float>(dir.path() / "none.npy"),
                    ContainsSubstring("none.npy: cannot open: No such file"));
  CHECK_THROWS_WITH(ciess::load_npy<float>(dir.path()),
                    ContainsSubstring("expected a file, got a directory"));
  const auto pipe = dir.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(ciess::load_npy<float>(pipe), ContainsSubstring("expected a regular file"));
  CHECK_THROWS_AS(ciess::load_npy_sizes(pipe, {1, 8}), ciess::io_error);
}
