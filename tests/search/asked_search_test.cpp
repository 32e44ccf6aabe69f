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
#include <cmath>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <string_view>
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
/// @param full    whether it sees tables
/// @param rows    whether rows are told, which its steps want
/// @param before  questions before its first step; told with rows if there is more than one
template <class S>
void check_asked(const S& how, bool full, bool rows, int before = 1) {
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
      if (q.number >= before) {
        CHECK((q.budget == 0.7 || q.budget == 0.85));
        CHECK(q.wants_rows == rows);
      }
      reload();
      REQUIRE(search.ask());
      CHECK(search.ask()->number == q.number);
      CHECK(search.ask()->sizes == q.sizes);
      const auto m = env.measure(q.sizes);
      const auto told = rows || before > 1 ? m.rows : std::vector<std::vector<double>>();
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

namespace {

/// Answers n questions.
template <class S>
void answer(ciess::asked_search<S>& search, const environment& env, int n) {
  for (; n > 0 && search.ask(); --n)
    search.tell(search.ask()->number, env.measure(search.ask()->sizes).quality);
}

template <class F>
auto fields_of(F& search) {
  return sizer_laws::state_of(search);
}

}  // namespace

TEST_CASE("what is asked first is the full-size model, and nothing is best before",
          "[search][asked]") {
  const environment env = small_environment();
  ciess::asked_search search(tables_of(env, false), small_bet(), asked);
  REQUIRE(search.ask());
  CHECK(search.ask()->full);
  CHECK(search.ask()->wants_rows);
  CHECK(search.ask()->sizes == ciess::assignment(env.shapes()));
  CHECK(search.best(0).empty());
  CHECK(search.history().empty());
  CHECK(search.total() == 0);
  CHECK(!search.knows_full());
  answer(search, env, 2);
  CHECK(search.total() == 14);
  CHECK(search.best(0).size() == 1);  // what was told last is filed at once
  CHECK(search.result().stopped);
  CHECK(search.environment().told() == 2);
  CHECK(search.method() == "bet");
}

TEST_CASE("an answer that does not fit is refused, and changes nothing", "[search][asked]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const environment env = small_environment();
  ciess::asked_search search(tables_of(env, false), sizer_laws::small_ciess(), asked);
  const auto full = env.full();
  search.tell(0, full.quality, full.rows);
  const auto before = fields_of(search);
  const auto refused = [&](int number, double quality, std::vector<std::vector<double>> rows,
                           const std::string& why) {
    CHECK_THROWS_WITH(search.tell(number, quality, std::move(rows)), ContainsSubstring(why));
    CHECK((fields_of(search) == before));
  };
  refused(2, 0.5, {}, "question 2 was never asked; asked were 0 to 1");
  refused(-1, 0.5, {}, "question -1 was never asked");
  refused(1, nan, {}, "question 1: expected a finite quality, got nan");
  refused(0, 0.5, {}, "question 0 was told with quality");
  refused(1, 0.5, {{1}}, "expected qualities of the rows of 2 tables, got 1");
  refused(1, 0.5, {std::vector<double>(14), std::vector<double>(10)}, "table table1 has 11 rows");
  refused(1, 0.5, {std::vector<double>(14), std::vector<double>(11, nan)},
          "table table1, row 0: expected a finite quality >= 0, got nan");
  refused(1, 0.5, {std::vector<double>(14), std::vector<double>(11, -1)}, "got -1");
  ciess::assignment other(env.shapes());
  other[0].set(3, 2);
  CHECK_THROWS_WITH(search.tell(other, 0.5), ContainsSubstring("were never asked"));
  other = ciess::assignment(std::vector<ciess::table_shape>{{3, {1, 16}}});
  CHECK_THROWS_WITH(search.tell(other, 0.5), ContainsSubstring("expected sizes of 2 tables"));
  CHECK((fields_of(search) == before));

  ciess::asked_search blind(tables_of(env, false), sizer_laws::small_ciess(), asked);
  blind.tell(0, full.quality);
  CHECK_THROWS_WITH(blind.tell(1, 0.5, full.rows),
                    ContainsSubstring("without those of the full-size model"));
}

TEST_CASE("a search that is asked refuses what does not fit before it asks", "[search][asked]") {
  const environment env = small_environment();
  const auto made = [&](auto change) {
    auto tables = tables_of(env, true);
    change(tables);
    return ciess::asked_search(std::move(tables), ciess::equal_rule(), asked);
  };
  const auto refused = [&](auto change, const std::string& why) {
    CHECK_THROWS_WITH(made(change), ContainsSubstring(why));
  };
  CHECK_NOTHROW(made([](auto&) {}));
  refused([](auto& t) { t = {}; }, "expected a table or more");
  refused([](auto& t) { t.frequency.clear(); }, "expected frequencies of 2 tables, got none");
  refused([](auto& t) { t.frequency.pop_back(); }, "expected frequencies of 2 tables, got 1");
  refused([](auto& t) { t.frequency[1].pop_back(); }, "table 1 has 11 rows");
  refused([](auto& t) { t.frequency[0][3] = -1; }, "table 0, row 3");
  refused([](auto& t) { t.names = {"a", "a"}; }, "two tables 'a'");
  refused([](auto& t) { t.kind = {0}; }, "expected kinds of 2 tables, got 1");
  refused([](auto& t) { t.full.pop_back(); }, "expected numbers of 2 tables, got 1");
  refused([](auto& t) { t.full[1].resize(11, 15); }, "expected [11, 16]");
  refused([](auto& t) { t.full[0](2, 1) = std::numeric_limits<float>::infinity(); },
          "table 0, row 2");
  refused([](auto& t) { t.shapes[0].range = {0, 4}; }, "asked");
  CHECK_THROWS_WITH(
      ciess::asked_search(tables_of(env, false), ciess::rule(ciess::tail_energy_rule()), asked),
      ContainsSubstring("does not show its full-size tables"));
  CHECK_THROWS_AS(ciess::asked_search(tables_of(env, false), small_bet(), {.budgets = {1.5}}),
                  ciess::argument_error);
  CHECK_THROWS_WITH(ciess::asked_search(tables_of(env, false), small_bet(), asked, 0),
                    ContainsSubstring("expected a step or more"));
}

TEST_CASE("what was told is corrected only by force, and the search begins anew with it",
          "[search][asked]") {
  const environment env = small_environment();
  ciess::asked_search search(tables_of(env, false), small_evolution(), asked);
  answer(search, env, 6);
  const auto open = search.ask();
  REQUIRE(open);
  CHECK_THROWS_WITH(search.tell(3, 0.25), ContainsSubstring("unless it is forced"));
  const double right = search.environment().quality_told(3);
  CHECK(search.tell(3, right, {}, true) == ciess::told_as::taken);
  REQUIRE(search.ask());  // the same as before
  CHECK(search.ask()->sizes == open->sizes);
  CHECK(search.ask()->number == open->number);

  // As if it had been told so at once.
  CHECK(search.tell(3, 1e6, {}, true) == ciess::told_as::taken);
  ciess::asked_search fresh(tables_of(env, false), small_evolution(), asked);
  const auto tell_both = [&](auto& s) {
    while (s.ask()) {
      const auto q = *s.ask();
      const bool changed = !q.full && search.environment().number_of(q.sizes) == 3;
      s.tell(q.number, changed ? 1e6 : env.measure(q.sizes).quality);
    }
  };
  tell_both(fresh);
  tell_both(search);
  for (std::size_t b = 0; b < 2; ++b) {
    REQUIRE(search.best(b).size() == fresh.best(b).size());
    for (std::size_t i = 0; i < search.best(b).size(); ++i)
      CHECK(search.best(b)[i].sizes == fresh.best(b)[i].sizes);
  }
  CHECK(std::ranges::any_of(search.best(0), [](const auto& c) { return c.quality == 1e6; }));
  CHECK(search.tell(0, 2 * env.full().quality, {}, true) == ciess::told_as::taken);
  CHECK(search.result().full.quality == 2 * env.full().quality);
  CHECK(search.tell(open->number, search.environment().quality_told(open->number)) ==
        ciess::told_as::known);
}

TEST_CASE("sizes that were measured are not asked for again", "[search][asked]") {
  const environment env = small_environment();
  // Of two rules that offer the same only one is measured; both have their steps.
  ciess::asked_search search(tables_of(env, false),
                             ciess::portfolio(ciess::equal_rule(), ciess::equal_rule()), asked);
  std::set<int> numbers;
  while (search.ask()) {
    numbers.insert(search.ask()->number);
    answer(search, env, 1);
  }
  CHECK(numbers.size() == 3);
  CHECK(search.history().size() == 4);
}

namespace {

/// Measures before its first step.
struct eager {
  [[nodiscard]] std::string_view name() const { return "eager"; }
  template <class E>
  void check(const E& env, const ciess::sizing_request& wanted) const {
    ciess::rule(ciess::frequency_rule()).check(env, wanted);
  }
  template <class E>
  [[nodiscard]] auto begin(E& env, const ciess::sizing_request& wanted) const {
    ciess::assignment sizes(env.shapes());
    sizes[0].set(0, 1);
    const auto m = env.measure(sizes);
    const double exponent = m.rows[0][0] < m.rows[0][1] ? 0.25 : 0.75;
    return ciess::rule(ciess::frequency_rule({exponent, 0.5})).begin(env, wanted);
  }
};

}  // namespace

TEST_CASE("a method that measures before its first step is asked and told, too",
          "[search][asked]") {
  check_asked(eager{}, false, false, 2);
}

TEST_CASE("a search asks for no more steps than it may take", "[search][asked]") {
  const environment env = small_environment();
  ciess::asked_search search(tables_of(env, false), small_bet(), asked, 5);
  int told = 0;
  for (; search.ask(); ++told) answer(search, env, 1);
  CHECK(search.history().size() == 5);
  CHECK(told <= 6);
  CHECK(search.total() == 5);
}

TEST_CASE("without qualities of rows each keeps what the model keeps", "[search][asked]") {
  const environment env = small_environment();
  for (const double sign : {1.0, -1.0}) {
    CAPTURE(sign);
    ciess::asked_search search(tables_of(env, false), sizer_laws::small_ciess(), asked);
    while (search.ask())
      search.tell(search.ask()->number, sign * env.measure(search.ask()->sizes).quality);
    CHECK(search.history().size() == static_cast<std::size_t>(search.total()));
    CHECK(!search.best(1).empty());
  }
  ciess::asked_environment from(tables_of(env, false));
  const ciess::assignment half(
      std::vector<ciess::sizes>{{14, {1, 16}, 8}, ciess::sizes{11, {1, 16}, 8}});
  const auto told = [&](double full, double quality, std::vector<std::vector<double>> rows) {
    ciess::asked_environment e = from;
    CHECK_THROWS_AS(e.full(), ciess::detail::measurement_wanted);
    e.tell(0, full, std::move(rows));
    CHECK_THROWS_AS(e.measure(half), ciess::detail::measurement_wanted);
    e.tell(1, quality, {});
    CHECK(e.quality(half) == quality);
    return std::pair(e.full().rows[1][3], e.measure(half).rows[1][3]);
  };
  CHECK(told(0.5, 0.25, {}) == std::pair(0.5, 0.25));
  CHECK(told(0.5, -1, {}) == std::pair(0.5, 0.0));
  CHECK(told(0.5, 0.25, {std::vector<double>(14, 1), std::vector<double>(11, 2)}) ==
        std::pair(2.0, 1.0));
  const auto [before, after] = told(-0.5, -0.75, {});
  CHECK(before == 1);
  CHECK(after == Approx(std::exp(-0.25)));
}

TEST_CASE("a saved search is loaded only into its like", "[search][asked]") {
  const environment env = small_environment();
  for (const int told : {0, 1, 4}) {
    CAPTURE(told);
    ciess::asked_search search(tables_of(env, true), small_bet(), asked);
    answer(search, env, told);
    const auto saved = save_fields(search);
    const auto refused = [&](auto other) {
      CHECK_THROWS_AS(load_fields(saved, other), ciess::data_error);
    };
    auto request = asked;
    request.seed = 4;
    refused(ciess::asked_search(tables_of(env, true), small_bet(), request));
    refused(ciess::asked_search(tables_of(env, false), small_bet(), asked));
    refused(ciess::asked_search(tables_of(env, true), small_evolution(), asked));
    refused(ciess::asked_search(tables_of(env, true), small_bet(), asked, 7));
    auto tables = tables_of(env, true);
    tables.frequency[1][2] += 1;
    refused(ciess::asked_search(tables, small_bet(), asked));
    tables = tables_of(env, true);
    tables.full[0](1, 1) += 1;
    refused(ciess::asked_search(tables, small_bet(), asked));
    tables = tables_of(env, true);
    tables.names = {"a", "b"};
    refused(ciess::asked_search(tables, small_bet(), asked));
    if (told == 0) continue;
    auto broken = saved;  // an open question that was told
    std::string& flags = broken.at("asked.flags");
    flags.back() = 1;
    ciess::asked_search other(tables_of(env, true), small_bet(), asked);
    CHECK_THROWS_AS(load_fields(broken, other), ciess::data_error);
  }
}
