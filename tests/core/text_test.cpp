// SPDX-License-Identifier: MIT
#include <ciess/core/text.hpp>
// its own header first
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/locales.hpp"

using ciess::fixed_text;
using ciess::joined;
using ciess::parse_number;
using ciess::shortest_text;
using ciess::significant_text;

namespace {
using doubles = std::numeric_limits<double>;

std::string printed(const char* format, int digits, double x) {
  char text[512];
  const int length = std::snprintf(text, sizeof text, format, digits, x);
  return {text, static_cast<std::size_t>(length)};
}

template <class T>
concept writable = requires(T x) { ciess::shortest_text(x); };
static_assert(writable<float> && writable<long> && writable<std::uint16_t>);
static_assert(!writable<char> && !writable<bool> && !writable<std::uint8_t>);
}  // namespace

TEST_CASE("numbers look as printf writes them in the locale C", "[core]") {
  std::mt19937_64 engine(1);
  std::vector<double> all{0,
                          -0.0,
                          0.5,
                          1.5,
                          2.5,
                          -0.05,
                          100,
                          1e6,
                          123456.5,
                          1e-5,
                          0.0001,
                          doubles::max(),
                          doubles::lowest(),
                          doubles::min(),
                          doubles::denorm_min(),
                          doubles::infinity(),
                          -doubles::infinity(),
                          doubles::quiet_NaN(),
                          -doubles::quiet_NaN()};
  for (int k = 0; k < 200; ++k) {
    double x = 0;
    while (!(std::abs(x) > 1e-300 && std::abs(x) < 1e300)) x = std::bit_cast<double>(engine());
    all.push_back(x);
    all.push_back(static_cast<double>(engine() % 1'000'000) / 1000);
  }
  for (const double x : all)
    for (const int digits : {0, 1, 3, 4, 6, 9, 17, 100}) {
      CHECK(significant_text(x, digits) == printed("%.*g", digits, x));
      CHECK(fixed_text(x, digits) == printed("%.*f", digits, x));
    }
}

TEST_CASE("the shortest text of a number gives the number back", "[core]") {
  CHECK(shortest_text(0.1) == "0.1");
  CHECK(shortest_text(0.1F) == "0.1");
  CHECK(shortest_text(1e22) == "1e+22");
  CHECK(shortest_text(-7) == "-7");
  CHECK(shortest_text(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(shortest_text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(shortest_text(doubles::infinity()) == "inf");
  for (const double x : {1.0 / 3, doubles::max(), doubles::denorm_min(), -0.0, 5e-324})
    CHECK(parse_number<double>(shortest_text(x)) == x);
}

TEST_CASE("a number is all of its text", "[core]") {
  CHECK(parse_number<double>("0.5") == 0.5);
  CHECK(parse_number<double>("-1e3") == -1000);
  CHECK(parse_number<int>("12345") == 12345);
  for (const auto* text : {"", " 1", "1 ", "0,5", "1.234.567", "0x10", "+1", "inf", "nan", "1e999"})
    CHECK_FALSE(parse_number<double>(text));
  CHECK_FALSE(parse_number<int>("2147483648"));
  CHECK_FALSE(parse_number<int>("1.5"));
  CHECK_FALSE(parse_number<unsigned>("-1"));
}

TEST_CASE("parts are joined as a stream writes them in the classic locale", "[core]") {
  const std::string name = "b";
  CHECK(joined().empty());
  CHECK(joined("a", name, std::string_view("c"), 'd', 1, true, false) == "abcd110");
  CHECK(joined(0.1 + 0.2, ' ', 1e7, ' ', 0.1F, ' ', 1234567, ' ', doubles::quiet_NaN()) ==
        "0.3 1e+07 0.1 1234567 nan");
  CHECK(joined(std::numeric_limits<float>::max()) == "3.40282e+38");
}

TEST_CASE("texts of numbers are the same in every locale", "[core][locale]") {
  check_in_every_locale([] {
    return joined(12345, ' ', 1234567.5, ' ', 0.5F, ' ', true, ' ', shortest_text(0.25), ' ',
                  significant_text(12345.678, 9), ' ', fixed_text(12345.678, 2), ' ',
                  parse_number<double>("12345.5").value_or(-1), ' ',
                  parse_number<double>("12.345,5").value_or(-1));
  });
}
