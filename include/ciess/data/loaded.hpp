// SPDX-License-Identifier: MIT
/// @file
/// What came of reading a file of interactions: the interactions, and an account of every line.
#pragma once

#include <ciess/core/index.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/read_options.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ciess {

/// What a column of interactions can hold.
enum class column_role : std::uint8_t { user, item, rating, label, time, weight };

/// In the order of `column_role`.
inline constexpr std::array<std::string_view, 6> column_role_names{"user",  "item", "rating",
                                                                   "label", "time", "weight"};

/// A column that was found, or given.
struct found_column {
  std::size_t position = 0;  ///< from 0
  std::string name{};        ///< in the header; empty without one
  bool used = true;  ///< whether its values were needed: a rating that nothing asks for is not
};

/// An account of every line of a file. In a table
/// lines = kept + duplicates + below_threshold + negatives.
struct read_account {
  index_t lines = 0;            ///< lines with data: without header, comments and blank lines
  index_t kept = 0;             ///< different pairs
  index_t duplicates = 0;       ///< pairs that had come before
  index_t below_threshold = 0;  ///< pairs rated below `min_rating`
  index_t negatives = 0;        ///< pairs whose label says that nothing happened
  index_t comments = 0;         ///< lines that were taken for comments
  index_t empty_lists = 0;      ///< users of an adjacency list without items
  data_format format{};         ///< as given, or as decided
  std::string delimiter;        ///< as given, or as decided; " " stands for any blanks
  bool header = false;          ///< whether the first line was taken as names
  /// By `column_role`; none of them for lists.
  std::array<std::optional<found_column>, column_role_names.size()> columns;
  std::vector<std::string> names;         ///< of all columns; empty without header
  std::vector<std::string> first_record;  ///< the fields of the first line with data
  /// Earliest and latest, milliseconds since 1970 (UTC), of the lines that count, duplicates among
  /// them. If times are read.
  std::optional<std::pair<std::int64_t, std::int64_t>> time_range;
  std::vector<std::string> notes;  ///< what a person should look at, a sentence each

  [[nodiscard]] const std::optional<found_column>& column(column_role r) const noexcept {
    return columns[static_cast<std::size_t>(r)];
  }
};

/// Interactions from a file, with the ids of their rows.
/// Rows are the ids that have an interaction left, in ascending order if all ids of that side are
/// integers (written without leading zeros), otherwise in the order in which they first appear.
struct loaded : read_account {
  interactions data;
  id_map users;
  id_map items;
};

}  // namespace ciess
