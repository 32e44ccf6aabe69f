// SPDX-License-Identifier: MIT
/// @file
/// Lists of best items put aside, and how far two rankings agree: a quality that needs no
/// interactions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess {

/// The items of at most k best of several queries. A callable, as rankings want it: `take(position,
/// best)`, from several threads for different positions.
class top_lists {
 public:
  /// @throws argument_error if queries < 0 or k < 1
  top_lists(index_t queries, int k) : k_{k} {
    if (queries < 0 || k < 1)
      detail::throw_error<argument_error>("top_lists: expected queries >= 0 and k >= 1, got ",
                                          queries, " and ", k);
    lengths_.assign(static_cast<std::size_t>(queries), 0);
    items_.resize(static_cast<std::size_t>(queries) * static_cast<std::size_t>(k));
  }

  /// @pre 0 <= position < queries, best.size() <= k
  void operator()(index_t position, std::span<const scored_item> best) noexcept {
    const auto p = static_cast<std::size_t>(position);
    lengths_[p] = best.size();
    std::ranges::transform(
        best, items_.begin() + static_cast<std::ptrdiff_t>(p * static_cast<std::size_t>(k_)),
        &scored_item::item);
  }

  [[nodiscard]] index_t queries() const noexcept { return std::ssize(lengths_); }
  /// Best first.  @pre 0 <= position < queries()
  [[nodiscard]] std::span<const row_id> operator[](index_t position) const noexcept {
    const auto p = static_cast<std::size_t>(position);
    return std::span(items_).subspan(p * static_cast<std::size_t>(k_), lengths_[p]);
  }

 private:
  int k_;
  std::vector<std::size_t> lengths_;  ///< [queries]
  std::vector<row_id> items_;         ///< [queries, k]
};

/// Recall of the exact lists: the mean share of each list of `exact` that stands in the same list
/// of `other`; queries without a list stay out. 1 if nobody has one.
/// @throws argument_error if the numbers of queries differ
[[nodiscard]] inline double agreement(const top_lists& exact, const top_lists& other) {
  if (exact.queries() != other.queries())
    detail::throw_error<argument_error>("agreement: lists of ", exact.queries(), " and of ",
                                        other.queries(), " queries");
  double sum = 0;
  index_t counted = 0;
  std::vector<row_id> sorted;
  for (index_t q = 0; q < exact.queries(); ++q) {
    if (exact[q].empty()) continue;
    sorted.assign(other[q].begin(), other[q].end());
    std::ranges::sort(sorted);
    const auto both = std::ranges::count_if(
        exact[q], [&](row_id item) { return std::ranges::binary_search(sorted, item); });
    sum += static_cast<double>(both) / static_cast<double>(exact[q].size());
    ++counted;
  }
  return counted == 0 ? 1.0 : sum / static_cast<double>(counted);
}

}  // namespace ciess
