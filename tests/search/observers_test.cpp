// SPDX-License-Identifier: MIT
#include <ciess/search/observers.hpp>
// its own header first
#include <sstream>

#include "support/catch.hpp"

namespace {
ciess::step_report report(int number, int total, double quality = 0.1, double best = 0.2) {
  return {.number = number,
          .total = total,
          .episode = number / 10,
          .step = number % 10,
          .target = 0.9,
          .price = 0.4,
          .asked_sparsity = 0.5,
          .sparsity = 0.9,
          .quality = quality,
          .best = best,
          .origin = "policy",
          .reward = {0.25, 0.5},
          .critic_loss = {1, std::numeric_limits<double>::quiet_NaN()},
          .actor_loss = {2, 3},
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
  CHECK_THAT(log.str(), ContainsSubstring("step 50/100") && ContainsSubstring("1 min 40 s left"));
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
  CHECK(header ==
        "number\tepisode\tstep\ttarget\tlambda\tasked_sparsity\tsparsity\tquality\tbest\torigin\t"
        "reward_0\tcritic_loss_0\tactor_loss_0\treward_1\tcritic_loss_1\tactor_loss_1\tseconds");
  CHECK(first == "0\t0\t0\t0.9\t0.4\t0.5\t0.9\t0.1\t0.2\tpolicy\t0.25\t1\t2\t0.5\t\t3\t2.000");
  out.setstate(std::ios::badbit);
  CHECK_THROWS_AS(h(report(2, 3)), ciess::io_error);
}

TEST_CASE("searches stop on a flag and when nothing gets better", "[search]") {
  std::atomic<bool> flag{false};
  const ciess::stop_when on_flag(flag);
  CHECK(on_flag(report(0, 9)));
  flag = true;
  CHECK(!on_flag(report(1, 9)));

  ciess::stop_without_progress patient(3);
  CHECK(patient(report(0, 9, 0.2, 0.2)));
  CHECK(patient(report(1, 9)));
  CHECK(patient(report(2, 9)));
  CHECK(!patient(report(3, 9)));
  CHECK(patient(report(4, 9, 0.3, 0.3)));
  CHECK_THROWS_AS(ciess::stop_without_progress(0), ciess::argument_error);
}
