// SPDX-License-Identifier: MIT
/// @file
/// From the text of a file to interactions.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/detail/columns.hpp>
#include <ciess/data/detail/id_column.hpp>
#include <ciess/data/detail/layout.hpp>
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/detail/time_column.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/loaded.hpp>
#include <ciess/data/read_options.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ciess::detail {

/// Reads one source into pairs of external ids, then into rows.
class interaction_reader {
 public:
  /// @param s  its bytes are let go once they are read
  interaction_reader(source& s, const read_options& o)
      : source_{&s},
        options_{&o},
        users_{s, "user", o.numeric_ids},
        items_{s, "item", o.numeric_ids},
        times_{s} {}

  loaded read() && {
    layout found = find_layout(*source_, *options_);
    result_.format = found.format;
    result_.delimiter = found.how.delimiter;
    result_.comments = found.comments;
    if (found.format == data_format::matrix_market) read_counts(found);
    record_reader reader(*source_, found.how);
    if (found.format == data_format::adjacency)
      read_lists(reader);
    else
      read_table(reader, found);
    result_.comments += reader.comments();
    if (reader.longest() > 2)
      note("a quoted field runs over several lines, ", reader.longest(), " from line ",
           reader.longest_line(), " on; if quotes are part of the text: quote none (--quote)");
    finish();
    return std::move(result_);
  }

 private:
  template <class... Parts>
  void note(const Parts&... parts) {
    result_.notes.push_back(joined(parts...));
  }

  /// The line of counts below MatrixMarket's comments.
  void read_counts(layout& found) {
    const std::string_view all(source_->bytes);
    const auto line = all.substr(0, all.find_first_of("\r\n"));
    const auto banner = lower(line);
    const auto has = [&](const char* word) { return banner.find(word) != std::string::npos; };
    if (!has("matrix coordinate") || !has("general") || has("complex"))
      source_->fail(1,
                    "expected `%%MatrixMarket matrix coordinate real|integer|pattern general`: "
                    "rows are users, columns are items, got ",
                    shown(line));
    cutting how = found.how;  // NOLINT(misc-const-correctness)
    record_reader reader(*source_, how);
    record f;
    if (!reader.next(f) || f.size() != 3)
      source_->fail(reader.line(), "expected the numbers of rows, columns and entries");
    for (std::size_t k = 0; k < 3; ++k)
      if (!parse_canonical(f[k], counts_[k]) || counts_[k] < 0)
        source_->fail(reader.line(), "expected a count, got ", shown(f[k]));
    const std::string_view rest = all.substr(found.how.begin);
    const auto text = rest.find_first_not_of(" \t\r\n");
    const auto stop = rest.find('\n', text);
    found.how.begin += stop == std::string_view::npos ? rest.size() : stop + 1;
    found.how.line = reader.line() + 1;
  }

  void read_lists(record_reader& reader) {
    if (options_->min_rating || options_->positive_label || options_->times ||
        options_->rating.is_given() || options_->label.is_given() || options_->time.is_given() ||
        options_->weight.is_given())
      throw_error<data_error>(source_->name,
                              ": adjacency lists have no ratings, labels, times or "
                              "weights, but one of them is asked for");
    record f;
    while (reader.next(f)) {
      if (result_.lines++ == 0) result_.first_record.assign(f.begin(), f.end());
      users_.check(f[0], reader.line());
      if (f.size() == 1) ++result_.empty_lists;
      for (std::size_t k = 1; k < f.size(); ++k) {
        items_.check(f[k], reader.line());
        users_.add(f[0], reader.line());
        items_.add(f[k], reader.line());
      }
    }
  }

  /// Finds the columns, and takes the header off.
  void read_header(record_reader& reader, const layout& found) {
    const sample some(*source_, found.how);
    record names;
    std::optional<sample> above;
    const source one{source_->name, std::string(found.header)};
    if (!found.header.empty()) {
      cutting how = found.how;
      how.begin = 0;
      above.emplace(one, how);
      names = above->records().at(0);
    }
    const auto& records = some.records();
    // Damage in the very first record: the reader says what it is.
    if (records.empty() && names.empty()) {
      record f;
      reader.next(f);
    }
    const auto line = !found.header.empty() ? found.header_line
                      : records.empty()     ? found.how.line
                                            : some.line(0);
    const column_finder finder(*source_, line, *options_, found.format, records, names);
    result_.header = !finder.header().empty();
    result_.names.assign(finder.header().begin(), finder.header().end());
    for (const auto& n : finder.notes()) result_.notes.push_back(n);
    at_ = finder.at();
    width_ = records.empty() ? finder.header().size() : records[0].size();
    for (std::size_t r = 0; r < at_.size(); ++r)
      if (at_[r])
        result_.columns[r] = found_column{
            *at_[r], result_.header ? result_.names.at(*at_[r]) : std::string(),
            r != static_cast<std::size_t>(column_role::rating) || options_->min_rating.has_value()};
    auto& time = result_.columns[static_cast<std::size_t>(column_role::time)];
    if (time) time->used = options_->times;
    if (finder.header_in_data()) {
      record header;
      reader.next(header);
    }
  }

  /// Whether nobody has said what the file is, so that what looks wrong is refused.
  [[nodiscard]] bool is_automatic() const { return options_->format == data_format::automatic; }

  [[nodiscard]] std::optional<std::size_t> at(column_role r) const {
    return at_[static_cast<std::size_t>(r)];
  }

  void read_table(record_reader& reader, const layout& found) {
    read_header(reader, found);
    const auto user = *at(column_role::user), item = *at(column_role::item);
    const auto rest = std::string_view(source_->bytes).substr(found.how.begin);
    const auto lines = static_cast<std::size_t>(std::ranges::count(rest, '\n')) + 1;
    users_.reserve(lines);
    items_.reserve(lines);
    const auto rating = at(column_role::rating), label = at(column_role::label),
               weight = at(column_role::weight);
    const auto time = options_->times ? at(column_role::time) : std::nullopt;
    record f;
    while (reader.next(f)) {
      const auto line = reader.line();
      if (result_.lines++ == 0) result_.first_record.assign(f.begin(), f.end());
      if (f.size() != width_)
        source_->fail(
            line, "expected ", width_, " fields like the first line, got ", f.size(),
            found.format == data_format::delimited && found.how.delimiter != " "
                ? ""
                : "; where lines are lists of items, the format is `adjacency` (--format)");
      if (result_.header && is_automatic() && f[user] == result_.names[user] &&
          f[item] == result_.names[item])
        source_->fail(line, "expected data, got the header again; to read it as data, name the ",
                      "format, `delimited` (--format)");
      users_.check(f[user], line);
      items_.check(f[item], line);
      if (counts_[0] >= 0) check_entry(f, line);
      if (rating && !is_rated_well(f[*rating], line)) continue;
      if (label && !is_positive(f[*label], line)) continue;
      if (time) times_.add(f[*time], line);
      if (weight) add_weight(f[*weight], line);
      users_.add(f[user], line);
      items_.add(f[item], line);
    }
    if (counts_[0] >= 0 && result_.lines != counts_[2])
      throw_error<data_error>(source_->name, ": expected ", counts_[2],
                              " entries, as its line of counts says, got ", result_.lines);
    tell_ratings(rating.has_value());
  }

  /// An entry of a matrix names a row and a column that are there.
  void check_entry(const record& f, std::int64_t line) const {
    for (std::size_t k = 0; k < 2; ++k) {
      std::int64_t number = 0;
      if (!parse_canonical(f[k], number) || number < 1 || number > counts_[k])
        source_->fail(line, "expected a ", k == 0 ? "row" : "column", " in [1, ", counts_[k],
                      "], got ", shown(f[k]));
    }
  }

  bool is_rated_well(std::string_view text, std::int64_t line) {
    const auto value = parse_rating(text);
    if (!value) {
      if (options_->min_rating)
        source_->fail(line, "expected rating to be a number, got ", shown(text));
      ++unrated_;  // nobody needs it
      return true;
    }
    if (ratings_++ == 0) least_ = largest_ = *value;
    least_ = std::min(least_, *value);
    largest_ = std::max(largest_, *value);
    zeros_ += *value == 0 ? 1 : 0;
    if (!options_->min_rating || *value >= *options_->min_rating) return true;
    ++result_.below_threshold;
    return false;
  }

  /// What ratings may mean other than stars.
  void tell_ratings(bool there) {
    if (!there || options_->min_rating) return;
    if (ratings_ > 1 && least_ == largest_)
      note("all ratings are ", least_, ", so they tell nothing");
    else if (zeros_ > 0)
      note(zeros_, " of ", ratings_,
           " ratings are 0, and count as interactions: if they mean that ",
           "nothing happened, name the column as label (--label) or keep what is rated well enough "
           "(--min-rating)");
    if (unrated_ > 0)
      note(unrated_, " ratings are no numbers, which matters to --min-rating alone");
  }

  bool is_positive(std::string_view text, std::int64_t line) {
    bool positive = false;
    const auto value = parse_rating(text);
    if (const auto& wanted = options_->positive_label) {
      const auto number = parse_rating(*wanted);
      positive = text == *wanted || (value && number && *value == *number);
    } else {
      if (!value || (*value != 0 && *value != 1))
        source_->fail(line, "expected a label of 0 or 1, got ", shown(text),
                      "; say which counts (--positive-label), or that it is none (--label none)");
      positive = *value == 1;
    }
    result_.negatives += positive ? 0 : 1;
    return positive;
  }

  void add_weight(std::string_view text, std::int64_t line) {
    const auto value = parse_rating(text);
    const auto weight = value ? static_cast<float>(*value) : 0.0F;
    if (!(weight > 0) || !std::isfinite(weight))
      source_->fail(line, "expected a weight above 0, got ", shown(text));
    weights_.push_back(weight);
  }

  void finish() {
    const char* how = "to read them so, name the format, `delimited` or `adjacency` (--format)";
    for (const auto& [column, what] : {std::pair(&users_, "user"), std::pair(&items_, "item")}) {
      if (is_automatic()) column->look_for_strangers(how);
      if (const auto text = column->rounded())
        note("some ", what, " ids have exponents, for example ", shown(*text),
             ": were they rounded, so that several became one?");
      if (const auto two = column->padded())
        note("the ", what, " ids ", shown(two->first), " and ", shown(two->second),
             " are the same number, and count as two");
    }
    if (is_automatic())
      times_.look_for_blanks("to read them so, name the format, `delimited` (--format)");
    if (const auto text = times_.note()) result_.notes.push_back(*text);
    auto users = std::move(users_).finish();
    auto items = std::move(items_).finish();
    std::string().swap(source_->bytes);  // nothing points into it; `= {}` would keep the memory
    if (users.rows.empty()) {
      if (result_.below_threshold > 0 && result_.negatives == 0)
        throw_error<data_error>(source_->name, ": no interaction left: all ",
                                result_.below_threshold, " are rated below ",
                                *options_->min_rating);
      if (result_.below_threshold + result_.negatives > 0)
        throw_error<data_error>(source_->name, ": no interaction left: ", result_.below_threshold,
                                " rated too low, ", result_.negatives,
                                " with a label that says that nothing happened");
      throw_error<data_error>(source_->name, ": no interaction in ", result_.lines, " lines");
    }
    std::vector<interaction> pairs(users.rows.size());
    for (std::size_t p = 0; p < pairs.size(); ++p) pairs[p] = {users.rows[p], items.rows[p]};
    std::vector<row_id>().swap(users.rows);
    std::vector<row_id>().swap(items.rows);
    result_.time_range = times_.range();
    result_.data = interactions(users.ids.size(), items.ids.size(), pairs,
                                {.times = times_.milliseconds(), .weights = weights_});
    result_.users = std::move(users.ids);
    result_.items = std::move(items.ids);
    result_.kept = result_.data.size();
    result_.duplicates = static_cast<index_t>(pairs.size()) - result_.kept;
    if (result_.kept >= 20 && result_.data.users() == result_.kept &&
        result_.data.items() == result_.kept)
      note("no user and no item comes again, as in a list of names: are these interactions?");
  }

  source* source_;
  const read_options* options_;
  id_column users_;
  id_column items_;
  time_column times_;
  column_finder::positions at_{};
  std::size_t width_ = 0;
  std::array<std::int64_t, 3> counts_{-1, -1, -1};  ///< rows, columns, entries of a matrix
  std::vector<float> weights_;                      ///< of pairs
  index_t ratings_ = 0, zeros_ = 0, unrated_ = 0;
  double least_ = 0, largest_ = 0;
  loaded result_;
};

}  // namespace ciess::detail
