// SPDX-License-Identifier: MIT
#include <ciess/search/observers/history.hpp>
// its own header first
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/portfolio.hpp>
#include <ciess/search/rules/rule.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>

#include <limits>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "support/analytic_environment.hpp"

#include "support/catch.hpp"
#include "support/step_reports.hpp"

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

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("a portfolio's history has the steps of all its methods, and says whose each is",
          "[search]") {
  const ciess::sizing_request asked{.budgets = {0.7, 0.8}};
  const ciess::portfolio both(ciess::rule(ciess::equal_rule()),
                              ciess::evolution{.steps = 6, .drawn = 2, .parents = 3});
  analytic_environment env(1, {40, 30}, {1, 16});
  std::ostringstream out;
  ciess::search(env, both, asked, ciess::history(out, "portfolio"));
  const auto lines = lines_of(out.str());
  REQUIRE(lines.size() == 1 + 2 + 2 * 6);
  CHECK(lines[0] == "number\tbudget\tsparsity\tquality\tbest\torigin\tmethod\tseconds");
  int number = 0;
  for (const std::string& line : std::vector(lines.begin() + 1, lines.end())) {
    CAPTURE(line);
    CHECK(line.starts_with(std::to_string(number) + '\t'));
    CHECK_THAT(line, ContainsSubstring(number < 2 ? "\tequal\t" : "\toptembed\t"));
    ++number;
  }

  // One of its methods beside it: those steps alone, and as many columns as ever.
  std::ostringstream alone;
  ciess::history of_rule(alone, "equal");
  ciess::search(env, both, asked, of_rule);
  CHECK(alone.str().empty());
  ciess::search(env, ciess::rule(ciess::equal_rule()), asked, of_rule);
  CHECK(lines_of(alone.str()).size() == 3);
  CHECK(lines_of(alone.str())[0] == "number\tbudget\tsparsity\tquality\tbest\torigin\tseconds");

  // Whose is not said: the first search's.
  std::ostringstream first;
  ciess::search(env, both, asked, ciess::history(first));
  CHECK(lines_of(first.str()).size() == lines.size());
}

TEST_CASE("what a portfolio's first method notes stays a column when others note nothing or more",
          "[search]") {
  std::ostringstream out;
  ciess::history h(out);
  const auto told = [&](const char* method, std::vector<ciess::step_note> notes) {
    auto r = report(0, 3);
    r.within = "portfolio";
    r.method = method;
    r.notes = std::move(notes);
    h(r);
  };
  told("bet", {{"predicted", 0.5}});
  told("optembed", {});
  told("ciess", {{"price", 2}, {"predicted", 0.25}});
  const auto lines = lines_of(out.str());
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "number\tbudget\tsparsity\tquality\tbest\torigin\tmethod\tpredicted\tseconds");
  CHECK(lines[1] == "0\t0.9\t0.9\t0.1\t0.2\tpolicy\tbet\t0.5\t2.000");
  CHECK(lines[2] == "0\t0.9\t0.9\t0.1\t0.2\tpolicy\toptembed\t\t2.000");
  CHECK(lines[3] == "0\t0.9\t0.9\t0.1\t0.2\tpolicy\tciess\t0.25\t2.000");
}
