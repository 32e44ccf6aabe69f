// SPDX-License-Identifier: MIT
/// @file
/// Working memory that threads borrow: as many pieces as work at a time, kept between calls.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace ciess {

/// Pieces of working memory that go from hand to hand. A copy starts empty: it is memory, not
/// state. Safe from several threads.
template <class T>
class lease_pool {
 public:
  lease_pool() = default;
  lease_pool(const lease_pool&) noexcept {}
  lease_pool& operator=(const lease_pool&) noexcept { return *this; }
  ~lease_pool() = default;

  /// A piece that goes back when it is let go.
  class lease {
   public:
    explicit lease(lease_pool& home) : home_{&home}, piece_{home.take()} {}
    ~lease() { home_->give(std::move(piece_)); }
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    T& operator*() const noexcept { return *piece_; }
    T* operator->() const noexcept { return piece_.get(); }

   private:
    lease_pool* home_;
    std::unique_ptr<T> piece_;
  };

 private:
  std::unique_ptr<T> take() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) {
      free_.reserve(++made_);  // so that `give` cannot throw
      return std::make_unique<T>();
    }
    auto last = std::move(free_.back());  // the one most likely still in this core's cache
    free_.pop_back();
    return last;
  }
  void give(std::unique_ptr<T> piece) noexcept {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(piece));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
  std::size_t made_ = 0;
};

}  // namespace ciess
