// SPDX-License-Identifier: MIT
/// @file
/// Blocks of users and ranges of items as tasks of several threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/ranking/rank.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess::detail {

/// Lists of at most k items of several users, each from several ranges of items.
class partial_lists {
 public:
  partial_lists(index_t users, index_t parts, int k)
      : parts_{parts}, k_{k}, lengths_(place(users, 0)), items_(place(users, 0) * length()) {}

  /// Safe from several threads for different pairs of user and part.
  void put(index_t user, index_t part, std::span<const scored_item> best) noexcept {
    lengths_[place(user, part)] = best.size();
    std::ranges::copy(best,
                      items_.begin() + static_cast<std::ptrdiff_t>(place(user, part) * length()));
  }

  /// Calls `take(user, best)` with the k best of all parts.
  template <class Take>
  void merge(Take&& take) const {
    top_k best{k_};
    for (index_t user = 0; place(user, 0) < lengths_.size(); ++user) {
      best.clear();
      for (index_t part = 0; part < parts_; ++part)
        for (std::size_t i = 0; i < lengths_[place(user, part)]; ++i) {
          const scored_item& x = items_[place(user, part) * length() + i];
          best.add(0, x.score, x.item);
        }
      take(user, best.best(0));
    }
  }

 private:
  [[nodiscard]] std::size_t length() const noexcept { return static_cast<std::size_t>(k_); }
  [[nodiscard]] std::size_t place(index_t user, index_t part) const noexcept {
    return static_cast<std::size_t>(user * parts_ + part);
  }

  index_t parts_;
  int k_;
  std::vector<std::size_t> lengths_;  ///< [users, parts]
  std::vector<scored_item> items_;    ///< [users, parts, k]
};

/// Items that are worth a task of their own.
inline constexpr index_t range_of_items = 4096;

/// What is to be ranked: `k` items of all for each user.
struct rank_plan {
  index_t users = 0;
  index_t items = 0;
  int k = 1;
  index_t block = 1;  ///< users of a task, at most
  index_t step = 1;   ///< ranges of items are multiples of it
};

/// A block of users against a range of items.
struct rank_task {
  index_t first_user = 0;
  index_t users = 0;
  index_t first_item = 0;
  index_t last_item = 0;  ///< one after the last
};

/// Ranks in parallel over blocks of users and, where those are too few for all threads, over ranges
/// of items, too.
/// @param make  `make()` is what a thread needs for a block of users
/// @param rank  `rank(made, task, put, bad)` calls for each user u of the task, counted from its
///              first, either `put(u, best)` with the best of the task's items, or `bad(u, item)`
///              if the score of that item is NaN
/// @param name  `name(u)`: what a message calls user u of all
/// @param take  `take(u, best)` gets the best of all items, once for each user, from several
///              threads at once
/// @throws numeric_error if a score is NaN, naming user and item
/// Memory: where items are cut, 8 k bytes for each user and range.
template <class Make, class Rank, class Name, class Take>
void rank_in_tasks(const rank_plan& plan, Make&& make, Rank&& rank, Name&& name, Take&& take) {
  const index_t threads = concurrency();
  const index_t blocks = (plan.users + plan.block - 1) / plan.block;
  const index_t wanted = threads == 1 || blocks == 0 ? 1 : (2 * threads + blocks - 1) / blocks;
  const index_t even = std::max(range_of_items, (plan.items + wanted - 1) / wanted);
  const index_t range = (even + plan.step - 1) / plan.step * plan.step;
  const index_t parts = std::max<index_t>((plan.items + range - 1) / range, 1);
  const index_t workers = std::min(blocks * parts, threads);
  std::vector<decltype(make())> made;
  made.reserve(static_cast<std::size_t>(workers));
  for (index_t w = 0; w < workers; ++w) made.push_back(make());
  partial_lists lists(parts > 1 ? plan.users : 0, parts, plan.k);
  nan_report nans{std::max<index_t>(workers, 1)};
  parallel_workers(workers, blocks * parts, [&](index_t worker, index_t number) {
    const index_t first = number / parts * plan.block;
    const index_t part = number % parts;
    const rank_task task{first, std::min(plan.block, plan.users - first), part * range,
                         std::min((part + 1) * range, plan.items)};
    rank(
        made[static_cast<std::size_t>(worker)], task,
        [&](index_t u, std::span<const scored_item> best) {
          if (parts > 1)
            lists.put(first + u, part, best);
          else
            take(first + u, best);
        },
        [&](index_t u, row_id item) { nans.add(worker, name(first + u), item); });
  });
  nans.check();
  lists.merge(take);
}

}  // namespace ciess::detail
