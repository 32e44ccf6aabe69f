// SPDX-License-Identifier: MIT
/// @file
/// A network with its optimiser and its target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/mlp.hpp>

namespace ciess {

/// A network in training: its optimiser and the copy of it that follows slowly.
/// target += tau * (parameters - target).
struct trained_network {
  mlp<float> net, target;
  adam_moments<float> moments;
  std::vector<float> gradient;

  trained_network(const mlp<float>::options& o, const random_stream& stream)
      : net(o, stream),
        target(net),
        moments(net.parameters().size()),
        gradient(net.parameters().size()) {}

  /// One Adam step, number `t` from 1, along `gradient`.
  void descend(double rate, std::int64_t t) {
    const adam_step<float> step(adam{}, rate, t);
    parallel_for(static_cast<index_t>(gradient.size()), grain, [&](index_t first, index_t last) {
      const auto n = static_cast<std::size_t>(last - first);
      step(net.parameters().data() + first, gradient.data() + first, moments.m.data() + first,
           moments.v.data() + first, n);
    });
  }

  void follow(double tau) {
    const std::span<const float> to = std::as_const(net).parameters();
    const std::span<float> from = target.parameters();
    const auto share = static_cast<float>(tau);
    for (std::size_t i = 0; i < from.size(); ++i) from[i] += share * (to[i] - from[i]);
  }

 private:
  static constexpr index_t grain = 16384;
};

}  // namespace ciess
