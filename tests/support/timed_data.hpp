// SPDX-License-Identifier: MIT
/// @file
/// Interactions with times and weights, drawn by a seed.
#pragma once

#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace support {

struct timed_shape {
  std::uint32_t users = 12, items = 15, pairs = 90;
  std::uint32_t moments = 20;  ///< few: many ties
  bool times = true, weights = true;
};

/// Pairs of uniform users, items and moments around 0; weights in [1, 2).
inline ciess::interactions timed_data(std::uint64_t seed, const timed_shape& shape = {}) {
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(1);
  std::vector<ciess::interaction> pairs;
  std::vector<std::int64_t> times;
  std::vector<float> weights;
  for (std::uint32_t k = 0; k < shape.pairs; ++k) {
    const auto u = static_cast<ciess::row_id>(ciess::bounded(engine, shape.users));
    pairs.push_back({u, static_cast<ciess::row_id>(ciess::bounded(engine, shape.items))});
    const auto t = std::int64_t{ciess::bounded(engine, shape.moments)} - shape.moments / 2;
    const float w = 1 + ciess::uniform01(engine);
    if (shape.times) times.push_back(t);
    if (shape.weights) weights.push_back(w);
  }
  return {shape.users, shape.items, pairs, {.times = times, .weights = weights}};
}

/// What is known of one pair.
using known_pairs =
    std::map<std::pair<ciess::row_id, ciess::row_id>, std::pair<std::int64_t, float>>;

/// All pairs; what they lack is 0.
inline known_pairs known(const ciess::interactions& data) {
  known_pairs all;
  for (ciess::row_id u = 0; u < data.users(); ++u)
    for (std::size_t k = 0; k < data.items_of(u).size(); ++k)
      all[{u, data.items_of(u)[k]}] = {data.has_times() ? data.times_of(u)[k] : 0,
                                       data.has_weights() ? data.weights_of(u)[k] : 0};
  return all;
}

}  // namespace support
