// SPDX-License-Identifier: MIT
/// @file
/// Interactions from text files: MovieLens, CSV and the like, adjacency lists, RecBole,
/// MatrixMarket.
///
/// What a file is, is found out from its first 1,000 records; a decision is certain, or the file is
/// refused by an error that names the option which makes it. What `read_account` reports lets a
/// person check the rest; what is only likely is told there, in `notes`.
///
// clang-format off
/// | question | certain | told | refused unless an option says what it is |
/// |---|---|---|---|
/// | comments | above the data: `# text`, `%%`, or # and % before another number of fields; a first line `sep=;` | how many | one as long as a record; one among the data |
/// | header in a comment | as long as a record, with usual names for users and items | its columns | with one of the two |
/// | delimiter | the only one at which all records have the same length, or at which a header has usual names; tabs before others; `::` between integers; blanks if there is no other | which | several |
/// | format | RecBole: `name:type`; MatrixMarket: its first line; MovieLens: `::` between two integers | which | RecBole's ending without its header; what looks like JSON, a page, libsvm, SQL, a drawn table, Netflix' lists |
/// | table or lists (tabs, blanks) | table: header, two fields a line, or a column of times, fractions, words beside numbers, few ratings of users who come again; lists: three lengths or more, none of them usual | which | all lines of one length and nothing but ids, between commas and their kin, too; texts of several words with digits; one line of another length |
/// | header | usual names for users and items, the very words before others; names above numbers | the names | one of the two names; names that are not known; several different words for one; a second header; one of the two again among the data |
/// | users and items without header | | the first two columns, text above text | if one holds times, fractions, ratings, flags, a count of the lines, or lists |
/// | ids | | hardly any comes again; rounded ones (`1.2E+09`); `01` beside `1` | NA, NULL, nan or None, a lone word or 1e5 among numbers, `1.0` beside `1`, single quotes around all, lists in a field |
/// | quotes | around fields of comma files; around whole fields between tabs | a field over more than two lines | a quoted field over lines that are records by themselves |
/// | ratings | a usual name; without header few numbers from 0 to 10 in the third column | all equal, zeros, what is no number | `min_rating` without them |
/// | labels | a usual name: 0 and 1 | how many say no; up to five other columns of 0 and 1 | other values |
/// | times | a usual name; without header dates, or seconds or milliseconds of our time | their range | `times` without them; two units; 0 or -1 beside times after 1990 |
// clang-format on
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/data/detail/interaction_reader.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/loaded.hpp>
#include <ciess/data/read_options.hpp>

#include <cmath>
#include <filesystem>
#include <istream>
#include <string>
#include <utility>

namespace ciess {
namespace detail {

inline void check_read_options(const read_options& o) {
  if (o.min_rating && !std::isfinite(*o.min_rating))
    throw_error<argument_error>("read_options: min_rating must be finite, got ", *o.min_rating);
  if (o.delimiter.find_first_of("\r\n") != std::string::npos ||
      (o.quote && *o.quote != '\0' && o.delimiter.find(*o.quote) != std::string::npos))
    throw_error<argument_error>("read_options: delimiter must differ from line ends and quote");
  for (const auto& sign : {o.quote, o.comment})
    if (sign && (*sign == '\n' || *sign == '\r'))
      throw_error<argument_error>("read_options: a sign must differ from line ends");
}

}  // namespace detail

/// All bytes of a stream.  @throws io_error if it fails
[[nodiscard]] inline std::string text_of(std::istream& in, const std::string& name) {
  return detail::bytes_of(in, name);
}
/// All bytes of a file.  @throws io_error if there is none, or it cannot be read
[[nodiscard]] inline std::string text_of(const std::filesystem::path& path) {
  return detail::bytes_of(path);
}

/// Reads interactions from the text of a file.
/// @param name  of the file, for messages; its ending helps to find the format
/// @throws data_error "name:line: expected ..., got ..." if the content is wrong or has no
///         interaction; argument_error if an option is out of range
/// Memory: the text, fields in which quotes are doubled, and 8 bytes a line while reading, 16 where
/// ids need more than 4 bytes, 8 more with times, 4 with weights; ids whose range is more than
/// twice as long as the file are sorted, in 4 or 12 more. Then, without the text, 16 a pair beside
/// the offsets and ids of the result, and with times or weights those of `interactions`.
[[nodiscard]] inline loaded parse_interactions(std::string text, std::string name,
                                               const read_options& options = {}) {
  detail::check_read_options(options);
  detail::source s = detail::checked({std::move(name), std::move(text)});
  return detail::interaction_reader(s, options).read();
}

/// The same from a stream, read to its end.
/// @throws io_error if the stream fails; otherwise as `parse_interactions`
[[nodiscard]] inline loaded read_interactions(std::istream& in, const std::string& name,
                                              const read_options& options = {}) {
  detail::check_read_options(options);
  return parse_interactions(text_of(in, name), name, options);
}

/// The same from a file.
/// @throws io_error if there is no such file, or it cannot be read; otherwise as
///         `parse_interactions`
[[nodiscard]] inline loaded load_interactions(const std::filesystem::path& path,
                                              const read_options& options = {}) {
  detail::check_read_options(options);
  return parse_interactions(text_of(path), path.string(), options);
}

}  // namespace ciess
