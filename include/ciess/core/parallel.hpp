// SPDX-License-Identifier: MIT
/// @file
/// Parallel loops whose result does not depend on the number of threads. They run serially until an
/// executor is installed; `ciess/core/threads.hpp` (component `ciess::parallel`) installs oneTBB.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <type_traits>
#include <utility>

#include <ciess/core/index.hpp>

namespace ciess {

/// Runs the chunks of a loop, in any order, on any threads, and returns when all are done.
/// A plain table of functions: installing one changes no type and no inline function.
struct executor {
  void (*run)(void* self, index_t chunks, void (*body)(void* context, index_t chunk),
              void* context);
  void* self;
  int concurrency;
};

namespace detail {

inline std::atomic<const executor*>& current_executor() noexcept {
  static std::atomic<const executor*> current{nullptr};
  return current;
}

}  // namespace detail

/// Threads that parallel loops may use now; 1 without an executor.
[[nodiscard]] inline int concurrency() noexcept {
  const executor* e = detail::current_executor().load(std::memory_order_acquire);
  return e ? e->concurrency : 1;
}

/// Calls `f(chunk)` for every chunk in [0, chunks). Exceptions reach the caller.
template <class F>
void parallel_chunks(index_t chunks, F&& f) {
  const executor* e = detail::current_executor().load(std::memory_order_acquire);
  if (!e || e->concurrency == 1 || chunks <= 1) {
    for (index_t c = 0; c < chunks; ++c) f(c);
    return;
  }
  using body_type = std::remove_reference_t<F>;
  e->run(
      e->self, chunks, [](void* context, index_t c) { (*static_cast<body_type*>(context))(c); },
      const_cast<void*>(static_cast<const void*>(std::addressof(f))));
}

/// Calls `f(first, last)` on consecutive ranges of at most `grain` indices that cover [0, n).
template <class F>
void parallel_for(index_t n, index_t grain, F&& f) {
  grain = std::max<index_t>(grain, 1);
  parallel_chunks((n + grain - 1) / grain,
                  [&](index_t c) { f(c * grain, std::min(n, (c + 1) * grain)); });
}

/// Folds `map(first, last)` over consecutive ranges of [0, n), left to right:
/// `combine(combine(init, m0), m1) ...`. The ranges depend on n and `grain` only (at most 64 of
/// them), so the result has the same bytes at any thread count.
template <class T, class Map, class Combine>
[[nodiscard]] T parallel_reduce(index_t n, index_t grain, T init, Map&& map, Combine&& combine) {
  constexpr index_t most = 64;
  grain = std::max({grain, index_t{1}, (n + most - 1) / most});
  std::array<T, most> parts{};
  const index_t chunks = (n + grain - 1) / grain;
  parallel_chunks(chunks, [&](index_t c) {
    parts[static_cast<std::size_t>(c)] = map(c * grain, std::min(n, (c + 1) * grain));
  });
  for (index_t c = 0; c < chunks; ++c)
    init = combine(std::move(init), std::move(parts[static_cast<std::size_t>(c)]));
  return init;
}

}  // namespace ciess
