// SPDX-License-Identifier: MIT
/// @file
/// The pictures of a study in one call: quality, history, sizes, shares.
#pragma once

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ciess/data/interactions.hpp>
#include <ciess/search/ranking_judge.hpp>
#include <ciess/study/gnuplot.hpp>
#include <ciess/study/history_picture.hpp>
#include <ciess/study/quality_picture.hpp>
#include <ciess/study/shares_picture.hpp>
#include <ciess/study/sizes_picture.hpp>
#include <ciess/study/study_files.hpp>
#include <ciess/study/study_result.hpp>

extern "C" char** environ;  // not every <unistd.h> has it

namespace ciess {

/// Runs gnuplot on a script, without a shell and in silence.
/// @returns its exit status; 127 if it is not there
inline int run_gnuplot(const std::filesystem::path& script) {
  std::string command = "gnuplot", defaults = "-d", file = std::filesystem::absolute(script);
  char* arguments[] = {command.data(), defaults.data(), file.data(), nullptr};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    posix_spawn_file_actions_addopen(&quiet, stream, "/dev/null", O_RDWR, 0);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, "gnuplot", &quiet, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&quiet);
  if (failed) return 127;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/// How often each row of each table comes, users' and items' tables in turn: [tables][rows].
[[nodiscard]] inline std::vector<std::vector<double>> table_frequencies(const interactions& train,
                                                                        std::size_t tables) {
  std::vector<std::vector<double>> all(tables);
  for (std::size_t t = 0; t < tables; ++t) {
    const bool users = ranking_judge::kind(t) == 0;
    for (row_id row = 0; row < (users ? train.users() : train.items()); ++row)
      all[t].push_back(
          static_cast<double>(users ? train.user_frequency(row) : train.item_frequency(row)));
  }
  return all;
}

/// What became of pictures.
struct drawn_pictures {
  int status = 0;        ///< 0: all are drawn; 127: there is no gnuplot; else what it ended with
  std::string failed{};  ///< the script that it ended at, without .gp
};

/// Writes scripts and data of the pictures into a folder, beside the history of the search that
/// `history` (search/observers/history.hpp) has written there, and has gnuplot draw them if it is
/// there: `quality.svg`, `history.svg`, `sizes.svg`, `shares.svg`. What is not drawn can be
/// drawn later, with `gnuplot *.gp`.
/// @param frequency  [tables][rows], how often each row comes in training
/// @param tables     names of the tables
/// @param title      above each picture
/// @throws argument_error as `sizes_picture`, data_error as `history_picture`, then nothing has
/// been
///         written; io_error as `save_picture`
template <class Figures>
drawn_pictures draw_study(const std::filesystem::path& folder, const basic_study_result<Figures>& r,
                          std::span<const std::vector<double>> frequency,
                          std::span<const std::string> tables, std::string_view title) {
  std::ifstream in(folder / history_file, std::ios::binary);
  const std::string history(std::istreambuf_iterator<char>(in), {});
  const gnuplot_picture pictures[] = {
      quality_picture(r, title), history_picture(history, title, r.of),
      sizes_picture(r, frequency, tables, title), shares_picture(r, tables, title)};
  for (const auto& p : pictures) save_picture(folder, p);
  for (const auto& p : pictures)
    if (const int status = run_gnuplot(folder / (p.name + ".gp")); status != 0)
      return {status, p.name};
  return {};
}

/// The same of a recommender.
/// @param train   what the tables were trained on
/// @param tables  their names, users' and items' in turn
inline drawn_pictures draw_study(const std::filesystem::path& folder, const study_result& r,
                                 const interactions& train, std::span<const std::string> tables,
                                 std::string_view title) {
  return draw_study(folder, r, table_frequencies(train, tables.size()), tables, title);
}

}  // namespace ciess
