// SPDX-License-Identifier: MIT
/// @file
/// Settings for a whole study, by backbone: quick and measured, or the paper's.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <utility>
#include <vector>

#include <ciess/backbone/lightgcn.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/neumf.hpp>
#include <ciess/backbone/ngcf.hpp>
#include <ciess/search/find_sizes.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/rules/simple.hpp>
#include <ciess/search/rules/tail_energy.hpp>
#include <ciess/study/run_study.hpp>

namespace ciess {

/// Everything a study needs to be told: see `run_study`.
template <class Model>
struct preset {
  typename Model::options model;
  typename recommender_environment<Model>::options environment;
  sizing_request asked;
  ciess_sizer<> ciess;
  int keep = 3;  ///< of CIESS's best for each budget are trained to the end
  study_options study{};
  /// Of the frequency rules: exponents, and weights on the users' tables.
  std::vector<double> exponents{0, 0.5, 1};
  std::vector<double> weights{0.25, 4, 16, 256};
  /// Of the tail-energy rule; the best as measured is trained.
  std::vector<tail_energy_options> tail_energy{{0, 1}, {0, 2}, {0.25, 2}, {0.5, 1}, {0.5, 2}};
  std::vector<start> rule_starts{};  ///< see `study_method::starts`

  /// The simple rules, one assignment each, and CIESS, which they seed.
  [[nodiscard]] auto methods() const {
    std::vector<study_method<rule>> rules;
    const auto add = [&](rule r) { rules.push_back({std::move(r), 1, rule_starts}); };
    add(equal_rule());
    add(random_rule());
    add(frequency_rule(exponents));
    if (!weights.empty()) add(frequency_rule(exponents, weights));
    if constexpr (shows_tables<Model>)
      if (!tail_energy.empty()) add(tail_energy_rule(tail_energy));
    ciess_sizer<> seeded = ciess;
    seeded.seeds.insert(seeded.seeds.begin(), frequency_rule(exponents, weights));
    return study_methods(std::move(rules), study_method{std::move(seeded), keep, {}});
  }
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
  p.model.batch = static_cast<int>(std::clamp<index_t>(data.size() / 8, 256, 10'000));
  p.environment.seed = seed;
  p.asked.seed = seed;
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
  p.ciess.controller.price = {.first = 0.4, .least = 0.4, .most = 0.4};
  p.weights = {};                           // no seeds but those of the frequency rule
  p.tail_energy = {tail_energy_options{}};  // a choice would cost a training each
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
    p.rule_starts = {start::scratch, start::warm};
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
  learn_quickly(p.ciess, std::max(data.users(), data.items()));
  return p;
}

}  // namespace ciess
