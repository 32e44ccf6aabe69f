// SPDX-License-Identifier: MIT
// Files of interactions as all programs of this folder read them, and which ids are none of theirs.
#pragma once

#include <iostream>
#include <string>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/id_text.hpp>
#include <ciess/data/id_view.hpp>
#include <ciess/data/loaded.hpp>
#include <ciess/data/read.hpp>
#ifdef CIESS_COMPRESSED
#include <ciess/data/decompress.hpp>
#else
#include <ciess/data/compression.hpp>
#endif

namespace data_file {

/// A file; - is standard input.
inline std::string name_of(const std::string& file) {
  return file == "-" ? "standard input" : file;
}

/// What a file holds, decompressed.
/// @throws ciess::io_error if it cannot be read; ciess::data_error if it cannot be decompressed
inline std::string text_of(const std::string& file) {
  std::string bytes = file == "-" ? ciess::text_of(std::cin, name_of(file)) : ciess::text_of(file);
#ifdef CIESS_COMPRESSED
  bytes = ciess::decompressed(std::move(bytes), name_of(file));
#else
  if (const auto c = ciess::compression_of(bytes); c != ciess::compression::none)
    throw ciess::data_error(ciess::joined(
        name_of(file), ": expected text, got bytes compressed by ", ciess::to_string(c),
        ", which this program was built without zlib and zstd for: decompress the file first"));
#endif
  return bytes;
}

/// Interactions of a file, of whichever format it certainly is.
/// @throws as `text_of` and `ciess::parse_interactions`
inline ciess::loaded interactions_of(const std::string& file) {
  return ciess::parse_interactions(text_of(file), name_of(file));
}

/// Why no pair was found: of which side no id is known, with one of the file and one that would be.
/// Empty if both sides know some.
inline std::string strangers(const ciess::loaded& read, const ciess::id_view& users,
                             const ciess::id_view& items) {
  const auto of = [](const char* what, const ciess::id_map& ids, const ciess::id_view& known) {
    for (ciess::row_id r = 0; r < static_cast<ciess::row_id>(ids.size()); ++r)
      if (known.find(ids.text(r))) return std::string();
    if (ids.size() == 0 || known.size() == 0) return std::string();
    return ciess::joined("; no ", what, " is known: the file has '", ciess::escaped_id(ids.text(0)),
                         "', known is '", ciess::escaped_id(known.text(0)), "'");
  };
  return of("user", read.users, users) + of("item", read.items, items);
}

}  // namespace data_file
