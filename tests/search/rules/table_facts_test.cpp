// SPDX-License-Identifier: MIT
#include <ciess/search/rules/table_facts.hpp>
// its own header first
#include <limits>

#include <ciess/search/ciess/ciess_sizer.hpp>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/energetic_environment.hpp"

namespace {

struct of_kinds : analytic_environment {
  of_kinds() : analytic_environment(1, {4, 3, 4}, {1, 8}) {}
  std::size_t kind(std::size_t table) const { return table % 2; }
};

}  // namespace

TEST_CASE("facts are what an environment says of its tables", "[search]") {
  const analytic_environment two(1, {4, 3}, {1, 8});
  const auto facts = ciess::facts_of(two);
  CHECK(facts.shapes.data() == two.shapes().data());
  REQUIRE(facts.frequency.size() == 2);
  CHECK(facts.frequency[1].data() == two.frequency(1).data());
  CHECK(facts.kind == std::vector<std::size_t>{0, 1});
  CHECK(facts.kinds() == 2);
  CHECK_FALSE(facts.shows_full);
  CHECK(ciess::full_facts_of(two).full.empty());

  const analytic_environment three(1, {4, 3, 2}, {1, 8});
  CHECK(ciess::facts_of(three).kind == std::vector<std::size_t>{0, 0, 0});
  CHECK(ciess::facts_of(three).kinds() == 1);

  const of_kinds says_so;
  CHECK(ciess::facts_of(says_so).kind == std::vector<std::size_t>{0, 1, 0});
  CHECK(ciess::table_facts{}.kinds() == 0);
}

TEST_CASE("frequencies that are not one a row, finite and >= 0, are named", "[search]") {
  struct of_frequencies : analytic_environment {
    explicit of_frequencies(std::vector<double> f)
        : analytic_environment(1, {4, 3}, {1, 8}), last{std::move(f)} {}
    std::span<const double> frequency(std::size_t t) const {
      return t == 1 ? std::span<const double>(last) : analytic_environment::frequency(t);
    }
    std::vector<double> last;
  };
  CHECK_NOTHROW(ciess::facts_of(of_frequencies({1, 0, 2})));
  CHECK_THROWS_WITH(ciess::facts_of(of_frequencies({1, 2})),
                    ContainsSubstring("table 1 has 3 rows, got frequencies of 2"));
  CHECK_THROWS_WITH(ciess::facts_of(of_frequencies({1, -1, 2})),
                    ContainsSubstring("table 1, row 1: frequency") && ContainsSubstring("got -1"));
  of_frequencies wrong({1, 2, std::numeric_limits<double>::infinity()});
  CHECK_THROWS_WITH(ciess::ciess_sizer<>{}.check(wrong, {.budgets = {0.5}}),
                    ContainsSubstring("table 1, row 2: frequency"));
}

TEST_CASE("full facts have the full-size tables of an environment that shows them", "[search]") {
  energetic_analytic_environment env(1, {4, 3}, {1, 8});
  CHECK(ciess::facts_of(env).shows_full);
  CHECK(ciess::facts_of(env).full.empty());
  (void)env.full();
  const auto facts = ciess::full_facts_of(env);
  REQUIRE(facts.full.size() == env.shapes().size());
  for (std::size_t t = 0; t < facts.full.size(); ++t) {
    CHECK(facts.full[t].rows() == env.shapes()[t].rows);
    CHECK(facts.full[t].cols() == env.shapes()[t].range.max);
    CHECK(facts.full[t] == env.full_table(t));
  }
  CHECK(facts.axes.size() == facts.full.size());
}
