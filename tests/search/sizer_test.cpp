// SPDX-License-Identifier: MIT
#include <ciess/search/sizer.hpp>
// its own header first
#include <ciess/search/find_sizes.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>

#include "support/sizer_laws.hpp"

namespace {

/// The least that is a sizer: measures nothing.
struct archetype {
  struct run {
    ciess::measurement whole;
    bool done() const { return true; }
    const ciess::step_report& step() { return report; }
    std::span<const ciess::step_report> history() const { return {}; }
    std::span<const ciess::candidate> best(std::size_t) const { return {}; }
    const ciess::measurement& full() const { return whole; }
    template <class F>
    void visit(F&) {}
    ciess::step_report report;
  };
  std::string_view name() const { return "archetype"; }
  template <class E>
  void check(const E&, const ciess::sizing_request&) const {}
  template <class E>
  run begin(E& env, const ciess::sizing_request&) const {
    return {env.full(), {}};
  }
};
struct nameless : archetype {
  void name() const = delete;
};
struct careless : archetype {
  template <class E>
  void check(const E&, const ciess::sizing_request&) = delete;
};
struct idle : archetype {
  template <class E>
  int begin(E&, const ciess::sizing_request&) const {
    return 0;
  }
};
struct changes_itself : archetype {
  template <class E>
  run begin(E& env, const ciess::sizing_request&) {
    return {env.full(), {}};
  }
  template <class E>
  void begin(E&, const ciess::sizing_request&) const = delete;
};
struct no_state : archetype::run {
  template <class F>
  void visit(F&) = delete;
};
struct copies_a_report : archetype::run {
  ciess::step_report step() { return {}; }
};

static_assert(ciess::sizer<archetype, analytic_environment>);
static_assert(!ciess::sizer<nameless, analytic_environment>);
static_assert(!ciess::sizer<idle, analytic_environment>);
static_assert(!ciess::sizer<changes_itself, analytic_environment>);
static_assert(!ciess::sizer<archetype, int>);
static_assert(ciess::sizing<archetype::run>);
static_assert(!ciess::sizing<copies_a_report>);

}  // namespace

TEST_CASE("rules keep the laws of sizers", "[search][laws]") {
  sizer_laws::check(ciess::rule(ciess::frequency_rule()));
  sizer_laws::check(ciess::rule(ciess::frequency_rule({0, 1}, {4})));
  sizer_laws::check(ciess::rule(ciess::tail_energy_rule()));
  sizer_laws::check(ciess::equal_rule());
  sizer_laws::check(ciess::random_rule());
}

TEST_CASE("ciess keeps the laws of sizers", "[search][laws]") {
  sizer_laws::check(sizer_laws::small_ciess());
  auto bare = sizer_laws::small_ciess();
  bare.seeds.clear();
  bare.guide = {};
  sizer_laws::check(bare);
}

TEST_CASE("what a rule finds for a budget is what it offered for that one", "[search]") {
  // Small sizes are best here, so what is made for the lower budget would win the other as well.
  struct likes_small : analytic_environment {
    using analytic_environment::analytic_environment;
    ciess::measurement measure(const ciess::assignment& a) const {
      auto m = analytic_environment::measure(a);
      m.quality = a.sparsity();
      return m;
    }
  };
  likes_small env(1, std::vector<ciess::index_t>{20, 10}, ciess::size_range{1, 16});
  const auto found = ciess::search(env, ciess::equal_rule(), {.budgets = {0.5, 0.75}});
  for (std::size_t b = 0; b < 2; ++b) REQUIRE(found.best[b].size() == 1);
  CHECK(found.sizes(0.5).total() == 240);
  CHECK(found.sizes(0.75).total() == 120);
}

TEST_CASE("a step that notes other names than the one before is refused", "[search]") {
  analytic_environment env(1, {4, 3}, {1, 8});
  ciess::trials<analytic_environment> trials(env, "mine", {.budgets = {0.5}});
  auto first = trials.begin(0, 2);
  first.notes = {{"loss", 1}};
  trials.end(first);
  auto second = trials.begin(0, 2);
  second.notes = {{"gain", 1}};
  CHECK_THROWS_WITH(trials.end(second), ContainsSubstring("search: step 1: its notes"));
  second.notes = {{"loss", 1}};
  second.origin = "two\nlines";
  CHECK_THROWS_WITH(trials.end(second), ContainsSubstring("its origin must be without tabs"));
  CHECK(trials.steps() == 1);
}
