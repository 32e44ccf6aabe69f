// SPDX-License-Identifier: MIT
/// @file
/// What was read, and what became of it, for programs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/dataset.hpp>
#include <ciess/data/describe.hpp>
#include <ciess/data/describe_dataset.hpp>
#include <ciess/data/loaded.hpp>
#include <ciess/data/read.hpp>
#include <ciess/data/time.hpp>

namespace ciess {

/// What `describe` says of a file, field by field.
/// @param found  with at most 24 fields of its first record shown
[[nodiscard]] inline nlohmann::ordered_json account_json(const loaded& found) {
  using json = nlohmann::ordered_json;
  json out;
  out["format"] = to_string(found.format);
  json columns = json::object();
  for (std::size_t r = 0; r < found.columns.size(); ++r)
    if (const auto& c = found.columns[r]) {
      json one{{"column", c->position + 1}};
      if (!c->name.empty()) one["name"] = c->name;
      one["needed"] = c->used;
      columns[std::string(column_role_names[r])] = one;
    }
  out["columns"] = columns;
  out["header"] = found.header;
  out["delimiter"] = found.delimiter;
  out["users"] = found.users.size();
  out["items"] = found.items.size();
  out["interactions"] = found.kept;
  out["lines"] = found.lines;
  json reasons = json::object();
  for (const auto& [reason, n] : left_out(found)) reasons[reason] = n;
  out["left_out"] = reasons;
  constexpr std::size_t most = 24;  // lists may be long
  const auto& first = found.first_record;
  out["first_record"] = std::vector<std::string>(
      first.begin(), first.begin() + static_cast<std::ptrdiff_t>(std::min(first.size(), most)));
  if (found.time_range)
    out["time"] = {{"from", iso_time(found.time_range->first)},
                   {"to", iso_time(found.time_range->second)}};
  out["notes"] = found.notes;
  return out;
}

/// What became of interactions on their way into parts.
[[nodiscard]] inline nlohmann::ordered_json account_json(const dataset& d,
                                                         const dataset_words& words = {}) {
  return {{"left_out",
           {{"users below " + words.min_user, d.few_users},
            {"items below " + words.min_item, d.few_items},
            {"pairs of those", d.few_pairs},
            {"test pairs not in training", d.unknown_test_pairs},
            {"test pairs repeated", d.repeated_test_pairs}}},
          {"only_in_test",
           {{"users", d.future_users}, {"items", d.future_items}, {"pairs", d.future_pairs}}},
          {"only_in_validation", {{"pairs", d.unknown_validation_pairs}}},
          {"split_by_time", d.split_by_time}};
}

/// Reads a text to say what it is, with the range of its times, whether they are needed or not;
/// times that cannot be used are a note.
/// @throws as `parse_interactions`
[[nodiscard]] inline nlohmann::ordered_json inspect_json(const std::string& text,
                                                         const std::string& name,
                                                         const read_options& options) {
  auto found = parse_interactions(text, name, options);
  if (const auto& time = found.column(column_role::time); time && !time->used) {
    auto with_times = options;
    with_times.times = true;
    try {
      found.time_range = parse_interactions(text, name, with_times).time_range;
    } catch (const data_error& e) {
      found.notes.push_back(joined("times cannot be used: ", e.what()));
    }
  }
  return account_json(found);
}

}  // namespace ciess
