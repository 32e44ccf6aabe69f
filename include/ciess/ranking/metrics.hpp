// SPDX-License-Identifier: MIT
/// @file
/// Recall, NDCG, hit, reciprocal rank and average precision of one ranked list with binary
/// relevance.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>

namespace ciess {
namespace detail {

/// What a hit at a position is worth; position 0 is the top of the list.
inline double discount(std::size_t position) noexcept {
  return 1.0 / std::log2(static_cast<double>(position) + 2.0);
}

/// Whether a sorted list holds an item. Halves without a branch to guess wrong, then compares what
/// is left at once.
inline bool holds(std::span<const row_id> sorted, row_id item) noexcept {
  while (sorted.size() > 32) {
    const std::size_t half = sorted.size() / 2;
    sorted = sorted.subspan(sorted[half - 1] < item ? half : 0, sorted.size() - half);
  }
  int found = 0;
  for (const row_id candidate : sorted) found |= static_cast<int>(candidate == item);
  return found != 0;
}

inline void check_cutoff(const char* who, int k) {
  if (k < 1) throw_error<argument_error>(who, ": a cutoff must be at least 1, got ", k);
}

}  // namespace detail

/// Share of the held-out items that stand among the first k of the list; 0 when nothing is held
/// out.
/// @param ranked    items, best first, no item twice; may be shorter than k
/// @param held_out  items in rising order
/// @throws argument_error if k < 1
[[nodiscard]] inline double recall_at(std::span<const row_id> ranked,
                                      std::span<const row_id> held_out, int k) {
  detail::check_cutoff("recall_at", k);
  if (held_out.empty()) return 0.0;
  const auto top = ranked.first(std::min(ranked.size(), static_cast<std::size_t>(k)));
  const auto hits = std::count_if(top.begin(), top.end(),
                                  [&](row_id item) { return detail::holds(held_out, item); });
  return static_cast<double>(hits) / static_cast<double>(held_out.size());
}

/// Normalised discounted cumulative gain of the first k: sum of 1 / log2(position + 2) over the
/// hits, divided by the same sum of the ideal list, which begins with min(k, held-out) hits. 0 when
/// nothing is held out.
/// @param ranked    items, best first, no item twice; may be shorter than k
/// @param held_out  items in rising order
/// @throws argument_error if k < 1
[[nodiscard]] inline double ndcg_at(std::span<const row_id> ranked,
                                    std::span<const row_id> held_out, int k) {
  detail::check_cutoff("ndcg_at", k);
  if (held_out.empty()) return 0.0;
  double gain = 0.0;
  double ideal = 0.0;
  for (std::size_t p = 0; p < static_cast<std::size_t>(k); ++p) {
    if (p < ranked.size() && detail::holds(held_out, ranked[p])) gain += detail::discount(p);
    if (p < held_out.size()) ideal += detail::discount(p);
    if (p >= ranked.size() && p >= held_out.size()) break;
  }
  return gain / ideal;
}

/// 1 if one of the first k of the list is held out, else 0. Its mean over users is the hit rate.
/// @param ranked    items, best first, no item twice; may be shorter than k
/// @param held_out  items in rising order
/// @throws argument_error if k < 1
[[nodiscard]] inline double hit_at(std::span<const row_id> ranked, std::span<const row_id> held_out,
                                   int k) {
  detail::check_cutoff("hit_at", k);
  return recall_at(ranked, held_out, k) > 0.0 ? 1.0 : 0.0;
}

/// 1 / rank of the first hit among the first k of the list, whose top has rank 1; 0 without a hit.
/// Its mean over users is the MRR.
/// @param ranked    items, best first, no item twice; may be shorter than k
/// @param held_out  items in rising order
/// @throws argument_error if k < 1
[[nodiscard]] inline double reciprocal_rank_at(std::span<const row_id> ranked,
                                               std::span<const row_id> held_out, int k) {
  detail::check_cutoff("reciprocal_rank_at", k);
  const auto top = ranked.first(std::min(ranked.size(), static_cast<std::size_t>(k)));
  const auto first = std::find_if(top.begin(), top.end(),
                                  [&](row_id item) { return detail::holds(held_out, item); });
  return first == top.end() ? 0.0 : 1.0 / static_cast<double>(first - top.begin() + 1);
}

/// Average precision of the first k: the share of hits among the first r, summed over the ranks r
/// <= k of the hits, divided by min(k, held-out), which is what the ideal list has. 0 when nothing
/// is held out. Its mean over users is the MAP.
/// @param ranked    items, best first, no item twice; may be shorter than k
/// @param held_out  items in rising order
/// @throws argument_error if k < 1
[[nodiscard]] inline double average_precision_at(std::span<const row_id> ranked,
                                                 std::span<const row_id> held_out, int k) {
  detail::check_cutoff("average_precision_at", k);
  if (held_out.empty()) return 0.0;
  const auto length = static_cast<std::size_t>(k);
  double precision = 0.0;
  int hits = 0;
  for (std::size_t p = 0; p < std::min(ranked.size(), length); ++p)
    if (detail::holds(held_out, ranked[p])) precision += ++hits / static_cast<double>(p + 1);
  return precision / static_cast<double>(std::min(length, held_out.size()));
}

/// Where `cutoff_metrics` writes the figures of a list, each of shape [cutoffs].
struct list_figures {
  std::span<double> recall;
  std::span<double> ndcg;
  std::span<double> average_precision;
};

/// Recall, NDCG and average precision at several cutoffs in one pass over a list, logarithms looked
/// up, and where the first hit is, which tells hit and reciprocal rank at each of them.
/// Gives the same bytes as the functions above.
class cutoff_metrics {
 public:
  /// @param items  how many items there are: no list and no held-out set is longer, so larger
  /// cutoffs cost nothing
  /// @throws argument_error if there is no cutoff, one below 1, or they do not rise
  explicit cutoff_metrics(std::vector<int> cutoffs,
                          index_t items = std::numeric_limits<index_t>::max())
      : cutoffs_{std::move(cutoffs)} {
    if (cutoffs_.empty())
      detail::throw_error<argument_error>("cutoff_metrics: needs at least one cutoff, got none");
    for (std::size_t c = 0; c < cutoffs_.size(); ++c) {
      detail::check_cutoff("cutoff_metrics", cutoffs_[c]);
      if (c > 0 && cutoffs_[c] <= cutoffs_[c - 1])
        detail::throw_error<argument_error>("cutoff_metrics: cutoffs must rise, got ", cutoffs_[c],
                                            " after ", cutoffs_[c - 1]);
    }
    const auto longest = static_cast<std::size_t>(std::clamp<index_t>(items, 0, cutoffs_.back()));
    discounts_.resize(longest);
    ideals_.resize(longest + 1);
    for (std::size_t p = 0; p < longest; ++p) {
      discounts_[p] = detail::discount(p);
      ideals_[p + 1] = ideals_[p] + discounts_[p];
    }
  }

  [[nodiscard]] const std::vector<int>& cutoffs() const noexcept { return cutoffs_; }
  /// Length of the list that all cutoffs together look at.
  [[nodiscard]] int longest() const noexcept { return static_cast<int>(discounts_.size()); }

  /// What a hit at a position below `longest()` is worth; 0 is the top of the list.
  [[nodiscard]] double discount(std::size_t position) const noexcept {
    return discounts_[position];
  }
  /// The gain of the ideal list of k, see `ndcg_at`.
  /// @param held_out  how many items are
  [[nodiscard]] double ideal_gain(int k, std::size_t held_out) const noexcept {
    return ideals_[std::min(static_cast<std::size_t>(k), held_out)];
  }

  /// @param ranked    items in any type that `item_of` turns into a row_id, best first
  /// @param held_out  items in rising order, at least one
  /// @param figures   overwritten
  /// @return rank of the first hit among the first `longest()`, 1 at the top; 0 without a hit
  template <class T, class ItemOf>
  int operator()(std::span<const T> ranked, ItemOf&& item_of, std::span<const row_id> held_out,
                 const list_figures& figures) const noexcept {
    double gain = 0.0;
    double precision = 0.0;
    int hits = 0;
    int first = 0;
    std::size_t p = 0;
    for (std::size_t c = 0; c < cutoffs_.size(); ++c) {
      const auto k = static_cast<std::size_t>(cutoffs_[c]);
      for (; p < std::min(k, ranked.size()); ++p) {
        if (!detail::holds(held_out, item_of(ranked[p]))) continue;
        if (hits++ == 0) first = static_cast<int>(p) + 1;
        gain += discounts_[p];
        precision += hits / static_cast<double>(p + 1);
      }
      const std::size_t ideal = std::min(k, held_out.size());
      figures.recall[c] = static_cast<double>(hits) / static_cast<double>(held_out.size());
      figures.ndcg[c] = gain / ideals_[ideal];
      figures.average_precision[c] = precision / static_cast<double>(ideal);
    }
    return first;
  }

 private:
  std::vector<int> cutoffs_;
  std::vector<double> discounts_;
  std::vector<double> ideals_;  ///< [longest + 1]: gain of the ideal list with n hits
};

}  // namespace ciess
