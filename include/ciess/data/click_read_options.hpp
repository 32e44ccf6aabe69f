// SPDX-License-Identifier: MIT
/// @file
/// What to read from a file of impressions.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/data/read_options.hpp>

namespace ciess {

/// How a text file holds impressions.
enum class click_format : std::uint8_t {
  delimited,  ///< columns with a separator, named by a header or numbered: CSV, TSV
  criteo,     ///< label, 13 integers (I1 to I13), 26 categories (C1 to C26), tabs, no header
  libffm,     ///< `label field:index:value ...`
  libsvm      ///< `label index:value ...`, libFM's too; `borders` say where fields begin
};

/// In the order of `click_format`.
inline constexpr std::array<std::string_view, 4> click_format_names{"delimited", "criteo", "libffm",
                                                                    "libsvm"};

/// The name of a format, as `parse_click_format` takes it.
[[nodiscard]] constexpr std::string_view to_string(click_format format) noexcept {
  return click_format_names[static_cast<std::size_t>(format)];
}

/// @throws argument_error if no format has that name
[[nodiscard]] inline click_format parse_click_format(std::string_view name) {
  for (std::size_t f = 0; f < click_format_names.size(); ++f)
    if (click_format_names[f] == name) return static_cast<click_format>(f);
  detail::throw_error<argument_error>(
      "click format: expected delimited, criteo, libffm or libsvm, got ", name);
}

/// What becomes of numeric columns.
enum class number_use : std::uint8_t {
  /// A categorical field each, of which x is value floor(log(|x|)^2) with the sign of x if |x| > 2,
  /// and floor(x) otherwise; a missing number is a value of its own.
  /// Source: Juan et al., "Field-aware factorization machines for CTR prediction", RecSys 2016.
  log_buckets,
  /// A feature each: (x - mean) / deviation, both of the training part; a missing number is the
  /// mean, that is 0.
  standardised
};

/// How to read a file of impressions.
///
/// Columns are given by name or by number from 0. Fields of libffm and libsvm are named `field0`,
/// `field1` and so on by their numbers in the file; a number given here is the place among them.
struct click_read_options {
  click_format format = click_format::delimited;
  /// 1 or 0, 1 or -1, or true or false. By itself: the column with a usual name (`label`, `click`,
  /// ...). None: every line is an impression that was clicked; negatives are then to be drawn
  /// (`click_dataset_options::negatives`).
  column label{};
  std::optional<double> positive_from{};        ///< labels are numbers; those from this on are 1
  std::optional<std::string> positive_label{};  ///< this label, as text or number, is 1, others 0
  std::vector<column> fields{};   ///< categorical; empty: all columns that are nothing else
  std::vector<column> pooled{};   ///< fields of several values each, besides `fields`
  std::string separator = "|";    ///< between the values of a pooled field
  std::vector<column> numeric{};  ///< besides `fields`; of Criteo by itself I1 to I13
  number_use numbers = number_use::log_buckets;
  std::vector<column> ignored{};
  /// Seconds, milliseconds or dates (`data/time.hpp`), kept in seconds. By itself: the column with
  /// a usual name (`timestamp`, `time`, ...), if there is one.
  column time{};
  /// The first index of each field of a libsvm file, ascending.
  std::vector<std::int64_t> borders{};
  header_line header = header_line::automatic;
  std::string delimiter{};        ///< as in `read_options`
  std::optional<char> quote{};    ///< likewise
  std::optional<char> comment{};  ///< likewise
};

namespace detail {

inline void check_click_read_options(const click_read_options& o) {
  const auto refuse = [](const auto&... parts) {
    throw_error<argument_error>("click_read_options: ", parts...);
  };
  if (o.positive_from && !std::isfinite(*o.positive_from))
    refuse("positive_from must be finite, got ", *o.positive_from);
  if (o.positive_from && o.positive_label)
    refuse("expected positive_from or positive_label, got both");
  if (o.label.is_none() && (o.positive_from || o.positive_label))
    refuse("expected a label, for there is a rule which are 1");
  if (o.separator.empty() || o.separator.find_first_of("\r\n") != std::string::npos)
    refuse("expected a separator of pooled values that is no line end, got ", shown(o.separator));
  if (!o.pooled.empty() && o.separator == o.delimiter)
    refuse("separator and delimiter must differ, got ", shown(o.separator), " for both");
  if (o.delimiter.find_first_of("\r\n") != std::string::npos ||
      (o.quote && *o.quote != '\0' && o.delimiter.find(*o.quote) != std::string::npos))
    refuse("delimiter must differ from line ends and quote");
  for (const auto& sign : {o.quote, o.comment})
    if (sign && (*sign == '\n' || *sign == '\r')) refuse("a sign must differ from line ends");
  for (const auto* list : {&o.fields, &o.pooled, &o.numeric, &o.ignored})
    for (const column& c : *list)
      if (!c.is_given()) refuse("expected names or numbers of columns in a list of them");
  const bool lines = o.format == click_format::libffm || o.format == click_format::libsvm;
  if (o.format == click_format::libsvm && o.borders.empty())
    refuse("lines `label index:value` do not say where one field ends and the next begins: give ",
           "the first index of each field (borders), or write libffm's `field:index:value`");
  if (o.format != click_format::libsvm && !o.borders.empty())
    refuse("borders belong to format libsvm, got ", to_string(o.format));
  for (std::size_t k = 0; k < o.borders.size(); ++k)
    if (o.borders[k] < 0 || (k > 0 && o.borders[k] <= o.borders[k - 1]))
      refuse("borders must be at least 0 and rise, got ", o.borders[k],
             k > 0 ? " after others" : " first");
  if (lines && (o.label.is_given() || o.label.is_none() || o.time.is_given()))
    refuse("lines of ", to_string(o.format),
           " begin with their label and have no times: leave both columns as they are");
  if ((lines || o.format == click_format::criteo) &&
      (!o.delimiter.empty() || o.quote || o.comment || o.header == header_line::yes))
    refuse("format ", to_string(o.format), " has delimiters of its own, and no header, quotes or ",
           "comments: leave these options as they are");
}

}  // namespace detail
}  // namespace ciess
