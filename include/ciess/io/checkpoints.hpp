// SPDX-License-Identifier: MIT
/// @file
/// A folder of states that a study goes on from.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/state_store.hpp>
#include <ciess/io/file_system.hpp>
#include <ciess/io/state_file.hpp>

namespace ciess {
namespace detail {

/// A file that a process has for itself until it ends, however it ends.
class lock_file {
 public:
  /// @throws io_error if another process has it, or it cannot be made
  explicit lock_file(const std::filesystem::path& path) {
    std::error_code code;
    file_ = files_.create(path, code);
    if (code == std::errc::file_exists)
      throw_error<io_error>(path.parent_path().string(), ": another process works in this folder");
    if (code) throw_error<io_error>(path.string(), ": cannot create: ", code.message());
  }
  ~lock_file() {
    std::error_code ignored;
    files_.close(file_, ignored);
  }
  lock_file(const lock_file&) = delete;
  lock_file& operator=(const lock_file&) = delete;

 private:
  system_files files_;
  system_files::file file_;
};

}  // namespace detail

/// Keeps each state as `name.safetensors` in a folder, and the one before as
/// `name.safetensors.previous`. The folder is locked as long as this lives: two searches in one
/// would spoil each other. Satisfies `state_store`.
class checkpoints {
 public:
  struct options {
    /// Between two checkpoints of what changes in small steps; 0: after each step.
    std::chrono::duration<double> every = std::chrono::seconds(30);
  };

  /// Makes the folder, if need be, and locks it.
  /// @throws io_error if it cannot be made, or if another process has it
  checkpoints(std::filesystem::path folder, options o)
      : folder_{made(std::move(folder))},
        lock_{folder_ / "lock"},
        every_{o.every},
        last_{clock::now()} {}
  explicit checkpoints(std::filesystem::path folder) : checkpoints(std::move(folder), options{}) {}

  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
  /// Where a state is.
  [[nodiscard]] std::filesystem::path path(std::string_view name) const {
    return folder_ / (std::string(name) + ".safetensors");
  }

  /// @throws as `load_state`; the message names the checkpoint before it, if there is one
  template <class S>
  bool load(std::string_view name, S& state) const {
    check_visitable<S>();
    const auto file = path(name);
    auto previous = file;
    previous += ".previous";
    const bool has_previous = std::filesystem::exists(previous);
    if (!std::filesystem::exists(file)) {
      // Where files cannot have two names, what ends a program while it saves may leave this alone.
      if (has_previous) load_state(previous, name, state);
      return has_previous;
    }
    try {
      load_state(file, name, state);
    } catch (const data_error& e) {
      if (!has_previous) throw;
      throw data_error(std::string(e.what()) + " (the one before it is " + previous.string() + ")");
    }
    return true;
  }

  /// @throws as `save_state`
  template <class S>
  void save(std::string_view name, S& state) {
    check_visitable<S>();
    save_state(path(name), name, state, true);
    last_ = clock::now();
  }

  [[nodiscard]] bool due() const { return clock::now() - last_ >= every_; }

  /// Removes the states of these names with all that was kept or left beside them.
  /// @throws io_error if the folder cannot be read
  void forget(std::span<const std::string_view> names) const {
    const auto is_state = [&](const std::string& file) {
      return std::ranges::any_of(names, [&](std::string_view name) {
        return file.starts_with(std::string(name) + ".safetensors");
      });
    };
    std::error_code code;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, code))
      if (std::error_code ignored; is_state(entry.path().filename().string()))
        std::filesystem::remove(entry.path(), ignored);
    if (code) detail::throw_error<io_error>(folder_.string(), ": cannot read: ", code.message());
  }

  /// Forgets these, and removes the folder, too, if nobody else has something in it.
  /// @throws as `forget`
  void remove(std::span<const std::string_view> names) const {
    forget(names);
    std::error_code ignored;
    std::filesystem::remove(folder_ / "lock", ignored);
    std::filesystem::remove(folder_, ignored);  // refused, and rightly so, unless it is empty
  }

 private:
  using clock = std::chrono::steady_clock;

  template <class S>
  static constexpr void check_visitable() {
    static_assert(
        visitable<S>,
        "ciess: to be kept, a state needs `template <class F> void visit(F& f)`; a search "
        "needs it of its policy, an environment of its model's snapshot");
  }

  static std::filesystem::path made(std::filesystem::path folder) {
    std::error_code code;
    std::filesystem::create_directories(folder, code);
    if (code || !std::filesystem::is_directory(folder))
      detail::throw_error<io_error>(folder.string(), ": cannot create: ",
                                    code ? code.message() : "there is a file of that name");
    return folder;
  }

  std::filesystem::path folder_;
  detail::lock_file lock_;
  std::chrono::duration<double> every_;
  clock::time_point last_;
};
static_assert(state_store<checkpoints>);

}  // namespace ciess
