// SPDX-License-Identifier: MIT
/// @file
/// Times on their way to interactions.
#pragma once

#include <ciess/core/text.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/time.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ciess::detail {

/// Gathers one time per pair, all in the unit of the first. 0 and -1 are the same in any unit; many
/// programs write them where a time is missing.
class time_column {
 public:
  explicit time_column(const source& s) : source_{&s} {}

  /// @throws data_error if the text is no time, or in another unit than those before
  void add(std::string_view text, std::int64_t line) {
    const auto t = parse_time(text);
    if (!t)
      source_->fail(line, "expected a time, seconds or milliseconds since 1970 or a date like ",
                    "2012-03-04T05:06:07Z, got ", shown(text));
    const auto number = parse_rating(text);
    if (number && (*number == 0 || *number == -1)) {
      if (blank_line_ == 0) {
        blank_line_ = line;
        blank_ = text;
      }
    } else if (unit_ && t->unit != *unit_) {
      source_->fail(line, "expected a time in the unit of the lines above, got ", shown(text));
    } else {
      unit_ = t->unit;
    }
    times_.push_back(t->milliseconds);
  }

  /// @throws data_error if 0 or -1 stands beside times of our era
  void look_for_blanks(std::string_view how) const {
    if (blank_line_ > 0 && std::ranges::max(times_) >= year_1990)
      source_->fail(blank_line_, "expected a time, got ", shown(blank_),
                    " beside times after 1990: a missing one? Leave such lines out; ", how);
  }

  /// In milliseconds since 1970.
  [[nodiscard]] const std::vector<std::int64_t>& milliseconds() const noexcept { return times_; }

  /// The first and the last; nothing if there is none.
  [[nodiscard]] std::optional<std::pair<std::int64_t, std::int64_t>> range() const {
    if (times_.empty()) return std::nullopt;
    const auto [first, last] = std::ranges::minmax(times_);
    return std::pair(first, last);
  }

  /// What is told about times that are none of our era.
  [[nodiscard]] std::optional<std::string> note() const {
    const auto all = range();
    if (!all || (all->second >= year_1990 && all->first <= year_2100)) return std::nullopt;
    return joined("the times lie between ", iso_time(all->first), " and ", iso_time(all->second),
                  ", as if they counted from elsewhere than 1970");
  }

 private:
  static constexpr std::int64_t year_1990 = 631'152'000'000, year_2100 = 4'102'444'800'000;

  const source* source_;
  std::vector<std::int64_t> times_;
  std::optional<time_unit> unit_;
  std::int64_t blank_line_ = 0;  ///< of the first 0 or -1
  std::string blank_;            ///< and how it is written
};

}  // namespace ciess::detail
