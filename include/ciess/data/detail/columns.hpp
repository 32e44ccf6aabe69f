// SPDX-License-Identifier: MIT
/// @file
/// Decisions about the columns of a table: whether it has a header, and which column is what.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/data/detail/doubts.hpp>
#include <ciess/data/detail/layout.hpp>
#include <ciess/data/detail/names.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/loaded.hpp>
#include <ciess/data/read_options.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ciess::detail {

/// Columns by role, and what their choice rests on.
class column_finder {
 public:
  using positions = std::array<std::optional<std::size_t>, column_role_names.size()>;

  /// @param records  the first ones, the header among them if there is one in the data
  /// @param names    of a header that stands elsewhere; empty if it does not
  column_finder(const source& s, std::int64_t line, const read_options& o, data_format format,
                const std::vector<record>& records, const record& names)
      : source_{&s}, line_{line}, options_{&o}, format_{format} {
    if (records.empty() && names.empty())
      source_->fail(line_, "expected interactions, got no line with data");
    if (!names.empty() && o.header != header_line::no) {
      header_ = names;
      first_ = 0;
    } else if (!records.empty() && has_header(records)) {
      header_ = records[0];
      first_ = 1;
    }
    width_ = records.empty() ? header_.size() : records[0].size();
    find(records);
    const std::vector<record> data(
        records.begin() + static_cast<std::ptrdiff_t>(std::min(first_, records.size())),
        records.end());
    if (o.format == data_format::automatic) look_at_ids(data);
    tell_flags(data);
  }

  /// Whether the first record has the names.
  [[nodiscard]] bool header_in_data() const noexcept { return first_ == 1; }
  [[nodiscard]] const record& header() const noexcept { return header_; }
  [[nodiscard]] const positions& at() const noexcept { return at_; }
  /// What was decided without certainty that a person can check.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

 private:
  const column& given(column_role r) const noexcept {
    const std::array all{&options_->user,  &options_->item, &options_->rating,
                         &options_->label, &options_->time, &options_->weight};
    return *all[static_cast<std::size_t>(r)];
  }

  bool has_header(const std::vector<record>& records) {
    if (options_->header != header_line::automatic) return options_->header == header_line::yes;
    if (format_ == data_format::inter) return true;
    if (format_ == data_format::matrix_market) return false;
    for (std::size_t r = 0; r < column_role_names.size(); ++r)
      if (given(static_cast<column_role>(r)).name()) return true;
    const record& first = records[0];
    if (names_pairs(first, format_)) {
      if (is_name_among_data(records, usual_columns(first, column_role::user, format_)[0],
                             usual_columns(first, column_role::item, format_)[0]))
        source_->fail(line_, "names or data: ", list_of(first), ", of which one comes again below",
                      "? say it (--header yes or no)");
      return true;
    }
    if (options_->format == data_format::automatic && are_numbered_names(records))
      source_->fail(line_, "numbers of columns instead of names, or data: ", list_of(first),
                    "? say it (--header yes or no)");
    if (first[0].empty()) look_at_blank_name(records);
    for (const auto field : first)
      if (parse_rating(field) || looks_like_time(field)) return false;  // no name is a number
    if (is_text_above_numbers(records)) return true;
    const auto usual = [&](column_role r) {
      const auto columns = usual_columns(first, r, format_);
      // Where all have such words they are data: books and films.
      return std::ranges::any_of(columns, [&](std::size_t c) {
        return records.size() == 1 || std::ranges::any_of(records, [&](const record& f) {
                 return c < f.size() && !usual_name_of(f[c], r);
               });
      });
    };
    if (usual(column_role::user) || usual(column_role::item)) {
      if (options_->user.is_given() && options_->item.is_given())
        source_->fail(line_, "names or data: ", list_of(first), "? name it (--header yes or no)");
      return true;  // of which one is missing
    }
    notes_.push_back("the first line, " + list_of(first) +
                     ", is read as data: text above text; if it has names: header yes (--header)");
    return false;
  }

  /// A first field without text above text or numbers: the name of a column of row numbers, as
  /// pandas and R write it, or data whose first column is none of users and items.
  void look_at_blank_name(const std::vector<record>& records) const {
    const record& first = records[0];
    const bool text = std::all_of(first.begin() + 1, first.end(), [](std::string_view field) {
      return !parse_rating(field) && !looks_like_time(field);
    });
    const bool counts = records.size() > 1 && (records[1][0] == "0" || records[1][0] == "1");
    if (text || counts)
      source_->fail(line_, "begins with an empty field: a header above row numbers, or data? Say ",
                    "it (--header yes or no) and name the columns (--user, --item)");
  }

  /// Ids that are lists, quoted, or a drawn line.
  void look_at_ids(const std::vector<record>& data) const {
    const auto user = *at_[static_cast<std::size_t>(column_role::user)];
    const auto item = *at_[static_cast<std::size_t>(column_role::item)];
    const char* how = "to read it so, name the format, `delimited` (--format)";
    if (!data.empty() && is_rule(data[0]))
      source_->fail(line_ + static_cast<std::int64_t>(first_),
                    "expected data, got a drawn line: ", list_of(data[0]), "; ", how);
    if (const auto list = first_joined(data, item, 0))
      source_->fail(line_, "expected one item in each field of column ", item + 1, ", got ",
                    shown(data[*list][item]),
                    ": a list, or a number with signs between the thousands? ", how);
    if (!options_->quote && all_in_single_quotes(data, user) && all_in_single_quotes(data, item))
      source_->fail(line_, "are the single quotes around ", shown(data[0][user]), " and ",
                    shown(data[0][item]), " part of the ids? `quote` ' takes them off, none ",
                    "reads them (--quote)");
  }

  /// @throws data_error if the column is not there
  std::size_t named(column_role r) const {
    const auto what = column_role_names[static_cast<std::size_t>(r)];
    const column& c = given(r);
    if (const auto& number = c.number()) {
      const auto position = static_cast<std::size_t>(*number);
      if (position >= width_)
        source_->fail(line_, "expected ", what, " in column ", position + 1,
                      " (the first is 1), got ", width_, width_ == 1 ? " field" : " fields");
      return position;
    }
    for (std::size_t k = 0; k < header_.size(); ++k)
      if (name_of(header_[k], format_) == *c.name() || header_[k] == *c.name()) return k;
    source_->fail(line_, "expected a column named ", shown(*c.name()), " for ", what, ", got ",
                  header_.empty() ? "a file that is read without header" : list_of(header_));
  }

  /// The column that the header names for a role.
  /// @param needed  several that cannot be told apart are refused, otherwise none of them is taken
  std::optional<std::size_t> usual(column_role r, bool needed) {
    const auto columns = usual_columns(header_, r, format_);
    if (columns.size() == 1) return columns[0];
    if (columns.size() > 1 && needed) {
      record several;
      for (const auto c : columns) several.push_back(header_[c]);
      const auto what = column_role_names[static_cast<std::size_t>(r)];
      source_->fail(line_, "several columns could be the ", what, ": ", list_of(several),
                    "; name it (--", what, ")");
    }
    return std::nullopt;
  }

  std::optional<std::size_t>& at(column_role r) { return at_[static_cast<std::size_t>(r)]; }

  void find(const std::vector<record>& records) {
    if (width_ < 2)
      source_->fail(line_, "expected at least a user and an item, got one field: ",
                    shown(records.empty() ? header_[0] : records[0][0]));
    for (const auto r : {column_role::user, column_role::item})
      if (given(r).is_none())
        throw_error<argument_error>("read_options: the columns of users and items must be read");
    for (std::size_t r = 0; r < at_.size(); ++r)
      if (given(static_cast<column_role>(r)).is_given())
        at_[r] = named(static_cast<column_role>(r));
    header_.empty() ? find_pairs_by_position(records) : find_pairs_by_name();
    const auto user = at(column_role::user), item = at(column_role::item);
    if (user == item)
      throw_error<argument_error>("read_options: users and items are both in column ", *user + 1,
                                  " (the first is 1)");
    for (std::size_t r = 2; r < at_.size(); ++r)
      if (at_[r] && (at_[r] == user || at_[r] == item))
        throw_error<argument_error>("read_options: ", column_role_names[r], " and ",
                                    at_[r] == user ? "user" : "item", " are both in column ",
                                    *at_[r] + 1, " (the first is 1)");
    header_.empty() ? find_rest_by_position(records) : find_rest_by_name();
    if (options_->min_rating && !at(column_role::rating))
      source_->fail(line_, "expected a column with ratings, because those below ",
                    *options_->min_rating, " are to be left out: name it (--rating)");
    if (options_->positive_label && !at(column_role::label))
      source_->fail(line_, "expected a column with labels, because ",
                    shown(*options_->positive_label), " is to be kept: name it (--label)");
    if (options_->times && !at(column_role::time))
      source_->fail(line_, "expected a column with times: name it (--time)");
  }

  void find_pairs_by_name() {
    const bool user = at(column_role::user).has_value(), item = at(column_role::item).has_value();
    if (!user) at(column_role::user) = usual(column_role::user, true);
    if (!item) at(column_role::item) = usual(column_role::item, true);
    if (at(column_role::user) && at(column_role::item)) return;
    const char* lacks = at(column_role::item)   ? "users"
                        : at(column_role::user) ? "items"
                                                : "users and items";
    source_->fail(line_, "which columns are ", lacks, " cannot be told from the names ",
                  list_of(header_), ": name them (--user, --item)",
                  header_in_data() && options_->header == header_line::automatic
                      ? ", or --header no if this is data"
                      : "");
  }

  void find_pairs_by_position(const std::vector<record>& records) {
    const bool told = format_ == data_format::movielens || format_ == data_format::matrix_market;
    if (options_->format == data_format::automatic && format_ != data_format::matrix_market &&
        !at(column_role::user) && !at(column_role::item))
      if (const auto doubt = doubt_about_places(records, width_))
        source_->fail(line_, "which columns are users and items cannot be told: ", *doubt,
                      "; name them (--user, --item)");
    for (const auto r : {column_role::user, column_role::item}) {
      if (at(r)) continue;
      const std::size_t c = r == column_role::user ? 0 : 1;
      at(r) = c;
      if (told) continue;
      const auto kind = kind_of(records, c);
      const char* holds = kind.all_times() ? "times" : kind.fractions > 0 ? "fractions" : nullptr;
      // Ratings may stand where items usually do.
      bool better = false;
      for (std::size_t other = 2; records.size() >= 50 && other < width_; ++other) {
        const auto beside = kind_of(records, other);
        better = better || (kind.like_ratings() && !beside.all_times() && beside.fractions == 0 &&
                            beside.different >= 5 * kind.different);
      }
      if (!holds && better) holds = "few different numbers";
      if (holds)
        source_->fail(line_, "which columns are users and items cannot be told: column ", c + 1,
                      " holds ", holds, ", for example ", shown(records[0][c]),
                      "; name them (--user, --item)");
    }
  }

  /// Not taken for anything else.
  bool is_free(std::size_t c) const { return std::ranges::find(at_, c) == at_.end(); }

  void find_rest_by_name() {
    const auto find = [&](column_role r, bool needed) {
      if (!given(r).is_automatic()) return;
      if (const auto c = usual(r, needed); c && is_free(*c)) at(r) = c;
    };
    find(column_role::rating, options_->min_rating.has_value());
    find(column_role::label, true);
    find(column_role::time, options_->times);
  }

  void find_rest_by_position(const std::vector<record>& records) {
    auto& rating = at(column_role::rating);
    auto& time = at(column_role::time);
    const bool seek_rating = options_->rating.is_automatic() && width_ > 2 && is_free(2);
    const bool seek_time = options_->time.is_automatic();
    if (format_ == data_format::matrix_market) {
      if (seek_rating) rating = 2;
      return;
    }
    if (format_ == data_format::movielens) {
      if (seek_rating) rating = 2;
      if (seek_time && width_ > 3 && is_free(3)) time = 3;
      return;
    }
    if (seek_rating && kind_of(records, 2).like_ratings()) rating = 2;
    for (std::size_t c = 2; seek_time && !time && c < width_; ++c)
      if (is_free(c) && kind_of(records, c).all_times()) time = c;
  }

  void tell_flags(const std::vector<record>& data) {
    if (!given(column_role::label).is_automatic() || at(column_role::label)) return;
    auto flags = flag_columns(data, width_);
    if (flags.size() > 5) return;  // properties
    std::erase_if(flags, [&](std::size_t c) { return !is_free(c); });
    if (!flags.empty()) notes_.push_back(note_about_flags(flags, header_));
  }

  const source* source_;
  std::int64_t line_;
  const read_options* options_;
  data_format format_;
  record header_;
  std::size_t first_ = 0;
  std::size_t width_ = 0;
  positions at_{};
  std::vector<std::string> notes_;
};

}  // namespace ciess::detail
