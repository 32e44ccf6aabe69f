// SPDX-License-Identifier: MIT
/// @file
/// The bytes of a text file and complaints about them.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/open_file.hpp>

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

/// @throws data_error if the bytes are none, or not lines of text
inline source checked(source s) {
  if (s.bytes.starts_with("\xEF\xBB\xBF")) s.bytes.erase(0, 3);
  if (s.bytes.find_first_not_of(" \t\r\n") == std::string::npos)
    throw_error<data_error>(s.name, ": expected interactions, got an empty file");
  if (const auto nul = s.bytes.find('\0'); nul != std::string::npos)
    s.fail(1 + std::ranges::count(std::string_view(s.bytes).substr(0, nul), '\n'),
           "expected text, got a NUL byte (a binary file, or UTF-16?)");
  if (s.bytes.find('\n') == std::string::npos &&
      s.bytes.find('\r') < s.bytes.find_last_not_of(" \t\r"))
    s.fail(1, "expected lines to end in LF or CR LF, got CR alone");
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

inline source source_of(std::istream& in, std::string name) {
  source s{std::move(name), {}};
  if (!in) throw_error<io_error>(s.name, ": cannot read: the stream has failed before");
  append_rest(in, s.name, s.bytes);
  return checked(std::move(s));
}

/// @throws io_error if the file cannot be read whole
inline source source_of(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  source s{path.string(), {}};
  std::ifstream in = open_file(path);
  std::error_code code;
  if (!fs::is_regular_file(path, code)) {  // a pipe has no length
    append_rest(in, s.name, s.bytes);
    return checked(std::move(s));
  }
  const auto length = fs::file_size(path, code);
  if (code) throw_error<io_error>(s.name, ": cannot read: ", code.message());
  s.bytes.resize(static_cast<std::size_t>(length));
  in.read(s.bytes.data(), static_cast<std::streamsize>(length));
  if (static_cast<std::uintmax_t>(in.gcount()) != length)
    throw_error<io_error>(s.name, ": expected ", length, " bytes, got ", in.gcount());
  // Some files have more than they tell (/proc), others have grown meanwhile.
  if (in.peek() != std::ifstream::traits_type::eof()) append_rest(in, s.name, s.bytes);
  return checked(std::move(s));
}

}  // namespace ciess::detail
