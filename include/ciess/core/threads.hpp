// SPDX-License-Identifier: MIT
/// @file
/// oneTBB as the executor of the library's parallel loops. Needs the component `ciess::parallel`.
#pragma once

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>

namespace ciess {

/// While it lives, parallel loops run on `count` threads (the calling one among them).
/// Instances nest like scopes: the last one made counts and must go first. Make it in main, not in
/// a library.
class threads {
 public:
  /// @param count  threads, 1 to 1024; 0 takes one per processor
  /// @throws argument_error if count is out of range
  explicit threads(int count = 0)
      : arena_{checked(count)},
        limit_{oneapi::tbb::global_control::max_allowed_parallelism,
               static_cast<std::size_t>(arena_.max_concurrency())},
        executor_{&run, this, arena_.max_concurrency()},
        previous_{detail::current_executor().exchange(&executor_)} {}
  ~threads() { detail::current_executor().store(previous_); }
  threads(const threads&) = delete;
  threads& operator=(const threads&) = delete;

 private:
  static int checked(int count) {
    if (count < 0 || count > 1024)
      detail::throw_error<argument_error>("threads: count must be in [0, 1024], got ", count);
    return count == 0 ? oneapi::tbb::info::default_concurrency() : count;
  }

  static void run(void* self, index_t chunks, void (*body)(void*, index_t), void* context) {
    namespace tbb = oneapi::tbb;
    static_cast<threads*>(self)->arena_.execute([=] {
      tbb::parallel_for(
          tbb::blocked_range<index_t>(0, chunks, 1),
          [=](const tbb::blocked_range<index_t>& range) {
            for (index_t c = range.begin(); c != range.end(); ++c) body(context, c);
          },
          tbb::simple_partitioner{});
    });
  }

  oneapi::tbb::task_arena arena_;
  oneapi::tbb::global_control limit_;
  executor executor_;
  const executor* previous_;
};

}  // namespace ciess
