// SPDX-License-Identifier: MIT
/// @file
/// What proposes and judges sizes, and learns from transitions.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>

#include <ciess/core/size_range.hpp>
#include <ciess/core/types.hpp>
#include <ciess/rl/replay_buffer.hpp>

namespace ciess {

/// What one update of an agent did.
struct update_report {
  double critic_loss = 0;      ///< mean squared error, mean over critics
  double target = 0;           ///< mean of the values learnt from; runs away when learning diverges
  double critic_gradient = 0;  ///< largest norm of a critic's gradient, before clipping
  std::optional<double>
      actor_loss{};  ///< - mean value of the actor's own sizes; empty: not its turn
  std::optional<double> actor_gradient{};  ///< norm, before clipping
};

/// An agent that sizes the rows of one table from their states.
/// - `state_size()`              numbers of a state, s
/// - `propose(states, sizes)`    states [n, s] -> sizes [n]: real numbers inside the range of
/// sizes, without noise
/// - `value(states, sizes, out)` how good size sizes[i] is in state i, [n]; larger is better
/// - `update(replay, step)`      learns once; draws are addressed by `step`
/// All the same at any number of threads.
template <class P>
concept agent = std::copyable<P> &&
                requires(P& p, const P& c, const matrix_view& states, std::span<const float> sizes,
                         std::span<float> out, const replay_buffer& replay, std::uint64_t step) {
                  { c.state_size() } -> std::convertible_to<index_t>;
                  c.propose(states, out);
                  c.value(states, sizes, out);
                  { p.update(replay, step) } -> std::convertible_to<update_report>;
                };

/// An agent that a search can make for itself, one for each table.
template <class P>
concept searchable_agent = agent<P> && requires {
  typename P::options;
} && std::constructible_from<P, index_t, size_range, const typename P::options&, std::uint64_t>;

/// The map between sizes in columns and the actions of a network, in [-1, 1].
struct action_scale {
  float low = 0;
  float half = 0;  ///< half of max - min; 0 for a range of one size

  explicit action_scale(size_range range) noexcept
      : low{static_cast<float>(range.min)},
        half{0.5F * static_cast<float>(range.max - range.min)} {}

  /// 2 (size - min) / (max - min) - 1; 0 in a range of one size.
  [[nodiscard]] float to_action(float size) const noexcept {
    return half > 0 ? (size - low) / half - 1.0F : 0.0F;
  }
  [[nodiscard]] float to_size(float action) const noexcept { return low + (action + 1.0F) * half; }
};

}  // namespace ciess
