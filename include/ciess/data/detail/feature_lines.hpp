// SPDX-License-Identifier: MIT
/// @file
/// From lines `label field:index:value ...` or `label index:value ...` to impressions.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
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
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/loaded_impressions.hpp>

namespace ciess::detail {

/// Reads one source of such lines: once to find the fields, once for what they hold.
class feature_lines {
 public:
  /// Files with more fields than this are refused: each would be a table.
  static constexpr std::size_t most_fields = 1000;

  feature_lines(const source& s, const click_read_options& o)
      : source_{&s},
        options_{&o},
        build_{static_cast<std::size_t>(std::ranges::count(s.bytes, '\n')) + 1},
        label_{o} {}

  loaded_impressions read() && {
    result_.format = options_->format;
    result_.delimiter = " ";
    result_.label = "label";
    find_fields();
    record_reader reader(*source_, how_);
    record f;
    while (reader.next(f)) add(f, reader.line());
    result_.lines = static_cast<index_t>(build_.size());
    result_.comments = reader.comments();
    result_.separator = options_->separator;
    std::move(build_).finish({}, result_);
    check_labels(*source_, result_);
    tell_fields(result_);
    return std::move(result_);
  }

 private:
  /// A piece of a line.
  struct entry {
    std::int64_t field = 0;
    std::string_view index;
    double value = 0;
  };
  struct found_field {
    click_role role{};
    std::size_t slot = 0;
    std::vector<entry> entries{};  ///< of the line at hand
  };

  entry parse(std::string_view text, std::int64_t line) const {
    const bool ffm = options_->format == click_format::libffm;
    const auto refuse = [&](const char* what) {
      source_->fail(line, "expected ", ffm ? "`field:index:value`" : "`index:value`", what,
                    ", got ", shown(text));
    };
    entry e;
    std::string_view rest = text;
    const auto whole = [&](std::string_view& piece) {
      const auto colon = rest.find(':');
      if (colon == std::string_view::npos) refuse("");
      piece = rest.substr(0, colon);
      rest.remove_prefix(colon + 1);
      std::int64_t number = 0;
      if (!parse_canonical(piece, number) || number < 0) refuse(" with whole numbers from 0");
      return number;
    };
    if (ffm) {
      std::string_view piece;
      e.field = whole(piece);
      whole(e.index);
    } else {
      const std::int64_t index = whole(e.index);
      const auto after = std::ranges::upper_bound(options_->borders, index);
      if (after == options_->borders.begin())
        source_->fail(line, "expected an index from ", options_->borders.front(),
                      ", the first border, on, got ", shown(text));
      e.field = after - options_->borders.begin() - 1;
    }
    const auto value = parse_rating(rest);
    if (!value || std::abs(*value) > std::numeric_limits<float>::max())
      refuse(" with a finite number as value");
    e.value = *value;
    return e;
  }

  /// Calls `use(entry)` for each piece behind the label, up to a comment.
  template <class Use>
  void walk(const record& f, std::int64_t line, Use use) const {
    for (std::size_t k = 1; k < f.size() && f[k].front() != '#'; ++k) use(parse(f[k], line));
  }

  void find_fields() {
    record_reader reader(*source_, how_);
    record f;
    std::int64_t first = 0;
    for (std::size_t k = 0; k < options_->borders.size(); ++k)
      fields_[static_cast<std::int64_t>(k)] = {};
    while (reader.next(f)) {
      if (first == 0) first = reader.line();
      walk(f, reader.line(), [&](const entry& e) {
        fields_.try_emplace(e.field);
        if (fields_.size() > most_fields)
          source_->fail(reader.line(), "expected at most ", most_fields,
                        " fields, got more: is this `index:value`, format libsvm?");
      });
    }
    if (first == 0) throw_error<data_error>(source_->name, ": expected impressions, got none");
    if (fields_.empty()) source_->fail(first, "expected fields behind labels, got none");
    std::vector<std::string> names;
    for (const auto& [number, field] : fields_) names.push_back(joined("field", number));
    click_read_options o = *options_;
    o.label = column::none();
    o.time = column::none();
    const click_columns columns(*source_, first, o, std::move(names), true);
    std::size_t k = 0;
    for (auto& [number, field] : fields_) {
      const std::string& name = columns.name(k);
      field.role = columns.role(k++);
      if (field.role == click_role::ignored)
        result_.ignored.push_back(name);
      else if (field.role == click_role::pooled)
        field.slot = build_.add_pooled(name);
      else if (field.role == click_role::bucketed)
        field.slot = build_.add_bucketed(name);
      else if (field.role == click_role::feature)
        field.slot = build_.add_feature(name);
      else
        field.slot = build_.add_single(name);
    }
    if (build_.fields() == 0)
      source_->fail(first, "expected at least one field that is categorical, got none");
    build_.begin();
  }

  void add(const record& f, std::int64_t line) {
    const std::uint8_t label = label_(*source_, line, 0, {}, f[0]);
    for (auto& [number, field] : fields_) field.entries.clear();
    walk(f, line, [&](const entry& e) { fields_.at(e.field).entries.push_back(e); });
    for (const auto& [number, field] : fields_) add(number, field, line);
    build_.label(label);
  }

  void add(std::int64_t number, const found_field& field, std::int64_t line) {
    const auto& all = field.entries;
    if (field.role == click_role::ignored) return;
    if (field.role == click_role::pooled) {
      for (const entry& e : all) {
        if (!(e.value > 0) || e.value != all[0].value)
          source_->fail(line, "expected values above 0, the same for all of pooled field ", number,
                        ", which counts each as much, got ", e.value);
        build_.pooled(field.slot, e.index);
      }
      build_.end_pooled(field.slot);
      return;
    }
    if (all.size() > 1)
      source_->fail(line, "expected one value of field ", number, ", got ", all.size(),
                    ": if it is a field of several, name it (--pooled)");
    if (field.role == click_role::single) {
      if (!all.empty() && all[0].value != 1)
        source_->fail(line, "expected 1 as the value of index ", all[0].index, " of field ", number,
                      ", got ", all[0].value, ": if it is a number, name the field (--numeric)");
      build_.single(field.slot, all.empty() ? std::string_view() : all[0].index);
    } else if (field.role == click_role::bucketed) {
      all.empty() ? build_.missing_bucket(field.slot) : build_.bucket(field.slot, all[0].value);
    } else {
      all.empty() ? build_.missing_feature(field.slot) : build_.feature(field.slot, all[0].value);
    }
  }

  const source* source_;
  const click_read_options* options_;
  cutting how_{.delimiter = " ", .comment = '#'};
  impression_builder build_;
  label_rule label_;
  std::map<std::int64_t, found_field> fields_;
  loaded_impressions result_;
};

}  // namespace ciess::detail
