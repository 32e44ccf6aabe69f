// SPDX-License-Identifier: MIT
/// @file
/// Stands in for <ciess/core/threads.hpp> under ThreadSanitizer, which cannot see how the
/// distribution's oneTBB hands work over and takes all of it for races. The same interface, made of
/// std::thread, which it understands.
#pragma once

#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>

namespace ciess {

class threads {
 public:
  explicit threads(int count = 0)
      : executor_{&run, this, checked(count)},
        previous_{detail::current_executor().exchange(&executor_)} {}
  ~threads() { detail::current_executor().store(previous_); }
  threads(const threads&) = delete;
  threads& operator=(const threads&) = delete;

 private:
  static int checked(int count) {
    if (count < 0 || count > 1024)
      detail::throw_error<argument_error>("threads: count must be in [0, 1024], got ", count);
    return count == 0 ? static_cast<int>(std::thread::hardware_concurrency()) : count;
  }

  static void run(void* self, index_t chunks, void (*body)(void*, index_t), void* context) {
    std::atomic<index_t> next{0};
    std::atomic<bool> failed{false};
    std::exception_ptr failure;
    const auto work = [&] {
      for (index_t c = next++; c < chunks && !failed; c = next++) {
        try {
          body(context, c);
        } catch (...) {
          if (!failed.exchange(true)) failure = std::current_exception();
        }
      }
    };
    std::vector<std::thread> others;
    for (int t = 1; t < static_cast<threads*>(self)->executor_.concurrency; ++t)
      others.emplace_back(work);
    work();
    for (auto& thread : others) thread.join();
    if (failure) std::rethrow_exception(failure);
  }

  executor executor_;
  const executor* previous_;
};

}  // namespace ciess
