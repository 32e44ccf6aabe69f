// SPDX-License-Identifier: MIT
/// @file
/// A system whose calls fail when they are told to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <ciess/io/file_system.hpp>

/// Counts its calls; one of them fails, and it writes no more than `most` bytes at once.
struct failing_files {
  using file = ciess::system_files::file;
  struct plan {
    int fails = -1;  ///< number of the call that fails
    std::size_t most = 1000;
    bool can_link = true;
    std::vector<std::string> calls{};
  };
  plan* p;
  ciess::system_files real{};

  bool fail(const char* name, std::error_code& code) {
    p->calls.push_back(name);
    const bool failed = std::ssize(p->calls) - 1 == p->fails;
    if (failed) code = std::make_error_code(std::errc::no_space_on_device);
    return failed;
  }
  file create(const std::filesystem::path& path, std::error_code& code) {
    return fail("create", code) ? file{} : real.create(path, code);
  }
  std::size_t write(file& f, std::span<const std::byte> bytes, std::error_code& code) {
    if (fail("write", code)) return 0;
    return real.write(f, bytes.first(std::min(bytes.size(), p->most)), code);
  }
  void sync(file& f, std::error_code& code) {
    if (!fail("sync", code)) real.sync(f, code);
  }
  void close(file& f, std::error_code& code) { real.close(f, code); }
  void link(const std::filesystem::path& from, const std::filesystem::path& to,
            std::error_code& code) {
    if (fail("link", code)) return;
    if (p->can_link)
      real.link(from, to, code);
    else
      code = std::make_error_code(std::errc::operation_not_permitted);
  }
  void rename(const std::filesystem::path& from, const std::filesystem::path& to,
              std::error_code& code) {
    if (!fail("rename", code)) real.rename(from, to, code);
  }
  void remove(const std::filesystem::path& path, std::error_code& code) { real.remove(path, code); }
  void sync_folder(const std::filesystem::path& path, std::error_code& code) {
    if (!fail("sync_folder", code)) real.sync_folder(path, code);
  }
};
static_assert(ciess::file_system<failing_files>);
