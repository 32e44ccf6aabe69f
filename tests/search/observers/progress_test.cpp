// SPDX-License-Identifier: MIT
#include <ciess/search/observers/progress.hpp>
// its own header first
#include <algorithm>
#include <limits>
#include <sstream>

#include "support/catch.hpp"
#include "support/step_reports.hpp"

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
  in_log(report(110, 10'000));  // of a long search a line each twentieth, however long that takes
  CHECK(count(log.str(), '\n') == 22);
  auto later = report(111, 10'000);
  later.seconds += 1000;
  in_log(later);
  CHECK(count(log.str(), '\n') == 22);
  CHECK_THAT(log.str(), ContainsSubstring("ciess 50/100") && ContainsSubstring("1 min 40 s left"));
}

TEST_CASE("progress of a training shows what is judged, and nothing within a second", "[search]") {
  std::ostringstream log;
  ciess::progress in_log(log, false);
  ciess::training_report r{.what = "sizes", .most_steps = 100};
  for (int step = 0; step <= 40; step += 10) {
    r.step = step;
    r.quality = r.best = 0.25;
    r.best_step = step;
    r.seconds = 0.02 * step;  // 0.8 s at step 40
    in_log(r);
  }
  CHECK(log.str().empty());
  r.step = 50;
  r.seconds = 2;
  in_log(r);
  CHECK(log.str() ==
        "sizes 50/100 steps at most: quality 0.2500 (best 0.2500 after 40)  2 s left at most\n");
  r.step = 60;
  r.seconds = 3;  // less than five seconds after the line before
  in_log(r);
  CHECK(std::ranges::count(log.str(), '\n') == 1);
  // Of 1,000 steps at most few are taken: still a line every half a minute.
  r.most_steps = 1000;
  for (const double seconds : {6.0, 31.0, 33.0, 60.0, 64.0}) {
    r.step += 2;
    r.seconds = seconds;
    in_log(r);
  }
  CHECK_THAT(log.str(), ContainsSubstring("sizes 64/1000") && ContainsSubstring("sizes 70/1000"));
  CHECK(std::ranges::count(log.str(), '\n') == 3);
  r.step = 60;
  r.most_steps = 100;
  r.seconds = 3;
  r.last = true;
  r.quality = std::numeric_limits<double>::quiet_NaN();
  in_log(r);
  CHECK_THAT(log.str(), ContainsSubstring("sizes 60/100 steps at most  2 s left at most\n"));
}

TEST_CASE("progress of a search tells budgets apart that differ by less than a per cent",
          "[search]") {
  std::ostringstream log;
  ciess::progress in_log(log, false);
  ciess::step_report r;
  r.method = "bet";
  r.total = 2;
  for (const double budget : {0.985, 0.99}) {
    r.budget = budget;
    r.seconds += 10;
    in_log(r);
    ++r.number;
  }
  CHECK_THAT(log.str(),
             ContainsSubstring(" 98.5% removed: ") && ContainsSubstring(" 99% removed: "));
}
