// SPDX-License-Identifier: MIT
/// @file
/// A clock for the programs that measure without Google Benchmark.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include <time.h>

namespace ciess_bench {

/// Milliseconds that one call takes.
template <class Work>
double milliseconds(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  return taken.count();
}

/// Seconds that the cores have worked for this process.
inline double core_seconds() {
  ::timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Milliseconds of each of so many calls.
template <class Work>
std::vector<double> measure(int rounds, Work&& work) {
  std::vector<double> ms;
  ms.reserve(static_cast<std::size_t>(rounds));
  for (int r = 0; r < rounds; ++r) ms.push_back(milliseconds(work));
  return ms;
}

/// @pre numbers is not empty
inline double median(std::vector<double> numbers) {
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  if (numbers.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(numbers.begin(), middle)) / 2;
}

}  // namespace ciess_bench
