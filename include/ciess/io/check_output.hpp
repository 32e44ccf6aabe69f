// SPDX-License-Identifier: MIT
/// @file
/// Whether a program may write where it was told to, before it begins to work.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <ciess/core/error.hpp>

namespace ciess {

/// Refuses to write over what is read, or where no file can be.
/// @param who     what a message begins with: "--out"
/// @param inputs  files that are read; empty names are none
/// @throws argument_error if `out` is one of the inputs, whatever it is called, if it is no name of
///         a file or that of a folder, or if its folder is not there
inline void check_output(std::string_view who, const std::filesystem::path& out,
                         std::span<const std::string> inputs) {
  std::error_code code;
  for (const std::string& input : inputs)
    if (!input.empty() && std::filesystem::equivalent(out, input, code))
      detail::throw_error<argument_error>(who, ": ", out.string(),
                                          " is read, and would be written: name another");
  if (out.filename().empty() || std::filesystem::is_directory(out, code))
    detail::throw_error<argument_error>(who, ": expected the name of a file, got '", out.string(),
                                        "'");
  if (!out.parent_path().empty() && !std::filesystem::is_directory(out.parent_path(), code))
    detail::throw_error<argument_error>(who, ": there is no folder ", out.parent_path().string());
}

}  // namespace ciess
