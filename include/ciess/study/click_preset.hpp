// SPDX-License-Identifier: MIT
/// @file
/// Settings for a whole study of a click model: quick and measured.
#pragma once

#include <algorithm>
#include <cstdint>

#include <ciess/data/impressions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/click_environment.hpp>
#include <ciess/search/find_sizes.hpp>
#include <ciess/study/presets.hpp>

namespace ciess {

/// Minutes: one full-size model is trained and made ready for cuts, a step of the search cuts it
/// and tunes it for a quarter of an epoch, 25 steps at most. The rate and the penalty are those
/// that did best of four trials of a factorisation machine on Frappe; of layers other ones may.
/// @param range  of sizes, d_min and d_max
/// @param train  for the size of a batch, of an epoch, and of the largest table
template <class Model>
[[nodiscard]] preset<Model, click_environment<Model>> click_preset(size_range range,
                                                                   const impressions& train,
                                                                   std::uint64_t seed) {
  preset<Model, click_environment<Model>> p;
  p.model.range = range;
  // Small data have a hundred steps an epoch at least, large ones batches of the literature.
  p.model.batch = static_cast<int>(std::clamp<index_t>(train.size() / 100, 64, 4096));
  const auto epoch = static_cast<int>((train.size() + p.model.batch - 1) / p.model.batch);
  const int part = std::max(epoch / 4, 1);
  p.model.penalty = 1e-3;
  p.model.rate = {.first = 1e-2, .factor = 1, .every = 1, .least = 0};
  p.environment.seed = seed;
  p.asked.seed = seed;
  p.environment.full = {.every = std::max(epoch / 2, 1), .patience = 3, .max_steps = 60 * epoch};
  p.environment.from = start::warm;
  p.environment.nested_steps = epoch;
  p.environment.nested_rate = {.first = 3e-3, .factor = 1, .every = 1, .least = 0};
  // At the largest batch that is 100,000 impressions: a quarter of an epoch of many millions would
  // make a search take hours.
  p.environment.steps = std::min(part, 25);
  p.environment.tune = {.every = part, .patience = 3, .max_steps = 10 * epoch};
  p.environment.tune_rate = {.first = 3e-3, .factor = 1, .every = 1, .least = 0};
  index_t rows = 0;
  for (const click_field& f : train.fields()) rows = std::max(rows, f.rows);
  learn_quickly(p.ciess, rows);
  p.kinds = train.fields().size();  // and of features, where they have rows: see `preset::kinds`
  return p;
}

}  // namespace ciess
