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
#include <ciess/io/file_system.hpp>
#include <ciess/io/write_file.hpp>

namespace ciess {
namespace detail {

/// @throws io_error if `write_file` could not write `out` now
template <file_system Files>
void try_to_write(std::string_view who, const std::filesystem::path& out, Files& files) try {
  file_beside<Files>(files, out).try_out();
} catch (const io_error& e) {
  throw_error<io_error>(who, ": ", e.what());
}

}  // namespace detail

/// Refuses to write over what is read, or where no file can be. Tries it: writes a block beside the
/// file, as `write_file` will, and removes it.
/// @param who     what a message begins with: "--out"
/// @param inputs  files that are read; empty names are none
/// @throws argument_error if `out` is one of the inputs, whatever it is called, if it is no name of
///         a file or that of a folder, or if its folder is not there; io_error with the system's
///         reason if it cannot be written: a device or a link to one, no permission, a full disk
template <file_system Files = system_files>
void check_output(std::string_view who, const std::filesystem::path& out,
                  std::span<const std::string> inputs, Files files = {}) {
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
  detail::try_to_write(who, out, files);
}

/// Refuses a folder in which no files can be made. Tries it as above, in the folder itself or, if
/// it is not there yet, in that which it would be made in; makes none.
/// @param who  what a message begins with: "--out"
/// @throws argument_error if there is no name, or if the folder or one above it is something else;
///         io_error with the system's reason
template <file_system Files = system_files>
void check_output_folder(std::string_view who, const std::filesystem::path& folder,
                         Files files = {}) {
  namespace fs = std::filesystem;
  if (folder.empty())
    detail::throw_error<argument_error>(who, ": expected the name of a folder, got ''");
  fs::path there = folder;
  std::error_code code;
  while (!there.empty() && fs::symlink_status(there, code).type() == fs::file_type::not_found)
    there = there.parent_path();
  if (there.empty()) there = ".";
  const bool is_folder = fs::is_directory(there, code);
  if (code && code != std::errc::no_such_file_or_directory)
    detail::throw_error<io_error>(who, ": ", there.string(), ": cannot look: ", code.message());
  if (!is_folder)
    detail::throw_error<argument_error>(who, ": expected a folder, or none, got ", there.string(),
                                        ", which is something else");
  detail::try_to_write(who, there / "ciess-output", files);
}

}  // namespace ciess
