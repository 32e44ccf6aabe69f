// SPDX-License-Identifier: MIT
/// @file
/// Files that are there whole or not at all.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <ciess/core/error.hpp>
#include <ciess/io/file_system.hpp>

namespace ciess {
namespace detail {

template <file_system Files>
class file_beside;

}  // namespace detail

/// What `write_file` fills a file through.
template <file_system Files>
class file_sink {
 public:
  /// Writes behind what was written before; the system gets each piece as it is.
  /// @throws io_error with the system's reason
  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      std::error_code code;
      const std::size_t count = files_.write(file_, bytes, code);
      if (!code && count == 0) code = std::make_error_code(std::errc::io_error);
      if (code) detail::throw_error<io_error>(path_.string(), ": cannot write: ", code.message());
      bytes = bytes.subspan(count);
    }
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

 private:
  friend class detail::file_beside<Files>;
  file_sink(Files& files, typename Files::file& file, const std::filesystem::path& path)
      : files_{files}, file_{file}, path_{path} {}

  Files& files_;
  typename Files::file& file_;
  const std::filesystem::path& path_;
};

namespace detail {

/// Takes what a `file_sink` takes.
struct string_sink {
  std::string text;
  void write(std::span<const std::byte> bytes) {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
};

/// A file beside the one that it will replace; gone unless it was put in place.
template <file_system Files>
class file_beside {
 public:
  /// @throws io_error
  file_beside(Files& files, const std::filesystem::path& path) : files_{files}, path_{path} {
    std::error_code code;
    // A rename would put a file in the place of a pipe or a device, which is no place for one.
    if (std::filesystem::is_other(path, code))
      throw_error<io_error>(path.string(),
                            ": expected a regular file, or none, got a pipe or a device");
    code.clear();
    // Names that are busy belong to others that write the same file now.
    for (int others = 0; others < 1000; ++others) {
      name_ = named(others == 0 ? ".writing" : ".writing." + std::to_string(others));
      file_ = files_.create(name_, code);
      if (code != std::errc::file_exists) break;
    }
    refuse_if(code, "create");
  }
  file_beside(const file_beside&) = delete;
  file_beside& operator=(const file_beside&) = delete;
  ~file_beside() {
    std::error_code ignored;
    // Only then closed: a name without a lock is anybody's.
    if (!placed_) files_.remove(name_, ignored);
    files_.close(file_, ignored);
  }

  [[nodiscard]] file_sink<Files> sink() noexcept { return {files_, file_, path_}; }

  /// Writes and syncs a block, for nothing: what a full disk has to say it says now.
  /// @throws io_error
  void try_out() {
    constexpr std::array<std::byte, 4096> block{};
    sink().write(block);
    std::error_code code;
    files_.sync(file_, code);
    refuse_if(code, "sync");
  }

  /// @throws io_error
  void place(bool keep_previous) {
    std::error_code code;
    files_.sync(file_, code);
    refuse_if(code, "sync");
    const auto previous = named(".previous");
    const bool moved = keep_previous && keep_as(previous);
    files_.rename(name_, path_, code);
    std::error_code ignored;
    if (code && moved) files_.rename(previous, path_, ignored);
    refuse_if(code, "rename");
    placed_ = true;
    const auto folder = path_.parent_path();
    files_.sync_folder(folder.empty() ? "." : folder, code);
    refuse_if(code, "sync the folder of the new file");
  }

 private:
  /// Gives the old file, if there is one, another name as well.
  /// @return whether it lost its own: there are file systems without second names
  bool keep_as(const std::filesystem::path& previous) {
    std::error_code code, ignored;
    if (std::filesystem::is_directory(path_, ignored)) return false;  // not to be replaced at all
    auto second = name_;
    second += ".previous";
    files_.remove(second, ignored);  // of a killed process, for the name is ours
    files_.link(path_, second, code);
    const bool linked = !code;
    if (code != std::errc::no_such_file_or_directory)
      files_.rename(linked ? second : path_, previous, code);
    if (code == std::errc::no_such_file_or_directory) return false;
    // Still there after a failure, and if the two names were of one file already.
    if (linked) files_.remove(second, ignored);
    refuse_if(code, "keep the previous file");
    return !linked;
  }

  std::filesystem::path named(std::string_view suffix) const {
    auto name = path_;
    return name += suffix;
  }

  void refuse_if(std::error_code code, std::string_view what) const {
    if (code) throw_error<io_error>(path_.string(), ": cannot ", what, ": ", code.message());
  }

  Files& files_;
  const std::filesystem::path& path_;
  std::filesystem::path name_;
  typename Files::file file_{};
  bool placed_ = false;
};

}  // namespace detail

/// Lets `fill(sink)` write a file beside `path`, syncs it, renames it, and syncs the folder: a
/// reader sees the old file or the new one, never a part. Others may write the same path at the
/// same time: each file is whole, the last one stays.
/// @param fill           callable with a `file_sink&`, which is `auto&` to it
/// @param keep_previous  the old file becomes `path`.previous; at every moment one of the two is
///                       whole, and `path` itself where files can have two names
/// @throws io_error with the system's reason, or what `fill` throws: `path` is then as it was, and
///         nothing is left beside it (but perhaps `path`.previous, by then the old file). Only if
///         the folder could not be synced, the new file is there, and may not outlive a power cut.
/// No memory but that of `fill`.
template <class Fill, file_system Files = system_files>
  requires std::invocable<Fill&, file_sink<Files>&>
void write_file(const std::filesystem::path& path, Fill&& fill, bool keep_previous = false,
                Files files = {}) {
  detail::file_beside<Files> beside(files, path);
  auto sink = beside.sink();
  fill(sink);
  beside.place(keep_previous);
}

/// Writes `bytes` in the same way.
/// @throws io_error as above
inline void write_file(const std::filesystem::path& path, std::string_view bytes,
                       bool keep_previous = false) {
  write_file(path, [&](auto& sink) { sink.write(bytes); }, keep_previous);
}

}  // namespace ciess
