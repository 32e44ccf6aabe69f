// SPDX-License-Identifier: MIT
/// @file
/// From a file to parts with the ids of their rows, in one call.
#pragma once

#include <filesystem>

#include <ciess/data/dataset.hpp>
#include <ciess/data/read.hpp>
#include <ciess/data/read_options.hpp>

namespace ciess {

/// Reads a file of interactions and splits it. Times are read if the split goes by them.
/// @throws as `load_interactions` and `make_dataset`
[[nodiscard]] inline dataset load_dataset(const std::filesystem::path& path, read_options how = {},
                                          const dataset_options& split = {}) {
  if (split.kind != split_kind::random) how.times = true;
  return make_dataset(load_interactions(path, how), nullptr, split);
}

}  // namespace ciess
