// SPDX-License-Identifier: MIT
#include <ciess/search/observer.hpp>
// its own header first
#include "support/catch.hpp"

namespace {
struct archetype {
  void operator()(const ciess::step_report&) {}
};
struct stops {
  bool operator()(const ciess::step_report&) { return false; }
};
struct wants_nothing {
  void operator()() {}
};
struct answers_a_number {
  int operator()(const ciess::step_report&) { return 0; }
};
static_assert(ciess::observer<archetype> && ciess::observer<stops>);
static_assert(!ciess::observer<wants_nothing> && !ciess::observer<answers_a_number>);
}  // namespace

TEST_CASE("every observer hears of a step, and any of them may stop the search", "[search]") {
  const ciess::step_report report;
  int heard = 0;
  auto listen = [&](const ciess::step_report&) { ++heard; };
  auto go_on = [&](const ciess::step_report&) { return true; };
  stops stop;
  CHECK(ciess::detail::tell(report));
  CHECK(ciess::detail::tell(report, listen, go_on));
  CHECK(!ciess::detail::tell(report, stop, listen));
  CHECK(heard == 2);
}
