// SPDX-License-Identifier: MIT
#include <ciess/study/quality_picture.hpp>
// its own header first
#include <limits>

#include "support/catch.hpp"
#include "support/gnuplot.hpp"

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

ciess::method_result method(const std::string& name, double test,
                            ciess::start from = ciess::start::scratch) {
  ciess::method_result m;
  m.method = name;
  m.recipe.from = from;
  m.test.mean = test;
  return m;
}

ciess::study_result study(std::vector<ciess::study_result::row> rows) {
  ciess::study_result r;
  r.full.mean = 0.5;
  r.full.cutoffs = {5, 20};
  r.budgets = std::move(rows);
  return r;
}

}  // namespace

TEST_CASE("the picture of quality has a column for each method and start, a line for each budget",
          "[study]") {
  using ciess::start;
  // ciess is the best of all that was tried, from whatever start: one line.
  const auto p = ciess::quality_picture(
      study({{0.8,
              {method("equal", 0.25), method("equal", 0.375, start::warm), method("tail", 0.125),
               method("ciess", 0.4375, start::warm)}},
             {0.9, {method("equal", 0.1875, start::warm), method("ciess", 0.25)}}}),
      "it's");
  CHECK(p.name == "quality");
  CHECK(p.data ==
        "# removed_percent\tfull\tequal, scratch\tequal, warm\ttail\tciess\n"
        "80\t0.5\t0.25\t0.375\t0.125\t0.4375\n"
        "90\t0.5\t\t0.1875\t\t0.25\n");
  for (const char* part :
       {"set title 'it''s'", "'mean of Recall and NDCG at 5, 20 (test)'", "do for [c = 3:6]",
        "using 1:3 ", "title 'equal, scratch'", "title 'equal, warm'",
        "using 1:6 smooth unique with linespoints lw 3 pt 7"})
    CHECK_THAT(p.script, ContainsSubstring(part));
  const auto svg = drawn(p);
  if (svg) CHECK_THAT(*svg, ContainsSubstring(">equal, warm<") && ContainsSubstring(">it's<"));
}

TEST_CASE("names of methods are data, not commands", "[study]") {
  const std::string name = "a_b\t'c' \"d @e `f` \\";
  const auto p = ciess::quality_picture(study({{0.5, {method(name, 0.25)}}}), "t");
  CHECK(p.data == "# removed_percent\tfull\ta_b 'c' \"d @e `f` \\\n50\t0.5\t0.25\n");
  CHECK_THAT(p.script, ContainsSubstring("title 'a_b?''c'' \"d @e `f` \\'"));
  const auto svg = drawn(p);
  if (svg) CHECK_THAT(*svg, ContainsSubstring(">a_b?'c' \"d @e `f` \\<"));
}

TEST_CASE("one budget, equal figures and methods without any are drawn without a message",
          "[study]") {
  const auto p = ciess::quality_picture(
      study({{0.8, {method("equal", 0.5), method("random", not_a_number), method("ciess", 0.5)}}}),
      "t");
  CHECK(p.data == "# removed_percent\tfull\tequal\tciess\n80\t0.5\t0.5\t0.5\n");
  CHECK_NOTHROW(drawn(p));
  CHECK_NOTHROW(drawn(ciess::quality_picture(
      study({{0.8, {method("equal", not_a_number)}}, {0.9, {method("equal", 0.0)}}}), "t")));
}

TEST_CASE("a study without budgets or figures says so in its picture", "[study]") {
  auto none = study({{0.8, {method("ciess", 0.5)}}});
  none.full.mean = not_a_number;
  for (const auto& r :
       {study({}), study({{0.8, {}}}), study({{0.8, {method("ciess", not_a_number)}}}), none}) {
    const auto p = ciess::quality_picture(r, "t");
    CHECK_THAT(p.script, ContainsSubstring("'no method was measured'"));
    CHECK_NOTHROW(drawn(p));
  }
}

TEST_CASE("the data of several seeds one after the other are drawn as their mean", "[study]") {
  const auto at = [](double a, double b) {
    return ciess::quality_picture(study({{0.8, {method("ciess", a)}}, {0.9, {method("ciess", b)}}}),
                                  "t");
  };
  // Two seeds around one figure, so that the ranges are the same but for what is read.
  auto both = at(0.25, 0.375);
  const auto one = drawn(both);
  if (!one) return;  // no gnuplot
  both.data += both.data;
  CHECK(drawn(both) == one);
  auto spread = at(0.25, 0.375);
  spread.data += at(0.5, 0.375).data;
  auto middle = at(0.25, 0.375);
  middle.data = "# the means, and the same extent\n80\t0.5\t0.375\n90\t0.5\t0.375\n";
  const auto line = [](const std::string& svg) {
    const auto plot = svg.find("stroke-width=\"3.00\"");
    REQUIRE(plot != std::string::npos);
    const auto path = svg.find(" d='M", plot);
    return svg.substr(path, svg.find('\'', path + 4) - path);
  };
  // The ranges of both: from 0.25 to 0.5, and from 0.375 to 0.5; set alike here.
  for (auto* p : {&spread, &middle}) {
    const auto range = p->script.find("set title");
    p->script.insert(range, "set yrange [0.2:0.6]\n");
  }
  CHECK(line(*drawn(spread)) == line(*drawn(middle)));
}
