// SPDX-License-Identifier: MIT
/// @file
/// What to read from a file of interactions.
#pragma once

#include <ciess/core/error.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ciess {

/// How a text file holds interactions.
enum class data_format : std::uint8_t {
  automatic,     ///< decided from the name and the first lines
  movielens,     ///< `user::item::rating::timestamp`, the last two optional
  delimited,     ///< columns with a separator: CSV, TSV, semicolons, bars, blanks
  adjacency,     ///< `user item item ...`; a user may come again, or have no items
  inter,         ///< RecBole's atomic file: tabs and a header like `user_id:token item_id:token`
  matrix_market  ///< `%%MatrixMarket matrix coordinate ... general`: rows are users, from 1
};

/// In the order of `data_format`.
inline constexpr std::array<std::string_view, 6> data_format_names{
    "auto", "movielens", "delimited", "adjacency", "inter", "matrix-market"};

/// The name of a format, as `parse_data_format` takes it.
[[nodiscard]] constexpr std::string_view to_string(data_format format) noexcept {
  return data_format_names[static_cast<std::size_t>(format)];
}

/// @throws argument_error if no format has that name
[[nodiscard]] inline data_format parse_data_format(std::string_view name) {
  for (std::size_t f = 0; f < data_format_names.size(); ++f)
    if (data_format_names[f] == name) return static_cast<data_format>(f);
  detail::throw_error<argument_error>(
      "data format: expected auto, movielens, delimited, adjacency, inter or matrix-market, got ",
      name);
}

/// A column of a file: by its number from 0, by its name in the header, found by itself, or none.
class column {
 public:
  /// Found by itself: by a usual name in the header ("user_id", "movieId", "rating", ...); without
  /// header by its position, where that can be told from what the column holds.
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
  /// Whether a file must have it.
  [[nodiscard]] bool is_given() const noexcept { return number_ || name_; }
  [[nodiscard]] const std::optional<int>& number() const noexcept { return number_; }
  [[nodiscard]] const std::optional<std::string>& name() const noexcept { return name_; }

 private:
  std::optional<int> number_;
  std::optional<std::string> name_;
  bool none_ = false;
};

/// Whether the first line names the columns.
enum class header_line : std::uint8_t {
  automatic,  ///< yes if it has the usual names, or text where all lines below have numbers
  yes,
  no
};

/// How to read a file. The defaults read most files as they are found; what cannot be told with
/// certainty is refused, and the refusal says which of these to set (`data/read.hpp` has the
/// table of what is certain).
struct read_options {
  data_format format = data_format::automatic;
  std::optional<double> min_rating{};  ///< keep what was rated at least this; needs ratings
  bool numeric_ids = false;            ///< refuse ids that are not integers of 64 bits
  /// Columns; for lists (`adjacency`) they say nothing.
  column user{};
  column item{};
  column rating{};  ///< numbers; read only if `min_rating` is set
  /// 1 for what happened and 0 for what was only offered: zeros are no interactions. By itself
  /// only what is named so.
  column label{};
  column time{};                   ///< see `data/time.hpp`
  column weight = column::none();  ///< how much a pair counts, above 0; only what is named here
  /// The label of an interaction, as text or number, instead of 1.
  std::optional<std::string> positive_label{};
  /// Whether interactions carry their times. Then the file must have them.
  bool times = false;
  header_line header = header_line::automatic;
  std::string delimiter{};  ///< between fields; " ": any run of blanks; empty: found by itself
  /// Around fields, doubled inside; '\0': no quotes. By itself: '"', between tabs and blanks only
  /// where it begins and ends a field of one line.
  std::optional<char> quote{};
  /// What lines that are no data begin with; '\0': none do. By itself: '#' and '%' above the data.
  std::optional<char> comment{};
};

}  // namespace ciess
