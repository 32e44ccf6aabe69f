// SPDX-License-Identifier: MIT
/// @file
/// Interactions from text files: MovieLens, CSV and the like, adjacency lists, RecBole.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/detail/detect.hpp>
#include <ciess/data/detail/id_column.hpp>
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/read_options.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <istream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ciess {
namespace detail {

/// Reads one source into pairs of external ids, then into rows.
class interaction_reader {
 public:
  interaction_reader(const source& s, const read_options& o)
      : source_{&s},
        options_{&o},
        users_{s, "user", o.numeric_ids},
        items_{s, "item", o.numeric_ids} {}

  loaded read() && {
    auto [format, delimiter] = find_layout(*source_, *options_);
    result_.format = format;
    result_.delimiter = std::move(delimiter);
    record_reader reader(*source_, result_.delimiter,
                         format == data_format::delimited ? options_->quote : '\0');
    if (format == data_format::adjacency)
      read_lists(reader);
    else
      read_table(reader);
    finish();
    return std::move(result_);
  }

 private:
  void read_lists(record_reader& reader) {
    if (options_->min_rating)
      throw_error<data_error>(source_->name, ": adjacency lists have no ratings, but those below ",
                              *options_->min_rating, " are to be left out");
    fields f;
    while (reader.next(f)) {
      ++result_.lines;
      users_.check(f[0], reader.line());
      if (f.size() == 1) ++result_.empty_lists;
      for (std::size_t k = 1; k < f.size(); ++k) {
        items_.check(f[k], reader.line());
        users_.add(f[0]);
        items_.add(f[k]);
      }
    }
  }

  /// Takes the header off and finds the columns.
  positions read_header(record_reader& reader) {
    fields first;
    fields second;
    record_reader ahead = reader;
    ahead.next(first);
    const auto line = ahead.line();
    ahead.next(second);
    result_.header =
        result_.format == data_format::inter ||
        (result_.format == data_format::delimited && has_header(first, second, *options_));
    fields names;
    if (result_.header) reader.next(names);
    width_ = first.size();
    return find_positions(*source_, line, *options_, names, result_.header ? second : first,
                          result_.format);
  }

  void read_table(record_reader& reader) {
    const positions at = read_header(reader);
    fields f;
    while (reader.next(f)) {
      ++result_.lines;
      const auto line = reader.line();
      if (f.size() != width_)
        source_->fail(line, "expected ", width_, " fields like the first line, got ", f.size());
      users_.check(f[at.user], line);
      items_.check(f[at.item], line);
      if (at.rating) {
        const auto rating = parse_rating(f[*at.rating]);
        if (!rating)
          source_->fail(line, "expected rating to be a number, got ", shown(f[*at.rating]));
        if (options_->min_rating && *rating < *options_->min_rating) {
          ++result_.below_threshold;
          continue;
        }
      }
      users_.add(f[at.user]);
      items_.add(f[at.item]);
    }
  }

  void finish() {
    auto users = std::move(users_).finish();
    auto items = std::move(items_).finish();
    if (users.rows.empty()) {
      if (options_->min_rating && result_.below_threshold > 0)
        throw_error<data_error>(source_->name, ": no interaction left: all ",
                                result_.below_threshold, " are rated below ",
                                *options_->min_rating);
      throw_error<data_error>(source_->name, ": no interaction in ", result_.lines, " lines");
    }
    std::vector<interaction> pairs(users.rows.size());
    for (std::size_t p = 0; p < pairs.size(); ++p) pairs[p] = {users.rows[p], items.rows[p]};
    result_.data = interactions(users.ids.size(), items.ids.size(), pairs);
    result_.users = std::move(users.ids);
    result_.items = std::move(items.ids);
    result_.kept = result_.data.size();
    result_.duplicates = static_cast<index>(pairs.size()) - result_.kept;
  }

  const source* source_;
  const read_options* options_;
  id_column users_;
  id_column items_;
  std::size_t width_ = 0;
  loaded result_;
};

inline loaded read_interactions(const source& s, const read_options& options) {
  return interaction_reader(s, options).read();
}

inline void check_read_options(const read_options& o) {
  if (o.min_rating && !std::isfinite(*o.min_rating))
    throw_error<argument_error>("read_options: min_rating must be finite, got ", *o.min_rating);
  if (o.delimiter == '\n' || o.delimiter == '\r' || (o.delimiter != '\0' && o.delimiter == o.quote))
    throw_error<argument_error>("read_options: delimiter must differ from line ends and quote");
}

}  // namespace detail

/// Reads interactions from a stream to its end.
/// @param name  of the stream, for messages; its ending helps to find the format
/// @throws data_error "name:line: expected ..., got ..." if the content is wrong or has no
/// interaction;
///         io_error if the stream fails; argument_error if an option is out of range
/// Memory: the text and about 40 bytes a pair while reading.
[[nodiscard]] inline loaded read_interactions(std::istream& in, const std::string& name,
                                              const read_options& options = {}) {
  detail::check_read_options(options);
  return detail::read_interactions(detail::source_of(in, name), options);
}

/// Reads interactions from a file.
/// @throws io_error if there is no such file, or it cannot be read; otherwise like
/// `read_interactions`
[[nodiscard]] inline loaded load_interactions(const std::filesystem::path& path,
                                              const read_options& options = {}) {
  detail::check_read_options(options);
  return detail::read_interactions(detail::source_of(path), options);
}

}  // namespace ciess
