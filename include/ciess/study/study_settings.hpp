// SPDX-License-Identifier: MIT
/// @file
/// What a study was begun with, as JSON in its folder of results, and whether the data that it goes
/// on with are those.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <ciess/core/error.hpp>
#include <ciess/study/results_folder.hpp>

namespace ciess {

/// Numbers that stand for what was read (`fingerprint`), by the names of what they were read from.
using named_fingerprints = std::vector<std::pair<std::string, std::uint64_t>>;

/// For `results_store::begin`.
/// @param settings  an object, whatever the program wants to find again
[[nodiscard]] inline std::string settings_text(nlohmann::ordered_json settings,
                                               const named_fingerprints& data) {
  auto& all = settings["fingerprints"] = nlohmann::ordered_json::object();
  for (const auto& [name, number] : data) all[name] = number;
  return settings.dump(2) + '\n';
}

/// The settings of the run to go on with in a folder.
/// @throws as `results_folder::settings`; data_error if they are not JSON
[[nodiscard]] inline nlohmann::ordered_json saved_settings(const results_folder& folder) {
  const std::string text = folder.settings();
  try {
    return nlohmann::ordered_json::parse(text);
  } catch (const nlohmann::ordered_json::exception& e) {
    detail::throw_error<data_error>(folder.settings_file().string(), ": ", e.what());
  }
}

/// Whether data are those that a run was begun with.
/// @param saved  as `saved_settings` gives it
/// @throws data_error naming what differs
inline void check_fingerprints(const results_folder& folder, const nlohmann::ordered_json& saved,
                               const named_fingerprints& data) {
  const auto all = saved.find("fingerprints");
  for (const auto& [name, number] : data)
    if (all == saved.end() || !all->is_object() || !all->contains(name) || (*all)[name] != number)
      detail::throw_error<data_error>(name, ": not what the search in ", folder.path().string(),
                                      " was begun with");
}

}  // namespace ciess
