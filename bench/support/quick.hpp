// SPDX-License-Identifier: MIT
/// @file
/// What the programs about the search share: their data, and the settings of `search_sizes`'s quick
/// preset for MF and LightGCN.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/trainer.hpp>
#include <ciess/search/recommender_environment.hpp>
#include <ciess/search/search.hpp>

#include "pairs_file.hpp"

namespace ciess_bench {

/// Where the pairs come from: a file that is split, or two files.
struct data_options {
  std::string data, train, test;

  void add_to(CLI::App& app) {
    app.add_option("--data", data, "pairs: half is trained on, a quarter judged on");
    app.add_option("--train", train, "pairs to train on");
    app.add_option("--test", test,
                   "pairs to judge on, with --train; without it a fifth of --train");
  }

  /// Pairs to train on and pairs to judge by.
  /// @throws ciess::argument_error unless it is one of the three; ciess::io_error,
  /// ciess::data_error
  [[nodiscard]] parts read(std::uint64_t seed) const {
    if (data.empty() == train.empty() || (train.empty() && !test.empty()))
      throw ciess::argument_error("expected --data, or --train with or without --test");
    if (!test.empty()) return read_split(train, test);
    const ciess::split_options shares = train.empty()
                                            ? ciess::split_options{}
                                            : ciess::split_options{.train = 0.8, .validation = 0.2};
    auto s = ciess::split_interactions(ciess::load_interactions(train.empty() ? data : train).data,
                                       shares, seed);
    return {std::move(s.train), std::move(s.validation)};
  }
};

/// Options of a model as `search_sizes` makes it.
template <class Model>
[[nodiscard]] typename Model::options quick_model(int dim, const ciess::interactions& train) {
  typename Model::options o;
  o.range = {.min = 1, .max = dim};
  o.batch = static_cast<int>(std::clamp<ciess::index>(train.size() / 4, 256, 10'000));
  if constexpr (std::same_as<Model, ciess::mf>) {
    o.rate = {.first = 3e-3, .factor = 0.9, .every = 100, .least = 3e-4};
    o.penalty = 1e-2;
  }
  return o;
}

/// How long the models of the quick preset train.
template <class Model>
[[nodiscard]] typename ciess::recommender_environment<Model>::options quick_environment() {
  typename ciess::recommender_environment<Model>::options o;
  o.full = {.every = 100, .patience = 2, .max_steps = 1500};
  o.from = ciess::start::warm;
  o.steps = 20;
  o.tune = {.every = 100, .patience = 2, .max_steps = 800};
  o.tune_rate = {.first = 0.02, .factor = 0.9, .every = 100, .least = 1e-3};
  if constexpr (std::same_as<Model, ciess::mf>)
    o.tune_rate = {.first = 3e-3, .factor = 0.9, .every = 100, .least = 3e-4};
  return o;
}

/// The settings of the quick preset that any search can have; its agents' are the caller's.
template <class Options>
void quick_search(Options& o) {
  o.updates = 2;
  o.policy.gamma = 0;
  o.policy.gradient_limit = 1;
  o.state = ciess::paper_state({.log_frequency = true});
  o.guide = {.blend = 0.7, .tilt = 0.2};
  o.noise = ciess::gaussian_noise({.deviation = 2});
}

}  // namespace ciess_bench
