// SPDX-License-Identifier: MIT
#include <ciess/study/named_methods.hpp>

#include <ciess/search/search.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/energetic_environment.hpp"

namespace {

struct found {
  std::string name;
  int steps = 0;
  std::string first;  ///< origin of the first step
};

found search_by(const std::vector<std::string>& names, int measurements, std::size_t tables = 2) {
  energetic_analytic_environment env(1, std::vector<ciess::index_t>(tables, 12), {1, 8});
  const ciess::sizing_request asked{.budgets = {0.7, 0.8}, .keep = 1};
  return ciess::with_method(names, measurements, ciess::facts_of(env), 2, [&](auto how) {
    found f;
    f.name = std::string(how.name());
    const auto result = ciess::search(env, how, asked, [&](const ciess::step_report& r) {
      if (f.steps++ == 0) f.first = r.origin;
    });
    CHECK(result.steps == f.steps);
    return f;
  });
}

}  // namespace

TEST_CASE("names make methods of as many measurements as are asked for", "[study]") {
  for (const std::string name : {"bet", "random-bet", "optembed", "evolution", "portfolio"}) {
    CAPTURE(name);
    const auto f = search_by({name}, 12);
    CHECK(f.name == name);
    CHECK(f.steps == 24);
  }
  const auto f = search_by({"ciess"}, 29);  // 9 seeds
  CHECK(f.name == "ciess");
  CHECK(f.steps == 58);
  CHECK(f.first.starts_with("freq^"));
}

TEST_CASE("rules alone are measured all, and begin a search that is named beside", "[study]") {
  CHECK(search_by({"equal"}, 1).steps == 2);
  const auto rules = search_by({"tail-energy", "equal"}, 1);
  CHECK(rules.name == "equal+tail-energy");
  CHECK(rules.steps == 12);
  const auto seeded = search_by({"bet", "tail-energy"}, 8);
  CHECK(seeded.name == "bet");
  CHECK(seeded.steps == 16);
  CHECK(seeded.first == "tail energy (0, 1)");
}

TEST_CASE("few seeds are few for any number of tables", "[study]") {
  const std::vector<std::size_t> counts{9, 8, 3, 3};
  for (std::size_t tables = 2; tables < 6; ++tables) {
    ciess::table_facts facts;
    for (std::size_t t = 0; t < tables; ++t) facts.kind.push_back(t);
    CHECK(ciess::few_seeds(facts).count(facts) == counts[tables - 2]);
  }
}

TEST_CASE("names that make no method are refused", "[study]") {
  CHECK_THROWS_WITH(search_by({}, 5), ContainsSubstring("expected one or more"));
  CHECK_THROWS_WITH(search_by({"bett"}, 5), ContainsSubstring("got 'bett'"));
  CHECK_THROWS_WITH(search_by({"bet", "bet"}, 5), ContainsSubstring("twice"));
  CHECK_THROWS_WITH(search_by({"bet", "ciess"}, 50), ContainsSubstring("got bet and ciess"));
  CHECK_THROWS_WITH(search_by({"pep"}, 5), ContainsSubstring("pep trains the model itself"));
  CHECK_THROWS_WITH(search_by({"bet"}, 0), ContainsSubstring("[1, 1000000], got 0"));
  CHECK_THROWS_WITH(search_by({"ciess"}, 5), ContainsSubstring("at least 9"));
}
