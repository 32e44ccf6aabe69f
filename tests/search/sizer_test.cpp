// SPDX-License-Identifier: MIT
#include <ciess/search/sizer.hpp>
// its own header first
#include <ciess/search/find_sizes.hpp>
#include <ciess/search/portfolio.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>

#include "support/sizer_laws.hpp"

namespace {

/// The least that is a sizer: measures nothing.
struct archetype {
  struct run {
    ciess::measurement peak;
    bool done() const { return true; }
    const ciess::step_report& step() { return report; }
    std::span<const ciess::step_report> history() const { return {}; }
    std::span<const ciess::candidate> best(std::size_t) const { return {}; }
    const ciess::measurement& full() const { return peak; }
    template <class F>
    void visit(F&) {}
    ciess::step_report report;
  };
  std::string_view name() const { return "archetype"; }
  template <class E>
  void check(const E&, const ciess::sizing_request&) const {}
  template <class E>
  run begin(E& env, const ciess::sizing_request&) const {
    return {env.peak(), {}};
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
    return {env.peak(), {}};
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

ciess::ciess_sizer<> small_ciess() {
  ciess::ciess_sizer<> o{.episodes = 2, .steps = 3, .seeds = {ciess::frequency_rule({0, 1}, {4})}};
  o.agent.hidden = {8};
  o.agent.batch = 16;
  o.guide = {.blend = 0.5, .tilt = 0.2};
  return o;
}

}  // namespace

TEST_CASE("rules keep the laws of sizers", "[search][laws]") {
  sizer_laws::check(ciess::rule(ciess::frequency_rule()));
  sizer_laws::check(ciess::rule(ciess::frequency_rule({0, 1}, {4})));
  sizer_laws::check(ciess::rule(ciess::tail_energy_rule()));
  sizer_laws::check(ciess::equal_rule());
  sizer_laws::check(ciess::random_rule());
}

TEST_CASE("ciess keeps the laws of sizers", "[search][laws]") {
  sizer_laws::check(small_ciess());
  auto bare = small_ciess();
  bare.seeds.clear();
  bare.guide = {};
  sizer_laws::check(bare);
}

TEST_CASE("a portfolio keeps the laws of sizers", "[search][laws]") {
  sizer_laws::check(
      ciess::portfolio(ciess::equal_rule(), small_ciess(), ciess::rule(ciess::tail_energy_rule())));
}

TEST_CASE("a portfolio finds the best of all its methods, under their names", "[search]") {
  energetic_analytic_environment env(1, {40, 30}, {1, 16});
  const ciess::sizing_request asked{.budgets = {0.8}, .keep = 1};
  const auto a = ciess::search(env, ciess::equal_rule(), asked);
  const auto b = ciess::search(env, ciess::rule(ciess::tail_energy_rule()), asked);
  std::vector<std::string> names;
  int total = 0;
  const auto all = ciess::search(
      env, ciess::portfolio(ciess::equal_rule(), ciess::rule(ciess::tail_energy_rule())), asked,
      [&](const ciess::step_report& r) {
        names.push_back(r.method);
        total = r.total;
      });
  CHECK(names == std::vector<std::string>{"equal", "tail-energy", "tail-energy", "tail-energy",
                                          "tail-energy", "tail-energy"});
  CHECK(total == 6);
  CHECK(all.best_of(0.8).quality == std::max(a.best_of(0.8).quality, b.best_of(0.8).quality));
  CHECK(all.best_of(0.8).quality > a.best_of(0.8).quality);
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

TEST_CASE("rules that capture, and portfolios of them, are values", "[search]") {
  analytic_environment env(1, {40, 30}, {1, 16});
  const auto proposal = ciess::equal_proposal(env.shapes());
  const ciess::rule captured = ciess::formula(
      "captured", [proposal](const ciess::table_facts& facts, ciess::budget limit, std::uint64_t) {
        return ciess::project(facts.shapes, proposal, limit);
      });
  const auto both = ciess::portfolio(captured, ciess::random_rule());
  const auto copy = both;  // NOLINT(performance-unnecessary-copy-initialization)
  const ciess::sizing_request asked{.budgets = {0.8}};
  CHECK(ciess::search(env, copy, asked).best_of(0.8).quality ==
        ciess::search(env, both, asked).best_of(0.8).quality);
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
  CHECK(trials.steps() == 1);
}
