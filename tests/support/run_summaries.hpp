// SPDX-License-Identifier: MIT
/// @file
/// Runs of `search_sizes` made by hand: budgets of methods with qualities.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../bench/support/run_summary.hpp"

/// A run with seed and quality of its full model, and no budget yet.
inline ciess_bench::run_summary run_of(std::uint64_t seed, std::optional<double> full) {
  ciess_bench::run_summary run;
  run.file = "run" + std::to_string(seed) + "/summary.json";
  run.backbone = "mf";
  run.preset = "warm";
  run.split = "random";
  run.dim = 8;
  run.at = {5, 10};
  run.users = 3;
  run.items = 4;
  run.interactions = 12;
  run.train = 6;
  run.validation = 4;
  run.test = 2;
  run.budgets_of = "numbers";
  run.stored_as = "4";
  run.full_numbers = 1000;
  run.seed = seed;
  run.full = full;
  run.popularity = 0.125;
  return run;
}

/// Adds a budget; methods without another start are warm. Their searches take 10 measurements.
inline void add_budget(
    ciess_bench::run_summary& run, double removed,
    const std::vector<std::pair<std::string, std::optional<double>>>& qualities) {
  ciess_bench::run_budget budget{.removed = removed};
  for (const auto& [label, quality] : qualities) {
    const auto comma = label.find(", ");
    ciess_bench::run_method m;
    m.label = label;
    m.method = label.substr(0, comma);
    m.start = comma == std::string::npos ? "warm" : label.substr(comma + 2);
    m.numbers = 100 + static_cast<std::int64_t>(run.seed);
    m.bytes = 1000 - static_cast<std::int64_t>(run.seed);
    m.quality = quality;
    budget.methods.push_back(m);
    bool known = false;
    for (const auto& s : run.searches) known = known || s.method == m.method;
    if (!known) run.searches.push_back({m.method, 10, 200, 1.5});
  }
  run.budgets.push_back(budget);
}
