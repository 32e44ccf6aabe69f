// SPDX-License-Identifier: MIT
#include <ciess/search/search_cost.hpp>
// its own header first
#include <ciess/search/ciess/ciess_sizer.hpp>

#include "support/analytic_environment.hpp"
#include "support/asked_ciess.hpp"
#include "support/catch.hpp"

namespace {

struct trains : analytic_environment {
  using analytic_environment::analytic_environment;
  int each = 500;
  int measure_steps() const { return each; }
};

}  // namespace

TEST_CASE("the cost of a search is told before it begins", "[search]") {
  trains env(1, {12, 9}, {1, 16});
  const ciess::search_cost cost(env, 300);
  CHECK(cost.measurements == 300);
  CHECK(cost.steps == 500);
  CHECK(cost.all_steps() == 150'000);
  CHECK(ciess::readable_cost(cost) ==
        "300 measurements of 500 training steps each, 150,000 in all");
  env.each = 10'000'000;
  CHECK(ciess::search_cost(env, 300).all_steps() == 3'000'000'000);
  CHECK(ciess::readable_cost({env, 300}) ==
        "300 measurements of 10,000,000 training steps each, 3,000,000,000 in all");
  env.each = 0;
  CHECK(ciess::readable_cost({env, 300}) == "300 measurements without training");
  const analytic_environment says_nothing(1, {12, 9}, {1, 16});
  CHECK(ciess::readable_cost({says_nothing, 1010}) == "1,010 measurements");
  CHECK(!ciess::search_cost(says_nothing, 1010).all_steps());
}

TEST_CASE("a search measures as often as its cost says", "[search]") {
  analytic_environment env(1, {12, 9}, {1, 16});
  asked_ciess<> o;
  o.budgets = {0.5, 0.7};
  o.episodes = 3;
  o.steps = 2;
  o.agent.hidden = {4};
  o.agent.batch = 8;
  o.seeds = {given("full", {std::vector<float>(12, 16.0F), std::vector<float>(9, 16.0F)})};
  auto run = o.begin(env, o.asked());
  while (!run.done()) run.step();
  CHECK(run.history().size() == 8);
  CHECK(run.total() == 8);
}
