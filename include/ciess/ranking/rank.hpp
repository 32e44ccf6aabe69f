// SPDX-License-Identifier: MIT
/// @file
/// The k best items of many users: scores in blocks that fit the cache, chosen from while there.
#pragma once

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/ranking/detail/block_ranker.hpp>
#include <ciess/ranking/detail/item_panels.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess {
namespace detail {

/// Calls `body(worker, block)` for every block in [0, blocks); blocks of one worker never run at
/// the same time, so a worker may own buffers. Which worker gets which block is left open: the
/// outcome must not depend on it.
template <class Body>
void parallel_workers(index_t workers, index_t blocks, Body&& body) {
  std::atomic<index_t> next{0};
  parallel_chunks(workers, [&](index_t worker) {
    for (index_t b = next++; b < blocks; b = next++) body(worker, b);
  });
}

/// The first NaN met, by user; threads meet them in any order.
class nan_report {
 public:
  explicit nan_report(index_t workers) : found_(static_cast<std::size_t>(workers), {no_user, -1}) {}

  void add(index_t worker, row_id user, row_id item) noexcept {
    auto& mine = found_[static_cast<std::size_t>(worker)];
    mine = std::min(mine, {user, item});
  }

  /// @throws numeric_error if there was one
  void check() const {
    const auto first = *std::min_element(found_.begin(), found_.end());
    if (first.first != no_user)
      throw_error<numeric_error>("ranking: the score of user ", first.first, " for item ",
                                 first.second, " is NaN");
  }

 private:
  static constexpr row_id no_user = std::numeric_limits<row_id>::max();
  std::vector<std::pair<row_id, row_id>> found_;  ///< [workers]
};

inline void check_users(std::span<const row_id> users, index_t count) {
  for (std::size_t p = 0; p < users.size(); ++p) {
    if (users[p] < 0 || users[p] >= count)
      throw_error<argument_error>("ranking: user ", users[p], " is outside [0, ", count, ")");
    if (p > 0 && users[p] <= users[p - 1])
      throw_error<argument_error>("ranking: users must rise, got ", users[p], " after ",
                                  users[p - 1]);
  }
}

/// Length of a list of at most k items.
inline int list_length(const char* who, int k, index_t items) {
  if (k < 1) throw_error<argument_error>(who, ": k must be at least 1, got ", k);
  return static_cast<int>(std::clamp<index_t>(items, 1, k));
}

/// Items that nobody is to be given.
inline void check_barred(const char* who, std::span<const row_id> barred, index_t items) {
  for (std::size_t b = 0; b < barred.size(); ++b)
    if (barred[b] < (b == 0 ? 0 : barred[b - 1] + 1) || barred[b] >= items)
      throw_error<argument_error>(who, ": barred items must rise in [0, ", items, "), got ",
                                  barred[b]);
}

inline void check_shape(const char* who, index_t users, index_t items, const interactions& seen) {
  if (users != seen.users() || items != seen.items())
    throw_error<argument_error>(who, ": expected interactions of ", users, " users and ", items,
                                " items, got ", seen.users(), " and ", seen.items());
}

inline void check_products(const char* who, const matrix_view& users, const matrix_view& items,
                           const interactions& seen) {
  if (users.cols() != items.cols())
    throw_error<argument_error>(who, ": user vectors have ", users.cols(),
                                " columns, item vectors ", items.cols());
  check_shape(who, users.rows(), items.rows(), seen);
}

}  // namespace detail

/// Ranks all items for some users by inner products and hands over the k best of each.
/// Scores are compared with the k-th best so far while they are in registers and hardly ever
/// written, in parallel over blocks of 96 users. Each score is summed from the first column to the
/// last. The same bytes at any number of threads.
/// Costs users * items * d multiplications and, per call, a copy of the items; a thread owns
/// 12 bytes an item and about 0.2 MB.
/// @param users, items  vectors of all users [users, d] and all items [items, d]
/// @param seen  interactions that must not be recommended again
/// @param who   users to rank for, in rising order
/// @param take  `take(position, best)` is called once for each position in `who`, from several
///              threads at once; `best`, a `std::span<const scored_item>`, dies with the call
/// @param barred  items that nobody is to be given, in rising order: they are not even scored
/// @throws argument_error before any call of `take` if shapes do not fit, k < 1, or `who` or
///         `barred` is out of range or order
/// @throws numeric_error if a score is NaN, naming user and item
template <class Take>
void rank_products(const matrix_view& users, const matrix_view& items, const interactions& seen,
                   std::span<const row_id> who, int k, Take&& take,
                   std::span<const row_id> barred = {}) {
  detail::check_products("rank_products", users, items, seen);
  detail::check_users(who, users.rows());
  detail::check_barred("rank_products", barred, items.rows());
  k = detail::list_length("rank_products", k, items.rows());
  const auto count = static_cast<index_t>(who.size());
  constexpr index_t n = detail::block_ranker::users;
  const index_t blocks = (count + n - 1) / n;
  const index_t workers = std::clamp<index_t>(blocks, 1, concurrency());
  const detail::item_panels panels{items, barred};
  std::vector<detail::block_ranker> rankers(static_cast<std::size_t>(workers),
                                            detail::block_ranker{panels, users.cols(), k});
  detail::nan_report nans{workers};
  detail::parallel_workers(workers, blocks, [&](index_t worker, index_t block) {
    const index_t first = block * n;
    rankers[static_cast<std::size_t>(worker)](
        users, seen, std::min(n, count - first),
        [&](index_t r) { return who[static_cast<std::size_t>(first + r)]; },
        [&](index_t r, std::span<const scored_item> best) { take(first + r, best); },
        [&](row_id user, row_id item) { nans.add(worker, user, item); });
  });
  nans.check();
}

/// The same for scores of any origin. `score` is called from the calling thread only, one block of
/// consecutive users at a time (at most 2^21 scores, or one user); the choice runs in parallel
/// inside the block.
/// @param score  `score(index first_user, matrix_span out)` fills out [n, seen.items()] with the
///               scores of the users first_user ... first_user + n - 1; higher is better, minus
///               infinity is never recommended
/// @param barred  items that nobody is to be given, in rising order; what their scores are, even
///                NaN, does not matter
template <class Score, class Take>
  requires std::invocable<Score&, index_t, matrix_span>
void rank_scores(Score&& score, const interactions& seen, std::span<const row_id> who, int k,
                 Take&& take, std::span<const row_id> barred = {}) {
  detail::check_users(who, seen.users());
  detail::check_barred("rank_scores", barred, seen.items());
  k = detail::list_length("rank_scores", k, seen.items());
  const index_t items = seen.items();
  const auto count = static_cast<index_t>(who.size());
  if (who.empty()) return;
  const index_t most =
      std::min(index_t{who.back()} - who.front() + 1,
               std::clamp<index_t>((index_t{1} << 21) / std::max<index_t>(items, 1), 1, 512));
  matrix scores(most, items);
  const index_t workers = concurrency();
  std::vector<top_k> selectors(static_cast<std::size_t>(workers), top_k{k});
  detail::nan_report nans{workers};

  const auto user = [&](index_t p) {
    return static_cast<index_t>(who[static_cast<std::size_t>(p)]);
  };
  for (index_t first = 0, last = 0; first < count; first = last) {
    // Users [user(first), user(last - 1)]; a few in between that nobody asked for cost less than
    // another call.
    for (last = first + 1;
         last < count && user(last) - user(last - 1) <= 4 && user(last) - user(first) < most;)
      ++last;
    matrix_span block = scores.topRows(user(last - 1) - user(first) + 1);
    score(user(first), block);
    constexpr index_t grain = 8;
    detail::parallel_workers(
        workers, (last - first + grain - 1) / grain, [&](index_t worker, index_t b) {
          top_k& best = selectors[static_cast<std::size_t>(worker)];
          for (index_t p = first + b * grain; p < std::min(last, first + (b + 1) * grain); ++p) {
            best.clear();
            const auto u = static_cast<row_id>(user(p));
            float* const row = block.row(user(p) - user(first)).data();
            for (const row_id i : barred) row[i] = -std::numeric_limits<float>::infinity();
            const row_id bad =
                best.offer(0, {row, static_cast<std::size_t>(items)}, 0, seen.items_of(u));
            if (bad >= 0) {
              nans.add(worker, u, bad);
            } else {
              take(p, best.best(0));
            }
          }
        });
    nans.check();
  }
}

}  // namespace ciess
