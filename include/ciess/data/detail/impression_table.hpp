// SPDX-License-Identifier: MIT
/// @file
/// From a table, one impression a line, to impressions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/click_read_options.hpp>
#include <ciess/data/detail/click_columns.hpp>
#include <ciess/data/detail/impression_builder.hpp>
#include <ciess/data/detail/label_rule.hpp>
#include <ciess/data/detail/layout.hpp>
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/detail/text_pieces.hpp>
#include <ciess/data/detail/time_column.hpp>
#include <ciess/data/loaded_impressions.hpp>

namespace ciess::detail {

/// Reads a text that is a table. What is decided about it rests on its first piece.
class impression_table {
 public:
  impression_table(text_pieces& pieces, click_read_options o)
      : pieces_{&pieces},
        source_{&pieces.current()},
        options_{std::move(o)},
        build_{pieces.expected_lines()},
        label_{options_},
        times_{pieces.current()} {}

  loaded_impressions read() && {
    result_.format = options_.format;
    cutting how =
        options_.format == click_format::criteo ? cutting{.delimiter = "\t"} : find_cutting();
    result_.delimiter = how.delimiter;
    const char quote = how.quotes == quoting::anywhere ? how.quote : '\0';
    pieces_->complete(quote);
    bool first = true;
    do {
      record_reader reader(*source_, how);
      record f;
      if (first) find_columns(reader, f);
      while (more_ || reader.next(f)) {
        more_ = false;
        add(f, reader.line());
      }
      result_.comments += reader.comments();
      if (reader.longest() > 2)
        result_.notes.push_back(joined(
            "a quoted field runs over several lines, ", reader.longest(), " from line ",
            reader.longest_line(), " on; if quotes are part of the text: quote none (--quote)"));
      first = false;
    } while (go_on(how, quote));
    result_.lines = static_cast<index_t>(build_.size());
    if (result_.lines == 0)
      throw_error<data_error>(source_->name, ": expected impressions, got names of columns alone");
    times_.look_for_blanks("or, if these are no times, read none (--time none)");
    std::vector<std::int64_t> seconds = times_.milliseconds();
    for (auto& t : seconds) t = t / 1000 - (t % 1000 < 0 ? 1 : 0);
    if (const auto text = times_.note()) result_.notes.push_back(*text);
    result_.quote = options_.quote;
    result_.separator = options_.separator;
    std::move(build_).finish(std::move(seconds), result_);
    if (!result_.label.empty()) check_labels(*source_, result_);
    tell_fields(result_);
    return std::move(result_);
  }

 private:
  struct used_column {
    std::size_t position;
    click_role role;
    std::size_t slot;
    std::string name;
  };

  /// Takes the next piece of the text, if there is one.
  bool go_on(cutting& how, char quote) {
    if (!pieces_->next(quote)) return false;
    how.begin = 0;
    how.line = pieces_->line();
    return true;
  }

  /// Decides on comments and the delimiter as files of interactions are read.
  cutting find_cutting() {
    const layout found = find_layout(*source_, {.format = data_format::delimited,
                                                .header = header_line::yes,
                                                .delimiter = options_.delimiter,
                                                .quote = options_.quote,
                                                .comment = options_.comment});
    if (!found.header.empty())
      source_->fail(found.header_line,
                    "expected names of columns on a line of their own, got them ",
                    "in a comment; take off the sign before them");
    result_.comments = found.comments;
    return found.how;
  }

  /// Reads the first record, which is left in `f`, with `more_`, if it is data.
  void find_columns(record_reader& reader, record& f) {
    if (!reader.next(f)) throw_error<data_error>(source_->name, ": expected impressions, got none");
    width_ = f.size();
    std::vector<std::string> names;
    if (options_.format == click_format::criteo) {
      names_of_criteo(names);
      if (width_ != names.size())
        source_->fail(reader.line(), "expected Criteo's label, 13 integers and 26 categories, ",
                      "between tabs, got ", width_, width_ == 1 ? " field" : " fields");
      more_ = true;
    } else {
      result_.header = has_header(f, reader.line());
      more_ = !result_.header;
      for (std::size_t k = 0; k < width_; ++k)
        names.push_back(more_ ? std::to_string(k + 1) : std::string(f[k]));
    }
    const bool named = !more_ || options_.format == click_format::criteo;
    const click_columns columns(*source_, reader.line(), options_, std::move(names), named);
    const auto label = columns.find(click_role::label);
    if (!label && !options_.label.is_none())
      source_->fail(reader.line(), "expected a column of labels, got ",
                    named ? "the columns " : "a first line ", list_of(f),
                    ": name it (--label), or none if every line was clicked");
    if (label) result_.label = columns.name(*label);
    if (const auto time = columns.find(click_role::time)) result_.time = columns.name(*time);
    for (std::size_t k = 0; k < columns.size(); ++k) use(columns, k);
    if (build_.fields() == 0)
      source_->fail(reader.line(), "expected at least one field beside the label, got the columns ",
                    list_of(f));
    build_.begin();
  }

  void use(const click_columns& columns, std::size_t k) {
    const std::string& name = columns.name(k);
    const click_role role = columns.role(k);
    std::size_t slot = 0;
    switch (role) {
      case click_role::ignored:
        result_.ignored.push_back(name);
        return;
      case click_role::single:
        if (result_.header && usual_name_of(name, column_role::label))
          result_.notes.push_back(joined("field ", shown(name), " is named like a label: does it ",
                                         "tell what is asked for? Then leave it out (--ignore)"));
        slot = build_.add_single(name);
        break;
      case click_role::pooled:
        slot = build_.add_pooled(name);
        break;
      case click_role::bucketed:
        slot = build_.add_bucketed(name);
        break;
      case click_role::feature:
        slot = build_.add_feature(name);
        break;
      default:
        break;
    }
    columns_.push_back({k, role, slot, name});
  }

  void names_of_criteo(std::vector<std::string>& names) {
    names = {"label"};
    for (int k = 1; k <= 13; ++k) names.push_back(joined('I', k));
    for (int k = 1; k <= 26; ++k) names.push_back(joined('C', k));
    if (options_.label.is_automatic()) options_.label = 0;
    options_.time = column::none();
    if (!options_.numeric.empty() || !options_.fields.empty()) return;
    for (int k = 1; k <= 13; ++k)
      if (std::ranges::none_of(options_.ignored, [&](const column& c) {
            return c.number() == k || c.name() == names[static_cast<std::size_t>(k)];
          }))
        options_.numeric.emplace_back(k);
  }

  bool has_header(const record& first, std::int64_t line) const {
    if (options_.header != header_line::automatic) return options_.header == header_line::yes;
    const auto named = [](const column& c) { return c.name().has_value(); };
    for (const auto* list :
         {&options_.fields, &options_.pooled, &options_.numeric, &options_.ignored})
      if (std::ranges::any_of(*list, named)) return true;
    if (named(options_.label) || named(options_.time)) return true;
    if (const auto& number = options_.label.number()) {
      const auto k = static_cast<std::size_t>(*number);
      return k >= first.size() || !label_.is_label(first[k]);
    }
    if (!usual_columns(first, column_role::label, data_format::delimited).empty() &&
        std::ranges::none_of(first, [](std::string_view f) { return parse_rating(f).has_value(); }))
      return true;
    if (options_.label.is_none())
      source_->fail(line, "names or data: ", list_of(first), "? say it (--header yes or no)");
    source_->fail(line, "which column has the labels cannot be told from the first line, ",
                  list_of(first), ": name it (--label), or none if every line was clicked");
  }

  void add(const record& f, std::int64_t line) {
    if (f.size() != width_)
      source_->fail(line, "expected ", width_, " fields like the first line, got ", f.size());
    std::uint8_t label = 1;
    for (const used_column& c : columns_) {
      const std::string_view text = f[c.position];
      switch (c.role) {
        case click_role::label:
          label = label_(*source_, line, c.position, c.name, text);
          break;
        case click_role::time:
          times_.add(text, line);
          break;
        case click_role::single:
          build_.single(c.slot, text);
          break;
        case click_role::pooled:
          add_pooled(c.slot, text);
          break;
        case click_role::bucketed:
          if (text.empty())
            build_.missing_bucket(c.slot);
          else
            build_.bucket(c.slot, parse_feature(*source_, line, c.position, c.name, text));
          break;
        case click_role::feature:
          if (text.empty())
            build_.missing_feature(c.slot);
          else
            build_.feature(c.slot, parse_feature(*source_, line, c.position, c.name, text));
          break;
        default:
          break;
      }
    }
    build_.label(label);
  }

  void add_pooled(std::size_t slot, std::string_view text) {
    for_each_value(text, options_.separator,
                   [&](std::string_view value) { build_.pooled(slot, value); });
    build_.end_pooled(slot);
  }

  text_pieces* pieces_;
  const source* source_;
  click_read_options options_;
  impression_builder build_;
  label_rule label_;
  time_column times_;
  std::vector<used_column> columns_;
  std::size_t width_ = 0;
  bool more_ = false;  ///< the record at hand is data
  loaded_impressions result_;
};

}  // namespace ciess::detail
