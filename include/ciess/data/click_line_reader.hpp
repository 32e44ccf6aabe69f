// SPDX-License-Identifier: MIT
/// @file
/// Lines of a table, as they come through a pipe, as impressions for a model that has been trained.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/click_batch.hpp>
#include <ciess/data/click_schema.hpp>
#include <ciess/data/detail/click_columns.hpp>
#include <ciess/data/detail/delimiter.hpp>
#include <ciess/data/detail/impression_builder.hpp>
#include <ciess/data/detail/label_rule.hpp>
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/detail/value_column.hpp>
#include <ciess/data/id_view.hpp>
#include <ciess/data/read_options.hpp>

namespace ciess {

/// Reads one line at a time what `read_impressions` reads of a file, with the rows and scales that
/// training decided on: a value that has no row is row 0, a missing number its own bucket or the
/// mean. A line is cut as those of the training file; a quoted field ends on its line.
class click_line_reader {
 public:
  /// @param ids   of the rows of each field; what they refer to must live as long
  /// @param name  of the lines, for messages
  /// @throws argument_error as `click_schema::check`, or if there are not ids for each field
  click_line_reader(click_schema schema, std::vector<id_view> ids, std::string name)
      : schema_{std::move(schema)},
        ids_{std::move(ids)},
        source_{std::move(name), {}},
        unknown_(schema_.fields()) {
    schema_.check("click_line_reader");
    if (ids_.size() != schema_.fields())
      detail::throw_error<argument_error>("click_line_reader: expected ids of ", schema_.fields(),
                                          " fields, got ", ids_.size());
    how_ = detail::cutting_by(schema_.delimiter, {.quote = schema_.quote}, {});
    positions_.resize(schema_.columns.size());
    for (std::size_t c = 0; c < positions_.size(); ++c) positions_[c] = c;
    width_ = positions_.size();
  }

  /// Takes the names of columns from a line: from now on lines are read by them, in whatever order,
  /// and columns that the schema does not name are passed over. Without it, a line has the columns
  /// of the schema in its order.
  /// @returns false if there is nothing in the line
  /// @throws data_error "name:line: ..." naming the first column that is not there, or comes twice
  bool read_header(std::string_view line, std::int64_t number) {
    if (!cut(line, number)) return false;
    std::vector<std::size_t> found;
    for (const click_column& c : schema_.columns) {
      const auto at = std::ranges::find(record_, std::string_view(c.name));
      if (at == record_.end())
        source_.fail(number, "expected a column named ", detail::shown(c.name),
                     ", got the columns ", detail::list_of(record_), ", cut at ",
                     detail::name_of_delimiter(schema_.delimiter));
      if (std::find(at + 1, record_.end(), std::string_view(c.name)) != record_.end())
        source_.fail(number, "expected one column named ", detail::shown(c.name), ", got several");
      found.push_back(static_cast<std::size_t>(at - record_.begin()));
    }
    positions_ = std::move(found);
    width_ = record_.size();
    return true;
  }

  /// Adds the impression of a line.
  /// @returns false if there is nothing in the line
  /// @throws data_error "name:line: expected ..., got ..." if it has other columns than the header,
  ///         or a number is none; nothing is added then
  bool read(std::string_view line, std::int64_t number, click_batch& to) {
    if (!cut(line, number)) return false;
    if (record_.size() != width_)
      source_.fail(number, "expected ", width_, width_ == 1 ? " field" : " fields", ", got ",
                   record_.size());
    to.begin();
    found_.clear();
    std::size_t field = 0, feature = 0;
    for (std::size_t c = 0; c < schema_.columns.size(); ++c) {
      const click_column& column = schema_.columns[c];
      const std::string_view text = record_[positions_[c]];
      switch (column.use) {
        case column_use::single:
          add(field++, text, to);
          break;
        case column_use::pooled:
          add_pooled(field++, text, to);
          break;
        case column_use::log_buckets:
          if (text.empty())
            add(field++, {}, to);
          else
            add(field++, detail::log_bucket(number_of(c, text, number)).name(), to);
          break;
        case column_use::standardised:
          to.set(feature++, text.empty() ? 0.0F : standardised(c, text, number));
          break;
      }
    }
    to.keep();
    for (const std::size_t k : found_) ++unknown_[k];
    return true;
  }

  [[nodiscard]] const click_schema& schema() const noexcept { return schema_; }
  /// Of each field, how many values of lines had no row of their own.
  [[nodiscard]] std::span<const std::int64_t> unknown() const noexcept { return unknown_; }

 private:
  /// Cuts a line into the fields of `record_`, which are views of it.
  bool cut(std::string_view line, std::int64_t number) {
    if (line.find('\0') != line.npos)
      source_.fail(number, "expected text, got a NUL byte (a binary file, or UTF-16?)");
    if (line.find('\n') != line.npos) source_.fail(number, "expected one line, got several");
    source_.bytes.assign(line);
    how_.line = number;
    readers_.clear();  // fields may be views into the reader
    return readers_.emplace_back(source_, how_).next(record_);
  }

  void add(std::size_t field, std::string_view text, click_batch& to) {
    const auto row = ids_[field].find(text);
    if (!row) found_.push_back(field);
    to.add(field, row.value_or(0));
  }
  void add_pooled(std::size_t field, std::string_view text, click_batch& to) {
    bool any = false;
    detail::for_each_value(text, schema_.separator, [&](std::string_view value) {
      add(field, value, to);
      any = true;
    });
    if (!any) add(field, {}, to);
  }

  [[nodiscard]] double number_of(std::size_t c, std::string_view text, std::int64_t line) const {
    return detail::parse_feature(source_, line, positions_[c], schema_.columns[c].name, text);
  }
  [[nodiscard]] float standardised(std::size_t c, std::string_view text, std::int64_t line) const {
    const click_column& column = schema_.columns[c];
    const float x = detail::standardised(number_of(c, text, line), column.mean, column.deviation);
    if (!std::isfinite(x))
      source_.fail(line, "expected a number that stays finite when it is divided by ",
                   column.deviation, detail::where_of(positions_[c], column.name), ", got ",
                   detail::shown(text));
    return x;
  }

  click_schema schema_;
  std::vector<id_view> ids_;
  detail::source source_;  ///< the line at hand
  detail::cutting how_;
  std::vector<std::size_t> positions_;          ///< of each column of the schema in a line
  std::size_t width_ = 0;                       ///< fields of a line
  std::vector<detail::record_reader> readers_;  ///< of the line at hand: one
  detail::record record_;
  std::vector<std::size_t> found_;  ///< fields of values without row, of the line at hand
  std::vector<std::int64_t> unknown_;
};

}  // namespace ciess
