// SPDX-License-Identifier: MIT
/// @file
/// Small trained environments for methods that learn through a lens, and what their laws ask.
#pragma once

#include <ciess/backbone/mf.hpp>
#include <ciess/data/split.hpp>
#include <ciess/data/synthetic.hpp>
#include <ciess/search/lens_environment.hpp>
#include <ciess/search/recommender_environment.hpp>

#include <cstdint>
#include <limits>

#include "support/sizer_laws.hpp"

namespace support {

/// Train, validation and test of made-up interactions, in which popular rows need more columns.
inline const ciess::split& small_parts() {
  static const ciess::split made = ciess::split_interactions(
      ciess::make_synthetic(
          {.users = 40, .items = 30, .interactions = 400, .factors = 6, .seed = 7})
          .data,
      {}, 1);
  return made;
}
inline const ciess::split& larger_parts() {
  static const ciess::split made = ciess::split_interactions(
      ciess::make_synthetic(
          {.users = 700, .items = 500, .interactions = 20'000, .factors = 12, .seed = 7})
          .data,
      {}, 1);
  return made;
}

/// Such a model, and its training: a cut of the warm full-size model alone is judged.
template <class Model>
ciess::recommender_environment<Model> lens_environment(const ciess::split& parts, int d_max,
                                                       int full_steps, std::uint64_t seed = 1) {
  typename Model::options o;
  o.range = {1, d_max};
  o.batch = static_cast<int>(2 * parts.train.users());
  typename ciess::recommender_environment<Model>::options how;
  how.from = ciess::start::warm;
  how.steps = 0;
  how.full = {.every = full_steps, .patience = 1, .max_steps = full_steps};
  how.seed = seed;
  return {Model(parts.train, o, 1), parts.train, parts.validation, how};
}

/// See `sizer_laws::watched`.
class watched_training : public ciess::recommender_environment<ciess::mf> {
 public:
  explicit watched_training(std::uint64_t seed = 1)
      : recommender_environment(lens_environment<ciess::mf>(small_parts(), 16, 20, seed)) {}
  ciess::measurement full() {
    ++asked;
    return recommender_environment::full();
  }
  ciess::measurement measure(const ciess::assignment& a) {
    ++asked;
    auto m = recommender_environment::measure(a);
    if (++measured == bad_at) m.quality = std::numeric_limits<double>::quiet_NaN();
    return m;
  }
  int asked = 0;
  int measured = 0;
  int bad_at = 0;
};
static_assert(ciess::held_out_lens_environment<watched_training>);

/// See `sizer_laws::many_rows`: loops over its rows are shared out.
class larger_training : public ciess::recommender_environment<ciess::mf> {
 public:
  larger_training()
      : recommender_environment(lens_environment<ciess::mf>(larger_parts(), 16, 10)) {}
};

}  // namespace support
