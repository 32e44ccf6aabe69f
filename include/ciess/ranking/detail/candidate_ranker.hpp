// SPDX-License-Identifier: MIT
/// @file
/// What stands before the held-out items of a user, of some candidates in place of all items.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/ranking/metrics.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess::detail {

/// The items that users are judged by: the most popular ones, which fill most lists, and drawn ones
/// of all others.
struct candidate_items {
  std::vector<row_id> head;   ///< the most popular, always there
  std::vector<row_id> tail;   ///< all others that may be ranked, in rising order
  std::vector<char> in_tail;  ///< [items]
  index_t drawn = 0;          ///< of the tail, for each user

  /// @param count   of candidates, fewer than items that may be ranked: half of them the head
  /// @param barred  items that are not ranked, in rising order
  candidate_items(const interactions& train, std::span<const row_id> barred, index_t count)
      : in_tail(static_cast<std::size_t>(train.items()), 1), drawn{count - count / 2} {
    for (const row_id i : barred) in_tail[static_cast<std::size_t>(i)] = 0;
    for (row_id i = 0; i < train.items(); ++i)
      if (in_tail[static_cast<std::size_t>(i)] != 0) tail.push_back(i);
    head = tail;
    const auto more = [&](row_id a, row_id b) {
      const auto x = train.item_frequency(a);
      const auto y = train.item_frequency(b);
      return x != y ? x > y : a < b;
    };
    const auto last = head.begin() + count / 2;
    std::nth_element(head.begin(), last, head.end(), more);
    head.erase(last, head.end());
    std::sort(head.begin(), head.end());
    for (const row_id i : head) in_tail[static_cast<std::size_t>(i)] = 0;
    std::erase_if(tail, [&](row_id i) { return in_tail[static_cast<std::size_t>(i)] == 0; });
  }
};

/// A held-out item of a user: its rank among the other held-out ones and the head, from 1 at the
/// top, and how many of the drawn candidates stand before it.
struct sampled_rank {
  std::int32_t known = 0;
  std::int32_t before = 0;
};

/// Judges a block of users at a time, whose candidates are the same ones but for what each has
/// seen: their scores are one matrix product. Owns its buffers: a call allocates only where a user
/// has more held-out items, or has seen more, than those before. A held-out item that is no
/// candidate is scored by itself: of equal vectors the last bit may then be another, and decide in
/// place of the id.
class candidate_ranker {
 public:
  static constexpr index_t users = 96;

  /// @param head     vectors of the head, [head, d]
  /// @param longest  ranks behind it do not matter
  candidate_ranker(const candidate_items& of, const matrix& head, index_t items, int longest)
      : of_{&of}, head_{&head}, longest_{longest}, where_(static_cast<std::size_t>(items), -1) {
    for (std::size_t h = 0; h < of.head.size(); ++h)
      where_[static_cast<std::size_t>(of.head[h])] = static_cast<std::int32_t>(h);
  }

  /// @param user    `user(r)` is the user of row r in [0, rows), `wanted(r)` the held-out items
  /// @param take    `take(r, ranks, population, drawn)`: what is in front of each wanted item, best
  ///                first, as long as they matter; of the tail how many the user may be given, and
  ///                how many of them were drawn
  /// @param report  `report(user, item)` in place of `take` if a score is NaN
  template <class User, class Wanted, class Take, class Report>
  void operator()(const matrix_view& user_vectors, const matrix_view& item_vectors,
                  const interactions& seen, random_engine engine, index_t rows, User&& user,
                  Wanted&& wanted, Take&& take, Report&& report) {
    index_t most = 0;
    for (index_t r = 0; r < rows; ++r)
      most = std::max(most, std::ssize(seen.items_of(user(r))) + std::ssize(wanted(r)));
    draw(engine, with_spares(most));
    const index_t heads = std::ssize(of_->head);
    const index_t count = std::ssize(candidates_);
    grow(vectors_, rows, user_vectors.cols());
    grow(columns_, count, user_vectors.cols());
    grow(scores_, rows, heads + count);
    for (index_t r = 0; r < rows; ++r) vectors_.row(r) = user_vectors.row(user(r));
    for (index_t c = 0; c < count; ++c)
      columns_.row(c) = item_vectors.row(candidates_[static_cast<std::size_t>(c)]);
    const auto of_users = vectors_.topRows(rows);
    scores_.topLeftCorner(rows, heads).noalias() = of_users * head_->transpose();
    scores_.block(0, heads, rows, count).noalias() = of_users * columns_.topRows(count).transpose();
    for (std::size_t c = 0; c < candidates_.size(); ++c)
      where_[static_cast<std::size_t>(candidates_[c])] =
          static_cast<std::int32_t>(static_cast<std::size_t>(heads) + c);
    for (index_t r = 0; r < rows; ++r)
      judge(item_vectors, seen, r, user(r), wanted(r), take, report);
    for (const row_id i : candidates_) where_[static_cast<std::size_t>(i)] = -1;
  }

 private:
  static void grow(matrix& m, index_t rows, index_t cols) {
    if (m.rows() < rows || m.cols() < cols)
      m.resize(std::max(m.rows(), rows), std::max(m.cols(), cols));
  }

  /// How many are to be drawn so that there are enough when those are left out that a user has
  /// seen: the mean and six deviations. A user who has nearly all of the tail may have fewer.
  [[nodiscard]] index_t with_spares(index_t left_out) const noexcept {
    const auto n = static_cast<double>(of_->tail.size());
    const double share = std::min(1.0, static_cast<double>(left_out) / n);
    const double kept = std::max(1.0 - share, 1e-3);
    const auto drawn = static_cast<double>(of_->drawn);
    const double count = (drawn + 6.0 * std::sqrt(drawn * share)) / kept + 2.0;
    return static_cast<index_t>(std::min(n, count));
  }

  /// Different items of the tail, each as likely as any other, in an order of chance.
  void draw(random_engine& engine, index_t count) {
    candidates_.clear();
    const auto n = static_cast<std::uint32_t>(of_->tail.size());
    if (2 * count > std::ssize(of_->tail)) {  // a shuffle's beginning, where most are taken
      candidates_ = of_->tail;
      for (index_t c = 0; c < count; ++c)
        std::swap(candidates_[static_cast<std::size_t>(c)],
                  candidates_[static_cast<std::size_t>(c) +
                              bounded(engine, n - static_cast<std::uint32_t>(c))]);
      candidates_.resize(static_cast<std::size_t>(count));
      return;
    }
    while (std::ssize(candidates_) < count) {
      const row_id i = of_->tail[bounded(engine, n)];
      auto& taken = where_[static_cast<std::size_t>(i)];
      if (taken >= 0) continue;
      taken = 0;
      candidates_.push_back(i);
    }
  }

  template <class Take, class Report>
  void judge(const matrix_view& items, const interactions& seen, index_t r, row_id user,
             std::span<const row_id> wanted, Take&& take, Report&& report) {
    constexpr float lowest = -std::numeric_limits<float>::infinity();
    const index_t heads = std::ssize(of_->head);
    float* const row = scores_.row(r).data();
    own_.clear();
    for (const row_id i : wanted) {
      const std::int32_t at = where_[static_cast<std::size_t>(i)];  // the same number, if it is one
      own_.push_back({i, at >= 0 ? row[at] : vectors_.row(r).dot(items.row(i))});
    }
    // What the user may not be given, or is looked for, is no candidate.
    index_t population = std::ssize(of_->tail);
    left_out_.clear();
    const auto leave_out = [&](row_id i) {
      population -= of_->in_tail[static_cast<std::size_t>(i)] != 0 ? 1 : 0;
      const std::int32_t at = where_[static_cast<std::size_t>(i)];
      if (at < 0) return;
      if (at >= heads) left_out_.push_back(at - heads);
      row[at] = lowest;
    };
    for (const row_id i : seen.items_of(user)) leave_out(i);
    for (const row_id i : wanted)
      if (!holds(seen.items_of(user), i)) leave_out(i);
    // The first of those drawn, as many for each user, those left out not counted.
    std::sort(left_out_.begin(), left_out_.end());
    index_t end = of_->drawn;
    index_t out = 0;
    for (const index_t at : left_out_) {
      if (at >= end) break;
      ++end;
      ++out;
    }
    end = std::min(end, std::ssize(candidates_));
    for (index_t c = 0; c < heads + end; ++c)
      if (std::isnan(row[c])) {
        report(user, c < heads ? of_->head[static_cast<std::size_t>(c)]
                               : candidates_[static_cast<std::size_t>(c - heads)]);
        return;
      }
    for (const scored_item& o : own_)
      if (std::isnan(o.score)) {
        report(user, o.item);
        return;
      }
    std::sort(own_.begin(), own_.end(), [](const scored_item& a, const scored_item& b) {
      return a.score != b.score ? a.score > b.score : a.item < b.item;
    });
    ranks_.clear();
    for (const scored_item& o : own_) {
      if (o.score == lowest || holds(seen.items_of(user), o.item)) continue;
      const auto known = static_cast<std::int32_t>(ranks_.size()) + 1 +
                         how_many_before(o, of_->head.data(), row, heads);
      if (known > longest_) break;  // and so are all behind it
      ranks_.push_back({known, how_many_before(o, candidates_.data(), row + heads, end)});
    }
    take(r, std::span<const sampled_rank>(ranks_), population, end - out);
  }

  [[nodiscard]] static std::int32_t how_many_before(const scored_item& own, const row_id* ids,
                                                    const float* scores, index_t count) noexcept {
    std::int32_t higher = 0;
    std::int32_t equal = 0;
    for (index_t c = 0; c < count; ++c) {
      higher += scores[c] > own.score ? 1 : 0;
      equal += scores[c] == own.score ? 1 : 0;
    }
    if (equal > 0)
      for (index_t c = 0; c < count; ++c)
        higher += scores[c] == own.score && ids[c] < own.item ? 1 : 0;
    return higher;
  }

  const candidate_items* of_;
  const matrix* head_;
  int longest_;
  std::vector<std::int32_t> where_;  ///< [items] column of a candidate, -1: none
  std::vector<row_id> candidates_;   ///< drawn for this block
  matrix vectors_, columns_, scores_;
  std::vector<scored_item> own_;
  std::vector<index_t> left_out_;
  std::vector<sampled_rank> ranks_;
};

}  // namespace ciess::detail
