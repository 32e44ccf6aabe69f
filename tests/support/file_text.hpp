// SPDX-License-Identifier: MIT
/// @file
/// What is in a file, and what is in a folder.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <locale>
#include <set>
#include <string>

/// All bytes of a file; "none" if it is not there.
inline std::string file_text(const std::filesystem::path& path) {
  std::ifstream in;
  in.imbue(std::locale::classic());  // the global one of a test may change bytes
  in.open(path, std::ios::binary);
  return in ? std::string(std::istreambuf_iterator<char>(in), {}) : "none";
}

/// The names in a folder.
inline std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}
