// SPDX-License-Identifier: MIT
/// @file
/// Which tables and parameters a click model has for its impressions, and where they lie.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/backbone/click_network.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/data/impressions.hpp>
#include <ciess/embedding/assignment.hpp>

namespace ciess {

/// Tables are the fields, in their order, and one called "features" with a row for each feature if
/// there are features and the network reads them so. Where the first order is part of the model, a
/// weight for each row lies behind the bias, table after table.
struct click_layout {
  std::vector<click_field> fields;
  std::vector<std::string> features;  ///< names
  std::vector<std::string> names;     ///< [tables]
  std::vector<table_shape> shapes;    ///< [tables]
  click_input input;
  bool feature_rows = false;  ///< the last table has the features' rows

  click_layout() = default;

  /// @param range   of every table, unless there are
  /// @param ranges  [tables] of each, or empty
  /// @throws argument_error if ranges are not valid, or not one for each table; if two tables would
  ///         have the same name
  click_layout(const impressions& train, size_range range, std::span<const size_range> ranges,
               bool features_are_rows)
      : click_layout({train.fields().begin(), train.fields().end()},
                     {train.features().begin(), train.features().end()}, range, ranges,
                     features_are_rows) {}

  /// The same of fields and names of features alone.
  click_layout(std::vector<click_field> those, std::vector<std::string> numbers, size_range range,
               std::span<const size_range> ranges, bool features_are_rows)
      : fields(std::move(those)), features(std::move(numbers)) {
    feature_rows = features_are_rows && !features.empty();
    const std::size_t tables = fields.size() + (feature_rows ? 1 : 0);
    if (!ranges.empty() && ranges.size() != tables)
      detail::throw_error<argument_error>("click_model: expected ranges of ", tables,
                                          " tables, got ", ranges.size());
    const auto add = [&](const std::string& name, index_t rows) {
      if (std::ranges::find(names, name) != names.end())
        detail::throw_error<argument_error>("click_model: two tables would be called ", name);
      const size_range own = ranges.empty() ? range : ranges[names.size()];
      detail::check_range("click_model", own);
      names.push_back(name);
      shapes.push_back({rows, own});
      input.columns = std::max<index_t>(input.columns, own.max);
    };
    for (const click_field& f : fields) add(f.name, f.rows);
    for (std::size_t t = 0; t < fields.size(); ++t) input.table_of.push_back(t);
    if (feature_rows) {
      add("features", std::ssize(features));
      input.table_of.resize(fields.size() + features.size(), fields.size());
    }
    input.slots = std::ssize(input.table_of);
    input.features = feature_rows ? 0 : std::ssize(features);
  }

  [[nodiscard]] std::size_t tables() const noexcept { return shapes.size(); }

  /// Where the weights of a table's rows lie among those of all rows.
  [[nodiscard]] index_t first_row(std::size_t table) const noexcept {
    index_t sum = 0;
    for (std::size_t t = 0; t < table; ++t) sum += shapes[t].rows;
    return sum;
  }

  /// @throws argument_error naming what is different unless impressions have these fields and
  ///         features
  void check(const char* who, const impressions& shown) const {
    const auto theirs = shown.fields();
    if (theirs.size() != fields.size())
      detail::throw_error<argument_error>(who, ": the model was made for ", fields.size(),
                                          " fields, the impressions have ", theirs.size());
    for (std::size_t k = 0; k < fields.size(); ++k)
      if (theirs[k] != fields[k])
        detail::throw_error<argument_error>(who, ": field ", k, " is ", said(theirs[k]),
                                            ", the model was made for ", said(fields[k]));
    if (shown.features().size() != features.size())
      detail::throw_error<argument_error>(who, ": the model was made for ", features.size(),
                                          " features, the impressions have ",
                                          shown.features().size());
    for (std::size_t f = 0; f < features.size(); ++f)
      if (shown.features()[f] != features[f])
        detail::throw_error<argument_error>(who, ": feature ", f, " is ", shown.features()[f],
                                            ", the model was made for ", features[f]);
  }

 private:
  static std::string said(const click_field& f) {
    return f.name + " of " + std::to_string(f.rows) + " rows" + (f.pooled ? ", pooled" : "");
  }
};

}  // namespace ciess
