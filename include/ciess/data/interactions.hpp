// SPDX-License-Identifier: MIT
/// @file
/// Who has interacted with what: the observed pairs of users and items, both ways round.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <vector>

namespace ciess {

/// One observed pair.
struct interaction {
  row_id user = 0;
  row_id item = 0;
  friend bool operator==(const interaction&, const interaction&) = default;
};

/// The set of observed pairs of a data set, as two compressed row lists: the items of each user and
/// the users of each item, both ascending, every pair once. Rows without any pair are allowed.
/// 8 bytes a pair, 8 a row. A value: what it holds never changes.
class interactions {
 public:
  /// No users, no items.
  interactions() : interactions(0, 0, std::span<const interaction>{}) {}

  /// Pairs in any order; those that come more than once are kept once. O(n + users + items)
  /// @param users, items  how many rows there are of each kind, in [0, 2^31)
  /// @throws argument_error if a count is out of range or a pair names a row that is not there
  interactions(index users, index items, std::span<const interaction> pairs) {
    check_count("users", users);
    check_count("items", items);
    for (std::size_t p = 0; p < pairs.size(); ++p)
      if (pairs[p].user < 0 || pairs[p].user >= users || pairs[p].item < 0 ||
          pairs[p].item >= items)
        detail::throw_error<argument_error>("interactions: pair ", p, " is user ", pairs[p].user,
                                            ", item ", pairs[p].item, ", but there are ", users,
                                            " users and ", items, " items");
    // Two passes of counting sort: by item, then, stably, by user.
    count(item_offsets_, items, pairs, [](const interaction& p) { return p.item; });
    users_by_item_.resize(pairs.size());
    auto next = item_offsets_;
    for (const auto& p : pairs) users_by_item_[slot(next, p.item)] = p.user;
    count(user_offsets_, users, pairs, [](const interaction& p) { return p.user; });
    items_by_user_.resize(pairs.size());
    next = user_offsets_;
    for (row_id i = 0; i < items; ++i)
      for (const row_id u : users_of(i)) items_by_user_[slot(next, u)] = i;
    merge_duplicates();
    transpose();
  }
  interactions(index users, index items, std::initializer_list<interaction> pairs)
      : interactions(users, items, std::span<const interaction>(pairs.begin(), pairs.size())) {}

  [[nodiscard]] index users() const noexcept {
    return static_cast<index>(user_offsets_.size()) - 1;
  }
  [[nodiscard]] index items() const noexcept {
    return static_cast<index>(item_offsets_.size()) - 1;
  }
  /// Different pairs.
  [[nodiscard]] index size() const noexcept { return static_cast<index>(items_by_user_.size()); }
  [[nodiscard]] bool empty() const noexcept { return items_by_user_.empty(); }

  /// The items of a user, ascending.  @pre 0 <= user < users()
  [[nodiscard]] std::span<const row_id> items_of(row_id user) const noexcept {
    assert(0 <= user && user < users());
    return list(user_offsets_, items_by_user_, user);
  }
  /// The users of an item, ascending.  @pre 0 <= item < items()
  [[nodiscard]] std::span<const row_id> users_of(row_id item) const noexcept {
    assert(0 <= item && item < items());
    return list(item_offsets_, users_by_item_, item);
  }

  /// Number of items of a user.  @pre 0 <= user < users()
  [[nodiscard]] index user_frequency(row_id user) const noexcept {
    return static_cast<index>(items_of(user).size());
  }
  /// Number of users of an item.  @pre 0 <= item < items()
  [[nodiscard]] index item_frequency(row_id item) const noexcept {
    return static_cast<index>(users_of(item).size());
  }

  /// O(log items of the user).  @pre both rows are there
  [[nodiscard]] bool contains(row_id user, row_id item) const noexcept {
    return std::ranges::binary_search(items_of(user), item);
  }

  /// The compressed lists themselves, for kernels: row r owns the entries
  /// [offsets[r], offsets[r + 1]) of the flat list.
  [[nodiscard]] std::span<const std::int64_t> user_offsets() const noexcept {
    return user_offsets_;
  }
  [[nodiscard]] std::span<const row_id> items_by_user() const noexcept { return items_by_user_; }
  [[nodiscard]] std::span<const std::int64_t> item_offsets() const noexcept {
    return item_offsets_;
  }
  [[nodiscard]] std::span<const row_id> users_by_item() const noexcept { return users_by_item_; }

  friend bool operator==(const interactions&, const interactions&) = default;

 private:
  using offsets = std::vector<std::int64_t>;

  static void check_count(const char* what, index n) {
    if (n < 0 || n > std::numeric_limits<row_id>::max())
      detail::throw_error<argument_error>("interactions: number of ", what, " must be in [0, ",
                                          std::numeric_limits<row_id>::max(), "], got ", n);
  }

  template <class Row>
  static void count(offsets& o, index rows, std::span<const interaction> pairs, Row row) {
    o.assign(static_cast<std::size_t>(rows) + 1, 0);
    for (const auto& p : pairs) ++o[static_cast<std::size_t>(row(p)) + 1];
    for (std::size_t r = 1; r < o.size(); ++r) o[r] += o[r - 1];
  }

  static std::size_t slot(offsets& next, row_id row) {
    return static_cast<std::size_t>(next[static_cast<std::size_t>(row)]++);
  }

  static std::span<const row_id> list(const offsets& o, const std::vector<row_id>& flat,
                                      row_id row) noexcept {
    const auto r = static_cast<std::size_t>(row);
    return {flat.data() + o[r], static_cast<std::size_t>(o[r + 1] - o[r])};
  }

  void merge_duplicates() {
    std::size_t kept = 0;
    std::size_t read = 0;
    for (std::size_t u = 1; u < user_offsets_.size(); ++u) {
      const std::size_t first = kept;
      for (; read < static_cast<std::size_t>(user_offsets_[u]); ++read)
        if (kept == first || items_by_user_[kept - 1] != items_by_user_[read])
          items_by_user_[kept++] = items_by_user_[read];
      user_offsets_[u] = static_cast<std::int64_t>(kept);
    }
    if (kept == items_by_user_.size()) return;
    items_by_user_.resize(kept);
    items_by_user_.shrink_to_fit();
    users_by_item_.resize(kept);
    users_by_item_.shrink_to_fit();
  }

  void transpose() {
    std::ranges::fill(item_offsets_, 0);
    for (const row_id i : items_by_user_) ++item_offsets_[static_cast<std::size_t>(i) + 1];
    for (std::size_t i = 1; i < item_offsets_.size(); ++i) item_offsets_[i] += item_offsets_[i - 1];
    auto next = item_offsets_;
    for (row_id u = 0; u < users(); ++u)
      for (const row_id i : items_of(u)) users_by_item_[slot(next, i)] = u;
  }

  offsets user_offsets_;
  offsets item_offsets_;
  std::vector<row_id> items_by_user_;
  std::vector<row_id> users_by_item_;
};

}  // namespace ciess
