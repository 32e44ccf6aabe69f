// SPDX-License-Identifier: MIT
/// @file
/// Impressions from text files: CSV, TSV, Criteo's, libffm's and libsvm's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <string>
#include <system_error>
#include <utility>

#include <ciess/core/detail/open_file.hpp>
#include <ciess/data/click_read_options.hpp>
#include <ciess/data/detail/feature_lines.hpp>
#include <ciess/data/detail/impression_table.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/detail/text_pieces.hpp>
#include <ciess/data/loaded_impressions.hpp>

namespace ciess {
namespace detail {

/// Lines of fields and indices are read twice.
inline bool needs_whole_text(const click_read_options& o) noexcept {
  return o.format == click_format::libffm || o.format == click_format::libsvm;
}

inline loaded_impressions read_pieces(text_pieces& pieces, const click_read_options& o) {
  if (needs_whole_text(o)) return feature_lines(pieces.current(), o).read();
  return impression_table(pieces, o).read();
}

}  // namespace detail

/// Reads impressions from the text of a file.
///
/// A table has one impression a line. Every column that is not the label, the time, numeric, pooled
/// or ignored is a field of one value, taken as it is written: `01` is not `1`. An empty text is a
/// value of its own, also of a pooled field, in which empty pieces between separators are skipped.
/// What cannot be told with certainty (delimiter, header, label) is refused by an error that names
/// the option which says it.
///
/// Lines of libffm: fields are what stands before the first colon, their values the indices, whose
/// own value must be 1; a field named pooled may have several indices of one value above 0 in a
/// line; of a numeric field the value counts and the index does not. What a line does not mention
/// is missing. Lines of libsvm and libFM do not tell fields apart: `borders` are needed.
/// @param name  of the file, for messages
/// @throws data_error "name:line: expected ..., got ..." if the content is wrong, has no impression
///         or labels of one kind only; argument_error if an option is out of range
/// O(text). Memory: the text, 4 bytes a value of an impression, 8 a numeric one, and about 40 and
/// its text for each different value.
[[nodiscard]] inline loaded_impressions parse_impressions(std::string text, std::string name,
                                                          const click_read_options& options = {}) {
  detail::check_click_read_options(options);
  detail::text_pieces whole(std::move(name), std::move(text));
  return detail::read_pieces(whole, options);
}

/// The same from a stream, read to its end.
/// @throws io_error if the stream fails; otherwise as `parse_impressions`
/// Memory: as `parse_impressions`, but of a table without quotes 8 MiB instead of the text. What is
/// decided about it rests on the first 8 MiB.
[[nodiscard]] inline loaded_impressions read_impressions(std::istream& in, const std::string& name,
                                                         const click_read_options& options = {}) {
  detail::check_click_read_options(options);
  if (detail::needs_whole_text(options))
    return parse_impressions(detail::bytes_of(in, name), name, options);
  detail::text_pieces pieces(in, name, 0);
  return detail::read_pieces(pieces, options);
}

/// The same from a file. A compressed one is to be given as text:
/// `parse_impressions(decompressed_file(path), path.string(), options)`.
/// @throws io_error if it cannot be read; otherwise as `parse_impressions`
[[nodiscard]] inline loaded_impressions read_impressions(const std::filesystem::path& path,
                                                         const click_read_options& options = {}) {
  detail::check_click_read_options(options);
  if (detail::needs_whole_text(options))
    return parse_impressions(detail::bytes_of(path), path.string(), options);
  std::ifstream in = detail::open_file(path);
  std::error_code none;  // a pipe has no length
  const auto bytes = std::filesystem::is_regular_file(path, none)
                         ? std::filesystem::file_size(path, none)
                         : std::uintmax_t{0};
  detail::text_pieces pieces(in, path.string(), none ? 0 : bytes);
  return detail::read_pieces(pieces, options);
}

}  // namespace ciess
