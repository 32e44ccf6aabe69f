// SPDX-License-Identifier: MIT
/// @file
/// Files to read from.
#pragma once

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <locale>
#include <system_error>

#include <ciess/core/error.hpp>

namespace ciess::detail {

/// Opens a file, or a pipe, to read its bytes.
/// @throws io_error with the system's reason
inline std::ifstream open_file(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code code;
  const auto status = fs::status(path, code);
  if (!fs::exists(status))
    throw_error<io_error>(path.string(),
                          ": cannot open: ", code ? code.message() : "No such file or directory");
  if (fs::is_directory(status))
    throw_error<io_error>(path.string(), ": expected a file, got a directory");
  errno = 0;
  std::ifstream in;
  in.imbue(std::locale::classic());  // the global one could convert what is read
  in.open(path, std::ios::binary);
  if (!in)
    throw_error<io_error>(path.string(),
                          ": cannot open: ", errno ? std::strerror(errno) : "unknown reason");
  return in;
}

}  // namespace ciess::detail
