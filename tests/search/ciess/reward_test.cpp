// SPDX-License-Identifier: MIT
#include <ciess/search/ciess/reward.hpp>
// its own header first
#include "support/catch.hpp"
#include "support/reward_laws.hpp"

namespace {
struct archetype {
  double operator()(const ciess::row_outcome&, double) const noexcept { return 0; }
};
struct may_throw {
  double operator()(const ciess::row_outcome&, double) const { return 0; }
};
struct mutates {
  double operator()(const ciess::row_outcome&, double) noexcept { return 0; }
};
struct narrows {
  float operator()(const ciess::row_outcome&, double) const noexcept { return 0; }
};
struct without_price {
  double operator()(const ciess::row_outcome&) const noexcept { return 0; }
};
static_assert(ciess::reward_policy<archetype>);
static_assert(!ciess::reward_policy<may_throw> && !ciess::reward_policy<mutates>);
static_assert(!ciess::reward_policy<narrows> && !ciess::reward_policy<without_price>);
}  // namespace

TEST_CASE("the paper's reward agrees with values worked by hand", "[search]") {
  const ciess::quadratic_price reward;
  CHECK(reward({.quality = 0.25, .full = 0.5, .size = 64, .d_max = 128}, 0.4) ==
        Approx(0.5 - 0.4 * 0.25));
  CHECK(reward({.quality = 0.7, .full = 0.5, .size = 128, .d_max = 128}, 0.4) == Approx(1 - 0.4));
  CHECK(reward({.quality = 0.7, .full = 0, .size = 128, .d_max = 128}, 0.4) == Approx(-0.4));
}

TEST_CASE("rewards obey their laws", "[search]") { check_reward_laws(ciess::quadratic_price{}); }
