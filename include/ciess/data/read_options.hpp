// SPDX-License-Identifier: MIT
/// @file
/// What to read from a file of interactions, and what came of it.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/interactions.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ciess {

/// How a text file holds interactions.
enum class data_format : std::uint8_t {
  automatic,  ///< decided from the name and the first lines
  movielens,  ///< `user::item::rating::timestamp`, the last two optional
  delimited,  ///< columns with a separator: CSV, TSV, semicolons, bars, blanks
  adjacency,  ///< `user item item ...`; a user may come again, or have no items
  inter       ///< RecBole's atomic file: tabs and a header like `user_id:token item_id:token`
};

/// In the order of `data_format`.
inline constexpr std::array<std::string_view, 5> data_format_names{"auto", "movielens", "delimited",
                                                                   "adjacency", "inter"};

/// The name of a format, as `parse_data_format` takes it.
[[nodiscard]] constexpr std::string_view to_string(data_format format) noexcept {
  return data_format_names[static_cast<std::size_t>(format)];
}

/// @throws argument_error if no format has that name
[[nodiscard]] inline data_format parse_data_format(std::string_view name) {
  for (std::size_t f = 0; f < data_format_names.size(); ++f)
    if (data_format_names[f] == name) return static_cast<data_format>(f);
  detail::throw_error<argument_error>(
      "data format: expected auto, movielens, delimited, adjacency or inter, got ", name);
}

/// A column of a file: by its number from 0, by its name in the header, found by itself, or none.
class column {
 public:
  /// Found by itself: by a usual name in the header ("user_id", "movieId", "rating", ...),
  /// otherwise the first column has users, the second items, the third ratings.
  column() = default;
  column(int number) : number_{number} {  // NOLINT(google-explicit-constructor): reads as a number
    if (number < 0)
      detail::throw_error<argument_error>("column: numbers count from 0, got ", number);
  }
  column(std::string name) : name_{std::move(name)} {}     // NOLINT: reads as a name
  column(const char* name) : column(std::string(name)) {}  // NOLINT: likewise
  /// Not to be read, even if it is there.
  [[nodiscard]] static column none() {
    column c;
    c.none_ = true;
    return c;
  }

  [[nodiscard]] bool is_automatic() const noexcept { return !none_ && !number_ && !name_; }
  [[nodiscard]] bool is_none() const noexcept { return none_; }
  [[nodiscard]] const std::optional<int>& number() const noexcept { return number_; }
  [[nodiscard]] const std::optional<std::string>& name() const noexcept { return name_; }

 private:
  std::optional<int> number_;
  std::optional<std::string> name_;
  bool none_ = false;
};

/// Whether the first line names the columns.
enum class header_line : std::uint8_t {
  automatic,  ///< yes if it has the usual names, or text where the second line has numbers
  yes,
  no
};

/// How to read a file. The defaults suit most files as they are found.
struct read_options {
  data_format format = data_format::automatic;
  std::optional<double> min_rating{};  ///< keep what was rated at least this; needs ratings
  bool numeric_ids = false;            ///< refuse ids that are not integers of 64 bits
  /// Columns; for a table of lists (`adjacency`) they say nothing.
  column user{};
  column item{};
  /// Ratings must be numbers. If found by itself and without `min_rating`, a third column without
  /// name counts as ratings only if its first value is a number.
  column rating{};
  /// For `delimited` only.
  header_line header = header_line::automatic;
  char delimiter = '\0';  ///< '\0': tab, comma, semicolon, bar or blanks, whichever the file has
  char quote = '"';       ///< around fields, doubled inside; '\0': no quotes
};

/// Interactions from a file, with the ids of their rows and an account of every line:
/// pairs read = kept + duplicates + below_threshold.
/// Rows are the ids that have an interaction left, in ascending order if all ids of that side are
/// integers (written without leading zeros), otherwise in the order in which they first appear.
struct loaded {
  interactions data;
  id_map users;
  id_map items;
  index lines = 0;            ///< lines with data: without the header and blank lines
  index kept = 0;             ///< different pairs, data.size()
  index duplicates = 0;       ///< pairs that had come before
  index below_threshold = 0;  ///< pairs rated below `min_rating`
  index empty_lists = 0;      ///< users of an adjacency list without items
  data_format format{};       ///< as given, or as decided
  std::string delimiter;      ///< as given, or as decided; " " stands for any blanks
  bool header = false;        ///< whether the first line was taken as names
};

}  // namespace ciess
