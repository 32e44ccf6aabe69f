// SPDX-License-Identifier: MIT
/// @file
/// The bytes of a text file and complaints about them.
#pragma once

#include <ciess/core/detail/open_file.hpp>
#include <ciess/core/error.hpp>
#include <ciess/data/compression.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <string>
#include <string_view>
#include <system_error>

namespace ciess::detail {

/// A whole text file in memory, without byte order mark, checked to be text.
struct source {
  std::string name;
  std::string bytes;

  /// @throws data_error "name:line: ..."
  template <class... Parts>
  [[noreturn]] void fail(std::int64_t line, const Parts&... parts) const {
    throw_error<data_error>(name, ':', line, ": ", parts...);
  }
};

/// @param first  number of the first line
/// @throws data_error if the bytes have a NUL, or a carriage return where no line ends
inline void check_signs(const source& s, std::int64_t first) {
  const auto line_of = [&](std::size_t at) {
    return first + std::ranges::count(std::string_view(s.bytes).substr(0, at), '\n');
  };
  if (const auto nul = s.bytes.find('\0'); nul != std::string::npos)
    s.fail(line_of(nul), "expected text, got a NUL byte (a binary file, or UTF-16?)");
  // A carriage return belongs before a line feed, or to blanks at the end of the file.
  const auto text_end = s.bytes.find_last_not_of(" \t\r\n");
  if (text_end == std::string::npos) return;
  for (auto cr = s.bytes.find('\r'); cr < text_end; cr = s.bytes.find('\r', cr + 1))
    if (s.bytes[cr + 1] != '\n')
      s.fail(line_of(cr), "expected lines to end in LF or CR LF, got CR alone");
}

/// @throws data_error if the bytes are none, or not lines of text
inline source checked(source s) {
  const auto refuse = [&s](const auto&... parts) {
    throw_error<data_error>(s.name, ": expected lines of text, got ", parts...);
  };
  if (const auto c = compression_of(s.bytes); c != compression::none)
    refuse("bytes compressed by ", to_string(c),
           ": decompress them, or have data/decompress.hpp do it (component `compressed`)");
  if (s.bytes.starts_with("\xFF\xFE") || s.bytes.starts_with("\xFE\xFF"))
    refuse("UTF-16: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)");
  if (s.bytes.starts_with("\xEF\xBB\xBF")) s.bytes.erase(0, 3);
  if (s.bytes.find_first_not_of(" \t\r\n") == std::string::npos)
    throw_error<data_error>(s.name, ": expected interactions, got an empty file");
  check_signs(s, 1);
  return s;
}

/// Appends what the stream still holds.
/// @throws io_error if reading fails
inline void append_rest(std::istream& in, const std::string& name, std::string& bytes) {
  constexpr std::size_t step = std::size_t{1} << 20;
  while (in) {
    const std::size_t old = bytes.size();
    bytes.resize(old + std::max(step, old));
    in.read(bytes.data() + old, static_cast<std::streamsize>(bytes.size() - old));
    bytes.resize(old + static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) throw_error<io_error>(name, ": cannot read");
}

/// What a stream holds, to its end.
/// @throws io_error if it fails
inline std::string bytes_of(std::istream& in, const std::string& name) {
  if (!in) throw_error<io_error>(name, ": cannot read: the stream has failed before");
  std::string bytes;
  append_rest(in, name, bytes);
  return bytes;
}

/// @throws io_error if the file cannot be read whole
inline std::string bytes_of(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  const std::string name = path.string();
  std::string bytes;
  std::ifstream in = open_file(path);
  std::error_code code;
  if (!fs::is_regular_file(path, code)) {  // a pipe has no length
    append_rest(in, name, bytes);
    return bytes;
  }
  const auto length = fs::file_size(path, code);
  if (code) throw_error<io_error>(name, ": cannot read: ", code.message());
  bytes.resize(static_cast<std::size_t>(length));
  in.read(bytes.data(), static_cast<std::streamsize>(length));
  if (static_cast<std::uintmax_t>(in.gcount()) != length)
    throw_error<io_error>(name, ": expected ", length, " bytes, got ", in.gcount());
  // Some files have more than they tell (/proc), others have grown meanwhile.
  if (in.peek() != std::ifstream::traits_type::eof()) append_rest(in, name, bytes);
  return bytes;
}

}  // namespace ciess::detail
