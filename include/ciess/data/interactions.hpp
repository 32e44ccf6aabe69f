// SPDX-License-Identifier: MIT
/// @file
/// Who has interacted with what: the observed pairs of users and items, both ways round.
#pragma once

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>

#include <algorithm>
#include <cassert>
#include <cmath>
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

/// What is known of pairs beside who and what: an entry for each pair handed in, or none at all.
struct interaction_details {
  std::span<const std::int64_t> times{};  ///< milliseconds since 1970-01-01 UTC, any number
  std::span<const float> weights{};       ///< finite, above 0: a play count, a rating
};

/// The set of observed pairs of a data set, as two compressed row lists: the items of each user and
/// the users of each item, both ascending, every pair once. Rows without any pair are allowed.
/// 8 bytes a pair, 8 a row; 8 more a pair with times, 4 with weights. A value: what it holds never
/// changes.
class interactions {
 public:
  /// No users, no items.
  interactions() : interactions(0, 0, std::span<const interaction>{}) {}

  /// Pairs in any order; those that come more than once are kept once. O(n log items
  /// of a user + users + items), with details twice that and 16 bytes a pair while it runs.
  ///
  /// A pair that comes more than once has its earliest time: known once, it is known from then on,
  /// and a later time would put what was known already behind a border in time. Its weight is the
  /// sum of the weights, as of counts; added up in double, in the order they come.
  /// @param users, items  how many rows there are of each kind, in [0, 2^31)
  /// @throws argument_error if a count is out of range or a pair names a row that is not there; if
  ///         there are details, but not one for each pair; if a weight is not finite and above 0,
  ///         or a sum of weights is no float
  interactions(index_t users, index_t items, std::span<const interaction> pairs,
               const interaction_details& details = {}) {
    check_count("users", users);
    check_count("items", items);
    for (std::size_t p = 0; p < pairs.size(); ++p)
      if (pairs[p].user < 0 || pairs[p].user >= users || pairs[p].item < 0 ||
          pairs[p].item >= items)
        detail::throw_error<argument_error>("interactions: pair ", p, " is user ", pairs[p].user,
                                            ", item ", pairs[p].item, ", but there are ", users,
                                            " users and ", items, " items");
    check_details(pairs, details);
    // By user, each one's items sorted; then by item, in the order of the users.
    count(user_offsets_, users, pairs, [](const interaction& p) { return p.user; });
    items_by_user_.resize(pairs.size());
    auto next = user_offsets_;
    for (const auto& p : pairs) items_by_user_[slot(next, p.user)] = p.item;
    merge_duplicates();
    transpose(items);
    if (!details.times.empty() || !details.weights.empty()) attach(pairs, details);
  }
  interactions(index_t users, index_t items, std::initializer_list<interaction> pairs,
               const interaction_details& details = {})
      : interactions(users, items, std::span<const interaction>(pairs.begin(), pairs.size()),
                     details) {}

  [[nodiscard]] index_t users() const noexcept {
    return static_cast<index_t>(user_offsets_.size()) - 1;
  }
  [[nodiscard]] index_t items() const noexcept {
    return static_cast<index_t>(item_offsets_.size()) - 1;
  }
  /// Different pairs.
  [[nodiscard]] index_t size() const noexcept {
    return static_cast<index_t>(items_by_user_.size());
  }
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
  [[nodiscard]] index_t user_frequency(row_id user) const noexcept {
    return static_cast<index_t>(items_of(user).size());
  }
  /// Number of users of an item.  @pre 0 <= item < items()
  [[nodiscard]] index_t item_frequency(row_id item) const noexcept {
    return static_cast<index_t>(users_of(item).size());
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

  /// Whether each pair has a time, or a weight. Without any pair there is none.
  [[nodiscard]] bool has_times() const noexcept { return !times_.empty(); }
  [[nodiscard]] bool has_weights() const noexcept { return !weights_.empty(); }
  /// In the order of `items_by_user()`; empty if there are none.
  [[nodiscard]] std::span<const std::int64_t> times() const noexcept { return times_; }
  [[nodiscard]] std::span<const float> weights() const noexcept { return weights_; }
  /// In the order of `items_of(user)`; empty if there are none.  @pre 0 <= user < users()
  [[nodiscard]] std::span<const std::int64_t> times_of(row_id user) const noexcept {
    return has_times() ? list(user_offsets_, times_, user) : std::span<const std::int64_t>{};
  }
  [[nodiscard]] std::span<const float> weights_of(row_id user) const noexcept {
    return has_weights() ? list(user_offsets_, weights_, user) : std::span<const float>{};
  }

  friend bool operator==(const interactions&, const interactions&) = default;

 private:
  using offsets = std::vector<std::int64_t>;
  static constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();
  static constexpr double most = std::numeric_limits<float>::max();

  static void check_count(const char* what, index_t n) {
    if (n < 0 || n > std::numeric_limits<row_id>::max())
      detail::throw_error<argument_error>("interactions: number of ", what, " must be in [0, ",
                                          std::numeric_limits<row_id>::max(), "], got ", n);
  }

  static void check_details(std::span<const interaction> pairs, const interaction_details& d) {
    const auto check_length = [&](const char* what, std::size_t n) {
      if (n != 0 && n != pairs.size())
        detail::throw_error<argument_error>("interactions: expected a ", what, " for each of ",
                                            pairs.size(), " pairs or none, got ", n);
    };
    check_length("time", d.times.size());
    check_length("weight", d.weights.size());
    for (std::size_t p = 0; p < d.weights.size(); ++p)
      if (!(d.weights[p] > 0 && std::isfinite(d.weights[p])))
        detail::throw_error<argument_error>("interactions: weight of pair ", p, ", user ",
                                            pairs[p].user, ", item ", pairs[p].item,
                                            ", must be finite and above 0, got ", d.weights[p]);
  }

  template <class Row>
  static void count(offsets& o, index_t rows, std::span<const interaction> pairs, Row row) {
    o.assign(static_cast<std::size_t>(rows) + 1, 0);
    for (const auto& p : pairs) ++o[static_cast<std::size_t>(row(p)) + 1];
    for (std::size_t r = 1; r < o.size(); ++r) o[r] += o[r - 1];
  }

  static std::size_t slot(offsets& next, row_id row) {
    return static_cast<std::size_t>(next[static_cast<std::size_t>(row)]++);
  }

  template <class T>
  static std::span<const T> list(const offsets& o, const std::vector<T>& flat,
                                 row_id row) noexcept {
    const auto r = static_cast<std::size_t>(row);
    return {flat.data() + o[r], static_cast<std::size_t>(o[r + 1] - o[r])};
  }

  /// Sorts the items of each user, and keeps each once.
  void merge_duplicates() {
    std::size_t kept = 0;
    std::size_t read = 0;
    for (std::size_t u = 1; u < user_offsets_.size(); ++u) {
      const std::size_t first = kept;
      const auto end = static_cast<std::size_t>(user_offsets_[u]);
      const std::span<row_id> mine = std::span(items_by_user_).subspan(read, end - read);
      if (!std::ranges::is_sorted(mine)) std::ranges::sort(mine);
      for (; read < end; ++read)
        if (kept == first || items_by_user_[kept - 1] != items_by_user_[read])
          items_by_user_[kept++] = items_by_user_[read];
      user_offsets_[u] = static_cast<std::int64_t>(kept);
    }
    if (kept == items_by_user_.size()) return;
    items_by_user_.resize(kept);
    items_by_user_.shrink_to_fit();
  }

  void transpose(index_t items) {
    item_offsets_.assign(static_cast<std::size_t>(items) + 1, 0);
    for (const row_id i : items_by_user_) ++item_offsets_[static_cast<std::size_t>(i) + 1];
    for (std::size_t i = 1; i < item_offsets_.size(); ++i) item_offsets_[i] += item_offsets_[i - 1];
    users_by_item_.resize(items_by_user_.size());
    auto next = item_offsets_;
    for (row_id u = 0; u < users(); ++u)
      for (const row_id i : items_of(u)) users_by_item_[slot(next, i)] = u;
  }

  /// Brings the details of each user together first: to write them far apart is cheap, to fetch
  /// them from far apart, search by search, takes several times as long.
  void attach(std::span<const interaction> pairs, const interaction_details& d) {
    struct detailed {
      std::int64_t time;
      row_id item;
      float weight;
    };
    offsets next;
    count(next, users(), pairs, [](const interaction& p) { return p.user; });
    std::vector<detailed> by_user(pairs.size());
    for (std::size_t p = 0; p < pairs.size(); ++p)
      by_user[slot(next, pairs[p].user)] = {d.times.empty() ? 0 : d.times[p], pairs[p].item,
                                            d.weights.empty() ? 0 : d.weights[p]};
    if (!d.times.empty()) times_.assign(items_by_user_.size(), latest);
    if (!d.weights.empty()) weights_.reserve(items_by_user_.size());
    std::vector<double> sums;
    std::size_t at = 0;
    for (row_id u = 0; u < users(); ++u) {
      const auto items = items_of(u);
      const auto first = static_cast<std::size_t>(user_offsets_[static_cast<std::size_t>(u)]);
      sums.assign(items.size(), 0.0);
      // After the scatter `next` has where the pairs of each user end.
      for (; at < static_cast<std::size_t>(next[static_cast<std::size_t>(u)]); ++at) {
        const auto [time, item, weight] = by_user[at];
        const auto k =
            static_cast<std::size_t>(std::ranges::lower_bound(items, item) - items.begin());
        if (!d.times.empty()) times_[first + k] = std::min(times_[first + k], time);
        sums[k] += static_cast<double>(weight);
      }
      if (d.weights.empty()) continue;
      for (std::size_t k = 0; k < items.size(); ++k) {
        if (sums[k] > most)
          detail::throw_error<argument_error>("interactions: weights of user ", u, ", item ",
                                              items[k], " add up to ", sums[k],
                                              ", more than a float holds");
        weights_.push_back(static_cast<float>(sums[k]));
      }
    }
  }

  offsets user_offsets_;
  offsets item_offsets_;
  std::vector<row_id> items_by_user_;
  std::vector<row_id> users_by_item_;
  std::vector<std::int64_t> times_;
  std::vector<float> weights_;
};

}  // namespace ciess
