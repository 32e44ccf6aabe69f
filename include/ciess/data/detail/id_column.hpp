// SPDX-License-Identifier: MIT
/// @file
/// External ids on their way to row numbers.
#pragma once

#include <ciess/core/index.hpp>
#include <ciess/core/text.hpp>
#include <ciess/data/detail/number_ranks.hpp>
#include <ciess/data/detail/sample.hpp>
#include <ciess/data/detail/source.hpp>
#include <ciess/data/id_map.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ciess::detail {

/// Gathers one id per pair. As long as all are integers it holds integers, in 4 bytes each while
/// these are enough; the first that is none turns the column into text. Views handed in must stay
/// valid until `finish`.
class id_column {
 public:
  /// @param what  "user" or "item", for messages
  id_column(const source& s, const char* what, bool must_be_numbers)
      : source_{&s}, what_{what}, must_be_numbers_{must_be_numbers} {}

  /// @throws data_error if the text is empty, or not a number where numbers are asked for
  void check(std::string_view text, std::int64_t line) const {
    if (text.empty() || (must_be_numbers_ && !parse_number<std::int64_t>(text))) refuse(text, line);
  }

  /// Makes room for as many more.
  void reserve(std::size_t pairs) { rows_.reserve(pairs); }

  /// The id of the next pair.  @pre check(text, line)
  void add(std::string_view text, std::int64_t line) {
    line_ = line;
    if (numeric_) {
      std::int64_t value = 0;
      if (must_be_numbers_) {
        add_number(parse_number<std::int64_t>(text).value());
        return;
      }
      if (parse_canonical(text, value)) {
        add_number(value);
        return;
      }
      turn_into_text();
    }
    rows_.push_back(row_of(text));
  }

  /// @throws data_error if one id is what programs write for a missing value, or a word where all
  ///         others are numbers, as in a line of totals or a second header; or if two ids are the
  ///         same number
  void look_for_strangers(const char* how) const {
    if (numeric_) return;
    const std::string expected = std::string(what_[0] == 'i' ? "expected an " : "expected a ");
    const auto numbers = std::ranges::count_if(
        texts_, [](std::string_view text) { return parse_rating(text).has_value(); });
    if (words_ == 1 && numbers + 1 == std::ssize(texts_) &&
        (numbers > 1 || is_missing(texts_[word_])))
      source_->fail(word_line_, expected, what_, " id, got ", shown(texts_[word_]),
                    " where all others are numbers: a total, a header, or a missing value? ", how);
    if (missing_line_ > 0)
      source_->fail(missing_line_, expected, what_, " id, got ", shown(texts_[missing_]),
                    ": a missing value? ", how);
    for (const std::string_view text : texts_) {
      if (text.find_first_of(".eE") == std::string_view::npos) continue;
      const auto number = parse_rating(text);
      if (!number || *number != std::floor(*number) || std::abs(*number) > 9e15) continue;
      const std::string plain = std::to_string(static_cast<std::int64_t>(*number));
      if (row_of_text_.contains(plain))
        throw_error<data_error>(source_->name, ": the ", what_, " ids ", shown(text), " and ",
                                shown(plain), " are the same number: one thing or two? ", how);
    }
  }

  /// An id like 1.2E+15, of which digits may have been lost.
  [[nodiscard]] std::optional<std::string> rounded() const {
    for (const std::string_view text : texts_)
      if (const auto e = text.find_first_of("eE");
          e != std::string_view::npos && text.substr(e + 1).starts_with('+') && parse_rating(text))
        return std::string(text);
    return std::nullopt;
  }

  /// Two ids that differ in zeros before them alone, like 01 and 1.
  [[nodiscard]] std::optional<std::pair<std::string, std::string>> padded() const {
    for (const std::string_view text : texts_) {
      if (text.size() < 2 || text[0] != '0') continue;
      const auto plain = text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
      std::int64_t value = 0;
      if (parse_canonical(plain, value) && row_of_text_.contains(plain))
        return std::pair(std::string(text), std::string(plain));
    }
    return std::nullopt;
  }

  struct finished {
    std::vector<row_id> rows;  ///< one per pair
    id_map ids;
  };

  /// Rows by ascending number, or by first appearance of the text.
  finished finish() && {
    if (!numeric_) return {std::move(rows_), id_map(texts_)};
    id_map ids(is_wide_ ? rank(numbers_) : rank(rows_));  // fills rows_: before they leave
    std::vector<std::int64_t>().swap(numbers_);
    return {std::move(rows_), std::move(ids)};
  }

 private:
  /// What programs write for a value that is not there, in any case of letters.
  static bool is_missing(std::string_view text) {
    static constexpr std::array<std::string_view, 8> words{"na",   "nan", "n/a",       "null",
                                                           "none", "\\n", "undefined", "<na>"};
    const std::string small = lower(text);
    return std::ranges::find(words, small) != words.end();
  }

  /// The same in the spelling of a program, which no name of a thing has.
  static bool is_surely_missing(std::string_view text) {
    static constexpr std::array<std::string_view, 11> words{
        "NA", "NaN", "nan", "NAN", "N/A", "n/a", "NULL", "null", "None", "\\N", "<NA>"};
    return std::ranges::find(words, text) != words.end();
  }

  [[noreturn]] void refuse(std::string_view text, std::int64_t line) const {
    if (text.empty())
      source_->fail(line, "expected ", what_, " id, got an empty field; if another column has it, ",
                    "name that (--", what_, ")");
    source_->fail(line, "expected ", what_, " id to be an integer of 64 bits, got ", shown(text));
  }

  void add_number(std::int64_t number) {
    if (!is_wide_ && number == static_cast<row_id>(number)) {
      rows_.push_back(static_cast<row_id>(number));
      return;
    }
    if (!is_wide_) {
      is_wide_ = true;
      numbers_.reserve(rows_.capacity());
      numbers_.assign(rows_.begin(), rows_.end());
      std::vector<row_id>().swap(rows_);
    }
    numbers_.push_back(number);
  }

  void turn_into_text() {
    numeric_ = false;
    if (is_wide_) {
      rows_.reserve(numbers_.capacity());
      rows_.resize(numbers_.size());
    }
    for (std::size_t p = 0; p < rows_.size(); ++p) {
      // Most numbers have come before: keep the text of the first one only.
      std::string text = std::to_string(is_wide_ ? numbers_[p] : std::int64_t{rows_[p]});
      const auto found = row_of_text_.find(text);
      rows_[p] = found != row_of_text_.end() ? found->second
                                             : row_of(written_.emplace_back(std::move(text)));
    }
    std::vector<std::int64_t>().swap(numbers_);
  }

  row_id row_of(std::string_view text) {
    const auto [entry, is_new] = row_of_text_.try_emplace(text, static_cast<row_id>(texts_.size()));
    if (is_new) {
      check_count(texts_.size() + 1);
      if (std::ranges::none_of(text, [](char c) { return '0' <= c && c <= '9'; })) {
        if (words_++ == 0) {
          word_ = texts_.size();
          word_line_ = line_;
        }
        if (missing_line_ == 0 && is_surely_missing(text)) {
          missing_ = texts_.size();
          missing_line_ = line_;
        }
      }
      texts_.push_back(text);
    }
    return entry->second;
  }

  void check_count(std::size_t ids) const {
    if (ids > static_cast<std::size_t>(std::numeric_limits<row_id>::max()))
      throw_error<data_error>(source_->name, ": expected at most ",
                              std::numeric_limits<row_id>::max(), " different ", what_, " ids");
  }

  /// Fills `rows_` with ranks and returns the different numbers, ascending. A set over the range
  /// if that is not much longer than the file, otherwise by sorting.
  /// @param numbers  may be `rows_` itself
  template <class T>
  std::vector<std::int64_t> rank(const std::vector<T>& numbers) {
    std::vector<std::int64_t> ids;
    rows_.resize(numbers.size());
    if (numbers.empty()) return ids;
    const auto [least, most] = std::ranges::minmax(numbers);
    const auto base = static_cast<std::uint64_t>(std::int64_t{least});
    const std::uint64_t range = static_cast<std::uint64_t>(std::int64_t{most}) - base;
    if (range < 65536 + 2 * numbers.size()) {
      number_ranks ranks(static_cast<std::size_t>(range) + 1);
      const auto slot = [base](std::int64_t number) {
        return static_cast<std::size_t>(static_cast<std::uint64_t>(number) - base);
      };
      for (const T number : numbers) ranks.add(slot(number));
      const std::size_t count = ranks.count();
      check_count(count);
      ids.reserve(count);
      ranks.each([&](std::size_t k) { ids.push_back(static_cast<std::int64_t>(base + k)); });
      for (std::size_t p = 0; p < numbers.size(); ++p)
        rows_[p] = static_cast<row_id>(ranks.rank(slot(numbers[p])));
      return ids;
    }
    std::vector<T> sorted = numbers;
    std::ranges::sort(sorted);
    const auto rest = std::ranges::unique(sorted);
    sorted.erase(rest.begin(), rest.end());
    check_count(sorted.size());
    for (std::size_t p = 0; p < numbers.size(); ++p)
      rows_[p] = static_cast<row_id>(std::ranges::lower_bound(sorted, numbers[p]) - sorted.begin());
    ids.assign(sorted.begin(), sorted.end());
    return ids;
  }

  const source* source_;
  const char* what_;
  bool must_be_numbers_;
  bool numeric_ = true;
  std::int64_t line_ = 0;                ///< of the last id
  std::size_t words_ = 0, word_ = 0;     ///< different ids without digits, and the first
  std::int64_t word_line_ = 0;           ///< where that is
  std::size_t missing_ = 0;              ///< the first id that is a missing value
  std::int64_t missing_line_ = 0;        ///< where that is; 0 if there is none
  bool is_wide_ = false;                 ///< whether a number needs more than 4 bytes
  std::vector<std::int64_t> numbers_;    ///< of each pair, if so
  std::vector<row_id> rows_;             ///< of each pair; its number before, if that is not wide
  std::vector<std::string_view> texts_;  ///< of each row
  std::unordered_map<std::string_view, row_id> row_of_text_;
  std::deque<std::string> written_;  ///< texts that are not in the file; a deque moves nothing
};

}  // namespace ciess::detail
