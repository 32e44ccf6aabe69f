// SPDX-License-Identifier: MIT
#include <ciess/data/detail/time_column.hpp>
// its own header first
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

const ciess::detail::source file{"s", ""};

ciess::detail::time_column times(const std::vector<std::string>& texts) {
  ciess::detail::time_column column(file);
  std::int64_t line = 0;
  for (const auto& t : texts) column.add(t, ++line);
  return column;
}

std::string complaint(const std::vector<std::string>& texts) {
  try {
    times(texts).look_for_blanks("HOW");
  } catch (const ciess::data_error& e) {
    return e.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("times are of one unit", "[data]") {
  const auto t = times({"7", "5.5", "9"});
  CHECK(t.milliseconds() == std::vector<std::int64_t>{7000, 5500, 9000});
  CHECK(t.range() == std::pair<std::int64_t, std::int64_t>(5500, 9000));
  CHECK_THAT(t.note().value(), ContainsSubstring("elsewhere than 1970"));
  CHECK(times({}).range() == std::nullopt);
  CHECK(times({}).note() == std::nullopt);
  CHECK(times({"881250949"}).note() == std::nullopt);
  CHECK_THAT(complaint({"881250949", "881250949000"}),
             ContainsSubstring("s:2: expected a time in the unit of the lines above"));
  CHECK_THAT(complaint({"soon"}), ContainsSubstring("s:1: expected a time, seconds or"));
}

TEST_CASE("0 and -1 beside times of our era are missing times", "[data]") {
  CHECK(complaint({"881250949", "0", "-1"}) ==
        "s:2: expected a time, got '0' beside times after 1990: a missing one? Leave such lines "
        "out; HOW");
  for (const char* missing : {"0", "-1", "0.0", "-1.0"})
    for (const char* time : {"881250949", "881250949000", "2012-01-01"}) {
      CHECK_THAT(complaint({missing, time}), ContainsSubstring("s:1: expected a time, got"));
      CHECK_THAT(complaint({time, time, missing}), ContainsSubstring("s:3: expected a time, got"));
    }
  CHECK(complaint({"0", "1", "7"}) == "none");  // counted from elsewhere
  CHECK(complaint({"0", "-1"}) == "none");
  CHECK(complaint({}) == "none");
  CHECK(complaint({"1970-01-01", "2012-01-01"}) == "none");
}
