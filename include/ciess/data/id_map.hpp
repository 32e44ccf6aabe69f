// SPDX-License-Identifier: MIT
/// @file
/// The names that users and items had in the data, beside the row numbers they have here.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/data/detail/number_order.hpp>
#include <ciess/data/id_text.hpp>
#include <ciess/data/id_view.hpp>

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ciess {

/// External ids of the rows of one table, kept as they came: 64-bit integers, or text. Finds the id
/// of a row in O(1) and the row of an id in O(log rows). 12 bytes a row and the text.
class id_map {
 public:
  id_map() = default;

  /// Row r is called ids[r].
  /// @throws argument_error if two rows have the same id, or there are 2^31 rows or more
  explicit id_map(std::vector<std::int64_t> ids) : numbers_{std::move(ids)} {
    index_rows(numbers_.size());
  }

  /// Row r is called ids[r]; any bytes.
  /// @throws argument_error if two rows have the same id, or there are 2^31 rows or more
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view>
  explicit id_map(const std::vector<Text>& ids) : numeric_{false} {
    std::size_t bytes = 0;
    for (const std::string_view id : ids) bytes += id.size();
    bytes_.reserve(bytes);
    ends_.reserve(ids.size());
    for (const std::string_view id : ids) {
      bytes_ += id;
      ends_.push_back(bytes_.size());
    }
    index_rows(ids.size());
  }

  /// Rows that are called by their numbers: 0, 1, ... rows - 1.
  /// @throws argument_error if rows is not in [0, 2^31)
  [[nodiscard]] static id_map identity(index_t rows) {
    check_rows(rows < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(rows));
    std::vector<std::int64_t> ids(static_cast<std::size_t>(rows));
    std::iota(ids.begin(), ids.end(), std::int64_t{0});
    return id_map(std::move(ids));
  }

  [[nodiscard]] index_t size() const noexcept { return static_cast<index_t>(order_.size()); }
  /// Whether the ids are integers.
  [[nodiscard]] bool numeric() const noexcept { return numeric_; }

  /// The id of a row.  @pre numeric() and 0 <= row < size()
  [[nodiscard]] std::int64_t number(row_id row) const noexcept {
    assert(numeric_ && 0 <= row && row < size());
    return numbers_[static_cast<std::size_t>(row)];
  }
  /// The id of a row as text, integers in decimal.  @pre 0 <= row < size()
  [[nodiscard]] std::string text(row_id row) const {
    assert(0 <= row && row < size());
    return view().text(row);
  }

  /// The row of an id, if there is one.
  [[nodiscard]] std::optional<row_id> find(std::string_view id) const { return view().find(id); }
  [[nodiscard]] std::optional<row_id> find_number(std::int64_t id) const {
    return view().find_number(id);
  }

  /// The same ids, to look at or to write into a file; valid as long as the map is where it is.
  [[nodiscard]] id_view view() const {
    return id_view({numeric_, numbers_, std::as_bytes(std::span(bytes_)), ends_, order_});
  }

  friend bool operator==(const id_map&, const id_map&) = default;

 private:
  static void check_rows(std::size_t rows) {
    if (rows > static_cast<std::size_t>(std::numeric_limits<row_id>::max()))
      detail::throw_error<argument_error>("id_map: rows must be in [0, ",
                                          std::numeric_limits<row_id>::max(), "], got ",
                                          static_cast<index_t>(rows));
  }

  void index_rows(std::size_t rows) {
    check_rows(rows);
    order_.resize(rows);
    std::iota(order_.begin(), order_.end(), row_id{0});
    numeric_ ? sort_numbers() : sort_texts();
  }

  void sort_numbers() {
    if (std::ranges::adjacent_find(numbers_, std::greater_equal<>{}) == numbers_.end())
      return;  // none comes twice
    const detail::number_order sorted(numbers_, order_);
    if (sorted.twice()) refuse(sorted.twice()->first, sorted.twice()->second);
  }

  void sort_texts() {
    const auto project = [all = view()](row_id r) { return all.bytes(r); };
    if (!std::ranges::is_sorted(order_, {}, project)) std::ranges::sort(order_, {}, project);
    const auto twice = std::ranges::adjacent_find(order_, {}, project);
    if (twice != order_.end()) refuse(*twice, *(twice + 1));
  }

  [[noreturn]] void refuse(row_id a, row_id b) const {
    detail::throw_error<argument_error>("id_map: rows ", a, " and ", b, " have the same id ",
                                        text(a));
  }

  bool numeric_ = true;
  std::vector<std::int64_t> numbers_;
  std::string bytes_;                ///< all texts, one after the other
  std::vector<std::uint64_t> ends_;  ///< where the text of each row ends
  std::vector<row_id> order_;        ///< rows by ascending id
};

/// The ids of some rows, in the order given: row r of the result is called as row rows[r] of `ids`.
/// O(rows log rows)
/// @throws argument_error if a row is not there, or comes twice
[[nodiscard]] inline id_map subset(const id_map& ids, std::span<const row_id> rows) {
  for (const row_id r : rows)
    if (r < 0 || r >= ids.size())
      detail::throw_error<argument_error>("subset: row ", r, " is none of the ", ids.size(),
                                          " of the ids");
  if (ids.numeric()) {
    std::vector<std::int64_t> numbers;
    numbers.reserve(rows.size());
    for (const row_id r : rows) numbers.push_back(ids.number(r));
    return id_map(std::move(numbers));
  }
  std::vector<std::string_view> texts;
  texts.reserve(rows.size());
  for (const row_id r : rows) texts.push_back(ids.view().bytes(r));
  return id_map(texts);
}

/// The ids as a table for other programs: a line `row<TAB>id` for each row, below a header, the ids
/// written as `escaped_id` does.
[[nodiscard]] inline std::string ids_tsv(const id_map& ids) {
  std::string out = "row\tid\n";
  for (row_id r = 0; r < ids.size(); ++r) {
    out += std::to_string(r);
    out += '\t';
    out += escaped_id(ids.text(r));
    out += '\n';
  }
  return out;
}

}  // namespace ciess
