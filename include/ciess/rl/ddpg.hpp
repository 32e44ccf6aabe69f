// SPDX-License-Identifier: MIT
/// @file
/// DDPG, the agent of the paper's ablation.
#pragma once

#include <cstdint>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/rl/actor_critic.hpp>

namespace ciess {

/// Deep deterministic policy gradient: `actor_critic` with one critic, no noise on target actions,
/// no delay. Source: Lillicrap et al., "Continuous control with deep reinforcement learning", ICLR
/// 2016.
class ddpg : public actor_critic {
 public:
  /// As in `actor_critic::options`, which has the ranges.
  struct options {
    std::vector<index_t> hidden{256, 256};
    index_t batch = 4096;
    double critic_rate = 3e-3;
    double actor_rate = 1e-3;
    double gamma = 0.99;
    double tau = 0.005;
    double gradient_limit = 0.01;
    double actor_last_layer = 3e-3;
  };

  /// @throws argument_error if a number is outside its stated range
  ddpg(index_t state_size, size_range range, const options& o, std::uint64_t seed)
      : actor_critic(state_size, range,
                     {.hidden = o.hidden,
                      .batch = o.batch,
                      .critic_rate = o.critic_rate,
                      .actor_rate = o.actor_rate,
                      .gamma = o.gamma,
                      .tau = o.tau,
                      .gradient_limit = o.gradient_limit,
                      .actor_last_layer = o.actor_last_layer,
                      .critics = 1,
                      .target_noise = 0,
                      .target_clip = 0,
                      .delay = 1},
                     seed) {}
};
static_assert(searchable_agent<ddpg>);

}  // namespace ciess
