// SPDX-License-Identifier: MIT
/// @file
/// What came of reading a file of impressions, before it is split.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/data/click_read_options.hpp>
#include <ciess/data/click_schema.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/data/text_list.hpp>

namespace ciess {

/// Impressions from a file. Each different value of a field has a row of its own, in the order in
/// which values first appear; which of them keep one is decided by the training part
/// (`make_click_dataset`). A missing value is the empty text.
struct loaded_impressions {
  impressions data;               ///< without features
  std::vector<text_list> values;  ///< of each field: what its rows stand for
  std::vector<std::string> features;
  /// Of each feature a number for each impression; NaN where it is missing.
  std::vector<std::vector<double>> numbers;
  /// Fields and features in the order of the file; empty, if nobody knows it: fields, then
  /// features.
  std::vector<click_column> columns;

  index_t lines = 0;                 ///< with data: without header, comments and blank lines
  index_t comments = 0;              ///< lines that were taken for comments
  click_format format{};             ///< as given
  std::string delimiter;             ///< as given, or as decided; " " stands for any blanks
  std::optional<char> quote;         ///< as given
  std::string separator = "|";       ///< between the values of a pooled field
  bool header = false;               ///< whether the first line was taken as names
  std::string label;                 ///< the column of labels; empty if there is none
  std::string time;                  ///< the column of times; empty if there is none
  std::vector<std::string> ignored;  ///< columns that are not read
  index_t drawn = 0;                 ///< impressions that were not in the file (`draw_negatives`)
  std::vector<std::string> notes;    ///< what a person should look at, a sentence each
};

namespace detail {

/// Columns as a model has to know them; means and deviations are for training to say.
/// @throws argument_error if they are not the fields and features that were read
inline click_schema schema_of(const loaded_impressions& read) {
  click_schema s{.columns = read.columns, .separator = read.separator, .quote = read.quote};
  // Lines of libffm and libsvm tell fields by numbers: what is scored has a column for each.
  const bool numbered = read.format == click_format::libffm || read.format == click_format::libsvm;
  if (!read.delimiter.empty() && !numbered) s.delimiter = read.delimiter;
  if (read.format == click_format::criteo) s.quote = '\0';  // these have none
  if (s.columns.empty()) {
    for (const click_field& f : read.data.fields())
      s.columns.push_back({f.name, f.pooled ? column_use::pooled : column_use::single});
    for (const std::string& f : read.features) s.columns.push_back({f, column_use::standardised});
  }
  std::size_t k = 0, f = 0;
  const auto fields = read.data.fields();
  for (const click_column& c : s.columns) {
    const bool feature = c.use == column_use::standardised;
    const bool fits = feature ? f < read.features.size() && read.features[f] == c.name
                              : k < fields.size() && fields[k].name == c.name &&
                                    fields[k].pooled == (c.use == column_use::pooled);
    if (!fits)
      throw_error<argument_error>("loaded_impressions: expected columns that are the fields and ",
                                  "features in their order, got ", shown(c.name));
    ++(feature ? f : k);
  }
  if (k != fields.size() || f != read.features.size())
    throw_error<argument_error>("loaded_impressions: expected a column for each of ", fields.size(),
                                " fields and ", read.features.size(), " features, got ",
                                s.columns.size());
  return s;
}

}  // namespace detail
}  // namespace ciess
