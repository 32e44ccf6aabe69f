// SPDX-License-Identifier: MIT
/// @file
/// A folder of results: what a run leaves in it, what an earlier one has left, and the checkpoints
/// that an interrupted one goes on from.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/state_store.hpp>
#include <ciess/io/check_output.hpp>
#include <ciess/io/checkpoints.hpp>
#include <ciess/io/write_file.hpp>

namespace ciess {
namespace detail {

/// Names of files, one a line below a line that says what they are. It is written before the first
/// of them is, so whatever ends a program, no file of ours is unknown; and nothing of these names
/// was there at that time, so none of somebody else's is taken for ours.
class name_list {
 public:
  explicit name_list(std::filesystem::path path) : path_{std::move(path)} {}

  /// None if there is no list.
  /// @throws data_error if a file of its name is something else; io_error if it cannot be read
  [[nodiscard]] std::vector<std::string> read() const {
    std::error_code code;
    if (!std::filesystem::exists(std::filesystem::symlink_status(path_, code))) return {};
    std::ifstream in(path_, std::ios::binary);
    if (!in) throw_error<io_error>(path_.string(), ": cannot open");
    std::string line;
    if (!std::getline(in, line) || line != heading)
      throw_error<data_error>(path_.string(), ": expected a list of results, which begins with ",
                              shown(heading), ", got ", shown(line));
    std::vector<std::string> names;
    while (std::getline(in, line)) names.push_back(line);
    return names;
  }

  /// @throws argument_error if one is not the name of a file; io_error as `write_file`
  void write(std::span<const std::string> names) const {
    std::string text(heading);
    for (const auto& name : names) text += '\n' + name;
    write_file(path_, text + '\n');
  }

  /// With what a killed process may have left beside it.
  void remove() const {
    std::vector<std::filesystem::path> files;
    std::error_code code;
    for (const auto& entry : std::filesystem::directory_iterator(path_.parent_path(), code))
      if (is_of(entry.path().filename().string(), path_.filename().string()))
        files.push_back(entry.path());
    for (const auto& file : files) std::filesystem::remove(file, code);
  }

  /// Whether a file is the one of this name, or what `write_file` was writing it as.
  static bool is_of(std::string_view file, std::string_view name) {
    if (!file.starts_with(name)) return false;
    file.remove_prefix(name.size());
    constexpr std::string_view writing = ".writing";
    if (!file.starts_with(writing)) return file.empty();
    file.remove_prefix(writing.size());
    return file.empty() || (file.front() == '.' && file.size() > 1 &&
                            file.find_first_not_of("0123456789", 1) == std::string_view::npos);
  }

  static void check(std::string_view who, std::span<const std::string> names) {
    for (const auto& name : names)
      if (name.empty() || name == "." || name == ".." ||
          name.find_first_of(std::string_view("/\\\n\r\0", 5)) != std::string::npos)
        throw_error<argument_error>(who, ": expected names of files, got ", shown(name));
  }

 private:
  static constexpr std::string_view heading = "# written by a run of ciess, or about to be:";

  std::filesystem::path path_;
};

}  // namespace detail

/// Where the results of one run are, and its checkpoints until it has ended. Looks, and changes
/// nothing; who works in the folder has a `results_store`.
class results_folder {
 public:
  /// What a program calls these, for its users to read in refusals.
  struct words {
    std::string folder = "results_folder";
    std::string force = "run::force";
    std::string go_on = "results_folder";
  };

  /// A run that is to begin.
  struct run {
    /// Names of all files that it will or may leave. The first one says that the results are whole:
    /// it is the first to go when they are removed.
    std::vector<std::string> files{};
    std::vector<std::filesystem::path> inputs{};  ///< what it reads: never to be written over
    bool force = false;                           ///< removes the results of an earlier run
  };

  explicit results_folder(std::filesystem::path path) : results_folder(std::move(path), words{}) {}
  results_folder(std::filesystem::path path, words w)
      : path_{std::move(path)}, words_{std::move(w)} {}

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Where checkpoints are.
  [[nodiscard]] std::filesystem::path checkpoint_folder() const {
    return path_ / "ciess-checkpoint";
  }
  /// What the run that has not ended was begun with; of one that has there is none.
  [[nodiscard]] std::filesystem::path settings_file() const {
    return checkpoint_folder() / "settings.json";
  }
  /// Names of all files that runs have left here.
  [[nodiscard]] std::filesystem::path list_file() const { return path_ / "ciess-files.txt"; }

  /// Whether there is a run to go on with.
  [[nodiscard]] bool unfinished() const {
    std::error_code code;
    return std::filesystem::exists(settings_file(), code);
  }

  /// What the run to go on with was begun with, as it was given to `results_store::begin`.
  /// @throws argument_error if there is none; io_error if it cannot be read
  [[nodiscard]] std::string settings() const {
    if (!unfinished())
      detail::throw_error<argument_error>(words_.go_on, ": there is no search to go on with in ",
                                          path_.string(), " (it has ended, or never begun)");
    std::ifstream in(settings_file(), std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in) detail::throw_error<io_error>(settings_file().string(), ": cannot read");
    return text;
  }

  /// Whether files can be written here at all: for before data are read. Leaves nothing.
  /// @throws as `check_output_folder`
  void check_place() const { check_output_folder(words_.folder, path_); }

  /// Whether a run can begin here.
  /// @returns what an earlier run has left, in the order in which it is to be removed
  /// @throws argument_error if another has not ended; if results of an earlier one are here and
  ///         `force` is not set; if something that the run would remove or write is read, or is
  ///         nobody knows whose; data_error if the list of files is none
  std::vector<std::filesystem::path> check(const run& r) const {
    detail::name_list::check(words_.folder, r.files);
    if (unfinished())
      detail::throw_error<argument_error>(
          words_.folder, ": ", path_.string(), " has a search that has not ended: go on with ",
          words_.go_on, ' ', path_.string(), ", or remove ", checkpoint_folder().string());
    namespace fs = std::filesystem;
    const auto known = detail::name_list(list_file()).read();
    std::vector<std::pair<std::size_t, fs::path>> ours;
    std::vector<fs::path> others;
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(path_, code)) {
      const std::string name = entry.path().filename().string();
      const auto listed = std::ranges::find_if(
          known, [&](const auto& k) { return detail::name_list::is_of(name, k); });
      if (listed != known.end() && !entry.is_directory(code))
        ours.emplace_back(listed - known.begin(), entry.path());
      else if (std::ranges::count(r.files, name) > 0)
        others.push_back(entry.path());
    }
    std::ranges::sort(ours);
    std::ranges::sort(others);
    std::vector<fs::path> there;
    for (auto& [position, file] : ours) there.push_back(std::move(file));
    const auto refuse_input = [&](const fs::path& file) {
      for (const auto& input : r.inputs)
        if (fs::equivalent(file, input, code))
          detail::throw_error<argument_error>(
              words_.folder, ": ", file.string(),
              " is read, and would be written: name another folder");
    };
    std::ranges::for_each(there, refuse_input);
    std::ranges::for_each(others, refuse_input);
    if (!others.empty())
      detail::throw_error<argument_error>(
          words_.folder, ": ", others.front().string(),
          " would be written over, and no run is known to have left it: name another folder");
    if (!there.empty() && !r.force)
      detail::throw_error<argument_error>(
          words_.folder, ": ", path_.string(), " has the results of another run, ", there.size(),
          " files such as ", std::ranges::min(there).filename().string(),
          ": name another folder, or let them be removed by ", words_.force);
    return there;
  }

 private:
  std::filesystem::path path_;
  words words_;
};

/// A folder of results that a process works in, and has for itself as long as this lives. Keeps
/// states as `checkpoints` does; satisfies `state_store`.
///
/// In every order of events, a kill at any moment included: a file that a run has written is on the
/// list of the folder, or of the checkpoints, before it is there; settings are there exactly while
/// there is a run to go on with.
class results_store {
 public:
  using options = checkpoints::options;

  /// Makes the folders, if need be, and locks them.
  /// @throws io_error if they cannot be made, or if another process works there
  explicit results_store(results_folder folder) : results_store(std::move(folder), options{}) {}
  results_store(results_folder folder, options o)
      : folder_{made(std::move(folder))},
        kept_{folder_.checkpoint_folder(), o},
        list_{folder_.checkpoint_folder() / "ciess-files.txt"},
        states_{list_.read()} {}

  [[nodiscard]] const results_folder& folder() const noexcept { return folder_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return folder_.path(); }

  /// Begins a run anew: removes what an earlier one has left, notes what this one will leave, and
  /// keeps its settings. From here on it can be gone on with.
  /// @throws as `results_folder::check`, then nothing has changed; io_error if something cannot be
  ///         removed or written
  void begin(const results_folder::run& r, std::string_view settings) {
    const auto earlier = folder_.check(r);
    std::error_code code;
    for (const auto& file : earlier)
      if (!std::filesystem::remove(file, code) && code)
        detail::throw_error<io_error>(file.string(), ": cannot remove: ", code.message());
    forget();  // of a run that was killed at its end
    detail::name_list(folder_.list_file()).write(r.files);
    write_file(folder_.settings_file(), settings);
  }

  /// The run has come to its end: its checkpoints go, and the folder of them unless somebody has
  /// put something there.
  void end() {
    detail::name_list(folder_.settings_file()).remove();
    forget();
    kept_.remove({});
  }

  template <class S>
  bool load(std::string_view name, S& state) {
    if (!kept_.load(name, state)) return false;
    note(name);
    return true;
  }
  template <class S>
  void save(std::string_view name, S& state) {
    note(name);
    kept_.save(name, state);
  }
  [[nodiscard]] bool due() const { return kept_.due(); }

 private:
  static results_folder made(results_folder folder) {
    std::error_code code;
    std::filesystem::create_directories(folder.path(), code);
    if (code)
      detail::throw_error<io_error>(folder.path().string(), ": cannot create: ", code.message());
    return folder;
  }

  void note(std::string_view name) {
    if (std::ranges::count(states_, name) > 0) return;
    auto more = states_;
    more.emplace_back(name);
    detail::name_list::check("results_store", more);
    list_.write(more);
    states_ = std::move(more);
  }

  void forget() {
    const std::vector<std::string_view> names(states_.begin(), states_.end());
    kept_.forget(names);
    list_.remove();
    states_.clear();
  }

  results_folder folder_;
  checkpoints kept_;
  detail::name_list list_;
  std::vector<std::string> states_;
};
static_assert(state_store<results_store>);

}  // namespace ciess
