// SPDX-License-Identifier: MIT
/// @file
/// Settings for a whole study, by backbone: quick and measured, or the paper's.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>

#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/search.hpp>
#include <ciess/search/sizing_request.hpp>
#include <ciess/search/study.hpp>

namespace ciess {

/// Everything a study needs to be told: see `run_study`.
template <class Model>
struct preset {
  typename Model::options model;
  typename recommender_environment<Model>::options environment;
  search_options<> search;
  study_options study;
};

namespace detail {

/// Steps of a training from scratch in the reference program, on MovieLens-1M.
template <class Model>
inline constexpr int reference_steps = 2000;
template <>
inline constexpr int reference_steps<ngcf> = 3000;
template <>
inline constexpr int reference_steps<neumf> = 1500;

template <class Model>
preset<Model> preset_for(size_range range, const interactions& data, std::uint64_t seed) {
  preset<Model> p;
  p.model.range = range;
  // The reference's batch, but not many times the whole of a small data set.
  p.model.batch = static_cast<int>(std::clamp<index>(data.size() / 8, 256, 10'000));
  p.environment.seed = seed;
  p.search.seed = seed;
  p.study.seed = seed;
  return p;
}

}  // namespace detail

/// The paper's settings: every step of the search trains from scratch for as long as the reference
/// program does, lambda is 0.4, chosen by hand. Days for MovieLens-1M on two cores.
/// @param range  of sizes, d_min and d_max
/// @param data   all interactions, for the size of a batch
template <class Model>
[[nodiscard]] preset<Model> paper_preset(size_range range, const interactions& data,
                                         std::uint64_t seed) {
  auto p = detail::preset_for<Model>(range, data, seed);
  p.environment.full = {
      .every = 100, .patience = 2, .max_steps = 2 * detail::reference_steps<Model>};
  p.environment.steps = detail::reference_steps<Model>;
  p.search.controller.price = {.first = 0.4, .least = 0.4, .most = 0.4};
  p.study.weights = {};                           // no shapes but those of the frequency baseline
  p.study.tail_energy = {tail_energy_options{}};  // a choice would cost a training each
  return p;
}

/// Minutes instead: one full-size model is trained and made ready for cuts, a step of the search
/// cuts it and tunes it for 10 or 20 steps. The numbers were found on MovieLens-1M.
template <class Model>
[[nodiscard]] preset<Model> warm_preset(size_range range, const interactions& data,
                                        std::uint64_t seed) {
  auto p = detail::preset_for<Model>(range, data, seed);
  p.environment.full = {.every = 100, .patience = 2, .max_steps = 1500};
  p.environment.from = start::warm;
  p.environment.steps = 20;
  p.environment.tune = {.every = 100, .patience = 2, .max_steps = 800};
  p.environment.tune_rate = {.first = 0.02, .factor = 0.9, .every = 100, .least = 1e-3};
  if constexpr (std::same_as<Model, lightgcn>) {
    p.model.rate = {.first = 0.03, .factor = 0.9, .every = 100, .least = 1e-3};
    p.model.network.storage = gathered::bfloat16;
    p.environment.full.max_steps = 3000;  // small tables are slow to come to their end
    p.environment.nested_steps = 300;
    p.study.rule_starts = {start::scratch, start::warm};
  }
  // With the reference's rates these stay far below what they can do (bench/RESULTS.md).
  if constexpr (std::same_as<Model, mf>) {
    p.model.rate = {.first = 3e-3, .factor = 0.9, .every = 100, .least = 3e-4};
    p.model.penalty = 1e-2;
    p.environment.tune_rate = {.first = 3e-3, .factor = 0.9, .every = 100, .least = 3e-4};
  }
  if constexpr (std::same_as<Model, ngcf>) {
    p.model.rate = {.first = 3e-3, .factor = 0.9, .every = 100, .least = 3e-4};
    p.environment.tune_rate = {.first = 5e-3, .factor = 0.9, .every = 100, .least = 3e-4};
  }
  if constexpr (std::same_as<Model, neumf>) {
    p.model.rate = {.first = 3e-3, .factor = 0.9, .every = 50, .least = 1e-4};
    p.model.penalty = 3e-3;
    p.environment.steps = 10;  // a cut along NeuMF's axes needs hardly any tuning
    p.environment.tune = {.every = 50, .patience = 2, .max_steps = 800};
    p.environment.tune_rate = {.first = 3e-4, .factor = 0.9, .every = 50, .least = 1e-4};
  }
  learn_quickly(p.search, std::max(data.users(), data.items()));
  return p;
}

}  // namespace ciess
