// SPDX-License-Identifier: MIT
#include <ciess/ranking/detail/rank_in_tasks.hpp>
// its own header first
#include <ciess/core/threads.hpp>

#include <atomic>
#include <cstddef>
#include <span>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::index_t;
using ciess::row_id;
using ciess::scored_item;
using ciess::detail::rank_plan;
using ciess::detail::rank_task;

/// Scores that differ within a user.
float score(index_t user, index_t item) {
  return static_cast<float>((item * 7919 + user * 31) % 20011);
}

/// What ranks a task, and how often it was called.
struct counting {
  explicit counting(int k) : best{k, 1} {}
  ciess::top_k best;
};

}  // namespace

TEST_CASE("every user meets every item once, whatever the blocks and threads",
          "[ranking][threads]") {
  const index_t users = GENERATE(0, 1, 7, 40);
  const index_t items = GENERATE(0, 1, 4097, 20000);
  const int threads = GENERATE(1, 2, 5);
  const index_t step = GENERATE(1, 48);
  CAPTURE(users, items, threads, step);
  const ciess::threads pool(threads);
  const rank_plan plan{.users = users, .items = items, .k = 3, .block = 6, .step = step};
  std::vector<std::atomic<index_t>> met(static_cast<std::size_t>(users));
  std::vector<std::atomic<int>> taken(static_cast<std::size_t>(users));
  std::vector<std::vector<row_id>> lists(static_cast<std::size_t>(users));
  std::atomic<int> wrong{0}, tasks{0}, made{0};
  ciess::detail::rank_in_tasks(
      plan,
      [&] {
        ++made;
        return counting(plan.k);
      },
      [&](counting& mine, const rank_task& task, auto&& put, auto&&) {
        ++tasks;
        wrong += task.users < 1 || task.users > plan.block || task.first_item % step != 0;
        for (index_t u = 0; u < task.users; ++u) {
          const index_t user = task.first_user + u;
          met[static_cast<std::size_t>(user)] += task.last_item - task.first_item;
          mine.best.clear();
          for (index_t item = task.first_item; item < task.last_item; ++item)
            mine.best.add(0, score(user, item), static_cast<row_id>(item));
          put(u, mine.best.best(0));
        }
      },
      [](index_t u) { return static_cast<row_id>(u); },
      [&](index_t u, std::span<const scored_item> best) {
        ++taken[static_cast<std::size_t>(u)];
        for (const scored_item& x : best) lists[static_cast<std::size_t>(u)].push_back(x.item);
      });
  CHECK(wrong == 0);
  CHECK(made <= threads);
  // One block of users for several threads: items are cut.
  if (users == 7 && items == 20000 && threads == 5) CHECK(tasks > 2);
  if (threads == 1) CHECK(tasks == (users + 5) / 6);
  for (index_t u = 0; u < users; ++u) {
    const auto at = static_cast<std::size_t>(u);
    CHECK(met[at] == items);
    CHECK(taken[at] == 1);
    ciess::top_k all{plan.k, 1};
    for (index_t item = 0; item < items; ++item)
      all.add(0, score(u, item), static_cast<row_id>(item));
    std::vector<row_id> expected;
    for (const scored_item& x : all.best(0)) expected.push_back(x.item);
    CHECK(lists[at] == expected);
  }
}

TEST_CASE("the first user whose score is no number is named", "[ranking][threads]") {
  const int threads = GENERATE(1, 3);
  const ciess::threads pool(threads);
  const auto rank = [](int&, const rank_task& task, auto&& put, auto&& bad) {
    for (index_t u = 0; u < task.users; ++u) {
      const index_t user = task.first_user + u;
      if (user == 5 || user == 9)
        bad(u, static_cast<row_id>(task.last_item - 1));
      else
        put(u, std::span<const scored_item>());
    }
  };
  const auto name = [](index_t u) { return static_cast<row_id>(100 + u); };
  const auto take = [](index_t, std::span<const scored_item>) {};
  CHECK_THROWS_WITH(
      ciess::detail::rank_in_tasks(
          {.users = 12, .items = 30, .k = 1, .block = 2}, [] { return 0; }, rank, name, take),
      ContainsSubstring("the score of user 105 for item 29 is NaN"));
}
