// SPDX-License-Identifier: MIT
/// @file
/// What writing a file asks of the system, so that a test can be a system that fails.
#pragma once

#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <span>
#include <system_error>

#if __has_include(<unistd.h>)
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace ciess {

/// `F::file` is an open file. Every call leaves `code` clear, or says why it failed; none throws.
///   create       an empty file of that name, which is its maker's alone until it is closed;
///                `std::errc::file_exists` if somebody has it. What a killed process left under
///                that name is taken over
///   write        writes the first of the bytes, and returns how many
///   sync         puts on the disk what was written
///   close        called once for each file that was created, however writing went
///   link         a second name for a file, which must not be there yet
///   rename       moves a name onto another, in one step
///   sync_folder  makes names that were moved in a folder last
template <class F>
concept file_system = requires(F& system, const std::filesystem::path& path, typename F::file& file,
                               std::span<const std::byte> bytes, std::error_code& code) {
  { system.create(path, code) } -> std::same_as<typename F::file>;
  { system.write(file, bytes, code) } -> std::same_as<std::size_t>;
  system.sync(file, code);
  system.close(file, code);
  system.link(path, path, code);
  system.rename(path, path, code);
  system.remove(path, code);
  system.sync_folder(path, code);
};

namespace detail {

inline std::error_code last_error() noexcept {
  return errno ? std::error_code(errno, std::generic_category())
               : std::make_error_code(std::errc::io_error);
}

}  // namespace detail

/// Files of the C++ library, wherever it runs. Nothing is synced, and files that killed processes
/// left stay.
struct standard_files {
  using file = std::FILE*;

  file create(const std::filesystem::path& path, std::error_code& code) const noexcept {
    errno = 0;
    const file made = std::fopen(path.string().c_str(), "wbx");
    code = made ? std::error_code{} : detail::last_error();
    return made;
  }
  std::size_t write(file out, std::span<const std::byte> bytes,
                    std::error_code& code) const noexcept {
    errno = 0;
    const std::size_t count = std::fwrite(bytes.data(), 1, bytes.size(), out);
    code = count == bytes.size() ? std::error_code{} : detail::last_error();
    return count;
  }
  /// Closes as well: some systems do not rename what is open.
  void sync(file& out, std::error_code& code) const noexcept { close(out, code); }
  void close(file& out, std::error_code& code) const noexcept {
    errno = 0;
    code = !out || std::fclose(out) == 0 ? std::error_code{} : detail::last_error();
    out = nullptr;
  }
  void link(const std::filesystem::path& from, const std::filesystem::path& to,
            std::error_code& code) const noexcept {
    std::filesystem::create_hard_link(from, to, code);
  }
  void rename(const std::filesystem::path& from, const std::filesystem::path& to,
              std::error_code& code) const noexcept {
    std::filesystem::rename(from, to, code);
  }
  void remove(const std::filesystem::path& path, std::error_code& code) const noexcept {
    std::filesystem::remove(path, code);
  }
  void sync_folder(const std::filesystem::path&, std::error_code& code) const noexcept {
    code.clear();
  }
};
static_assert(file_system<standard_files>);

#if __has_include(<unistd.h>)

/// Files of a POSIX system. A lock that ends with its process tells what is being written from what
/// was left behind.
struct posix_files {
  using file = int;

  file create(const std::filesystem::path& path, std::error_code& code) const noexcept {
    constexpr int how = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;  // no wait for a pipe
    code.clear();
    file made = ::open(path.c_str(), how | O_CREAT | O_EXCL, 0666);
    const bool is_new = made >= 0;
    if (!is_new && errno != EEXIST) code = detail::last_error();
    if (code) return made;
    if (!is_new) made = ::open(path.c_str(), how);
    // A new file is ours on a file system without locks, too: what is there already is left alone.
    if (made >= 0 && (::flock(made, LOCK_EX | LOCK_NB) == 0 || (is_new && errno != EWOULDBLOCK)) &&
        is_named(made, path) && ::ftruncate(made, 0) == 0)
      return made;
    if (made >= 0) ::close(made);
    code = std::make_error_code(std::errc::file_exists);
    return -1;
  }
  std::size_t write(file out, std::span<const std::byte> bytes,
                    std::error_code& code) const noexcept {
    // Some systems refuse more at once.
    const auto piece = bytes.first(bytes.size() < max_piece ? bytes.size() : max_piece);
    for (;;) {
      const auto count = ::write(out, piece.data(), piece.size());
      if (count < 0 && errno == EINTR) continue;
      code = count < 0 ? detail::last_error() : std::error_code{};
      return count < 0 ? 0 : static_cast<std::size_t>(count);
    }
  }
  void sync(file out, std::error_code& code) const noexcept { report(::fsync(out), code); }
  void close(file out, std::error_code& code) const noexcept { report(::close(out), code); }
  void link(const std::filesystem::path& from, const std::filesystem::path& to,
            std::error_code& code) const noexcept {
    report(::link(from.c_str(), to.c_str()), code);
  }
  void rename(const std::filesystem::path& from, const std::filesystem::path& to,
              std::error_code& code) const noexcept {
    report(::rename(from.c_str(), to.c_str()), code);
  }
  void remove(const std::filesystem::path& path, std::error_code& code) const noexcept {
    report(::unlink(path.c_str()), code);
  }
  void sync_folder(const std::filesystem::path& path, std::error_code& code) const noexcept {
    const file folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // A folder that may not be listed, or that cannot be synced here, has done what it can.
    if (folder < 0 && errno == EACCES) return code.clear();
    report(folder < 0 ? -1 : ::fsync(folder), code);
    if (folder >= 0) ::close(folder);
    if (code == std::errc::invalid_argument || code == std::errc::operation_not_supported)
      code.clear();
  }

 private:
  static constexpr std::size_t max_piece = std::size_t{1} << 30;

  static void report(int result, std::error_code& code) noexcept {
    code = result == 0 ? std::error_code{} : detail::last_error();
  }

  /// Whether an open file still has its name: between opening and locking, somebody else may have
  /// finished it.
  static bool is_named(file open, const std::filesystem::path& path) noexcept {
    struct ::stat mine{}, named{};
    return ::fstat(open, &mine) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           S_ISREG(mine.st_mode) && mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
  }
};
static_assert(file_system<posix_files>);
using system_files = posix_files;

#else

using system_files = standard_files;

#endif

}  // namespace ciess
