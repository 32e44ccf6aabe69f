// SPDX-License-Identifier: MIT
#include <ciess/search/ciess/ciess_run.hpp>
// its own header first
#include <ciess/core/threads.hpp>
#include <ciess/rl/ddpg.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/search.hpp>
#include <cmath>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/analytic_environment.hpp"
#include "support/asked_ciess.hpp"
#include "support/catch.hpp"
#include "support/memory_fields.hpp"
#include "support/memory_used.hpp"

namespace {

/// Two budgets, three given shapes, blends: every kind of step.
template <class Parts = ciess::paper_parts>
asked_ciess<Parts> small() {
  asked_ciess<Parts> o;
  o.budgets = {0.7, 0.9};
  o.episodes = 4;
  o.steps = 3;
  o.seed = 7;
  o.agent.hidden = {16, 8};
  o.agent.batch = 64;
  o.guide = {.blend = 0.5, .tilt = 0.2};
  return o;
}

template <class Options>
Options with_seeds(Options o) {
  o.seeds = {ciess::equal_rule(), ciess::random_rule()};
  return o;
}

template <class Run>
void finish(Run& run) {
  ciess::take_steps(run);
}

/// Everything but the times.
template <class Process>
saved_fields state_of(Process& p) {
  auto saved = save_fields(p);
  auto& numbers = saved.at("history.steps");
  for (std::size_t at = 4 * sizeof(double); at < numbers.size(); at += 5 * sizeof(double))
    numbers.replace(at, sizeof(double), sizeof(double), '\0');
  return saved;
}

/// Stops before every step in turn, goes on in a new process, and compares the end.
template <class E, class Options>
void check_resumes(E env, const Options& o) {
  auto whole = o.begin(env, o.asked());
  finish(whole);
  REQUIRE(whole.done());
  const auto expected = state_of(whole);
  for (int stop = 0; stop <= whole.total(); ++stop) {
    CAPTURE(stop);
    E first_env = env;
    auto first = o.begin(first_env, o.asked());
    while (static_cast<int>(first.history().size()) < stop) first.step();
    const auto saved = save_fields(first);
    E second_env = env;
    auto second = o.begin(second_env, o.asked());
    load_fields(saved, second);
    CHECK(second.history().size() == static_cast<std::size_t>(stop));
    finish(second);
    CHECK((state_of(second) == expected));
  }
}

}  // namespace

TEST_CASE("a search that was stopped before any of its steps goes on to the same bytes",
          "[search][resume]") {
  const analytic_environment env(1, {30, 20}, {1, 16});
  check_resumes(env, with_seeds(small()));
}

TEST_CASE("so it does where a step remembers some of the rows", "[search][resume]") {
  const analytic_environment env(1, {30, 3}, {1, 16});
  auto o = with_seeds(small());
  o.replay_steps = 5;  // of 16: the ring wraps
  o.replay_capacity = 39;
  REQUIRE(o.remembered_rows(30) == 7);
  REQUIRE(o.remembered_rows(3) == 3);
  check_resumes(env, o);
}

TEST_CASE("so it does with other policies, noises, explorers and controllers", "[search][resume]") {
  const analytic_environment env(2, {12, 9}, {2, 32});
  SECTION("DDPG, Ornstein-Uhlenbeck noise, no walk, the paper's price") {
    struct parts : ciess::paper_parts {
      using agent = ciess::ddpg;
      using explorer = ciess::no_walk;
      using noise = ciess::ornstein_uhlenbeck_noise;
      using controller = ciess::hand_price;
    };
    check_resumes(env, small<parts>());
  }
  SECTION("uniform noise") {
    struct parts : ciess::paper_parts {
      using noise = ciess::uniform_noise;
    };
    check_resumes(env, small<parts>());
  }
}

TEST_CASE("a run is the search step by step", "[search][resume]") {
  analytic_environment env(3, {30, 20}, {1, 16});
  const auto o = with_seeds(small());
  auto run = o.begin(env, o.asked());
  CHECK(run.total() == 2 * 2 + 4 * 3);
  int told = 0;
  while (!run.done()) CHECK(run.step().number == told++);
  CHECK(told == run.total());
  const auto by_run = ciess::result_of(run, o.asked());
  const auto by_search = ciess::search(env, o, o.asked());
  CHECK(!by_run.stopped);
  CHECK(by_run.steps == by_search.steps);
  for (std::size_t b = 0; b < 2; ++b) {
    REQUIRE(by_run.best[b].size() == by_search.best[b].size());
    for (std::size_t i = 0; i < by_run.best[b].size(); ++i) {
      CHECK(by_run.best[b][i].sizes == by_search.best[b][i].sizes);
      CHECK(by_run.best[b][i].origin == by_search.best[b][i].origin);
    }
    REQUIRE(run.best_seed(b).size() == 1);
  }
  REQUIRE(run.history().size() == 16);
  CHECK(run.history()[1].origin == "random");
  CHECK(run.history()[2].budget == 0.9);
  CHECK(run.history()[3].noted("episode") == -1);
  CHECK(run.history()[4].noted("episode") == 0);
  CHECK(run.history()[15].noted("episode") == 3);
  CHECK(run.history()[15].noted("step") == 2);
  CHECK(run.history()[15].method == "ciess");
}

TEST_CASE("a search stopped by an observer can be gone on with", "[search][resume]") {
  analytic_environment env(3, {30, 20}, {1, 16});
  const auto o = with_seeds(small());
  auto run = o.begin(env, o.asked());
  ciess::take_steps(run, [](const ciess::step_report& r) { return r.number != 5; });
  CHECK(run.history().size() == 6);
  CHECK(ciess::result_of(run, o.asked()).stopped);
  finish(run);
  auto whole = o.begin(env, o.asked());
  finish(whole);
  CHECK((state_of(run) == state_of(whole)));
}

TEST_CASE("a state of another search is refused by the name of what differs", "[search][resume]") {
  analytic_environment env(4, {12, 9}, {1, 16});
  const auto o = with_seeds(small());
  auto first = o.begin(env, o.asked());
  for (int i = 0; i < 6; ++i) first.step();
  const auto saved = save_fields(first);
  const auto refused = [&](auto change, const std::string& name) {
    auto other = o;
    change(other);
    auto process = other.begin(env, other.asked());
    CHECK_THROWS_WITH(load_fields(saved, process), Catch::StartsWith(name + ": "));
  };
  refused([](auto& x) { x.seed = 8; }, "search.seed");
  refused([](auto& x) { x.budgets = {0.7, 0.8}; }, "search.budgets");
  refused([](auto& x) { x.budgets = {0.7}; }, "search.budgets");
  refused([](auto& x) { x.episodes = 5; }, "ciess.episodes");
  refused([](auto& x) { x.steps = 4; }, "ciess.steps");
  refused([](auto& x) { x.keep = 2; }, "search.keep");
  refused([](auto& x) { x.updates = 2; }, "ciess.updates");
  refused([](auto& x) { x.replay_steps = 99; }, "ciess.replay_steps");
  refused([](auto& x) { x.guide.blend = 0.4; }, "ciess.blend");
  refused([](auto& x) { x.guide.tilt = 0.4; }, "ciess.tilt");
  refused([](auto& x) { x.seeds.pop_back(); }, "ciess.seeds");
  refused([](auto& x) { x.agent.hidden = {16, 9}; }, "table0.policy.hidden");
  refused([](auto& x) { x.agent.gamma = 0.5; }, "table0.policy.gamma");
  refused([](auto& x) { x.agent.critic_rate = 1e-3; }, "table0.policy.critic_rate");
  refused([](auto& x) { x.noise = ciess::gaussian_noise({.deviation = 5}); },
          "table0.noise.deviation");
  refused([](auto& x) { x.explorer = ciess::random_walk({.steps = 4}); }, "table0.explorer.steps");
  refused([](auto& x) { x.controller.price.rate = 1; }, "controller0.price.rate");
  analytic_environment other_rows(4, {12, 10}, {1, 16});
  auto rows = o.begin(other_rows, o.asked());
  CHECK_THROWS_WITH(load_fields(saved, rows), Catch::StartsWith("search.table1.rows: "));
  analytic_environment other_data(5, {12, 9}, {1, 16});
  auto data = o.begin(other_data, o.asked());
  CHECK_THROWS_WITH(load_fields(saved, data), Catch::StartsWith("search.table0."));
}

TEST_CASE("a state belongs to its replay_capacity where that leaves rows out", "[search][resume]") {
  analytic_environment env(4, {12, 9}, {1, 16});
  const auto state_at = [&](ciess::index_t capacity) {
    auto o = with_seeds(small());
    o.replay_steps = 4;
    o.replay_capacity = capacity;
    auto run = o.begin(env, o.asked());
    for (int i = 0; i < 3; ++i) run.step();  // fewer than the ring holds
    return save_fields(run);
  };
  const auto loads = [&](ciess::index_t capacity, const saved_fields& saved) {
    auto o = with_seeds(small());
    o.replay_steps = 4;
    o.replay_capacity = capacity;
    auto run = o.begin(env, o.asked());
    load_fields(saved, run);
    finish(run);
    return save_fields(run).at("table0.replay.state");
  };
  // All rows fit: as states of before the option was there.
  CHECK(!state_at(48).contains("ciess.replay_capacity (same)"));
  CHECK(loads(1000, state_at(48)) == loads(48, state_at(48)));
  CHECK_NOTHROW(loads(20, state_at(20)));
  CHECK_THROWS_WITH(loads(24, state_at(20)), Catch::StartsWith("ciess.replay_capacity: "));
  CHECK_THROWS_WITH(loads(20, state_at(48)), Catch::StartsWith("ciess.replay_capacity "));
  CHECK_THROWS_WITH(loads(48, state_at(20)),
                    Catch::StartsWith("table0.replay: expected the transitions of all steps"));
}

TEST_CASE("a step leaves transitions of other rows than the step before", "[search]") {
  analytic_environment env(4, {1000, 20}, {1, 16});
  auto o = small();
  o.replay_capacity = 5'000;  // 50 rows of 100 steps
  o.budgets = {0.9};
  auto run = o.begin(env, o.asked());
  finish(run);
  const auto saved = save_fields(run);
  const std::string& bytes = saved.at("table0.replay.state");
  std::vector<float> states(bytes.size() / sizeof(float));
  std::memcpy(states.data(), bytes.data(), bytes.size());
  REQUIRE(states.size() == std::size_t{3} * 50 * 12);
  REQUIRE(saved.at("table1.replay.state").size() == sizeof(float) * 3 * 20 * 12);
  // The first feature is a row's frequency, which stays: 50 rows of 1000 in each of 12 steps, so
  // about 460 different rows in all; frequencies are whole numbers, so fewer of these.
  std::set<float> frequencies, of_first;
  for (std::size_t i = 0; i < states.size(); i += 3) {
    frequencies.insert(states[i]);
    if (i < std::size_t{3} * 50) of_first.insert(states[i]);
  }
  CHECK(frequencies.size() > 2 * of_first.size());
}

TEST_CASE("what is remembered of large tables does not depend on threads", "[search][threads]") {
  const auto end = [](int threads) {
    const ciess::threads pool(threads);
    analytic_environment env(6, {20'000, 9'000}, {1, 16});
    auto o = small();
    o.replay_capacity = 500'000;  // 5,000 rows: more than one thread takes at once
    o.episodes = 2;
    auto run = o.begin(env, o.asked());
    finish(run);
    return state_of(run);
  };
  CHECK((end(1) == end(2)));
}

TEST_CASE("memory grows by what the rows keep, whatever the steps", "[search]") {
  // Live bytes after some steps of a search: the replay buffers of both are full size, since both
  // tables are larger than what they remember, so the difference is what the rows take.
  const auto after = [](ciess::index_t rows) -> std::optional<std::int64_t> {
    const analytic_environment env(4, {rows}, {1, 16});
    auto o = small();
    o.budgets = {0.9};
    o.keep = 1;
    o.replay_capacity = 3'000;  // 30 rows of 100 steps
    analytic_environment measured = env;
    const auto before = testing_support::memory_used();
    auto run = o.begin(measured, o.asked());
    for (int i = 0; i < 6; ++i) run.step();
    const auto now = testing_support::memory_used();
    if (!before || !now) return {};
    return *now - *before;
  };
  (void)after(1000);  // what is made once
  const auto few = after(50'000);
  const auto many = after(350'000);
  if (!few || !many) return;  // the system does not say
  const double a_row = static_cast<double>(*many - *few) / 300'000;
  CAPTURE(a_row);
  // 12 for states, 8 for full quality, 2 for the best, 4 for what is chosen; one more for pages.
  CHECK(a_row > 12);
  CHECK(a_row < 27);
}

TEST_CASE("a state that cannot be is refused", "[search][resume]") {
  analytic_environment env(4, {12, 9}, {1, 16});
  const auto o = with_seeds(small());
  auto first = o.begin(env, o.asked());
  for (int i = 0; i < 6; ++i) first.step();
  const auto saved = save_fields(first);
  const auto refused = [&](const std::string& name, auto number, std::size_t at,
                           const std::string& why) {
    auto broken = saved;
    auto& bytes = broken.at(name);
    REQUIRE(bytes.size() >= (at + 1) * sizeof number);
    std::memcpy(bytes.data() + at * sizeof number, &number, sizeof number);
    auto process = o.begin(env, o.asked());
    CAPTURE(name);
    CHECK_THROWS_WITH(load_fields(broken, process), Catch::Contains(why));
  };
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  refused("best.budget0.count", std::uint64_t{4}, 0, "best.budget0.count: expected at most");
  refused("best.budget0.0.table0.sizes", std::uint16_t{17}, 0, "sizes in the range of the table");
  refused("best.budget0.0.table0.sizes", std::uint16_t{0}, 0, "sizes in the range of the table");
  refused("best.budget0.0.table1.sizes", std::uint16_t{16}, 0, "sizes that meet the budget");
  refused("best.budget0.0.quality", std::numeric_limits<double>::infinity(), 0, "a finite quality");
  refused("controller0.price.lambda", -1.0, 0, "a price between");
  refused("table0.policy.actor.net", nan, 3, "table0.policy.actor.net: expected finite numbers");
  refused("table0.policy.critic1.v", nan, 0, "table0.policy.critic1.v: expected finite numbers");
  refused("table0.policy.critic1.v", -1.0F, 2, "table0.policy.critic1.v: expected numbers >= 0");
  refused("table1.policy.updates", std::int64_t{-1}, 0, "a number >= 0");
  refused("table1.policy.updates", std::numeric_limits<std::int64_t>::max(), 0, "below 2^62");
  refused("table0.replay.next", std::uint64_t{1}, 0, "table0.replay.next: expected the place");
  refused("table0.replay.reward", nan, 0, "table0.replay.reward: expected finite numbers");
  refused("table0.states", nan, 0, "table0.states: expected finite numbers");
  refused("history.steps", static_cast<double>(nan), 0, "history.steps: expected five");
  auto cut = saved;
  cut.at("table0.replay.state").resize(cut.at("table0.replay.state").size() - 4);
  auto process = o.begin(env, o.asked());
  CHECK_THROWS_WITH(load_fields(cut, process), Catch::Contains("one state for each transition"));
  cut = saved;
  cut.at("history.origins").pop_back();
  CHECK_THROWS_WITH(load_fields(cut, process), Catch::Contains("a line for each step"));
}

TEST_CASE("a loss that is not finite ends the search with step and table named",
          "[search][resume]") {
  analytic_environment env(4, {12, 9}, {1, 16});
  auto o = small();
  o.agent.critic_rate = 1e38;
  o.agent.gradient_limit = 1e38;
  auto process = o.begin(env, o.asked());
  CHECK_THROWS_WITH(finish(process),
                    Catch::Contains("search: step ") && Catch::Contains("table 0: "));
}
