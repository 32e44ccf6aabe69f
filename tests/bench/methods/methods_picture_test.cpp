// SPDX-License-Identifier: MIT
#include "../bench/methods/methods_picture.hpp"
// its own header first
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/gnuplot.hpp"
#include "support/run_summaries.hpp"

namespace {

ciess::gnuplot_picture picture_of(const std::vector<ciess_bench::run_summary>& runs,
                                  const std::vector<ciess_bench::published_row>& published = {}) {
  return ciess_bench::methods_picture(ciess_bench::compare_methods(runs), runs, published);
}

}  // namespace

TEST_CASE("methods are drawn with the range of the seeds", "[bench]") {
  auto first = run_of(1, 0.5), second = run_of(2, 0.25);
  add_budget(first, 0.8, {{"it's, scratch", 0.25}, {"it's, warm", 0.5}, {"ciess", 0.5}});
  add_budget(second, 0.8, {{"it's, scratch", 0.125}, {"it's, warm", 0.25}});
  add_budget(first, 0.9, {{"it's, warm", 0.25}});
  add_budget(second, 0.9, {{"it's, warm", 0.125}});
  const auto p = picture_of({first, second}, {{"theirs", {{0.9, 0.75}}}, {"far", {{0.5, 1}}}});
  CHECK(p.name == "methods");
  CHECK(p.data ==
        "# removed_percent\tfull\tit's, scratch\tit's, scratch least\tit's, scratch greatest\t"
        "it's, scratch seeds\tit's, warm\tit's, warm least\tit's, warm greatest\tit's, warm seeds\t"
        "ciess\tciess least\tciess greatest\tciess seeds\tpublished: theirs\tpublished: far\n"
        "80\t0.375\t0.1875\t0.125\t0.25\t2\t0.375\t0.25\t0.5\t2\t0.5\t0.5\t0.5\t1\t\t\n"
        "90\t0.375\t\t\t\t0\t0.1875\t0.125\t0.25\t2\t\t\t\t0\t0.75\t\n");
  CHECK_THAT(p.script, ContainsSubstring("plot 0.375 with lines") &&
                           ContainsSubstring("data using ($1-0.1):3:4:5 with yerrorlines") &&
                           ContainsSubstring("data using ($1+0):7:8:9 with yerrorlines") &&
                           ContainsSubstring("data using ($1+0.1):11:12:13 with yerrorlines") &&
                           ContainsSubstring("title 'ciess (points of fewer seeds)'") &&
                           ContainsSubstring("title 'it''s, scratch'") &&
                           ContainsSubstring("data using 1:15 with points") &&
                           ContainsSubstring("set xrange [79.5:90.5]") &&
                           ContainsSubstring("set yrange [0.0875:0.7875]"));
  CHECK_THAT(p.script, !ContainsSubstring("far"));
  if (const auto svg = drawn(p)) {
    CHECK_THAT(*svg, ContainsSubstring("published: theirs"));
    CHECK_THAT(*svg, ContainsSubstring("numbers removed (%), methods side by side"));
  }
}

TEST_CASE("one seed with one budget can be drawn, and nothing", "[bench]") {
  auto run = run_of(1, 0.5);
  add_budget(run, 0.8, {{"a", 0.5}});
  const auto p = picture_of({run});
  CHECK_THAT(p.script, ContainsSubstring("data using ($1+0):3:4:5 with yerrorlines"));
  CHECK_THAT(p.script, ContainsSubstring("set xrange [79:81]"));
  if (const auto svg = drawn(p)) CHECK_THAT(*svg, ContainsSubstring("1 seed"));
  run.budgets.front().methods.front().quality.reset();
  for (const auto& nothing : {picture_of({run}), picture_of({run_of(1, 0.5)})}) {
    CHECK_THAT(nothing.script, ContainsSubstring("no method was measured"));
    if (const auto svg = drawn(nothing))
      CHECK_THAT(*svg, ContainsSubstring("no method was measured"));
  }
}
