// SPDX-License-Identifier: MIT
#include <ciess/search/observers/history.hpp>
#include <ciess/search/observers/limits.hpp>
#include <ciess/search/observers/progress.hpp>
// its own header first
#include <sstream>

#include "support/catch.hpp"

namespace {
ciess::step_report report(int number, int total, double quality = 0.1, double best = 0.2) {
  return {.method = "ciess",
          .number = number,
          .total = total,
          .budget = 0.9,
          .sparsity = 0.9,
          .quality = quality,
          .best = best,
          .origin = "policy",
          .notes = {{"price", 0.4}, {"loss", std::numeric_limits<double>::quiet_NaN()}},
          .seconds = 2.0 * (number + 1)};
}
// A flag that nobody can set any more is none.
static_assert(std::is_constructible_v<ciess::stop_when, std::atomic<bool>&>);
static_assert(!std::is_constructible_v<ciess::stop_when, std::atomic<bool>>);

}  // namespace

TEST_CASE("seconds are readable", "[search]") {
  CHECK(ciess::readable_seconds(0) == "0 s");
  CHECK(ciess::readable_seconds(59.2) == "1 min 00 s");
  CHECK(ciess::readable_seconds(725) == "12 min 05 s");
  CHECK(ciess::readable_seconds(3 * 3600 + 420) == "3 h 07 min");
}

TEST_CASE("progress overwrites one line on a terminal and spares a log file", "[search]") {
  std::ostringstream terminal;
  std::ostringstream log;
  ciess::progress on_terminal(terminal, true);
  ciess::progress in_log(log, false);
  for (int i = 0; i < 100; ++i) {
    on_terminal(report(i, 100));
    in_log(report(i, 100));
  }
  const auto count = [](const std::string& s, char c) { return std::count(s.begin(), s.end(), c); };
  CHECK(count(terminal.str(), '\r') == 100);
  CHECK(count(terminal.str(), '\n') == 1);
  CHECK(count(log.str(), '\n') == 21);
  CHECK(count(log.str(), '\r') == 0);
  CHECK_THAT(log.str(), ContainsSubstring("ciess 50/100") && ContainsSubstring("1 min 40 s left"));
}

TEST_CASE("history has a header, a line for each step, and empty fields for what was not done",
          "[search]") {
  std::ostringstream out;
  ciess::history h(out);
  h(report(0, 2));
  h(report(1, 2));
  std::istringstream lines(out.str());
  std::string header;
  std::string first;
  std::getline(lines, header);
  std::getline(lines, first);
  CHECK(header == "number\tbudget\tsparsity\tquality\tbest\torigin\tprice\tloss\tseconds");
  CHECK(first == "0\t0.9\t0.9\t0.1\t0.2\tpolicy\t0.4\t\t2.000");
  auto other = report(0, 2);
  other.method = "equal";
  const auto before = out.str();
  h(other);  // another method's columns
  CHECK(out.str() == before);
  out.setstate(std::ios::badbit);
  CHECK_THROWS_AS(h(report(2, 3)), ciess::io_error);
}

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
