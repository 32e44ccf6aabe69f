// SPDX-License-Identifier: MIT
/// @file
/// Runs Python where it is installed with NumPy.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include <ciess/io/write_file.hpp>

#include "support/catch.hpp"
#include "support/file_text.hpp"

/// What a script prints that runs in a folder; nothing, and a warning, if there is no NumPy.
/// @throws std::runtime_error with what Python says if it fails
inline std::optional<std::string> python_output(const std::filesystem::path& folder,
                                                const std::string& script) {
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    if (std::system((python + " -c 'import numpy' > /dev/null 2>&1").c_str()) != 0) continue;
    ciess::write_file(folder / "script.py", script);
    const std::string command =
        "cd '" + folder.string() + "' && " + python + " script.py > printed 2> said";
    if (std::system(command.c_str()) != 0)
      throw std::runtime_error("python: " + file_text(folder / "said"));
    return file_text(folder / "printed");
  }
  WARN("there is no python3 with numpy: what it makes of our files is not tested");
  return std::nullopt;
}
