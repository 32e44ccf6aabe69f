// SPDX-License-Identifier: MIT
/// @file
/// Impressions that come one after the other and are forgotten together: what a server scores.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/core/types.hpp>

namespace ciess {

/// Impressions without labels, in memory that is kept when they are cleared: no allocation once it
/// has held as many. Read like `impressions`.
class click_batch {
 public:
  click_batch() = default;
  click_batch(std::size_t fields, std::size_t features)
      : lists_(fields), features_{static_cast<index_t>(features)} {
    clear();
  }

  /// @pre every field has been given the values of as many impressions
  [[nodiscard]] index_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t fields() const noexcept { return lists_.size(); }
  [[nodiscard]] index_t features() const noexcept { return features_; }

  /// Rows that impression i shows of field k.  @pre both are there
  [[nodiscard]] std::span<const row_id> values(index_t i, std::size_t k) const noexcept {
    const list& of = lists_[k];
    const std::size_t first = of.ends[static_cast<std::size_t>(i)];
    return {of.values.data() + first, of.ends[static_cast<std::size_t>(i) + 1] - first};
  }
  /// [>= size(), features]
  [[nodiscard]] const matrix& numbers() const noexcept { return numbers_; }

  void clear() noexcept {
    size_ = 0;
    for (list& of : lists_) {
      of.values.clear();
      of.ends.resize(1);
    }
  }

  /// Begins an impression that has no values yet and zeros as features; it counts once it is
  /// `keep`t, and what `drop` or nothing follows is forgotten.
  void begin() {
    drop();
    if (numbers_.rows() <= size_)
      numbers_.conservativeResize(std::max<index_t>(16, 2 * numbers_.rows()), features_);
    numbers_.row(size_).setZero();
  }
  /// A value of the impression that was begun.  @pre there is such a field
  void add(std::size_t field, row_id value) { lists_[field].values.push_back(value); }
  /// A feature of it.  @pre there is such a feature
  void set(std::size_t feature, float x) { numbers_(size_, static_cast<index_t>(feature)) = x; }
  void keep() {
    for (list& of : lists_) of.ends.push_back(of.values.size());
    ++size_;
  }
  void drop() noexcept {
    for (list& of : lists_) of.values.resize(of.ends.back());
  }

 private:
  struct list {
    std::vector<row_id> values;
    std::vector<std::size_t> ends{0};  ///< of the values of each impression, behind a zero
  };

  std::vector<list> lists_;  ///< [fields]
  index_t features_ = 0;
  matrix numbers_;
  index_t size_ = 0;
};

}  // namespace ciess
