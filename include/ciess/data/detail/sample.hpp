// SPDX-License-Identifier: MIT
/// @file
/// The first records of a file and what their columns hold: what decisions about it rest on.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/detail/names.hpp>
#include <ciess/data/detail/record_reader.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/id_view.hpp>
#include <ciess/data/time.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ciess::detail {

/// A finite number, whole field.
inline std::optional<double> parse_rating(std::string_view text) noexcept {
  if (text.size() == 1 && '0' <= text[0] && text[0] <= '9') return text[0] - '0';  // most ratings
  return parse_number<double>(text);
}

inline bool is_integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  return parse_canonical(text, value);
}

/// The first records of a source under one way to cut it.
class sample {
 public:
  static constexpr std::size_t most = 1000;

  sample(const source& s, const cutting& how) : reader_{s, how} {
    record f;
    try {
      while (records_.size() < most && reader_.next(f)) {
        records_.push_back(f);
        lines_.push_back(reader_.line());
      }
    } catch (const data_error&) {
      damaged_ = true;  // whoever reads the file to its end says where and why
    }
  }
  sample(const sample&) = delete;  // fields may be views into the reader
  sample& operator=(const sample&) = delete;

  [[nodiscard]] const std::vector<record>& records() const noexcept { return records_; }
  [[nodiscard]] std::int64_t line(std::size_t r) const { return lines_[r]; }
  [[nodiscard]] bool damaged() const noexcept { return damaged_; }

  /// Records with at least two fields.
  [[nodiscard]] std::size_t cut() const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(records_, [](const record& f) { return f.size() > 1; }));
  }
  /// Whether all records have the same number of fields, two at least.
  [[nodiscard]] bool is_even() const noexcept {
    return !damaged_ && !records_.empty() && records_[0].size() > 1 &&
           std::ranges::all_of(records_,
                               [&](const record& f) { return f.size() == records_[0].size(); });
  }
  /// Whether all but a few do: a tenth at most, or one.
  [[nodiscard]] bool is_nearly_even() const {
    std::vector<std::size_t> lengths;
    for (const record& f : records_) lengths.push_back(f.size());
    std::ranges::sort(lengths);
    std::size_t most_often = 0, usual = 0;
    for (std::size_t k = 0; k < lengths.size();) {
      std::size_t same = k;
      while (same < lengths.size() && lengths[same] == lengths[k]) ++same;
      if (same - k > most_often) {
        most_often = same - k;
        usual = lengths[k];
      }
      k = same;
    }
    return usual > 1 &&
           lengths.size() - most_often <= std::max<std::size_t>(1, lengths.size() / 10);
  }

 private:
  record_reader reader_;
  std::vector<record> records_;
  std::vector<std::int64_t> lines_;
  bool damaged_ = false;
};

/// What a column holds in some records.
struct column_kind {
  std::size_t count = 0;      ///< records that have the column
  std::size_t integers = 0;   ///< as ids are written
  std::size_t numbers = 0;    ///< integers among them
  std::size_t fractions = 0;  ///< numbers that are not whole
  std::size_t times = 0;      ///< see `looks_like_time`
  std::size_t empty = 0;
  std::size_t different = 0;      ///< values
  double least = 0, largest = 0;  ///< of the numbers

  [[nodiscard]] bool all_integers() const noexcept { return count > 0 && integers == count; }
  [[nodiscard]] bool all_numbers() const noexcept { return count > 0 && numbers == count; }
  [[nodiscard]] bool all_times() const noexcept { return count > 0 && times == count; }
  [[nodiscard]] bool no_numbers() const noexcept { return numbers == 0; }
  /// Few different numbers between 0 and 10, no more than halves of five stars with 0.
  [[nodiscard]] bool like_ratings() const noexcept {
    return all_numbers() && !all_times() && different <= 11 && least >= 0 && largest <= 10;
  }
};

/// @param first  record to begin with
inline column_kind kind_of(const std::vector<record>& records, std::size_t column,
                           std::size_t first = 0) {
  column_kind kind;
  std::vector<std::string_view> values;
  for (std::size_t r = first; r < records.size(); ++r) {
    if (column >= records[r].size()) continue;
    const auto text = records[r][column];
    ++kind.count;
    kind.integers += is_integer(text) ? 1U : 0U;
    kind.empty += text.empty() ? 1U : 0U;
    kind.times += looks_like_time(text) ? 1U : 0U;
    if (const auto number = parse_rating(text)) {
      kind.least = kind.numbers == 0 ? *number : std::min(kind.least, *number);
      kind.largest = kind.numbers == 0 ? *number : std::max(kind.largest, *number);
      ++kind.numbers;
      kind.fractions += *number != std::floor(*number) ? 1U : 0U;
    }
    values.push_back(text);
  }
  std::ranges::sort(values);
  kind.different = static_cast<std::size_t>(std::ranges::unique(values).begin() - values.begin());
  return kind;
}

}  // namespace ciess::detail
