// SPDX-License-Identifier: MIT
#include <ciess/search/search_options.hpp>
// its own header first
#include <cmath>

#include "support/analytic_environment.hpp"
#include "support/catch.hpp"

using ciess::search_options;

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

}  // namespace

static_assert(ciess::controller_factory<ciess::exact_budget>);
static_assert(ciess::controller_factory<ciess::by_value>);
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
    search_options<> o;
    change(o);
    CHECK_THROWS_WITH(ciess::check_search_options(env, o), Catch::Contains(words));
  };
  CHECK_NOTHROW(ciess::check_search_options(env, search_options<>{.budgets = {0.8}}));
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
  refused([](auto& o) { o.shapes = {{"one", {{1.0F}}}}; }, "proposals for 1 tables, expected 2");
  refused([](auto& o) { o.shapes = {{"two\nlines", {}}}; }, "name must be one line");
}

TEST_CASE("factories make controllers that know their budget", "[search]") {
  const std::vector<ciess::table_shape> shapes{{10, {1, 10}}};
  const auto limit = ciess::budget::from_sparsity(0.8, shapes);
  auto exact = ciess::exact_budget{}(0.8, limit);
  CHECK(exact.apply(shapes, {std::vector<float>(10, 9.0F)}).total() == limit.numbers);
  CHECK(ciess::hand_price{.lambda = 0.2}(0.8, limit).price() == 0.2);
  CHECK_THROWS_AS(ciess::by_value{}(0.8, limit), ciess::argument_error);
}
