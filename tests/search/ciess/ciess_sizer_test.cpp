// SPDX-License-Identifier: MIT
#include <ciess/search/ciess/ciess_sizer.hpp>
// its own header first
#include <cmath>
#include <cstdint>

#include "support/analytic_environment.hpp"
#include "support/asked_ciess.hpp"
#include "support/catch.hpp"

namespace {

struct needs_no_budget {
  auto operator()(double) const { return ciess::fixed_price(0.4); }
};
struct makes_a_price {
  double operator()(double, ciess::budget) const { return 0.4; }
};
struct changes_itself {
  auto operator()(double, ciess::budget) { return ciess::fixed_price(0.4); }
};
struct shows_its_own {
  ciess::fixed_price own{0.4};
  const ciess::fixed_price* operator()(double, ciess::budget) const { return &own; }
};
constexpr auto by_lambda = [](double, ciess::budget) { return ciess::fixed_price(0.4); };

/// Parts without a reward, and with one that is none.
struct incomplete {
  using agent = ciess::td3;
  using explorer = ciess::random_walk;
  using noise = ciess::gaussian_noise;
  using state = ciess::paper_state;
  using controller = ciess::exact_budget;
};
struct mistaken : ciess::paper_parts {
  using reward = ciess::paper_state;
};
struct of_ones_own : ciess::paper_parts {
  using controller = ciess::hand_price;
};

}  // namespace

static_assert(ciess::ciess_parts<ciess::paper_parts> && ciess::ciess_parts<of_ones_own>);
static_assert(!ciess::ciess_parts<incomplete> && !ciess::ciess_parts<mistaken>);
static_assert(ciess::sizer<ciess::ciess_sizer<of_ones_own>, analytic_environment>);
static_assert(ciess::controller_factory<ciess::exact_budget>);
static_assert(ciess::controller_factory<ciess::hand_price>);
static_assert(ciess::controller_factory<decltype(by_lambda)>);
static_assert(!ciess::controller_factory<needs_no_budget>);
static_assert(!ciess::controller_factory<makes_a_price>);
static_assert(!ciess::controller_factory<changes_itself>);
static_assert(!ciess::controller_factory<shows_its_own>);
static_assert(!ciess::controller_factory<ciess::fixed_price>);  // what is made, not what makes it

TEST_CASE("options out of range are refused by name before anything is measured", "[search]") {
  const analytic_environment env(1, {12, 9}, {1, 64});
  const auto refused = [&](auto change, const std::string& words) {
    asked_ciess<> o;
    change(o);
    CHECK_THROWS_WITH(o.check(env, o.asked()), Catch::Contains(words));
  };
  CHECK_NOTHROW(ciess::ciess_sizer<>{}.check(env, {.budgets = {0.8}}));
  refused([](auto& o) { o.budgets.clear(); }, "no budget");
  refused([](auto& o) { o.budgets = {0.99}; }, "the smallest sizes alone need");
  refused([](auto& o) { o.episodes = -1; }, "episodes must be >= 0, got -1");
  refused([](auto& o) { o.steps = 0; }, "steps must be >= 1, got 0");
  refused([](auto& o) { o.updates = -1; }, "updates must be >= 0");
  refused([](auto& o) { o.replay_steps = 0; }, "replay_steps must be >= 1");
  refused([](auto& o) { o.keep = 0; }, "keep must be >= 1");
  refused([](auto& o) { o.guide.blend = 1.5; }, "guide.blend must be in [0, 1], got 1.5");
  refused([](auto& o) { o.guide.tilt = -1; }, "guide.tilt must be >= 0");
  refused([](auto& o) { o.guide.tilt = std::nan(""); }, "guide.tilt must be >= 0");
  refused([](auto& o) { o.seeds = {given("two\nlines", {})}; }, "a title must be one line");
  refused([](auto& o) { o.seeds = {given("a\ttab", {})}; }, "without tabs");
  refused([](auto& o) { o.agent.batch = 0; }, "batch");
  refused([](auto& o) { o.agent.gamma = 2; }, "gamma");
  refused([](auto& o) { o.replay_steps = 1'000'000'000; },
          "replay_capacity must be in [1000000000, 4294967295], from replay_steps on, got 4194304");
  refused([](auto& o) { o.replay_capacity = 99; }, "must be in [100, 4294967295]");
  refused([](auto& o) { o.replay_capacity = ciess::index_t{1} << 32; }, "got 4294967296");
  refused([](auto& o) { o.episodes = o.steps = 50'000; },
          "expected at most 2147483647 steps, got 2500000000");
}

TEST_CASE("factories make controllers that know their budget", "[search]") {
  const std::vector<ciess::table_shape> shapes{{10, {1, 10}}};
  const auto limit = ciess::budget::from_sparsity(0.8, shapes);
  auto exact = ciess::exact_budget{}(0.8, limit);
  CHECK(exact.apply(shapes, {std::vector<float>(10, 9.0F)}).total() == limit.numbers);
  CHECK(ciess::hand_price{.lambda = 0.2}(0.8, limit).price() == 0.2);
}

TEST_CASE("a step remembers all rows where they fit, and so many of others", "[search]") {
  const ciess::ciess_sizer<> usual;
  for (const ciess::index_t rows : {0, 1, 6'040, 38'048, 41'943}) {  // MovieLens-1M, Yelp2018
    CAPTURE(rows);
    CHECK(usual.remembered_rows(rows) == rows);
  }
  CHECK(usual.remembered_rows(41'944) == 41'943);
  CHECK(usual.remembered_rows(100'000'000) == 41'943);
  CHECK(ciess::ciess_sizer<>{.replay_steps = 7, .replay_capacity = 20}.remembered_rows(12) == 2);
  CHECK(ciess::ciess_sizer<>{.replay_steps = 7, .replay_capacity = 7}.remembered_rows(12) == 1);
  // 32 bytes a transition of the paper's states
  CHECK(ciess::replay_buffer::capacity_of(std::int64_t{1} << 27, usual.state.features()) ==
        usual.replay_capacity);
}
