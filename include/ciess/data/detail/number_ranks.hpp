// SPDX-License-Identifier: MIT
/// @file
/// Which numbers of a range there are, and how many are below each.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ciess::detail {

/// A set of the numbers from 0 to before `range`, and their ranks in it. 1.5 bits a number of the
/// range, so that ten million stay in the cache while a file's hundred millions ask.
class number_ranks {
 public:
  explicit number_ranks(std::size_t range) : bits_(range / 64 + 1, 0) {}

  /// @pre number is in the range, and `count` has not been called
  void add(std::size_t number) noexcept { bits_[number / 64] |= std::uint64_t{1} << (number % 64); }

  /// Ends the adding. How many different numbers there are.
  std::size_t count() {
    before_.resize(bits_.size());
    std::size_t sum = 0;
    for (std::size_t w = 0; w < bits_.size(); ++w) {
      before_[w] = static_cast<std::uint32_t>(sum);
      sum += static_cast<std::size_t>(std::popcount(bits_[w]));
    }
    return sum;
  }

  /// How many of the numbers are below one.
  /// @pre number is in the range; `count` has been called, and was below 2^32
  [[nodiscard]] std::size_t rank(std::size_t number) const noexcept {
    const std::uint64_t below = (std::uint64_t{1} << (number % 64)) - 1;
    return before_[number / 64] +
           static_cast<std::size_t>(std::popcount(bits_[number / 64] & below));
  }

  /// Calls `f(number)` for each of them, in rising order.
  template <class F>
  void each(F&& f) const {
    for (std::size_t w = 0; w < bits_.size(); ++w)
      for (std::uint64_t left = bits_[w]; left != 0; left &= left - 1)
        f(64 * w + static_cast<std::size_t>(std::countr_zero(left)));
  }

 private:
  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> before_;  ///< of each word, how many are in those before it
};

}  // namespace ciess::detail
