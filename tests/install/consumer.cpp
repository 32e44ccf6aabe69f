// SPDX-License-Identifier: MIT
// What a stranger writes first. Exit code 0 = it works.
#include <ciess/ciess.hpp>
#ifdef PARALLEL
#include <ciess/core/threads.hpp>
#endif
#ifdef FILES
#include <array>
#include <ciess/io/safetensors.hpp>
#endif

int main() {
#ifdef FILES
  const std::array<float, 1> one{1.0F};
  ciess::safetensors_writer file;
  file.add("one", {1}, one);
  const std::string bytes = file.bytes();
  if (!ciess::safetensors_view(std::as_bytes(std::span(bytes)), "memory").contains("one")) return 1;
#endif
#ifdef PARALLEL
  const ciess::threads pool{2};
  if (ciess::concurrency() != 2) return 1;
#endif
  const int counted = ciess::parallel_reduce(
      1000, 10, 0, [](ciess::index first, ciess::index last) { return static_cast<int>(last - first); },
      [](int a, int b) { return a + b; });
  return counted == 1000 && ciess::size_range{1, 128}.valid() ? 0 : 1;
}
