// SPDX-License-Identifier: MIT
/// @file
/// A continuous bandit: each state has a best size, and what a policy makes of it.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/rl/actor_critic.hpp>
#include <ciess/rl/replay_buffer.hpp>

#include "support/catch.hpp"

namespace support {

/// Random states and sizes, rewards that fall with the distance from a size that depends on the
/// state.
inline float wanted(float state) { return 30 + 18 * state; }

inline ciess::replay_buffer bandit(int n) {
  ciess::replay_buffer b(2, n);
  ciess::matrix states(n, 2);
  std::vector<float> sizes, rewards;
  auto engine = ciess::random_stream(77, ciess::purpose::user).at(0);
  for (int i = 0; i < n; ++i) {
    states(i, 0) = ciess::uniform(engine, -1.0F, 1.0F);
    states(i, 1) = ciess::uniform(engine, -1.0F, 1.0F);
    sizes.push_back(ciess::uniform(engine, 1.0F, 64.0F));
    const float miss = (sizes.back() - wanted(states(i, 0))) / 20;
    rewards.push_back(-miss * miss);
  }
  b.push(states, sizes, rewards, states);
  return b;
}

inline ciess::actor_critic::options bandit_options() {
  ciess::actor_critic::options o;
  o.hidden = {24};
  o.batch = 64;
  o.gamma = 0;  // a bandit: nothing comes after
  o.critic_rate = 1e-2;
  o.actor_rate = 1e-2;
  return o;
}

/// Has `p` learn the bandit; its proposals must end near what each state wants.
template <class P>
void check_bandit(P p) {
  const auto replay = bandit(2000);
  for (std::uint64_t step = 0; step < 900; ++step) p.update(replay, step);
  const ciess::matrix states =
      (ciess::matrix(4, 2) << -0.8F, 0, -0.3F, 0.5F, 0.3F, -0.9F, 0.8F, 0).finished();
  std::vector<float> sizes(4);
  p.propose(states, sizes);
  for (ciess::index_t i = 0; i < 4; ++i) {
    CAPTURE(i, sizes[static_cast<std::size_t>(i)], wanted(states(i, 0)));
    CHECK(std::abs(sizes[static_cast<std::size_t>(i)] - wanted(states(i, 0))) < 5);
  }
}

}  // namespace support
