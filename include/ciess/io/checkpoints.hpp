// SPDX-License-Identifier: MIT
/// @file
/// A folder of states that a study goes on from.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/io/state_file.hpp>
#include <ciess/search/state_store.hpp>

namespace ciess {

/// Keeps each state as `name.safetensors` in a folder, and the one before as
/// `name.safetensors.previous`. Satisfies `state_store`.
class checkpoints {
 public:
  struct options {
    /// Between two checkpoints of what changes in small steps; 0: after each step.
    std::chrono::duration<double> every = std::chrono::seconds(30);
  };

  /// Makes the folder, if need be.
  /// @throws io_error if it cannot be made
  checkpoints(std::filesystem::path folder, options o)
      : folder_{std::move(folder)}, every_{o.every}, last_{clock::now()} {
    std::error_code code;
    std::filesystem::create_directories(folder_, code);
    if (code || !std::filesystem::is_directory(folder_))
      detail::throw_error<io_error>(folder_.string(), ": cannot create: ",
                                    code ? code.message() : "there is a file of that name");
  }
  explicit checkpoints(std::filesystem::path folder) : checkpoints(std::move(folder), options{}) {}

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

 private:
  using clock = std::chrono::steady_clock;

  template <class S>
  static constexpr void check_visitable() {
    static_assert(
        visitable<S>,
        "ciess: to be kept, a state needs `template <class F> void visit(F& f)`; a search "
        "needs it of its policy, an environment of its model's snapshot");
  }

  std::filesystem::path folder_;
  std::chrono::duration<double> every_;
  clock::time_point last_;
};
static_assert(state_store<checkpoints>);

}  // namespace ciess
