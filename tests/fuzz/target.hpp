// SPDX-License-Identifier: MIT
/// @file
/// What every fuzz target has: bytes come in, and only errors of ours may come out.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/aligned.hpp>
#include <ciess/core/error.hpp>

#include "support/file_text.hpp"
#include "support/temporary_directory.hpp"

namespace fuzz {

struct seed {
  std::string name;
  std::string bytes;
};

/// A parser under test. Each source `<name>_fuzz.cpp` adds one.
struct target {
  std::string_view name;
  /// @return whether the parser took the input; ends the process if something does not hold of it
  bool (*feed)(std::string_view input);
  /// Inputs to begin with, made by the library itself.
  std::vector<seed> (*seeds)();
};

inline std::vector<target>& targets() {
  static std::vector<target> all;
  return all;
}
inline bool add(const target& t) {
  targets().push_back(t);
  return true;
}

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// What `make` returns; nothing if it throws an error of ours. Everything else that it throws goes
/// on, and ends the process.
template <class Make>
auto accepted(Make make) -> std::optional<decltype(make())> {
  try {
    return make();
  } catch (const ciess::error&) {
    return std::nullopt;
  }
}

/// Does what may throw an error of ours.
template <class Body>
bool attempt(Body body) {
  return accepted([&] { return body(), true; }).has_value();
}

/// A copy that begins where a mapped file would, and behind whose end AddressSanitizer watches.
inline ciess::aligned_vector<std::byte> as_mapped(std::string_view input) {
  const auto bytes = std::as_bytes(std::span(input));
  return {bytes.begin(), bytes.end()};
}

/// A file for parsers that want a path: in memory where the system has such a folder, for a disk
/// would take most of the time.
inline std::filesystem::path file_of(std::string_view input, const char* name = "input") {
  static const bool in_memory =
      std::filesystem::is_directory("/dev/shm") && ::setenv("TMPDIR", "/dev/shm", 0) == 0;
  static_cast<void>(in_memory);
  static const temporary_directory folder;
  const auto path = folder.path() / name;
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  require(file != nullptr, "a file for the input can be made");
  const bool written =
      input.empty() || std::fwrite(input.data(), 1, input.size(), file) == input.size();
  require(std::fclose(file) == 0 && written, "the input can be written");
  return path;
}

/// For files that a chance would hardly make: the input is a list of changes of a good file, each
/// of place (2 bytes, the lower one first), how many bytes (1 to 8), and these bytes. After a first
/// byte other than 'P' the input is the file itself.
inline std::string patched(std::string_view input, std::string file) {
  if (!input.starts_with('P')) return std::string(input.substr(input.empty() ? 0 : 1));
  const auto byte = [&](std::size_t k) {
    return std::size_t{static_cast<unsigned char>(input[k])};
  };
  for (input.remove_prefix(1); input.size() > 3;) {
    const std::size_t at = byte(0) + 256 * byte(1);
    const std::size_t count = 1 + byte(2) % 8;
    input.remove_prefix(3);
    for (std::size_t k = 0; k < count && !input.empty(); ++k) {
      file[(at + k) % file.size()] = input[0];
      input.remove_prefix(1);
    }
  }
  return file;
}

/// A change for `patched`.
inline std::string patch(std::size_t at, std::string_view bytes) {
  std::string change{static_cast<char>(at % 256), static_cast<char>(at / 256),
                     static_cast<char>(bytes.size() - 1)};
  return change += bytes;
}

}  // namespace fuzz
