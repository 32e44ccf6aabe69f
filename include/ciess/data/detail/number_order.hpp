// SPDX-License-Identifier: MIT
/// @file
/// Rows by ascending numbers, without a copy of all numbers.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/index.hpp>

namespace ciess::detail {

/// Writes the rows by ascending number. To sort rows by numbers that lie elsewhere misses the cache
/// at every comparison; so a twelfth of the rows at most is taken out beside its numbers, sorted
/// there, and then the next larger numbers. Memory: 16 bytes for each twelfth row, 1 MB at least.
/// Cost: about twenty passes over the numbers, and the sorting of the parts.
class number_order {
 public:
  /// @param numbers  [n], n < 2^31
  /// @param order    [n], overwritten
  number_order(std::span<const std::int64_t> numbers, std::span<row_id> order)
      : numbers_{numbers},
        order_{order},
        most_{std::max(numbers.size() / 12, std::size_t{1} << 16)} {
    if (numbers.empty()) return;
    const auto [least, largest] = std::ranges::minmax(numbers);
    least_ = static_cast<std::uint64_t>(least);
    const auto width = std::bit_width(static_cast<std::uint64_t>(largest) - least_);
    sort(0, static_cast<int>(width), numbers.size());
  }

  /// The first two rows that have the same number, the smallest such number.
  [[nodiscard]] const std::optional<std::pair<row_id, row_id>>& twice() const noexcept {
    return twice_;
  }

 private:
  struct entry {
    std::uint64_t number;
    row_id row;
    friend auto operator<=>(const entry&, const entry&) = default;
  };

  /// Calls `f(number - first, row)` for the numbers in [first, last], counted from the least.
  template <class F>
  void for_each(std::uint64_t first, std::uint64_t last, F&& f) const {
    for (std::size_t r = 0; r < numbers_.size(); ++r) {
      const std::uint64_t beyond = static_cast<std::uint64_t>(numbers_[r]) - least_ - first;
      if (beyond <= last - first) f(beyond, static_cast<row_id>(r));
    }
  }

  static std::uint64_t last_of(std::uint64_t first, int bits) noexcept {
    return first + (bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1);
  }

  /// Appends the rows of the `count` numbers in [first, first + 2^bits), counted from the least.
  void sort(std::uint64_t first, int bits, std::size_t count) {
    if (count <= most_ || bits == 0) return append(first, last_of(first, bits), count);
    const int digit = std::min(bits, 12);
    const int rest = bits - digit;
    std::vector<std::size_t> bins(std::size_t{1} << digit);
    for_each(first, last_of(first, bits),
             [&](std::uint64_t number, row_id) { ++bins[number >> rest]; });
    const auto begin = [&](std::size_t bin) { return first + (std::uint64_t{bin} << rest); };
    for (std::size_t bin = 0; bin < bins.size();) {
      if (bins[bin] > most_) {
        sort(begin(bin), rest, bins[bin]);
        ++bin;
        continue;
      }
      const std::size_t from = bin;
      std::size_t some = 0;
      while (bin < bins.size() && some + bins[bin] <= most_) some += bins[bin++];
      append(begin(from), last_of(begin(bin - 1), rest), some);
    }
  }

  /// The same for [first, last] in one go.  @pre count <= most_, or all are equal
  void append(std::uint64_t first, std::uint64_t last, std::size_t count) {
    if (count == 0 || twice_) return;
    part_.clear();
    part_.reserve(std::min(count, most_));
    for_each(first, last, [&](std::uint64_t number, row_id r) {
      if (part_.size() < most_) part_.push_back({number, r});
    });
    std::ranges::sort(part_);
    const auto same = std::ranges::adjacent_find(part_, {}, &entry::number);
    if (same != part_.end()) twice_.emplace(same->row, (same + 1)->row);
    for (const entry& e : part_) order_[done_++] = e.row;
  }

  std::span<const std::int64_t> numbers_;
  std::span<row_id> order_;
  std::size_t most_;  ///< rows taken out at a time
  std::uint64_t least_ = 0;
  std::vector<entry> part_;
  std::size_t done_ = 0;
  std::optional<std::pair<row_id, row_id>> twice_;
};

}  // namespace ciess::detail
