// SPDX-License-Identifier: MIT
/// @file
/// The pairs that training steps are measured on.
#pragma once

#include <ciess/data/interactions.hpp>
#include <ciess/data/read.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>

#include <cstdlib>

namespace ciess_bench {

/// Half a million pairs of 6,040 users and 3,706 items, the shape of MovieLens-1M; or the training
/// part of the file that CIESS_DATA names.
inline const ciess::interactions& training_pairs() {
  static const ciess::interactions train = [] {
    if (const char* file = std::getenv("CIESS_DATA"))
      return ciess::split_interactions(ciess::load_interactions(file).data, {}, 1).train;
    return ciess::make_synthetic({.users = 6040, .items = 3706, .interactions = 500'000}).data;
  }();
  return train;
}

}  // namespace ciess_bench
