// SPDX-License-Identifier: MIT
/// @file
/// Dropout whose choices are addressed, so that they do not depend on threads or order.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>

namespace ciess {

/// Leaves numbers out with a given probability and scales up those that stay, so that expectations
/// stay. The probability is rounded to a multiple of 2^-16: a choice takes half a random word.
/// Source: Srivastava et al., "Dropout", JMLR 2014.
class dropout {
 public:
  /// @param rate  probability of leaving out, in [0, 1)
  /// @throws argument_error if it is not, or rounds to 1
  explicit dropout(double rate) {
    if (!(rate >= 0 && rate < 1))
      detail::throw_error<argument_error>("dropout: rate must be in [0, 1), got ", rate);
    limit_ = static_cast<std::uint32_t>(std::lround(rate * whole));
    if (limit_ >= whole)
      detail::throw_error<argument_error>("dropout: rate ", rate, " leaves nothing");
  }

  [[nodiscard]] bool active() const noexcept { return limit_ > 0; }
  /// What a number that stays is multiplied with: 1 / (1 - rate).
  template <class T>
  [[nodiscard]] T scale() const noexcept {
    return static_cast<T>(static_cast<double>(whole) / static_cast<double>(whole - limit_));
  }
  /// Two independent choices from one random word.
  [[nodiscard]] bool keeps_low(std::uint32_t word) const noexcept {
    return (word & 0xFFFF) >= limit_;
  }
  [[nodiscard]] bool keeps_high(std::uint32_t word) const noexcept {
    return (word >> 16) >= limit_;
  }

  /// Multiplies each number by `scale()` or by zero. Uses up (n + 1) / 2 words, no more than 64 at
  /// a time: the low halves are for the first half of their numbers, the high ones for the second.
  template <class T>
  void operator()(random_engine& engine, std::span<T> row) const noexcept {
    constexpr std::size_t most = 128;
    std::array<std::uint32_t, most / 2> words;
    const T factor = scale<T>();
    const std::uint32_t limit = limit_;
    for (std::size_t first = 0; first < row.size(); first += most) {
      const auto part = row.subspan(first, std::min(most, row.size() - first));
      const std::size_t half = (part.size() + 1) / 2;
      engine.fill(std::span(words).first(half));
      for (std::size_t j = 0; j < half; ++j)
        part[j] *= (words[j] & 0xFFFF) >= limit ? factor : T{0};
      for (std::size_t j = half; j < part.size(); ++j)
        part[j] *= (words[j - half] >> 16) >= limit ? factor : T{0};
    }
  }

 private:
  static constexpr std::uint32_t whole = 65536;
  std::uint32_t limit_ = 0;
};

}  // namespace ciess
