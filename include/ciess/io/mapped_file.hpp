// SPDX-License-Identifier: MIT
/// @file
/// Files as memory.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#if __has_include(<sys/mman.h>)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#else
#include <fstream>

#include <ciess/core/aligned.hpp>
#include <ciess/core/detail/open_file.hpp>
#endif

#include <ciess/core/error.hpp>

namespace ciess {

/// How a file will be read: `random` keeps the system from reading ahead of rows that nobody wants.
enum class page_access { sequential, random };

/// A file to read, as memory that begins at a multiple of 64 bytes. Opening costs the same however
/// long the file is; the system reads what is looked at, and processes with the same file share it.
/// (On a system without memory maps the file is read, at its length's cost.) The file must not be
/// written in place or cut while it is mapped; one that `write_file` replaces stays as it was.
class mapped_file {
 public:
  mapped_file() = default;
  /// @throws io_error with the system's reason, or if it is not a regular file
  explicit mapped_file(const std::filesystem::path& path, page_access how = page_access::random);
  mapped_file(mapped_file&& other) noexcept { swap(other); }
  mapped_file& operator=(mapped_file&& other) noexcept {
    mapped_file(std::move(other)).swap(*this);
    return *this;
  }

  /// Stays where it is when the file is moved.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

#if __has_include(<sys/mman.h>)
  ~mapped_file() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }

 private:
  void swap(mapped_file& other) noexcept { std::swap(bytes_, other.bytes_); }
#else
  ~mapped_file() = default;

 private:
  void swap(mapped_file& other) noexcept {
    std::swap(bytes_, other.bytes_);
    memory_.swap(other.memory_);
  }
  aligned_vector<std::byte> memory_;
#endif
  std::span<const std::byte> bytes_;
};

#if __has_include(<sys/mman.h>)

inline mapped_file::mapped_file(const std::filesystem::path& path, page_access how) {
  const auto refuse = [&](const auto&... parts) {
    detail::throw_error<io_error>(path.string(), ": ", parts...);
  };
  const auto reason = [](int code) { return std::generic_category().message(code); };
  struct descriptor {
    int file;
    ~descriptor() {
      if (file >= 0) ::close(file);
    }
  };
  // A pipe is refused below, not waited for.
  const descriptor open{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (open.file < 0) refuse("cannot open: ", reason(errno));
  struct ::stat status{};
  if (::fstat(open.file, &status) != 0) refuse("cannot tell its length: ", reason(errno));
  if (S_ISDIR(status.st_mode)) refuse("expected a file, got a directory");
  if (!S_ISREG(status.st_mode)) refuse("expected a regular file, got a pipe or a device");
  if (status.st_size == 0) return;  // which cannot be mapped
  if (!std::in_range<std::size_t>(status.st_size)) refuse("is longer than memory can be");
  const auto length = static_cast<std::size_t>(status.st_size);
  void* const begin = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, open.file, 0);
  if (begin == MAP_FAILED) refuse("cannot map: ", reason(errno));
  if (how == page_access::random) ::posix_madvise(begin, length, POSIX_MADV_RANDOM);
  bytes_ = {static_cast<const std::byte*>(begin), length};
}

#else

inline mapped_file::mapped_file(const std::filesystem::path& path, page_access) {
  std::error_code ignored;
  if (std::filesystem::is_other(path, ignored))
    detail::throw_error<io_error>(path.string(),
                                  ": expected a regular file, got a pipe or a device");
  auto in = detail::open_file(path);
  const auto length = std::filesystem::file_size(path);
  memory_.resize(static_cast<std::size_t>(length));
  in.read(reinterpret_cast<char*>(memory_.data()), static_cast<std::streamsize>(length));
  if (static_cast<std::uintmax_t>(in.gcount()) != length)
    detail::throw_error<io_error>(path.string(), ": cannot read");
  bytes_ = memory_;
}

#endif

}  // namespace ciess
