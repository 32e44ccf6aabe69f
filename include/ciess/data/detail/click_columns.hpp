// SPDX-License-Identifier: MIT
/// @file
/// Decisions about the columns of a table of impressions: whether it has a header, and which column
/// is what.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/click_read_options.hpp>
#include <ciess/data/detail/names.hpp>
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/loaded.hpp>

namespace ciess::detail {

/// What a column of impressions can be.
enum class click_role : std::uint8_t { ignored, label, time, single, pooled, bucketed, feature };

/// Names for messages: all of them up to a dozen, in quotes.
inline std::string list_of(const std::vector<std::string>& names) {
  return list_of(record(names.begin(), names.end()));
}

/// Roles of columns by their names and the options.
class click_columns {
 public:
  /// @param names     of the columns; without header their numbers from 1
  /// @param header    whether the file has these names
  /// @throws data_error "name:line: ..." if a column is not there, or comes twice; argument_error
  ///         if one is to be two things
  click_columns(const source& s, std::int64_t line, const click_read_options& o,
                std::vector<std::string> names, bool header)
      : source_{&s}, line_{line}, names_{std::move(names)}, header_{header} {
    roles_.resize(names_.size());
    if (o.label.is_given()) take(o.label, click_role::label, "label");
    if (o.label.is_automatic()) take_usual(column_role::label, click_role::label);
    if (o.time.is_given()) take(o.time, click_role::time, "time");
    const auto number =
        o.numbers == number_use::standardised ? click_role::feature : click_role::bucketed;
    for (const column& c : o.numeric) take(c, number, "numeric");
    for (const column& c : o.pooled) take(c, click_role::pooled, "pooled");
    for (const column& c : o.fields) take(c, click_role::single, "field");
    for (const column& c : o.ignored) take(c, click_role::ignored, "ignored");
    if (o.time.is_automatic()) take_usual(column_role::time, click_role::time);
    for (std::size_t k = 0; k < roles_.size(); ++k)
      if (!roles_[k]) roles_[k] = o.fields.empty() ? click_role::single : click_role::ignored;
    check_names();
  }

  [[nodiscard]] click_role role(std::size_t k) const { return *roles_[k]; }
  [[nodiscard]] const std::string& name(std::size_t k) const { return names_[k]; }
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
  /// The column of a role that one column at most has.
  [[nodiscard]] std::optional<std::size_t> find(click_role r) const {
    const auto at = std::ranges::find(roles_, std::optional(r));
    if (at == roles_.end()) return std::nullopt;
    return static_cast<std::size_t>(at - roles_.begin());
  }

 private:
  void take(const column& c, click_role role, const char* what) {
    const std::size_t k = position(c, what);
    if (roles_[k])
      throw_error<argument_error>("click_read_options: column ", k + 1, " (the first is 1), ",
                                  shown(names_[k]), ", is to be two things, the second: ", what);
    roles_[k] = role;
  }

  void take_usual(column_role usual, click_role role) {
    if (!header_) return;
    const record all(names_.begin(), names_.end());
    std::vector<std::size_t> columns = usual_columns(all, usual, data_format::delimited);
    std::erase_if(columns, [&](std::size_t k) { return roles_[k].has_value(); });
    const auto what = column_role_names[static_cast<std::size_t>(usual)];
    if (columns.size() > 1)
      source_->fail(line_, "several columns could be the ", what, ": ", shown(names_[columns[0]]),
                    " and ", shown(names_[columns[1]]), "; name it (--", what, ")");
    if (columns.size() == 1) roles_[columns[0]] = role;
  }

  std::size_t position(const column& c, const char* what) const {
    if (const auto& number = c.number()) {
      const auto k = static_cast<std::size_t>(*number);
      if (k >= names_.size())
        source_->fail(line_, "expected ", what, " in column ", k + 1, " (the first is 1), got ",
                      names_.size(), names_.size() == 1 ? " column" : " columns");
      return k;
    }
    const auto same = [&](const std::string& name) { return name == *c.name(); };
    const auto at = std::ranges::find_if(names_, same);
    if (at == names_.end() && header_)
      source_->fail(line_, "expected a column named ", shown(*c.name()), " as ", what,
                    ", got the columns ", list_of(names_));
    if (at == names_.end())
      source_->fail(line_, "expected a column named ", shown(*c.name()), " as ", what,
                    ", got a file that is read without header");
    if (std::find_if(at + 1, names_.end(), same) != names_.end())
      source_->fail(line_, "expected one column named ", shown(*c.name()), " as ", what,
                    ", got several: give its number");
    return static_cast<std::size_t>(at - names_.begin());
  }

  void check_names() const {
    std::vector<std::string_view> used;
    for (std::size_t k = 0; k < names_.size(); ++k) {
      if (*roles_[k] == click_role::ignored) continue;
      if (names_[k].empty() && *roles_[k] != click_role::label && *roles_[k] != click_role::time)
        source_->fail(line_, "expected a name of column ", k + 1, " (the first is 1), got none: ",
                      "row numbers? Leave it out (--ignore), or write its name");
      used.push_back(names_[k]);
    }
    std::ranges::sort(used);
    if (const auto twice = std::ranges::adjacent_find(used); twice != used.end())
      source_->fail(line_, "expected columns of different names, got ", shown(*twice),
                    " twice: leave one out (--ignore)");
  }

  const source* source_;
  std::int64_t line_;
  std::vector<std::string> names_;
  bool header_;
  std::vector<std::optional<click_role>> roles_;
};

}  // namespace ciess::detail
