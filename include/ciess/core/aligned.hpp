// SPDX-License-Identifier: MIT
/// @file
/// Arrays that begin where a cache line does.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace ciess {

/// Gives out memory at multiples of 64 bytes: a cache line, and the widest register there is.
template <class T>
struct line_allocator {
  using value_type = T;
  static constexpr std::align_val_t line{64};

  line_allocator() = default;
  template <class U>
  line_allocator(const line_allocator<U>&) noexcept {}

  [[nodiscard]] T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new(n * sizeof(T), line));
  }
  void deallocate(T* p, std::size_t) noexcept { ::operator delete(p, line); }

  friend bool operator==(const line_allocator&, const line_allocator&) { return true; }
};

template <class T>
using aligned_vector = std::vector<T, line_allocator<T>>;

}  // namespace ciess
