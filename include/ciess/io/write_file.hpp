// SPDX-License-Identifier: MIT
/// @file
/// Files that are there whole or not at all.
#pragma once

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#if __has_include(<unistd.h>)
#include <fcntl.h>
#include <unistd.h>
#endif

#include <ciess/core/error.hpp>

namespace ciess {
namespace detail {

/// Asks the system to put a file's bytes on the disk. Where that cannot be asked, does nothing.
inline bool sync_file([[maybe_unused]] const std::filesystem::path& path) noexcept {
#if __has_include(<unistd.h>)
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool ok = ::fsync(file) == 0;
  ::close(file);
  return ok;
#else
  return true;
#endif
}

}  // namespace detail

/// Writes `bytes` beside `path`, syncs, and renames: a reader sees the old file or the new one, never a part.
/// @throws io_error with the system's reason; `path` is then as it was and nothing is left beside it
inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  auto beside = path;
  beside += ".writing";
  const auto fail = [&](const char* what) {
    const std::string reason = errno ? std::strerror(errno) : "unknown reason";
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    detail::throw_error<io_error>(path.string(), ": cannot ", what, ": ", reason);
  };
  errno = 0;
  {
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    if (!out) fail("create");
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) fail("write");
  }
  if (!detail::sync_file(beside)) fail("sync");
  std::error_code code;
  std::filesystem::rename(beside, path, code);
  if (code) {
    errno = code.value();
    fail("rename");
  }
}

}  // namespace ciess
