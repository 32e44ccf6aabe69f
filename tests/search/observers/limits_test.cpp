// SPDX-License-Identifier: MIT
#include <ciess/search/observers/limits.hpp>
// its own header first
#include <limits>
#include <type_traits>

#include "support/catch.hpp"
#include "support/step_reports.hpp"

namespace {
// A flag that nobody can set any more is none.
static_assert(std::is_constructible_v<ciess::stop_when, std::atomic<bool>&>);
static_assert(!std::is_constructible_v<ciess::stop_when, std::atomic<bool>>);

}  // namespace

TEST_CASE("searches stop on a flag", "[search]") {
  std::atomic<bool> flag{false};
  const ciess::stop_when on_flag(flag);
  CHECK(on_flag(report(0, 9)));
  flag = true;
  CHECK(!on_flag(report(1, 9)));
  CHECK(!on_flag("any report"));
}

TEST_CASE("an effort ends every search alike", "[search]") {
  const ciess::effort_limit steps({.steps = 3});
  CHECK(steps(report(0, 9)));
  CHECK(steps(report(1, 9)));
  CHECK(!steps(report(2, 9)));
  CHECK(steps(report(0, 9)));  // another search
  const ciess::effort_limit seconds({.seconds = 5});
  CHECK(seconds(report(1, 9)));
  CHECK(!seconds(report(2, 9)));
  CHECK_THROWS_AS(ciess::effort_limit({.steps = 0}), ciess::argument_error);
  CHECK_THROWS_AS(ciess::effort_limit({.seconds = std::numeric_limits<double>::quiet_NaN()}),
                  ciess::argument_error);
}
