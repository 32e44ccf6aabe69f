// SPDX-License-Identifier: MIT
/// @file
/// One embedding size per row of a table.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/size_range.hpp>

namespace ciess {

/// How many leading numbers of each row of a pair of tables matter: row r of table t its first
/// [t][r]; an empty span: all of every row.
using row_prefixes = std::array<std::span<const std::uint16_t>, 2>;

/// Sizes d_n of the rows of one table, each inside `range()`; knows their sum. Two bytes a row.
class sizes {
 public:
  sizes() : sizes(0, {}) {}

  /// `rows` rows of the largest size.
  /// @throws argument_error if rows < 0 or the range is not valid
  sizes(index_t rows, size_range range) : sizes(rows, range, range.max) {}

  /// `rows` rows of size `size`.
  /// @throws argument_error if rows < 0, the range is not valid or does not contain size
  sizes(index_t rows, size_range range, int size) : range_{range} {
    detail::check_range("sizes", range);
    if (rows < 0) detail::throw_error<argument_error>("sizes: rows must be >= 0, got ", rows);
    check(0, size);
    values_.assign(static_cast<std::size_t>(rows), static_cast<std::uint16_t>(size));
    total_ = static_cast<std::int64_t>(rows) * size;
  }

  /// Takes the sizes as they are, one per row. O(n)
  /// @throws argument_error naming the first row whose size is outside the range
  sizes(std::span<const int> values, size_range range) : range_{range} {
    detail::check_range("sizes", range);
    values_.reserve(values.size());
    for (std::size_t r = 0; r < values.size(); ++r) {
      check(static_cast<index_t>(r), values[r]);
      values_.push_back(static_cast<std::uint16_t>(values[r]));
      total_ += values[r];
    }
  }

  /// Row r gets `size_of(r)`. No memory but that of the sizes, and O(rows) calls.
  /// @param size_of  callable (index r) -> int, the same whenever it is asked; called from several
  ///                 threads at once
  /// @throws argument_error as above
  template <class SizeOf>
    requires std::is_invocable_r_v<int, SizeOf&, index_t>
  sizes(index_t rows, size_range range, SizeOf&& size_of) : sizes(rows, range, range.min) {
    struct part {
      std::int64_t total = 0;
      index_t bad = -1;  ///< the first row whose size is outside
    };
    const part all = parallel_reduce(
        rows, 1 << 14, part{},
        [&](index_t first, index_t last) {
          part p;
          for (index_t r = first; r < last; ++r) {
            const int size = size_of(r);
            if (p.bad < 0 && !range.contains(size)) p.bad = r;
            values_[static_cast<std::size_t>(r)] = static_cast<std::uint16_t>(size);
            p.total += size;
          }
          return p;
        },
        [](const part& a, const part& b) {
          return part{a.total + b.total, a.bad < 0 ? b.bad : a.bad};
        });
    if (all.bad >= 0) check(all.bad, size_of(all.bad));
    total_ = all.total;
  }

  [[nodiscard]] index_t rows() const noexcept { return static_cast<index_t>(values_.size()); }
  [[nodiscard]] size_range range() const noexcept { return range_; }

  /// @pre 0 <= row < rows()
  [[nodiscard]] int operator[](index_t row) const noexcept {
    return values_[static_cast<std::size_t>(row)];
  }

  /// @throws argument_error if the row or the size is out of range
  void set(index_t row, int size) {
    if (row < 0 || row >= rows())
      detail::throw_error<argument_error>("sizes: row ", row, " of ", rows());
    check(row, size);
    auto& value = values_[static_cast<std::size_t>(row)];
    total_ += size - value;
    value = static_cast<std::uint16_t>(size);
  }

  [[nodiscard]] std::span<const std::uint16_t> values() const noexcept { return values_; }

  /// Numbers kept: sum of all sizes. O(1)
  [[nodiscard]] std::int64_t total() const noexcept { return total_; }
  /// Numbers of the table with every row at full size.
  [[nodiscard]] std::int64_t dense() const noexcept {
    return static_cast<std::int64_t>(rows()) * range_.max;
  }

  friend bool operator==(const sizes&, const sizes&) = default;

  /// See `field_visitor`. Rows and range are those that this has.
  template <class F>
  void visit(F& f) {
    f("sizes", std::span<std::uint16_t>(values_));
    if constexpr (F::reads) {
      f.check("sizes", std::ranges::all_of(values_, [&](int s) { return range_.contains(s); }),
              "sizes in the range of the table");
      total_ = std::accumulate(values_.begin(), values_.end(), std::int64_t{0});
    }
  }

  /// Row by row the smaller one of two.  @pre as many rows, and the same range
  [[nodiscard]] friend sizes smaller(const sizes& a, const sizes& b) {
    sizes least = a;
    for (std::size_t r = 0; r < least.values_.size(); ++r)
      least.values_[r] = std::min(a.values_[r], b.values_[r]);
    least.total_ = std::accumulate(least.values_.begin(), least.values_.end(), std::int64_t{0});
    return least;
  }

 private:
  void check(index_t row, int size) const {
    if (!range_.contains(size))
      detail::throw_error<argument_error>("sizes: row ", row, " has size ", size,
                                          ", expected one in [", range_.min, ", ", range_.max, "]");
  }

  size_range range_;
  std::vector<std::uint16_t> values_;
  std::int64_t total_ = 0;
};

/// The size that all rows have, which a packed table then keeps once for all; 0 if they differ. Of
/// no rows the smallest.  O(rows)
[[nodiscard]] inline int only_size(const sizes& s) noexcept {
  const auto all = s.values();
  if (all.empty()) return s.range().min;
  return std::ranges::adjacent_find(all, std::ranges::not_equal_to{}) == all.end()
             ? int{all.front()}
             : 0;
}

}  // namespace ciess
