// SPDX-License-Identifier: MIT
// One size a table: every method, and how near whole tables come to a budget.
#include <ciess/core/random.hpp>
#include <ciess/search/bet/bet.hpp>
#include <ciess/search/budget/projection.hpp>
#include <ciess/search/ciess/ciess_sizer.hpp>
#include <ciess/search/dnis/dnis.hpp>
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/pep/pep.hpp>
#include <ciess/search/rules/frequency.hpp>
#include <ciess/search/rules/magnitude.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/search/search.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"
#include "support/energetic_environment.hpp"
#include "support/memory_fields.hpp"
#include "support/small_lens_environment.hpp"

namespace {

using ciess::budget_of;
using ciess::sizes_per;
using ciess::sizing_request;

/// What is found for each budget has one size a table and meets it; some of it leaves less than a
/// portion more for any table would take (what was found for a smaller budget may leave more).
template <class E>
void check_found(E& env, const ciess::search_result& found, const sizing_request& asked) {
  const auto limits = ciess::limits_of(asked, env);
  for (std::size_t b = 0; b < limits.size(); ++b) {
    const ciess::budget& limit = limits[b];
    bool some_full = false;
    for (const auto& c : found.best[b]) {
      std::int64_t left = limit.in_all();
      for (const auto& table : c.sizes) {
        CHECK(ciess::only_size(table) != 0);
        left -= table.rows() * limit.of(0).cost(ciess::only_size(table));
      }
      CHECK(left >= 0);
      CHECK(limit.met_by(c.sizes));
      some_full |= std::ranges::all_of(c.sizes, [&](const ciess::sizes& table) {
        const int size = ciess::only_size(table);
        const auto next = static_cast<int>(limit.of(0).largest(limit.of(0).of(size) + 1));
        return size == table.range().max ||
               left < table.rows() * (limit.of(0).cost(next) - limit.of(0).cost(size));
      });
    }
    CHECK(some_full);
  }
}

}  // namespace

TEST_CASE("every method can choose sizes of tables", "[search]") {
  const sizing_request asked{
      .budgets = {0.5, 0.7}, .keep = 2, .multiple = GENERATE(1, 4), .per = sizes_per::table};
  energetic_analytic_environment env(1, {140, 60, 31}, {1, 16});
  const auto finds = [&](const auto& how) {
    check_found(env, ciess::search(env, how, asked), asked);
  };
  finds(ciess::equal_rule());
  finds(ciess::random_rule());
  finds(ciess::rule(ciess::frequency_rule()));
  finds(ciess::rule(ciess::tail_energy_rule()));
  finds(ciess::rule(ciess::magnitude_rule()));
  finds(ciess::bet{.steps = 5, .candidates = 10});
  finds(ciess::evolution{.steps = 6, .drawn = 3, .parents = 2, .bent = 0.3});
  ciess::ciess_sizer<> agents{.episodes = 2, .steps = 3};
  agents.agent.hidden = {8};
  agents.agent.batch = 16;
  finds(agents);
}

TEST_CASE("methods that learn by slopes can choose sizes of tables", "[search]") {
  const sizing_request asked{.budgets = {0.7, 0.5}, .keep = 2, .per = sizes_per::table};
  auto env = support::lens_environment<ciess::mf>(support::small_parts(), 16, 20);
  ciess::dnis by_gates;
  by_gates.steps = 2;
  by_gates.pairs = 3;
  by_gates.batch = 32;
  check_found(env, ciess::search(env, by_gates, asked), asked);
  ciess::pep by_thresholds;
  by_thresholds.steps = 2;
  by_thresholds.stretch = 3;
  check_found(env, ciess::search(env, by_thresholds, asked), asked);
}

TEST_CASE("sizes of tables may be asked for in bytes", "[search]") {
  const sizing_request asked{
      .budgets = {0.6, 0.9}, .keep = 2, .of = budget_of::bytes, .per = sizes_per::table};
  energetic_analytic_environment env(1, {140, 60, 31}, {1, 16});
  const auto found = ciess::search(env, ciess::rule(ciess::frequency_rule()), asked);
  check_found(env, found, asked);
  for (std::size_t b = 0; b < 2; ++b)
    for (const auto& c : found.best[b])
      CHECK(ciess::packed_bytes(c.sizes, ciess::number_format::float32) <=
            ciess::bytes_left(env.shapes(), asked.budgets[b]));
}

TEST_CASE("evolution by bends finds the best sizes of tables", "[search]") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U);
  analytic_environment env(seed, {300, 100, 40}, {1, 24});
  const sizing_request asked{.budgets = {0.75}, .seed = seed, .per = sizes_per::table};
  const auto limit = ciess::limits_of(asked, env)[0];
  double best = 0, equal = 0;
  for (int a = 1; a <= 24; ++a)
    for (int b = 1; b <= 24; ++b)
      for (int c = 1; c <= 24; ++c) {
        std::vector<ciess::sizes> all;
        all.emplace_back(300, ciess::size_range{1, 24}, a);
        all.emplace_back(100, ciess::size_range{1, 24}, b);
        all.emplace_back(40, ciess::size_range{1, 24}, c);
        const ciess::assignment sizes(std::move(all));
        if (!limit.met_by(sizes)) continue;
        best = std::max(best, env.measure(sizes).quality);
      }
  equal = ciess::search(env, ciess::equal_rule(), asked).best[0][0].quality;
  const ciess::evolution how{.steps = 60,
                             .drawn = 0,
                             .parents = 3,
                             .crossover = 0,
                             .redrawn = 0,
                             .bent = 1,
                             .seeds = {ciess::equal_rule()}};
  const double found = ciess::search(env, how, asked).best[0][0].quality;
  CHECK(found >= equal);
  CHECK(best - found <= 0.002 * best);
}

TEST_CASE("a search of sizes of tables is another one when it is loaded", "[search]") {
  analytic_environment env(1, {30, 20}, {1, 16});
  const ciess::evolution how{.steps = 4, .drawn = 4, .parents = 2};
  sizing_request asked{.budgets = {0.7}};
  auto of_rows = how.begin(env, asked);
  const auto saved = save_fields(of_rows);
  asked.per = sizes_per::table;
  auto of_tables = how.begin(env, asked);
  of_tables.step();
  const auto saved_of_tables = save_fields(of_tables);
  CHECK(saved_of_tables.contains("search.per (same)"));
  CHECK(!saved.contains("search.per (same)"));
  CHECK_THROWS(load_fields(saved, of_tables));
  auto again = how.begin(env, asked);
  load_fields(saved_of_tables, again);
  ciess::take_steps(of_tables);
  ciess::take_steps(again);
  CHECK(of_tables.best(0)[0].sizes == again.best(0)[0].sizes);
}
