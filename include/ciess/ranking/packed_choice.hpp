// SPDX-License-Identifier: MIT
/// @file
/// What a ranking of a packed table chooses from: some of its items, rows by their direction alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/packed_view.hpp>

namespace ciess {

/// Which items are chosen from, and how much their rows count. What it refers to must live as long.
struct packed_choice {
  /// The only items, in rising order: others are not scored, and their numbers not
  /// read. Nothing: all of the table.
  std::optional<std::span<const row_id>> among{};
  /// [items of the table] what each row is multiplied by; empty: 1.
  std::span<const float> factors{};
};

/// What a row is multiplied by to have the length 1, so that inner products are cosines. 0 if it
/// has no direction: all zeros, or so short that no float says what it lacks.  O(numbers)
template <packed_number N>
[[nodiscard]] float inverse_length(const packed_row<N>& row) noexcept {
  double sum = 0;
  for (index_t c = 0; c < row.size(); ++c) sum += double{row.number(c)} * double{row.number(c)};
  const double length = std::sqrt(sum) * std::abs(double{row.scale()});
  return length < double{std::numeric_limits<float>::min()} ? 0.0F : static_cast<float>(1 / length);
}

/// The same of all rows, as `packed_choice::factors` wants them. [rows]
/// @throws data_error as `packed_view::operator[]`
template <packed_number N>
[[nodiscard]] std::vector<float> inverse_lengths(const packed_view<N>& table) {
  std::vector<float> factors(static_cast<std::size_t>(table.rows()));
  parallel_for(table.rows(), 4096, [&](index_t first, index_t last) {
    table.for_each_row(first, last, [&, r = first](const packed_row<N>& row) mutable {
      factors[static_cast<std::size_t>(r++)] = inverse_length(row);
    });
  });
  return factors;
}

namespace detail {

/// The items of a choice by their places in it.
class chosen_items {
 public:
  /// @param items  of the table
  chosen_items(const packed_choice& choice, index_t items)
      : all_{!choice.among}, count_{all_ ? items : std::ssize(*choice.among)} {
    if (!all_) among_ = *choice.among;
    factors_ = choice.factors;
  }

  [[nodiscard]] index_t count() const noexcept { return count_; }
  /// @pre 0 <= place < count()
  [[nodiscard]] row_id item(index_t place) const noexcept {
    return all_ ? static_cast<row_id>(place) : among_[static_cast<std::size_t>(place)];
  }
  /// What all items before a place are smaller than, and no other is.  @pre 0 <= place <= count()
  [[nodiscard]] index_t bound(index_t place) const noexcept {
    if (all_) return place;
    return place < count_ ? item(place) : index_t{std::numeric_limits<row_id>::max()};
  }
  /// The place of an item among [first, last), or -1 if it is not there.  O(log(last - first))
  [[nodiscard]] index_t place(row_id wanted, index_t first, index_t last) const noexcept {
    if (all_) return wanted < first || wanted >= last ? -1 : wanted;
    const auto piece =
        among_.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
    const auto found = std::ranges::lower_bound(piece, wanted);
    return found == piece.end() || *found != wanted ? -1 : first + (found - piece.begin());
  }

  /// Calls `f(row)` with the rows at the places [first, last), in order.
  /// @throws data_error as `packed_view::operator[]`
  template <packed_number N, class F>
  void for_each_row(const packed_view<N>& items, index_t first, index_t last, F&& f) const {
    if (factors_.empty())
      walk(items, first, last, f);
    else
      walk(items, first, last, [&, p = first](const packed_row<N>& row) mutable {
        f(row.times(factors_[static_cast<std::size_t>(item(p++))]));
      });
  }

 private:
  /// The same with the rows as they are stored.
  template <packed_number N, class F>
  void walk(const packed_view<N>& items, index_t first, index_t last, F&& f) const {
    if (all_) {
      items.for_each_row(first, last, f);
      return;
    }
    if (first == last) return;
    // To find where a row begins costs about as much as to walk past a few others.
    constexpr index_t others = 8;
    const index_t from = item(first), to = index_t{item(last - 1)} + 1;
    if (to - from > others * (last - first)) {
      items.for_each_row(
          among_.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)),
          f);
      return;
    }
    items.for_each_row(from, to, [&, r = from, next = first](const packed_row<N>& row) mutable {
      if (r++ != item(next)) return;
      ++next;
      f(row);
    });
  }

  bool all_;
  index_t count_;
  std::span<const row_id> among_;
  std::span<const float> factors_;
};

/// @throws argument_error if items are out of range or order, or factors are not one an item
inline void check_choice(const char* who, const packed_choice& choice, index_t items) {
  if (choice.among) {
    const auto& among = *choice.among;
    for (std::size_t a = 0; a < among.size(); ++a)
      if (among[a] < (a == 0 ? 0 : among[a - 1] + 1) || among[a] >= items)
        throw_error<argument_error>(who, ": items to choose from must rise in [0, ", items,
                                    "), got ", among[a]);
  }
  if (!choice.factors.empty() && std::ssize(choice.factors) != items)
    throw_error<argument_error>(who, ": expected factors of ", items, " items, got ",
                                choice.factors.size());
}

}  // namespace detail
}  // namespace ciess
