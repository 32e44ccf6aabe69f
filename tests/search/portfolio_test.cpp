// SPDX-License-Identifier: MIT
#include <ciess/search/portfolio.hpp>
// its own header first
#include <ciess/search/evolution/evolution.hpp>
#include <ciess/search/find_sizes.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/sizer_laws.hpp"

TEST_CASE("a portfolio keeps the laws of sizers", "[search][laws]") {
  sizer_laws::check(ciess::portfolio(ciess::equal_rule(), sizer_laws::small_ciess(),
                                     ciess::rule(ciess::tail_energy_rule())));
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

TEST_CASE("a portfolio hands on the best of what seeded its methods", "[search]") {
  analytic_environment env(1, {40, 30}, {1, 16});
  const ciess::sizing_request asked{.budgets = {0.8}};
  const ciess::ciess_sizer<> seeded{.episodes = 0,
                                    .agent = {.hidden = {8}, .batch = 16},
                                    .seeds = {ciess::frequency_rule({0, 1})}};
  auto alone = seeded.begin(env, asked);
  ciess::take_steps(alone);
  const ciess::portfolio both(ciess::equal_rule(), seeded);
  auto run = both.begin(env, asked);
  ciess::take_steps(run);
  REQUIRE(run.best_seed(0).size() == 1);
  CHECK(run.best_seed(0)[0].sizes == alone.best_seed(0)[0].sizes);
  auto unseeded = ciess::portfolio(ciess::equal_rule()).begin(env, asked);
  CHECK(unseeded.best_seed(0).empty());
}

TEST_CASE("a portfolio whose methods learn of each other keeps the laws of sizers",
          "[search][laws]") {
  sizer_laws::check(ciess::portfolio(ciess::rule(ciess::tail_energy_rule()),
                                     ciess::evolution{.steps = 6, .drawn = 2, .parents = 3},
                                     sizer_laws::small_ciess()));
}

namespace {

template <class E>
struct listening_run : ciess::trials_run<E> {
  listening_run(E& env, const ciess::sizing_request& asked, std::vector<double>& told)
      : ciess::trials_run<E>(env, "listening", asked), heard{&told} {}
  bool done() const noexcept { return this->trials_.steps() > 0; }
  const ciess::step_report& step() {
    auto r = this->trials_.begin(0, 1);
    this->trials_.judge(
        r, 0,
        ciess::project(this->trials_.shapes(), ciess::equal_proposal(this->trials_.shapes()),
                       this->trials_.limits()[0]));
    return this->trials_.end(std::move(r));
  }
  void learn_of(std::size_t, const ciess::candidate& c) { heard->push_back(c.quality); }
  template <class F>
  void visit(F& f) {
    this->trials_.visit(f, 1);
  }
  std::vector<double>* heard;
};

/// Hears what it is told, and measures equal sizes.
struct listening {
  std::vector<double>* heard;
  std::string_view name() const { return "listening"; }
  template <class E>
  void check(const E& env, const ciess::sizing_request& asked) const {
    ciess::check_request(env, asked);
  }
  template <class E>
  listening_run<E> begin(E& env, const ciess::sizing_request& asked) const {
    return {env, asked, *heard};
  }
};

}  // namespace

TEST_CASE("a portfolio tells of more than it keeps", "[search]") {
  energetic_analytic_environment env(1, {40, 30}, {1, 16});
  const ciess::sizing_request asked{.budgets = {0.8}, .keep = 1};
  std::vector<double> heard;
  const ciess::rule rule = ciess::frequency_rule({0, 0.5, 1}, {4});  // 18 shapes
  auto run = ciess::portfolio(rule, listening{&heard}).begin(env, asked);
  ciess::take_steps(run);
  std::vector<double> measured;
  for (const auto& r : run.history())
    if (r.method != "listening") measured.push_back(r.quality);
  std::ranges::sort(measured, std::greater<>{});
  const auto last = std::ranges::unique(measured).begin();
  measured.erase(last, measured.end());
  measured.resize(std::min<std::size_t>(measured.size(), 15));
  REQUIRE(heard.size() > 3);
  const auto twins = std::ranges::unique(heard).begin();  // shapes of the same quality
  heard.erase(twins, heard.end());
  measured.resize(std::min(measured.size(), heard.size()));
  CHECK(heard == measured);
  CHECK(run.best(0).size() == 1);
}

TEST_CASE("what one method of a portfolio has measured the next begins with", "[search]") {
  energetic_analytic_environment env(1, {40, 30}, {1, 16});
  const ciess::sizing_request asked{.budgets = {0.8}, .keep = 3};
  const ciess::rule rule = ciess::tail_energy_rule();
  // Sizes that are drawn are poor here: without the rule's none of them comes near.
  const ciess::evolution alone{.steps = 12, .drawn = 1, .parents = 1, .crossover = 0};
  const double of_rule = ciess::search(env, rule, asked).best_of(0.8).quality;
  CHECK(ciess::search(env, alone, asked).best_of(0.8).quality < of_rule);

  const ciess::portfolio both(rule, alone);
  auto run = both.begin(env, asked);
  std::vector<double> children;
  while (!run.done())
    if (const auto& r = run.step(); r.method == "optembed") {
      CHECK(r.best >= of_rule);
      if (r.origin == "redrawn") children.push_back(r.quality);
    }
  REQUIRE(children.size() == 11);
  // One row in ten is another than that of the rule's.
  CHECK(std::ranges::max(children) > 0.9 * of_rule);
  for (const auto& c : run.best(0)) CHECK(c.step >= 0);
  CHECK(run.history().size() == 17);
}
