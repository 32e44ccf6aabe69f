// SPDX-License-Identifier: MIT
#include <ciess/search/asked_search.hpp>
// its own header first
#include <ciess/search/bet/bet.hpp>
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/portfolio.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/magnitude.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/sizer_laws.hpp"

namespace {

using environment = energetic_analytic_environment;

environment small_environment() { return environment(1, {14, 11}, {1, 16}); }

/// What somebody whose model is elsewhere says of its tables.
ciess::asked_tables tables_of(const environment& env, bool full) {
  ciess::asked_tables tables;
  for (std::size_t t = 0; t < env.shapes().size(); ++t) {
    tables.shapes.push_back(env.shapes()[t]);
    tables.frequency.emplace_back(env.frequency(t).begin(), env.frequency(t).end());
    if (full) tables.full.push_back(env.full_table(t));
  }
  return tables;
}

const ciess::sizing_request asked{.budgets = {0.7, 0.85}, .keep = 2, .seed = 3};

template <class S>
void check_same(const S& search, const ciess::search_result& direct,
                std::span<const ciess::step_report> reports) {
  CHECK(search.done());
  REQUIRE(search.history().size() == reports.size());
  for (std::size_t i = 0; i < reports.size(); ++i) {
    const auto &a = search.history()[i], &b = reports[i];
    CHECK(a.method == b.method);
    CHECK(a.number == b.number);
    CHECK(a.total == b.total);
    CHECK(a.budget == b.budget);
    CHECK(a.sparsity == b.sparsity);
    CHECK(a.quality == b.quality);
    CHECK(a.best == b.best);
    CHECK(a.origin == b.origin);
  }
  for (std::size_t b = 0; b < direct.best.size(); ++b) {
    const auto best = search.best(b);
    REQUIRE(best.size() == direct.best[b].size());
    for (std::size_t i = 0; i < best.size(); ++i) {
      CHECK(best[i].sizes == direct.best[b][i].sizes);
      CHECK(best[i].quality == direct.best[b][i].quality);
    }
  }
}

/// A method asked and told does what it does over an environment that measures at once; also if it
/// is saved and loaded between any two calls, and asked and told twice.
template <class S>
void check_asked(const S& how, bool full, bool rows) {
  environment env = small_environment();
  std::vector<ciess::step_report> reports;
  const auto direct =
      ciess::search(env, how, asked, [&](const ciess::step_report& r) { reports.push_back(r); });
  CAPTURE(std::string(how.name()));
  for (const bool saved : {false, true}) {
    CAPTURE(saved);
    ciess::asked_search search(tables_of(env, full), how, asked);
    const auto reload = [&] {
      if (!saved) return;
      const auto fields = save_fields(search);
      ciess::asked_search other(tables_of(env, full), how, asked);
      load_fields(fields, other);
      search = std::move(other);
    };
    int asked_for = 0;
    while (search.ask()) {
      reload();
      const auto q = *search.ask();
      CHECK(q.number == asked_for++);
      CHECK(q.full == (q.number == 0));
      CHECK((q.full || q.budget == 0.7 || q.budget == 0.85));
      if (!q.full) CHECK(q.wants_rows == rows);
      reload();
      REQUIRE(search.ask());
      CHECK(search.ask()->number == q.number);
      CHECK(search.ask()->sizes == q.sizes);
      const auto m = env.measure(q.sizes);
      const auto told = rows ? m.rows : std::vector<std::vector<double>>();
      CHECK(search.tell(q.number, m.quality, told) == ciess::told_as::taken);
      reload();
      CHECK(search.tell(q.number, m.quality, told) == ciess::told_as::known);
      CHECK(search.tell(q.sizes, m.quality, told) == ciess::told_as::known);
    }
    CHECK(asked_for == search.environment().told());
    check_same(search, direct, reports);
    CHECK(search.result().full.quality == direct.full.quality);
    CHECK(!search.result().stopped);
  }
}

ciess::bet small_bet() { return {.steps = 7, .candidates = 8, .updates = 5}; }
ciess::evolution small_evolution() {
  return {
      .steps = 9, .drawn = 3, .parents = 3, .bent = 0.3, .seeds = {ciess::frequency_rule({0, 1})}};
}

}  // namespace

TEST_CASE("a search that is asked and told is the same search", "[search][asked]") {
  SECTION("rules") {
    check_asked(ciess::rule(ciess::frequency_rule({0, 0.5})), false, false);
    check_asked(ciess::rule(ciess::random_rule()), false, false);
  }
  SECTION("rules that see the tables") {
    check_asked(ciess::rule(ciess::tail_energy_rule()), true, false);
    check_asked(ciess::rule(ciess::magnitude_rule()), true, false);
  }
  SECTION("BET") { check_asked(small_bet(), false, false); }
  SECTION("evolution") { check_asked(small_evolution(), false, false); }
  SECTION("a portfolio") {
    ciess::evolution then = small_evolution();
    then.seeds = {};
    check_asked(ciess::portfolio(small_bet(), then), false, false);
  }
  SECTION("CIESS") { check_asked(sizer_laws::small_ciess(), false, true); }
}
