// SPDX-License-Identifier: MIT
#include <ciess/study/history_picture.hpp>
// its own header first
#include <array>
#include <limits>
#include <sstream>

#include <ciess/search/observers/history.hpp>

#include "support/catch.hpp"
#include "support/gnuplot.hpp"

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// The history of steps {budget, asked, quality, best}.
std::string history_of(const std::vector<std::array<double, 4>>& steps) {
  std::ostringstream out;
  ciess::history write(out);
  ciess::step_report s;
  s.origin = "it's \"a_b";
  for (const auto& [budget, asked, quality, best] : steps) {
    s.budget = budget;
    s.notes = {{"price", not_a_number}, {"asked_sparsity", asked}};
    s.quality = quality;
    s.best = best;
    write(s);
    ++s.number;
  }
  return out.str();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("the picture of a search has dots, the best so far and the budget for each budget",
          "[study]") {
  const auto h = history_of({{0.8, 0.5, 0.25, 0.25}, {0.9, 0.7, 0.125, 0}, {0.9, 0.9, 0.5, 0.5}});
  const auto p = ciess::history_picture(h, "it's");
  CHECK(p.name == "history");
  CHECK(p.data.empty());
  // number is column 1, budget 2, quality 4, best 5, asked_sparsity 8
  for (const char* part :
       {"using 1:($2 == 0.8 ? $4 : NaN) with points", "using 1:($2 == 0.9 ? $4 : NaN) with points",
        "using 1:(best_1 = $2 == 0.9 && $5 != 0 ? $5 : best_1) with steps",
        "using 1:($2 == 0.9 ? 100 * $8 : NaN) with points", "100 * 0.9 with lines",
        "title '80 % removed'", "title '90 % removed'",
        "set xrange [-0.1:2.1]",         // steps 0 to 2, a twentieth of 2 wider
        "set yrange [0.10625:0.51875]",  // 0.125 to 0.5
        "set yrange [48:92]"})           // asked and budgets, 50 to 90
    CHECK_THAT(p.script, ContainsSubstring(part));
  CHECK_NOTHROW(drawn(p, h));
}

TEST_CASE(
    "budgets that a stopped search did not come to, and bests that were not met, have no line",
    "[study]") {
  const auto h = history_of({{0.8, 0.8, 0.25, 0}});
  const auto p = ciess::history_picture(h, "t");
  CHECK(count(p.script, "with points") == 2);
  CHECK(count(p.script, "with steps") == 0);
  CHECK(count(p.script, "title '80 % removed'") == 1);  // the dots take the name
  CHECK_NOTHROW(drawn(p, h));
}

TEST_CASE("steps whose numbers are none are left out without a message", "[study]") {
  const double inf = std::numeric_limits<double>::infinity();
  const auto h = history_of({{0.8, 0.5, not_a_number, 0.25},
                             {0.8, not_a_number, 0.25, 0.25},
                             {0.9, not_a_number, not_a_number, not_a_number},
                             {not_a_number, 0.5, 0.5, 0.5},
                             {0.8, 0.5, 0.375, inf}});
  const auto p = ciess::history_picture(h, "t");
  CHECK(count(p.script, "$2 == 0.9") == 0);
  CHECK(count(p.script, "with steps") == 1);
  CHECK_THAT(p.script, ContainsSubstring("set yrange [0.24375:0.38125]"));  // 0.25 to 0.375
  CHECK_NOTHROW(drawn(p, h));
  const auto only = history_of({{0.8, 0.5, not_a_number, not_a_number}});
  CHECK_THAT(ciess::history_picture(only, "t").script, ContainsSubstring("took no step"));
}

TEST_CASE("ranges are never empty", "[study]") {
  const auto range = [](double least, double most) {
    ciess::detail::extent e;
    e.add(most);
    e.add(not_a_number);
    e.add(least);
    return e.range();
  };
  CHECK(range(1, 3) == "[0.9:3.1]");
  CHECK(range(0, 0) == "[-1:1]");
  CHECK(range(-2, -2) == "[-2.1:-1.9]");
  CHECK(range(1, 1 + 1e-15) == "[0.999999:1.000001]");
  CHECK(ciess::detail::extent{}.empty());
  const auto h = history_of({{0.8, 0.8, 0, 0}});
  CHECK_NOTHROW(drawn(ciess::history_picture(h, "t"), h));
}

TEST_CASE("a line that is cut short is left out", "[study]") {
  auto h = history_of({{0.8, 0.5, 0.25, 0.25}});
  h += "1\t0.9\t0.5\t0.25";
  const auto p = ciess::history_picture(h, "t");
  CHECK(count(p.script, "0.9 ?") == 0);
  CHECK_NOTHROW(drawn(p, h));
}

TEST_CASE("a search without a step says so, a file that is no history is an error", "[study]") {
  for (const std::string& none :
       {std::string(), history_of({{not_a_number, not_a_number, not_a_number, not_a_number}})}) {
    const auto p = ciess::history_picture(none, "t");
    CHECK_THAT(p.script, ContainsSubstring("'the search took no step'"));
    CHECK_NOTHROW(drawn(p, none));
  }
  CHECK_THROWS_WITH(ciess::history_picture("number\tbudget\tquality\tbest\n", "t"),
                    "history_picture: expected a column 'sparsity' in the first line of the "
                    "history, got none");
}

TEST_CASE("a method that notes nothing is drawn by what it removes", "[study]") {
  std::ostringstream out;
  ciess::history write(out);
  ciess::step_report s;
  s.budget = 0.8;
  s.sparsity = 0.85;
  s.quality = s.best = 0.5;
  write(s);
  const auto p = ciess::history_picture(out.str(), "mine");
  CHECK_THAT(p.script, ContainsSubstring("using 1:($2 == 0.8 ? 100 * $3 : NaN) with points"));
  CHECK_THAT(p.script, ContainsSubstring("set ylabel 'removed (% of numbers)'"));
}
