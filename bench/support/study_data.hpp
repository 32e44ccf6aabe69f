// SPDX-License-Identifier: MIT
/// @file
/// What the programs about the search share.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include <ciess/search/ciess/ciess_sizer.hpp>

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

/// Options that every program about the search has.
template <class Settings>
void add_common_options(CLI::App& app, Settings& s) {
  s.data.add_to(app);
  app.add_option("--backbone", s.backbone, "model whose tables are sized")
      ->check(CLI::IsMember({"lightgcn", "mf"}))
      ->capture_default_str();
  app.add_option("--dim", s.dim, "size of a full row")
      ->check(CLI::Range(2, ciess::size_range::limit))
      ->capture_default_str();
  app.add_option("--seed", s.seed, "of the split and of all weights")->capture_default_str();
  app.add_option("--threads", s.threads, "0 for all processors")->check(CLI::Range(0, 1024));
  app.add_option("--budgets", s.budgets, "shares of numbers to remove")->capture_default_str();
  app.add_option("--full-steps", s.full_steps, "most steps of the full-size model, 0: the preset's")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
}

/// A preset's search with other parts: all that both have in common is as the preset has it.
template <ciess::ciess_parts Parts>
ciess::ciess_sizer<Parts> with_parts(const ciess::ciess_sizer<>& preset) {
  ciess::ciess_sizer<Parts> o{.episodes = preset.episodes,
                              .steps = preset.steps,
                              .updates = preset.updates,
                              .replay_steps = preset.replay_steps,
                              .replay_capacity = preset.replay_capacity,
                              .seeds = preset.seeds,
                              .guide = preset.guide};
  o.agent.gamma = preset.agent.gamma;
  o.agent.batch = preset.agent.batch;
  o.agent.gradient_limit = preset.agent.gradient_limit;
  if constexpr (requires { o.explorer = preset.explorer; }) o.explorer = preset.explorer;
  if constexpr (requires { o.noise = preset.noise; }) o.noise = preset.noise;
  if constexpr (requires { o.state = preset.state; }) o.state = preset.state;
  if constexpr (requires { o.reward = preset.reward; }) o.reward = preset.reward;
  if constexpr (requires { o.controller = preset.controller; }) o.controller = preset.controller;
  return o;
}

}  // namespace ciess_bench
