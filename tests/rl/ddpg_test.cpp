// SPDX-License-Identifier: MIT
#include <ciess/rl/ddpg.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <vector>

#include "support/bandit.hpp"
#include "support/catch.hpp"

namespace {

using numbers = std::vector<float>;

/// A policy's numbers of one name; empty if there are none.
numbers read(ciess::actor_critic& p, const std::string& wanted) {
  numbers found;
  p.visit(ciess::field_look{[&](std::string_view of, auto&& value) {
    const std::string name(of);
    if constexpr (!std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>)
      if (name == wanted) found.assign(value.begin(), value.end());
  }});
  return found;
}

}  // namespace

TEST_CASE("ddpg has one critic, no noise on targets, no delay", "[rl]") {
  // one transition, so that every batch is the same and only noise could make updates differ
  ciess::replay_buffer replay(1, 4);
  const ciess::matrix state = ciess::matrix::Constant(1, 1, 0.5F);
  replay.push(state, numbers{33}, numbers{0.75F}, state);
  ciess::ddpg::options o;
  o.hidden = {4};
  o.batch = 5;
  o.gamma = 0.5;
  const ciess::ddpg fresh(1, {1, 65}, o, 1);
  auto p = fresh;
  CHECK(!read(p, "critic0.net").empty());
  CHECK(read(p, "critic1.net").empty());

  numbers size(1);
  numbers value(1);
  p.propose(state, size);  // targets start as copies of the networks
  p.value(state, size, value);
  const auto report = p.update(replay, 0);
  CHECK(report.target == Approx(0.75 + 0.5 * value[0]));
  CHECK(report.actor_loss.has_value());
  CHECK(p.update(replay, 1).actor_loss.has_value());
  auto again = fresh;
  CHECK(again.update(replay, 7).target == report.target);
}

TEST_CASE("ddpg learns a bandit", "[rl]") {
  const auto o = support::bandit_options();
  support::check_bandit(ciess::ddpg(2, {1, 64},
                                    {.hidden = o.hidden,
                                     .batch = o.batch,
                                     .critic_rate = o.critic_rate,
                                     .actor_rate = o.actor_rate,
                                     .gamma = 0},
                                    1));
}

TEST_CASE("ddpg hands its options on", "[rl]") {
  const auto make = [](auto change) {
    ciess::ddpg::options o{.hidden = {3}};
    change(o);
    return ciess::ddpg(2, {1, 64}, o, 1);
  };
  using options = ciess::ddpg::options;
  auto p = make([](options&) {});
  CHECK(read(p, "actor.net").size() == 2 * 3 + 3 + 3 + 1);
  CHECK_THROWS_WITH(make([](options& o) { o.hidden = {0}; }), ContainsSubstring("hidden"));
  CHECK_THROWS_WITH(make([](options& o) { o.batch = 0; }), ContainsSubstring("batch"));
  CHECK_THROWS_WITH(make([](options& o) { o.critic_rate = 0; }), ContainsSubstring("critic_rate"));
  CHECK_THROWS_WITH(make([](options& o) { o.actor_rate = 0; }), ContainsSubstring("actor_rate"));
  CHECK_THROWS_WITH(make([](options& o) { o.gamma = 2; }), ContainsSubstring("gamma"));
  CHECK_THROWS_WITH(make([](options& o) { o.tau = 2; }), ContainsSubstring("tau"));
  CHECK_THROWS_WITH(make([](options& o) { o.gradient_limit = 0; }),
                    ContainsSubstring("gradient_limit"));
  CHECK_THROWS_WITH(make([](options& o) { o.actor_last_layer = -1; }),
                    ContainsSubstring("actor_last_layer"));
}
