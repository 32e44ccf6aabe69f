// SPDX-License-Identifier: MIT
/// @file
/// How much memory the process uses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

// There in a build with sanitizers, and in one with glibc; else null.
extern "C" [[gnu::weak]] std::size_t __sanitizer_get_current_allocated_bytes();
extern "C" [[gnu::weak]] int malloc_trim(std::size_t pad);

namespace testing_support {

/// Bytes in memory now but the program's own code, in whole pages; what has been freed goes back to
/// the system first.
/// A sanitizer keeps notes beside every piece and holds on to freed ones: there, bytes allocated.
/// Nothing where the system does not tell.
inline std::optional<std::int64_t> memory_used() {
  if (__sanitizer_get_current_allocated_bytes != nullptr)
    return static_cast<std::int64_t>(__sanitizer_get_current_allocated_bytes());
  if (malloc_trim == nullptr) return {};
  malloc_trim(0);
  std::ifstream rollup("/proc/self/smaps_rollup");  // exact, unlike statm
  for (std::string word; rollup >> word;)
    if (std::int64_t kib = 0; word == "Anonymous:" && rollup >> kib) return 1024 * kib;
  return {};
}

}  // namespace testing_support
