// SPDX-License-Identifier: MIT
/// @file
/// A small data set and models on it, for tests that hold for every backbone.
#pragma once

#include <ciess/backbone/triple_sampler.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/embedding/assignment.hpp>

#include <cstddef>
#include <vector>

namespace support {

/// 40 users, 30 items.
inline const ciess::interactions& small_data() {
  static const ciess::interactions made =
      ciess::make_synthetic(
          {.users = 40, .items = 30, .interactions = 400, .factors = 4, .seed = 7})
          .data;
  return made;
}

/// Sizes 1, 2, ..., d_max in turn, or all full.
inline ciess::assignment mixed_sizes(const auto& model, bool masked = true) {
  ciess::assignment all(model.shapes());
  if (masked)
    for (std::size_t t = 0; t < all.size(); ++t)
      for (ciess::index_t r = 0; r < all[t].rows(); ++r)
        all[t].set(r, 1 + static_cast<int>(r % all[t].range().max));
  return all;
}

/// 300 users, 200 items: more than a block of any kernel, and no multiple of one.
inline const ciess::interactions& larger_data() {
  static const ciess::interactions made =
      ciess::make_synthetic(
          {.users = 300, .items = 200, .interactions = 5000, .factors = 4, .seed = 7})
          .data;
  return made;
}

/// First weights large enough that margins are far from 0, where a wrong slope would not show, and
/// a penalty that matters.
template <class Model>
Model small_model(int d_max = 6, std::uint64_t seed = 3,
                  const ciess::interactions& data = small_data()) {
  typename Model::options o;
  o.range = {1, d_max};
  o.batch = data.users() > 100 ? 2000 : 64;
  o.penalty = 0.3;
  if constexpr (requires { o.network.deviation; }) o.network.deviation = 0.5;
  return Model(data, o, seed);
}

inline ciess::triples small_batch() {
  ciess::triple_sampler sampler(small_data());
  ciess::triples t;
  sampler.draw(ciess::random_stream(5, ciess::purpose::batches), 0, 50, t);
  return t;
}

}  // namespace support
