// SPDX-License-Identifier: MIT
/// @file
/// From a file of impressions to parts with the names of their rows, in one call.
#pragma once

#include <filesystem>

#include <ciess/data/click_dataset.hpp>
#include <ciess/data/click_read_options.hpp>
#include <ciess/data/read_impressions.hpp>

namespace ciess {

/// Reads a file of impressions, draws negatives if they are asked for, and splits.
/// @throws as `read_impressions` and `make_click_dataset`
[[nodiscard]] inline click_dataset load_click_dataset(const std::filesystem::path& path,
                                                      const click_read_options& how = {},
                                                      const click_dataset_options& split = {}) {
  return make_click_dataset(read_impressions(path, how), split);
}

/// The same from files of their own for train, validation and test.
[[nodiscard]] inline click_dataset load_click_dataset(const std::filesystem::path& train,
                                                      const std::filesystem::path& validation,
                                                      const std::filesystem::path& test,
                                                      const click_read_options& how = {},
                                                      const click_dataset_options& options = {}) {
  const loaded_impressions held_out = read_impressions(validation, how);
  const loaded_impressions reported = read_impressions(test, how);
  return make_click_dataset(read_impressions(train, how), options,
                            {.validation = &held_out, .test = &reported});
}

}  // namespace ciess
