// SPDX-License-Identifier: MIT
/// @file
/// Draws a picture with gnuplot, where it is installed.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>

#include <ciess/study/gnuplot.hpp>

#include "support/temporary_directory.hpp"

/// The SVG, drawn in a folder with a difficult name and from another folder; nothing if there is no
/// gnuplot.
/// @param history  written beside the script if not empty
/// @throws std::runtime_error with what gnuplot says, were it only a warning
inline std::optional<std::string> drawn(const ciess::gnuplot_picture& picture,
                                        const std::string& history = {}) {
  if (std::system("command -v gnuplot > /dev/null 2>&1") != 0) return std::nullopt;
  const temporary_directory dir;
  const auto folder = dir.path() / "it's a_b @c \"d\"";
  std::filesystem::create_directory(folder);
  ciess::save_picture(folder, picture);
  if (!history.empty()) ciess::write_file(folder / "history.tsv", history);
  const auto read = [](const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  // Only names that the shell takes as they are: the folder is found by its pattern.
  const std::string command =
      "cd '" + dir.path().string() + "' && gnuplot -d */" + picture.name + ".gp > said 2>&1";
  const int status = std::system(command.c_str());
  const std::string said = read(dir.path() / "said");
  if (status != 0 || !said.empty()) throw std::runtime_error("gnuplot: " + said);
  return read(folder / (picture.name + ".svg"));
}
