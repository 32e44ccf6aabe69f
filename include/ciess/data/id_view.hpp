// SPDX-License-Identifier: MIT
/// @file
/// External ids of rows in memory that somebody else owns.
#pragma once

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>

namespace ciess {
namespace detail {

/// Reads a whole number exactly as `std::to_string` writes it ("7" and "-7", not "07", "+7" or
/// "-0"), so that nothing is lost by keeping the number instead of the text.
inline bool parse_canonical(std::string_view text, std::int64_t& value) noexcept {
  // Most ids are a few digits, and files have millions of them.
  if (text.size() < 19 && !text.empty() && '1' <= text.front() && text.front() <= '9') {
    std::int64_t number = 0;
    for (const char c : text) {
      if (c < '0' || c > '9') return false;
      number = number * 10 + (c - '0');
    }
    value = number;
    return true;
  }
  const char* first = text.data();
  const char* last = first + text.size();
  const auto [end, code] = std::from_chars(first, last, value);
  if (code != std::errc{} || end != last) return false;
  if (*first == '-') return first[1] != '0';
  return *first != '0' || text.size() == 1;
}

}  // namespace detail

/// Ids of rows: integers `numbers`, or texts, of which row r has `bytes` from `ends[r - 1]` to
/// `ends[r]`.
struct id_parts {
  bool numeric = true;
  std::span<const std::int64_t> numbers{};  ///< of rows, empty for texts
  std::span<const std::byte> bytes{};       ///< of all texts, one after the other
  std::span<const std::uint64_t> ends{};    ///< of rows, empty for numbers
  std::span<const row_id> order{};          ///< rows by ascending id
};

/// Finds the id of a row in O(1) and the row of an id in O(log rows). Making one costs the same for
/// any number of rows; so it does not know whether what it was given is right, but never reads
/// outside of it. `check` looks at everything.
class id_view {
 public:
  id_view() = default;
  /// @throws data_error if the parts do not have lengths that fit each other
  explicit id_view(const id_parts& parts) : parts_{parts} {
    const auto rows = parts.order.size();
    if (rows > static_cast<std::size_t>(std::numeric_limits<row_id>::max()) ||
        parts.numbers.size() != (parts.numeric ? rows : 0) ||
        parts.ends.size() != (parts.numeric ? 0 : rows) || (parts.numeric && !parts.bytes.empty()))
      detail::throw_error<data_error>("id_view: ", rows, " rows in order, ", parts.numbers.size(),
                                      " numbers, ", parts.ends.size(), " texts");
  }

  [[nodiscard]] index_t size() const noexcept { return std::ssize(parts_.order); }
  /// Whether the ids are integers.
  [[nodiscard]] bool numeric() const noexcept { return parts_.numeric; }
  [[nodiscard]] const id_parts& parts() const noexcept { return parts_; }

  /// The id of a row.  @pre numeric() and 0 <= row < size()
  [[nodiscard]] std::int64_t number(row_id row) const noexcept {
    assert(numeric() && 0 <= row && row < size());
    return parts_.numbers[static_cast<std::size_t>(row)];
  }
  /// The id of a row.  @pre !numeric() and 0 <= row < size()
  /// @throws data_error if the parts say that it is not among the bytes
  [[nodiscard]] std::string_view bytes(row_id row) const {
    assert(!numeric() && 0 <= row && row < size());
    const auto r = static_cast<std::size_t>(row);
    const std::uint64_t first = r == 0 ? 0 : parts_.ends[r - 1], last = parts_.ends[r];
    if (first > last || last > parts_.bytes.size())
      detail::throw_error<data_error>("id_view: the id of row ", row, " would have bytes ", first,
                                      " to ", last, " of ", parts_.bytes.size());
    return {reinterpret_cast<const char*>(parts_.bytes.data()) + first,
            static_cast<std::size_t>(last - first)};
  }
  /// The id of a row as text, integers in decimal.  @pre 0 <= row < size()
  /// @throws data_error as `bytes`
  [[nodiscard]] std::string text(row_id row) const {
    return numeric() ? std::to_string(number(row)) : std::string(bytes(row));
  }

  /// The row of an id, if there is one.
  /// @throws data_error if the parts are met to be wrong
  [[nodiscard]] std::optional<row_id> find(std::string_view id) const {
    if (!numeric()) return search(id, [this](row_id r) { return bytes(r); });
    std::int64_t value = 0;
    return detail::parse_canonical(id, value) ? find_number(value) : std::nullopt;
  }
  [[nodiscard]] std::optional<row_id> find_number(std::int64_t id) const {
    if (numeric()) return search(id, [this](row_id r) { return number(r); });
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, id).ptr;
    return find(std::string_view(digits, static_cast<std::size_t>(end - digits)));
  }

  /// Whether each row has an id of its own, every byte belongs to one, and each is found.  O(bytes)
  /// @throws data_error naming the first row where that is not so
  void check() const {
    const std::uint64_t last = parts_.ends.empty() ? 0 : parts_.ends.back();
    if (last != parts_.bytes.size())
      detail::throw_error<data_error>("id_view: ids have ", last, " bytes, but there are ",
                                      parts_.bytes.size());
    // If each id is larger than the one before, no row comes twice, and so none is left out.
    numeric() ? check_order([this](row_id r) { return number(r); })
              : check_order([this](row_id r) { return bytes(r); });
  }

 private:
  /// @throws data_error if an entry of the order is no row
  void check_row(row_id row) const {
    if (row < 0 || row >= size())
      detail::throw_error<data_error>("id_view: row ", row, " of ", size(), " in the order of ids");
  }

  template <class Id, class Project>
  std::optional<row_id> search(const Id& id, Project project) const {
    const auto id_of = [&](row_id r) {
      check_row(r);
      return project(r);
    };
    const auto found = std::ranges::lower_bound(parts_.order, id, {}, id_of);
    if (found == parts_.order.end() || id_of(*found) != id) return std::nullopt;
    return *found;
  }

  template <class Project>
  void check_order(Project project) const {
    for (std::size_t k = 0; k < parts_.order.size(); ++k) {
      check_row(parts_.order[k]);
      if (k > 0 && !(project(parts_.order[k - 1]) < project(parts_.order[k])))
        detail::throw_error<data_error>("id_view: the id of row ", parts_.order[k],
                                        " is not larger than that of row ", parts_.order[k - 1],
                                        ", which comes before in order");
    }
  }

  id_parts parts_;
};

}  // namespace ciess
