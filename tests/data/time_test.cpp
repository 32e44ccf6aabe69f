// SPDX-License-Identifier: MIT
#include <ciess/data/time.hpp>
// its own header first
#include <ciess/core/random.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::parse_iso_time;
using ciess::time_unit;

constexpr std::int64_t day = 86'400'000;

/// Milliseconds of a whole field, and that it has the unit.
std::int64_t ms(const std::string& text, time_unit unit) {
  const auto t = ciess::parse_time(text);
  if (!t) FAIL("no time: " << text);
  if (t->unit != unit) FAIL("another unit: " << text);
  return t->milliseconds;
}

std::uint64_t bits(std::uint64_t number) {
  auto engine = ciess::random_stream(5, ciess::purpose::user).at(number);
  const std::uint64_t high = engine();
  return high << 32 ^ std::uint64_t{engine()};
}

}  // namespace

TEST_CASE("dates become milliseconds since 1970", "[data]") {
  CHECK(parse_iso_time("1970-01-01") == 0);
  CHECK(parse_iso_time("1970-01-02") == day);
  CHECK(parse_iso_time("1969-12-31") == -day);
  CHECK(parse_iso_time("2012-03-04T05:06:07Z") == 1'330'837'567'000);  // date -d ... +%s
  CHECK(parse_iso_time("2012-03-04t05:06:07z") == 1'330'837'567'000);
  CHECK(parse_iso_time("2012-03-04 05:06:07") == 1'330'837'567'000);
  CHECK(parse_iso_time("2012-03-04T05:06") == 1'330'837'560'000);
  CHECK(parse_iso_time("0000-01-01") == -719'528 * day);
  CHECK(parse_iso_time("9999-12-31T23:59:59.999Z") == 2'932'897 * day - 1);
}

TEST_CASE("fractions of seconds are cut to milliseconds", "[data]") {
  CHECK(parse_iso_time("1970-01-01T00:00:00.1") == 100);
  CHECK(parse_iso_time("1970-01-01T00:00:00.12") == 120);
  CHECK(parse_iso_time("1970-01-01T00:00:00,123") == 123);
  CHECK(parse_iso_time("1970-01-01T00:00:00.1239999999999999999999Z") == 123);
  CHECK(parse_iso_time("1969-12-31T23:59:59.9999Z") == -1);
  for (const char* bad : {"1970-01-01T00:00:00.", "1970-01-01T00:00:00.Z", "1970-01-01T00:00.5"})
    CHECK_FALSE(parse_iso_time(bad));
}

TEST_CASE("offsets are taken off", "[data]") {
  CHECK(parse_iso_time("1970-01-01T01:00+01:00") == 0);
  CHECK(parse_iso_time("1970-01-01T01:00+01") == 0);
  CHECK(parse_iso_time("1970-01-01T01:30:00+0130") == 0);
  CHECK(parse_iso_time("1969-12-31T19:00-05:00") == 0);
  CHECK(parse_iso_time("1970-01-01T14:59+14:59") == 0);
  CHECK(parse_iso_time("1970-01-01 01:00:00 +01:00") == 0);
  for (const char* bad : {"+15:00", "+1", "+", "-01:60", "+01:0", "+01:000", "+01:", " UTC", "Z ",
                          "ZZ", "+01Z", "01:00"})
    CHECK_FALSE(parse_iso_time(std::string("1970-01-01T01:00:00") + bad));
  CHECK_FALSE(parse_iso_time("1970-01-01Z"));  // a day has no offset
}

TEST_CASE("the calendar is the calendar", "[data]") {
  for (const char* good : {"2012-02-29", "2000-02-29", "2400-02-29", "2023-04-30", "2023-12-31"})
    CHECK(parse_iso_time(good));
  for (const char* bad : {"2013-02-29",
                          "1900-02-29",
                          "2100-02-29",
                          "2023-04-31",
                          "2023-13-01",
                          "2023-00-10",
                          "2023-01-00",
                          "2023-01-32",
                          "2023-1-01",
                          "23-01-01",
                          "02023-01-01",
                          "2023-01-1",
                          "2023-01-011",
                          "2023/01/01",
                          "-023-01-01",
                          "+023-01-01",
                          " 2023-01-01",
                          "2023-01-01 ",
                          "2023-01-01T",
                          "2023-01-01T1",
                          "2023-01-01T01",
                          "2023-01-01T01:",
                          "2023-01-01T01:0",
                          "2023-01-01T01:00:",
                          "2023-01-01T01:00:0",
                          "2023-01-01x01:00",
                          "",
                          "T",
                          "2023",
                          "2023-01"})
    CHECK_FALSE(parse_iso_time(bad));
  CHECK(parse_iso_time("1970-01-01T24:00") == day);
  CHECK(parse_iso_time("1970-01-01T24:00:00.000Z") == day);
  CHECK(parse_iso_time("1970-01-01T23:59:60Z") == day);  // a leap second is the next one
  for (const char* bad : {"24:01", "24:00:01", "25:00", "00:60", "00:00:61", "-1:00"})
    CHECK_FALSE(parse_iso_time(std::string("1970-01-01T") + bad));
  CHECK_FALSE(parse_iso_time("1970-01-01T24:00:00.5"));
}

TEST_CASE("a number's size tells its unit", "[data]") {
  using enum time_unit;
  CHECK(ms("0", seconds) == 0);
  CHECK(ms("-0", seconds) == 0);
  CHECK(ms("881250949", seconds) == 881'250'949'000);
  CHECK(ms("-1", seconds) == -1000);
  CHECK(ms("99999999999", seconds) == 99'999'999'999'000);
  CHECK(ms("100000000000", milliseconds) == 100'000'000'000);
  CHECK(ms("-99999999999", seconds) == -99'999'999'999'000);
  CHECK(ms("-100000000000", milliseconds) == -100'000'000'000);
  CHECK(ms("99999999999999", milliseconds) == 99'999'999'999'999);
  CHECK(ms("100000000000000", microseconds) == 100'000'000'000);
  CHECK(ms("1588687728923999", microseconds) == 1'588'687'728'923);
  CHECK(ms("99999999999999999", microseconds) == 99'999'999'999'999);
  CHECK(ms("100000000000000000", nanoseconds) == 100'000'000'000);
  CHECK(ms("9223372036854775807", nanoseconds) == 9'223'372'036'854);
  CHECK(ms("-9223372036854775808", nanoseconds) == -9'223'372'036'855);  // down, not to zero
  CHECK(ms("-100000000000001", microseconds) == -100'000'000'001);
  CHECK(ms("-100000000000000", microseconds) == -100'000'000'000);
}

TEST_CASE("numbers may have fractions and exponents", "[data]") {
  using enum time_unit;
  CHECK(ms("1593878903.438", seconds) == 1'593'878'903'438);
  CHECK(ms("0.5", seconds) == 500);
  CHECK(ms("-0.0001", seconds) == -1);
  CHECK(ms("8.8e8", seconds) == 880'000'000'000);
  CHECK(ms("1.5e11", milliseconds) == 150'000'000'000);
  CHECK(ms("1.5e14", microseconds) == 150'000'000'000);
  CHECK(ms("1.5e17", nanoseconds) == 150'000'000'000);
  CHECK(ms("99999999999.5", seconds) == 99'999'999'999'500);
  CHECK(ms("8.9e18", nanoseconds) == 8'900'000'000'000);
  for (const char* bad :
       {"nan", "-nan", "inf", "-inf", "infinity", "9e18", "-9e18", "1e400", "9223372036854775808",
        "+5",  " 5",   "5 ",  "5x",   "0x10",     "",     "-",     ".",     "e5",
        "1,5", "5s"})
    CHECK_FALSE(ciess::parse_time(bad));
}

TEST_CASE("days and times of day without signs are dates", "[data]") {
  using enum time_unit;
  CHECK(ms("20200705", date) == 1'593'907'200'000);
  CHECK(ms("19700101", date) == 0);
  CHECK(ms("20120304050607", date) == 1'330'837'567'000);
  CHECK(ms("19000101", date) == parse_iso_time("1900-01-01").value());
  CHECK(ms("20991231", date) == parse_iso_time("2099-12-31").value());
  CHECK(ms("20200230", seconds) == 20'200'230'000);  // no such day
  CHECK(ms("20201305", seconds) == 20'201'305'000);
  CHECK(ms("18991231", seconds) == 18'991'231'000);
  CHECK(ms("21000101", seconds) == 21'000'101'000);
  CHECK(ms("20120304250607", milliseconds) == 20'120'304'250'607);
  CHECK(ms("20120304056007", milliseconds) == 20'120'304'056'007);
  CHECK(ms("20120304050660", milliseconds) == 20'120'304'050'660);
  CHECK(ms("2012030405", seconds) == 2'012'030'405'000);
  CHECK(ms("-2020070", seconds) == -2'020'070'000);
  CHECK(ms("2012-03-04", date) == parse_iso_time("2012-03-04").value());
  CHECK_FALSE(ciess::parse_time("2012-03-32"));
}

TEST_CASE("any integer of 64 bits is a time without overflow", "[data]") {
  std::vector<std::int64_t> numbers{std::numeric_limits<std::int64_t>::min(),
                                    std::numeric_limits<std::int64_t>::min() + 1,
                                    std::numeric_limits<std::int64_t>::max()};
  for (std::uint64_t k = 0; k < 20'000; ++k)
    numbers.push_back(static_cast<std::int64_t>(bits(k)) >> (k % 64));
  for (const auto number : numbers) {
    const auto t = ciess::parse_time(std::to_string(number));
    if (!t) FAIL(number);
    // Dates read back, and nothing is further away than seconds of that size.
    if (t->milliseconds > 100'000'000'000'000 || t->milliseconds < -100'000'000'000'000)
      FAIL(number);
    (void)ciess::iso_time(number);
    (void)ciess::looks_like_time(std::to_string(number));
  }
}

TEST_CASE("moments are written and read back", "[data]") {
  CHECK(ciess::iso_time(0) == "1970-01-01T00:00:00Z");
  CHECK(ciess::iso_time(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(ciess::iso_time(1'330'837'567'089) == "2012-03-04T05:06:07.089Z");
  CHECK(ciess::iso_time(-719'528 * day) == "0000-01-01T00:00:00Z");
  CHECK(ciess::iso_time(-719'528 * day - 1) == "-62167219200001 ms");
  CHECK(ciess::iso_time(2'932'897 * day - 1) == "9999-12-31T23:59:59.999Z");
  CHECK(ciess::iso_time(2'932'897 * day) == "253402300800000 ms");
  CHECK(ciess::iso_time(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808 ms");
  CHECK(ciess::iso_time(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807 ms");
  const std::int64_t first = -719'528 * day, length = (719'528 + 2'932'897) * day;
  for (std::uint64_t k = 0; k < 20'000; ++k) {
    std::int64_t t =
        first + static_cast<std::int64_t>(bits(k) % static_cast<std::uint64_t>(length));
    if (k % 2 == 0) t -= ((t % 1000) + 1000) % 1000;  // whole seconds, too
    const auto text = ciess::iso_time(t);
    if (parse_iso_time(text) != t) FAIL(t << " is written " << text);
    if (ms(text, time_unit::date) != t) FAIL(t);
  }
}

TEST_CASE("only moments of our time look like times", "[data]") {
  using ciess::looks_like_time;
  for (const char* yes :
       {"788918400", "2208988799", "788918400000", "2208988799999", "881250949", "1593878903.438",
        "2012-03-04", "2012-03-04 05:06", "1066-10-14", "20200705"})
    CHECK(looks_like_time(yes));
  for (const char* no : {"788918399", "2208988800", "788918399999", "2208988800000", "5", "0", "-1",
                         "1588687728923000", "1588687728923000000", "x", "", "12:30", "2012"})
    CHECK_FALSE(looks_like_time(no));
}
