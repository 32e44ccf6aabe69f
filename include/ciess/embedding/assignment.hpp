// SPDX-License-Identifier: MIT
/// @file
/// Sizes of all tables of a model, and the budget that they must meet together.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/embedding/sizes.hpp>

namespace ciess {

/// Shape of one embedding table: how many rows, and which sizes they may take.
struct table_shape {
  index_t rows = 0;
  size_range range{};

  /// See `field_visitor::same`.
  template <class F>
  void visit(F& f) const {
    f.same("rows", std::int64_t{rows});
    f.same("d_min", std::int64_t{range.min});
    f.same("d_max", std::int64_t{range.max});
  }
  friend bool operator==(const table_shape&, const table_shape&) = default;
};

/// Numbers of tables of these shapes with every row at full size.
[[nodiscard]] inline std::int64_t dense_numbers(std::span<const table_shape> shapes) noexcept {
  std::int64_t sum = 0;
  for (const table_shape& s : shapes) sum += std::int64_t{s.rows} * s.range.max;
  return sum;
}

/// A size for every row of every table: a size assignment d of the paper.
/// For collaborative filtering table 0 holds the users, table 1 the items.
class assignment {
 public:
  assignment() = default;
  explicit assignment(std::vector<sizes> tables) : tables_{std::move(tables)} {}

  /// Every row at its full size.
  explicit assignment(std::span<const table_shape> shapes) {
    for (const auto& s : shapes) tables_.emplace_back(s.rows, s.range);
  }

  [[nodiscard]] std::size_t size() const noexcept { return tables_.size(); }
  [[nodiscard]] const sizes& operator[](std::size_t table) const noexcept { return tables_[table]; }
  [[nodiscard]] sizes& operator[](std::size_t table) noexcept { return tables_[table]; }
  [[nodiscard]] auto begin() const noexcept { return tables_.begin(); }
  [[nodiscard]] auto end() const noexcept { return tables_.end(); }

  /// Numbers kept over all tables.
  [[nodiscard]] std::int64_t total() const noexcept {
    std::int64_t sum = 0;
    for (const auto& t : tables_) sum += t.total();
    return sum;
  }
  [[nodiscard]] std::int64_t dense() const noexcept {
    std::int64_t sum = 0;
    for (const auto& t : tables_) sum += t.dense();
    return sum;
  }
  /// Share of the dense numbers that is not kept, in [0, 1); 0 without rows.
  [[nodiscard]] double sparsity() const noexcept {
    const auto all = dense();
    return all == 0 ? 0.0 : 1.0 - static_cast<double>(total()) / static_cast<double>(all);
  }

  friend bool operator==(const assignment&, const assignment&) = default;

 private:
  std::vector<sizes> tables_;
};

/// @throws argument_error unless the assignment has exactly the tables `shapes`
inline void check_shapes(const char* who, std::span<const table_shape> shapes,
                         const assignment& a) {
  if (a.size() != shapes.size())
    detail::throw_error<argument_error>(who, ": expected sizes of ", shapes.size(), " tables, got ",
                                        a.size());
  for (std::size_t t = 0; t < shapes.size(); ++t)
    if (a[t].rows() != shapes[t].rows || a[t].range() != shapes[t].range)
      detail::throw_error<argument_error>(
          who, ": table ", t, " has ", shapes[t].rows, " rows with sizes in [", shapes[t].range.min,
          ", ", shapes[t].range.max, "], got ", a[t].rows(), " rows with sizes in [",
          a[t].range().min, ", ", a[t].range().max, "]");
}

namespace detail {

/// @throws argument_error if rows cannot have their numbers in portions of so many
inline void check_multiple(int multiple) {
  if (multiple < 1 || multiple > size_range::limit)
    throw_error<argument_error>("budget: sizes must be multiples of 1 to ", size_range::limit,
                                ", got ", multiple);
}

/// The largest n that `1 - n / all >= removed` holds for as doubles.
[[nodiscard]] inline std::int64_t rest_of(std::int64_t all, double removed) noexcept {
  const auto whole = static_cast<double>(all);
  auto rest = static_cast<std::int64_t>(std::ceil((1 - removed) * whole));
  while (rest > 0 && 1 - static_cast<double>(rest) / whole < removed) --rest;
  return rest;
}

}  // namespace detail

/// How many numbers an assignment may keep. Where numbers do not fill bytes, as those of three
/// bits, all that is counted here are `parts` of numbers.
struct budget {
  /// Of tables whose rows have different sizes. Less than the smallest sizes take, even below 0,
  /// where bytes do not hold an index, see `one_size`: then rows of some table have one size.
  std::int64_t numbers = 0;
  /// Rows have their numbers in portions of so many, as kernels and bytes of few bits want it: what
  /// is projected has the largest sizes that portions hold (multiples of it, if numbers are whole),
  /// or d_max. A portion that a size does not fill counts as a whole one.
  int multiple = 1;
  /// [tables] numbers more for a table all rows of which have one size: where bytes are counted, it
  /// needs no index. Empty: none.
  std::vector<std::int64_t> one_size{};
  /// That a number consists of. With three, bits of numbers of three bits are counted, and in a
  /// byte, a portion of eight, there are two numbers, in two bytes five, in three eight.
  int parts = 1;

  /// The largest budget n that `1 - n / dense >= c` holds for as doubles, so that
  /// `assignment::sparsity` never falls below what was asked: floor((1 - c) * dense), less 1 where
  /// rounding would give c away; of these the whole portions.
  /// @param target_sparsity  share of numbers to remove, c in (0, 1)
  /// @throws argument_error if c is not in (0, 1) (NaN included), multiple < 1, or if not even the
  ///         smallest sizes everywhere fit
  [[nodiscard]] static budget from_sparsity(double target_sparsity,
                                            std::span<const table_shape> shapes, int multiple = 1) {
    if (!(target_sparsity > 0 && target_sparsity < 1))
      detail::throw_error<argument_error>(
          "budget: share of numbers to remove must be above 0 and below 1, got ", target_sparsity);
    detail::check_multiple(multiple);
    std::int64_t least = 0;
    for (const auto& s : shapes)
      least += static_cast<std::int64_t>(s.rows) * budget{0, multiple}.cost(s.range.min);
    std::int64_t numbers = detail::rest_of(dense_numbers(shapes), target_sparsity);
    numbers -= numbers % multiple;
    if (numbers < least)
      detail::throw_error<argument_error>("budget: removing ", target_sparsity, " leaves ", numbers,
                                          " numbers, but the smallest sizes alone need ", least);
    return {numbers, multiple};
  }

  /// Portions that a row of a size takes.
  [[nodiscard]] std::int64_t portions(int size) const noexcept {
    return (std::int64_t{size} * parts + multiple - 1) / multiple;
  }
  /// The largest size that so many portions hold.
  [[nodiscard]] std::int64_t largest(std::int64_t portions) const noexcept {
    return portions * multiple / parts;
  }
  /// What a row of a size takes of it: its portions.
  [[nodiscard]] std::int64_t cost(int size) const noexcept { return portions(size) * multiple; }
  /// What may be kept in all: `numbers`, or where these are below 0, so that all rows of some table
  /// must have one size, what tables may keep that all do.
  [[nodiscard]] std::int64_t in_all() const noexcept {
    return numbers < 0 ? std::max<std::int64_t>(of_equal_rows(one_size.size()), 0) : numbers;
  }
  /// Whole numbers that it is enough for, 0 at least.
  [[nodiscard]] std::int64_t whole_numbers() const noexcept { return in_all() / parts; }
  /// What the smallest sizes everywhere take of it.
  [[nodiscard]] std::int64_t least(std::span<const table_shape> shapes) const noexcept {
    std::int64_t sum = 0;
    for (const table_shape& s : shapes) sum += std::int64_t{s.rows} * cost(s.range.min);
    return sum;
  }
  /// What so many tables may keep all rows of which have one size.
  [[nodiscard]] std::int64_t of_equal_rows(std::size_t tables) const noexcept {
    std::int64_t sum = numbers;
    for (std::size_t t = 0; t < std::min(tables, one_size.size()); ++t) sum += one_size[t];
    return sum;
  }
  /// O(tables), with portions or bytes O(rows)
  [[nodiscard]] bool met_by(const assignment& a) const noexcept {
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < a.size(); ++t) {
      if (multiple == 1 && parts == 1)
        sum += a[t].total();
      else
        for (const std::uint16_t size : a[t].values()) sum += cost(size);
      if (t < one_size.size() && only_size(a[t]) != 0) sum -= one_size[t];
    }
    return sum <= numbers;
  }
  friend bool operator==(const budget&, const budget&) = default;
};

}  // namespace ciess
