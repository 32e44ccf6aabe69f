// SPDX-License-Identifier: MIT
/// @file
/// The rows of each kind of tables in the order of their frequency, and groups of nearly the same.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/search/rules/table_facts.hpp>

namespace ciess {

/// Where a row is.
struct ranked_row {
  std::uint32_t table;
  std::uint32_t row;
};

/// Rows of one kind whose frequencies, each divided by the largest of its kind, are the same to a
/// thousandth.
struct frequency_group {
  std::size_t kind = 0;
  index_t first = 0, last = 0;  ///< ranks [first, last) in their kind
  double frequency = 0;         ///< mean of f / max f, in [0, 1]; 0 where nothing occurs
};

/// All rows by kind and rank: the most frequent first; of equal frequency the smaller row, then the
/// smaller table. Tables of one kind are one list. Memory: 8 bytes a row.
class row_ranks {
 public:
  static constexpr int bins = 1024;  ///< groups of a kind at most, less one

  /// @throws argument_error as `check`. Cost: O(rows log rows)
  explicit row_ranks(const table_facts& facts) : kinds_(facts.kinds()), group_of_(facts.kinds()) {
    check(facts);
    for (std::size_t t = 0; t < facts.shapes.size(); ++t) {
      const auto& shape = facts.shapes[t];
      kind& k = kinds_[facts.kind[t]];
      const bool first = k.rows.empty();
      k.range.min = first ? shape.range.min : std::min(k.range.min, shape.range.min);
      k.range.max = first ? shape.range.max : std::max(k.range.max, shape.range.max);
      k.least += static_cast<double>(shape.rows) * shape.range.min;
      k.most += static_cast<double>(shape.rows) * shape.range.max;
      if (shape.rows > 0) largest_ = std::max(largest_, shape.range.max);
      for (index_t r = 0; r < shape.rows; ++r)
        k.rows.push_back({static_cast<std::uint32_t>(t), static_cast<std::uint32_t>(r)});
    }
    for (std::size_t k = 0; k < kinds_.size(); ++k) rank(facts, k);
  }

  /// @throws argument_error if there are 2^32 rows or more
  static void check(const table_facts& facts) {
    std::uint64_t rows = 0;
    for (const auto& s : facts.shapes) rows += static_cast<std::uint64_t>(s.rows);
    if (rows > std::numeric_limits<std::uint32_t>::max())
      detail::throw_error<argument_error>("row_ranks: expected fewer than 2^32 rows, got ", rows);
  }

  /// One kind of tables.
  struct kind {
    std::vector<ranked_row> rows{};  ///< by rank
    size_range range{};              ///< from the smallest to the largest of its tables
    double least = 0, most = 0;      ///< numbers of all rows at d_min, and at d_max
  };
  [[nodiscard]] std::span<const kind> kinds() const noexcept { return kinds_; }
  /// By kind, then by rank.
  [[nodiscard]] std::span<const frequency_group> groups() const noexcept { return groups_; }
  /// The largest size that a row can have; 1 without rows.
  [[nodiscard]] int largest() const noexcept { return largest_; }
  [[nodiscard]] index_t rows() const noexcept {
    index_t n = 0;
    for (const kind& k : kinds_) n += static_cast<index_t>(k.rows.size());
    return n;
  }

  /// Calls `f(group, rows)` for the groups that have rows with ranks in [first, last) of kind k.
  template <class F>
  void over_groups(std::size_t k, index_t first, index_t last, F&& f) const {
    const auto& [begin, end] = group_of_[k];
    auto at = std::upper_bound(groups_.begin() + begin, groups_.begin() + end, first,
                               [](index_t r, const frequency_group& g) { return r < g.last; });
    for (; first < last; first = at->last, ++at)
      f(static_cast<std::size_t>(at - groups_.begin()), std::min(last, at->last) - first);
  }

 private:
  void rank(const table_facts& facts, std::size_t k) {
    auto& rows = kinds_[k].rows;
    const auto frequency = [&](const ranked_row& r) { return facts.frequency[r.table][r.row]; };
    std::ranges::sort(rows, [&](const ranked_row& a, const ranked_row& b) {
      const double fa = frequency(a);
      const double fb = frequency(b);
      if (fa != fb) return fa > fb;
      return a.row != b.row ? a.row < b.row : a.table < b.table;
    });
    const double most = rows.empty() ? 0 : frequency(rows.front());
    group_of_[k].first = static_cast<std::ptrdiff_t>(groups_.size());
    int bin = -1;
    double sum = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double f = most > 0 ? frequency(rows[i]) / most : 0;
      if (const int now = static_cast<int>(f * bins); now != bin) {
        bin = now;
        sum = 0;
        groups_.push_back({.kind = k, .first = static_cast<index_t>(i)});
      }
      sum += f;
      frequency_group& g = groups_.back();
      g.last = static_cast<index_t>(i) + 1;
      g.frequency = sum / static_cast<double>(g.last - g.first);
    }
    group_of_[k].last = static_cast<std::ptrdiff_t>(groups_.size());
  }

  struct piece {
    std::ptrdiff_t first = 0, last = 0;
  };
  std::vector<kind> kinds_;
  std::vector<frequency_group> groups_;
  std::vector<piece> group_of_;  // [kinds]
  int largest_ = 1;
};

}  // namespace ciess
