// SPDX-License-Identifier: MIT
/// @file
/// TD3, the paper's agent.
#pragma once

#include <ciess/rl/actor_critic.hpp>

namespace ciess {

/// Twin delayed deep deterministic policy gradient: two critics of which the lower target counts,
/// noise on target actions, an actor that learns at every second update. See `actor_critic`, whose
/// defaults these are. Source: Fujimoto et al., "Addressing function approximation error in
/// actor-critic methods", ICML 2018.
class td3 : public actor_critic {
 public:
  using actor_critic::actor_critic;
};
static_assert(searchable_agent<td3>);

}  // namespace ciess
