// SPDX-License-Identifier: MIT
#include <ciess/search/ciess/state.hpp>
// its own header first
#include "support/catch.hpp"

namespace {
struct archetype {
  int features() const { return 1; }
  void write(const ciess::table_status&, ciess::matrix_span) const {}
};
struct no_features {
  void write(const ciess::table_status&, ciess::matrix_span) const {}
};
struct no_write {
  int features() const { return 1; }
};
struct writes_by_value {
  int features() const { return 1; }
  void write(const ciess::table_status&, ciess::matrix_span) {}
};
static_assert(ciess::state_policy<archetype>);
static_assert(!ciess::state_policy<no_features> && !ciess::state_policy<no_write>);
static_assert(!ciess::state_policy<writes_by_value>);
}  // namespace

TEST_CASE("relative quality is a share of the full-size quality, at most 1", "[search]") {
  CHECK(ciess::relative_quality(0.1, 0.4) == Approx(0.25));
  CHECK(ciess::relative_quality(0.5, 0.4) == 1);
  CHECK(ciess::relative_quality(0.5, 0) == 0);
}

TEST_CASE("the paper's state scales frequency, size and quality to minus one to one", "[search]") {
  const std::vector<double> frequency{2, 6, 10};
  const std::vector<double> quality{0, 0.3, 9};
  const std::vector<double> full{0.4, 0.4, 0.4};
  const std::vector<int> d{1, 33, 65};
  const ciess::sizes current(d, {1, 65});
  ciess::matrix out(3, 3);
  ciess::paper_state{}.write({frequency, current, quality, full}, out);
  ciess::matrix expected(3, 3);
  expected << -1, -1, -1, 0, 0, 0.5F, 1, 1, 1;
  CHECK(out.isApprox(expected, 1e-6F));

  ciess::paper_state({.log_frequency = true}).write({frequency, current, quality, full}, out);
  CHECK(out(1, 0) == Approx(2 * std::log(7.0 / 3) / std::log(11.0 / 3) - 1));
}

TEST_CASE("a state without spread stays finite", "[search]") {
  const std::vector<double> same{5, 5};
  const std::vector<double> zero{0, 0};
  const ciess::sizes current(2, {4, 4});
  ciess::matrix out(2, 3);
  ciess::paper_state{}.write({same, current, zero, zero}, out);
  CHECK(out.allFinite());
  CHECK(out.cwiseAbs().maxCoeff() <= 1);
}
