// SPDX-License-Identifier: MIT
#include <ciess/study/sizes_picture.hpp>
// its own header first
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/gnuplot.hpp"

namespace {

ciess::study_result study(std::vector<std::vector<int>> tables, int max = 16) {
  std::vector<ciess::sizes> all;
  for (const auto& t : tables) all.emplace_back(t, ciess::size_range{1, max});
  ciess::method_result m;
  m.method = "ciess";
  m.sizes = ciess::assignment(std::move(all));
  ciess::study_result r;
  r.budgets = {{0.9, {m}}};
  return r;
}

const std::string header =
    "# a block for each budget and table\n"
    "# frequency\tfrom\tto\tp10\tp25\tmedian\tp75\tp90\trows\n";

}  // namespace

TEST_CASE("quantiles are linear between neighbours", "[study]") {
  const std::vector<int> s{1, 2, 4, 8, 16};
  CHECK(ciess::detail::quantile(s, 0) == 1);
  CHECK(ciess::detail::quantile(s, 0.5) == 4);
  CHECK(ciess::detail::quantile(s, 0.75) == 8);
  CHECK(ciess::detail::quantile(s, 0.875) == 12);
  CHECK(ciess::detail::quantile(s, 1) == 16);
  CHECK(ciess::detail::quantile(std::vector{3}, 0.9) == 3);
}

TEST_CASE("sizes are summed up in bins of half an octave of frequency, never below once",
          "[study]") {
  // 4 * 2^(+-1/4) = 3.36 and 4.76: 4 is alone in its bin, 5 and 6 share the next, at 4 * sqrt(2).
  const std::vector<std::vector<double>> frequency{{4, 0, 4, 5, 6, 4}, {1, 1}};
  const std::vector<std::string> names{"users", "it's"};
  const auto p = ciess::sizes_picture(study({{2, 1, 4, 8, 16, 3}, {1, 2}}), frequency, names, "t");
  CHECK(p.name == "sizes");
  CHECK(p.data == header +
                      "# users, 90 % removed\n"
                      "0\t1.68179283\t2.37841423\t1\t1\t1\t1\t1\t1\n"
                      "4\t3.36358566\t4.75682846\t2.2\t2.5\t3\t3.5\t3.8\t3\n"
                      "5.65685425\t4.75682846\t6.72717132\t8.8\t10\t12\t14\t15.2\t2\n"
                      "\n\n# it's, 90 % removed\n"
                      "1\t0.840896415\t1.18920712\t1.1\t1.25\t1.5\t1.75\t1.9\t2\n");
  for (const char* part :
       {"layout 1,2", "set title 'it''s, 90 % removed'", "add ('0' 2)", "data index 1 using",
        "\n  5.66666667 with lines",  // the mean of table 0: 34 / 6
        "\n  1.5 with lines", "set yrange [0.833333333:19.2]"})
    CHECK_THAT(p.script, ContainsSubstring(part));
  const auto svg = drawn(p);
  if (svg) CHECK_THAT(*svg, ContainsSubstring(">it's, 90 % removed<"));
}

TEST_CASE("tables without rows, one frequency and one size are drawn without a message",
          "[study]") {
  const std::vector<std::string> names{"a", "b", "c"};
  const std::vector<std::vector<double>> frequency{{}, {0, 0}, {7}};
  const auto p = ciess::sizes_picture(study({{}, {1, 1}, {1}}, 1), frequency, names, "t");
  CHECK(p.data == header +
                      "# b, 90 % removed\n0\t0.420448208\t0.594603558\t1\t1\t1\t1\t1\t2\n\n\n"
                      "# c, 90 % removed\n8\t6.72717132\t9.51365692\t1\t1\t1\t1\t1\t1\n");
  CHECK_NOTHROW(drawn(p));
}

TEST_CASE("four tables are beside each other, more below them", "[study]") {
  const std::vector<std::string> names{"a", "b", "c", "d", "e"};
  const std::vector<std::vector<double>> frequency(5, {7});
  auto r = study({{1}, {2}, {4}, {8}, {16}});
  r.budgets.push_back({0.95, r.budgets[0].methods});
  const auto p = ciess::sizes_picture(r, frequency, names, "t");
  CHECK_THAT(p.script, ContainsSubstring(" size 1680,1130 ") && ContainsSubstring("layout 4,4 "));
  std::size_t skipped = 0;
  for (std::size_t at = 0; (at = p.script.find("multiplot next\n", at)) != std::string::npos; ++at)
    ++skipped;
  CHECK(skipped == 6);
  const auto svg = drawn(p);
  if (svg) CHECK_THAT(*svg, ContainsSubstring(">e, 95 % removed<"));
}

TEST_CASE("budgets whose method found nothing have no panel, none at all is said in the picture",
          "[study]") {
  const std::vector<std::string> names{"a"};
  const std::vector<std::vector<double>> frequency{{7}};
  auto r = study({{1}});
  r.budgets.insert(r.budgets.begin(), {0.8, {}});
  CHECK_THAT(ciess::sizes_picture(r, frequency, names, "t").script,
             ContainsSubstring("layout 1,1"));
  const auto p = ciess::sizes_picture(r, frequency, names, "t", "other");
  CHECK(p.data == header);
  CHECK_THAT(p.script, ContainsSubstring("'no sizes were found'"));
  CHECK_NOTHROW(drawn(p));
}

TEST_CASE("sizes, frequencies and names must agree", "[study]") {
  const std::vector<std::string> names{"a"};
  const std::vector<std::vector<double>> short_one{{7}}, two{{7}, {8}};
  CHECK_THROWS_WITH(ciess::sizes_picture(study({{1, 2}}), short_one, names, "t"),
                    "sizes_picture: table 0 has 2 sizes and 1 frequencies");
  CHECK_THROWS_WITH(ciess::sizes_picture(study({{1, 2}}), two, names, "t"),
                    "sizes_picture: 1 tables with sizes, 2 with frequencies, 1 names");
}
