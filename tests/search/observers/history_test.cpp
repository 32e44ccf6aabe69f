// SPDX-License-Identifier: MIT
#include <ciess/search/observers/history.hpp>
// its own header first
#include <limits>
#include <sstream>

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
