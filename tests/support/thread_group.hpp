// SPDX-License-Identifier: MIT
/// @file
/// A process group whose processes are threads.
#pragma once

#include <ciess/core/process_group.hpp>

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "catch.hpp"

namespace thread_groups {

/// Where the threads of a group meet.
class meeting {
 public:
  explicit meeting(std::size_t size) : mine_(size) {}

  std::vector<std::string> swap(std::size_t rank, std::string mine) {
    std::unique_lock lock(mutex_);
    const std::size_t round = round_;
    mine_[rank] = std::move(mine);
    if (++here_ == mine_.size()) {
      all_ = mine_;
      here_ = 0;
      ++round_;
      changed_.notify_all();
    } else {
      changed_.wait(lock, [&] { return round_ != round; });
    }
    return all_;  // the next round cannot end before all have taken this one
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> mine_, all_;
  std::size_t here_ = 0, round_ = 0;
};

class thread_group final : public ciess::process_group {
 public:
  thread_group(meeting& at, int rank, int size) : process_group(rank, size), at_{&at} {}

 private:
  std::vector<std::string> exchange(std::string mine) override {
    return at_->swap(static_cast<std::size_t>(rank()), std::move(mine));
  }
  meeting* at_;
};

/// Calls `body(group)` as each of `size` processes; nothing that Catch counts may be in it.
/// @returns what each threw, "" if nothing
template <class Body>
std::vector<std::string> run(int size, Body body) {
  meeting at(static_cast<std::size_t>(size));
  std::vector<std::string> thrown(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      try {
        thread_group group(at, rank, size);
        group.run([&] { body(group); });
      } catch (const std::exception& e) {
        thrown[static_cast<std::size_t>(rank)] = e.what();
      }
    });
  for (auto& t : threads) t.join();
  return thrown;
}

/// The same, and none throws.
template <class Body>
void run_well(int size, Body body) {
  for (const std::string& text : run(size, std::move(body))) CHECK(text.empty());
}

}  // namespace thread_groups
