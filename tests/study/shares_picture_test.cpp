// SPDX-License-Identifier: MIT
#include <ciess/study/shares_picture.hpp>
// its own header first
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/gnuplot.hpp"

namespace {

ciess::method_result sized(std::string method, std::vector<std::vector<int>> tables) {
  std::vector<ciess::sizes> all;
  for (const auto& t : tables) all.emplace_back(t, ciess::size_range{1, 8});
  ciess::method_result m;
  m.method = std::move(method);
  m.sizes = ciess::assignment(std::move(all));
  return m;
}

}  // namespace

TEST_CASE("shares of the numbers, of the full tables and under each budget", "[study]") {
  const std::vector<std::string> names{"it's", "b\tc"};
  ciess::study_result r;
  r.budgets = {{0.5, {sized("equal", {{4, 4, 4}, {4}})}},
               {0.8, {}},
               {0.75, {sized("equal", {{2, 2, 2}, {2}}), sized("ciess", {{1, 1, 1}, {5}})}}};
  const auto p = ciess::shares_picture(r, names, "mine", "equal");
  CHECK(p.name == "shares");
  CHECK(p.data ==
        "# table\tfull tables\t50 % removed\t75 % removed\n0\t75\t75\t75\n1\t25\t25\t25\n");
  const auto other = ciess::shares_picture(r, names, "mine", "ciess");  // 3 and 5 of 8
  CHECK(other.data == "# table\tfull tables\t75 % removed\n0\t75\t37.5\n1\t25\t62.5\n");
  CHECK_THAT(p.script, ContainsSubstring("('it''s' 0, 'b?c' 1)") &&
                           ContainsSubstring("set title 'mine'") &&
                           ContainsSubstring("using ($1-0.266666667):2 with boxes") &&
                           ContainsSubstring("using ($1+0):3 with boxes"));
  const auto svg = drawn(p);
  if (svg) CHECK_THAT(*svg, ContainsSubstring(">it's<") && ContainsSubstring(">75 % removed<"));
}

TEST_CASE("shares of many fields, of tables without rows and of nothing are drawn", "[study]") {
  ciess::study_result r;
  r.budgets = {{0.5, {sized("equal", std::vector<std::vector<int>>(39, {4, 4}))}}};
  std::vector<std::string> names;
  for (int f = 0; f < 39; ++f) names.push_back("field" + std::to_string(f));
  const auto many = ciess::shares_picture(r, names, "t");
  CHECK_THAT(many.script, ContainsSubstring("'field38' 38") && ContainsSubstring("rotate"));
  CHECK_NOTHROW(drawn(many));
  r.budgets = {{0.5, {sized("equal", {{}, {}})}}};
  const auto none = ciess::shares_picture(r, std::vector<std::string>{"a", "b"}, "t");
  CHECK(none.data == "# table\tfull tables\t50 % removed\n0\t0\t0\n1\t0\t0\n");
  CHECK_NOTHROW(drawn(none));
  CHECK_NOTHROW(drawn(ciess::shares_picture(ciess::study_result{}, names, "t")));
}

TEST_CASE("shares need a name for each table", "[study]") {
  ciess::study_result r;
  r.budgets = {{0.5, {sized("equal", {{4}, {4}})}}};
  CHECK_THROWS_WITH(ciess::shares_picture(r, std::vector<std::string>{"a"}, "t"),
                    "shares_picture: 2 tables with sizes, 1 names");
}
