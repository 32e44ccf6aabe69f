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

/// How rows of a table have their numbers in portions, and what these take of a budget.
struct row_portions {
  int multiple = 1;       ///< parts of numbers in a portion
  int parts = 1;          ///< that a number consists of
  std::int64_t each = 1;  ///< what a portion takes

  /// Portions that a row of a size takes. One that the size does not fill counts as a whole one.
  [[nodiscard]] std::int64_t of(int size) const noexcept {
    return (std::int64_t{size} * parts + multiple - 1) / multiple;
  }
  /// The largest size that so many portions hold.
  [[nodiscard]] std::int64_t largest(std::int64_t portions) const noexcept {
    return portions * multiple / parts;
  }
  /// What a row of a size takes: its portions.
  [[nodiscard]] std::int64_t cost(int size) const noexcept { return of(size) * each; }

  friend bool operator==(const row_portions&, const row_portions&) = default;
};

/// How many numbers an assignment may keep. Where numbers do not fill bytes, as those of three
/// bits, all that is counted here are `parts` of numbers. Where tables are stored in different
/// formats, bytes are counted, and each table has portions of its own.
struct budget {
  /// Of tables whose rows have different sizes. Less than the smallest sizes take, even below 0,
  /// where bytes do not hold an index, see `one_size`: then rows of some table have one size.
  std::int64_t numbers = 0;
  /// Rows have their numbers in portions of so many, as kernels and bytes of few bits want it: what
  /// is projected has the largest sizes that portions hold (multiples of it, if numbers are whole),
  /// or d_max. A portion that a size does not fill counts as a whole one.
  int multiple = 1;
  /// [tables] more for a table all rows of which have one size, counted as `numbers` are: where
  /// these are made of bytes, it needs no index. Empty: none.
  std::vector<std::int64_t> one_size{};
  /// That a number consists of. With three, bits of numbers of three bits are counted, and in a
  /// byte, a portion of eight, there are two numbers, in two bytes five, in three eight.
  int parts = 1;
  /// [tables] the portions of each, in place of `multiple` and `parts`. Empty: all have the same.
  std::vector<row_portions> tables{};

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
    const std::int64_t least = budget{0, multiple}.least(shapes);
    std::int64_t numbers = detail::rest_of(dense_numbers(shapes), target_sparsity);
    numbers -= numbers % multiple;
    if (numbers < least)
      detail::throw_error<argument_error>("budget: removing ", target_sparsity, " leaves ", numbers,
                                          " numbers, but the smallest sizes alone need ", least);
    return {numbers, multiple};
  }

  /// The portions of table t.
  /// @pre  t < tables.size(), or that is 0
  [[nodiscard]] row_portions of(std::size_t t) const noexcept {
    return tables.empty() ? row_portions{multiple, parts, multiple} : tables[t];
  }
  /// Whether all that is counted are numbers, one by one.
  [[nodiscard]] bool counts_numbers() const noexcept {
    return tables.empty() && multiple == 1 && parts == 1;
  }
  /// The same for some of the tables, with so much for them.
  /// @param chosen  in their order
  [[nodiscard]] budget for_tables(std::span<const std::size_t> chosen, std::int64_t left) const {
    budget b{left, multiple, {}, parts};
    for (const std::size_t t : chosen) {
      if (!one_size.empty()) b.one_size.push_back(one_size[t]);
      if (!tables.empty()) b.tables.push_back(tables[t]);
    }
    return b;
  }
  /// What may be kept in all: `numbers`, or where these are below 0, so that all rows of some table
  /// must have one size, what tables may keep that all do.
  [[nodiscard]] std::int64_t in_all() const noexcept {
    return numbers < 0 ? std::max<std::int64_t>(of_equal_rows(one_size.size()), 0) : numbers;
  }
  /// Whole numbers that it is enough for, 0 at least; where tables have portions of their own, if
  /// each keeps the same share of its numbers.
  [[nodiscard]] std::int64_t whole_numbers(std::span<const table_shape> shapes) const noexcept {
    return numbers_in(in_all(), shapes);
  }
  /// The same of what it is enough for, or of the smallest sizes, where bytes hold no index.
  [[nodiscard]] std::int64_t kept_numbers(std::span<const table_shape> shapes) const noexcept {
    return std::max(whole_numbers(shapes), numbers_in(least(shapes), shapes));
  }
  /// [tables] what a number of each takes, in numbers of whole_numbers: 1, or about 1 where tables
  /// have portions of their own. Full sizes take `dense_numbers` so.
  [[nodiscard]] std::vector<double> number_costs(std::span<const table_shape> shapes) const {
    std::vector<double> costs(shapes.size(), 1.0);
    if (tables.empty()) return costs;
    const double mean = mean_number_takes(shapes);
    for (std::size_t t = 0; t < shapes.size(); ++t) costs[t] = number_takes(t) / mean;
    return costs;
  }
  /// `assignment::sparsity`, where tables have portions of their own of what numbers take.
  [[nodiscard]] double removed_by(const assignment& a, std::span<const table_shape> shapes) const {
    if (tables.empty()) return a.sparsity();
    const std::vector<double> costs = number_costs(shapes);
    double kept = 0;
    for (std::size_t t = 0; t < a.size(); ++t) kept += costs[t] * static_cast<double>(a[t].total());
    const auto dense = static_cast<double>(dense_numbers(shapes));
    return dense > 0 ? std::max(1 - kept / dense, 0.0) : 0.0;
  }
  /// What the smallest sizes everywhere take of it.
  [[nodiscard]] std::int64_t least(std::span<const table_shape> shapes) const noexcept {
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < shapes.size(); ++t)
      sum += std::int64_t{shapes[t].rows} * of(t).cost(shapes[t].range.min);
    return sum;
  }
  /// What full sizes everywhere take of it.
  [[nodiscard]] std::int64_t most(std::span<const table_shape> shapes) const noexcept {
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < shapes.size(); ++t)
      sum += std::int64_t{shapes[t].rows} * of(t).cost(shapes[t].range.max);
    return sum;
  }
  /// What so many tables may keep all rows of which have one size.
  [[nodiscard]] std::int64_t of_equal_rows(std::size_t tables_of_one) const noexcept {
    std::int64_t sum = numbers;
    for (std::size_t t = 0; t < std::min(tables_of_one, one_size.size()); ++t) sum += one_size[t];
    return sum;
  }
  /// O(tables), with portions or bytes O(rows)
  [[nodiscard]] bool met_by(const assignment& a) const noexcept {
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < a.size(); ++t) {
      if (counts_numbers()) {
        sum += a[t].total();
      } else {
        const row_portions portions = of(t);
        for (const std::uint16_t size : a[t].values()) sum += portions.cost(size);
      }
      if (t < one_size.size() && only_size(a[t]) != 0) sum -= one_size[t];
    }
    return sum <= numbers;
  }
  /// Portions of tables may take `widest` times as much as others' at most: what is less than the
  /// dearest takes is handed out in the cheapest, one by one. Bytes of formats are far below it.
  static constexpr std::int64_t widest = 65'536;
  /// @throws argument_error unless portions are, and what is said of tables is of these
  void check(const char* who, std::span<const table_shape> shapes) const {
    detail::check_multiple(multiple);
    if (parts < 1)
      detail::throw_error<argument_error>(who, ": numbers must have parts, got ", parts);
    if (!tables.empty() && tables.size() != shapes.size())
      detail::throw_error<argument_error>(who, ": a budget with portions of ", tables.size(),
                                          " tables, expected ", shapes.size());
    if (!one_size.empty() && one_size.size() != shapes.size())
      detail::throw_error<argument_error>(who, ": a budget with more for ", one_size.size(),
                                          " tables of one size, expected ", shapes.size());
    for (const row_portions& p : tables)
      if (p.multiple < 1 || p.parts < 1 || p.each < 1)
        detail::throw_error<argument_error>(who, ": portions of ", p.multiple, " of ", p.parts,
                                            " parts that take ", p.each,
                                            ": expected 1 or more of each");
    if (tables.empty()) return;
    const auto [least, most] = std::ranges::minmax(tables, {}, &row_portions::each);
    if ((most.each - 1) / widest >= least.each)  // no overflow
      detail::throw_error<argument_error>(who, ": portions of tables take ", least.each, " to ",
                                          most.each, ", expected at most ", widest,
                                          " times as much");
  }
  friend bool operator==(const budget&, const budget&) = default;

 private:
  /// Of what is counted.
  [[nodiscard]] std::int64_t numbers_in(std::int64_t counted,
                                        std::span<const table_shape> shapes) const noexcept {
    return tables.empty() ? counted / parts
                          : static_cast<std::int64_t>(static_cast<double>(counted) /
                                                      mean_number_takes(shapes));
  }
  /// What a number of table t takes, in portions that are filled.
  [[nodiscard]] double number_takes(std::size_t t) const noexcept {
    return static_cast<double>(tables[t].each) * tables[t].parts / tables[t].multiple;
  }
  /// The same of all numbers of full sizes in the mean.
  [[nodiscard]] double mean_number_takes(std::span<const table_shape> shapes) const noexcept {
    double all = 0;
    for (std::size_t t = 0; t < shapes.size(); ++t)
      all += static_cast<double>(shapes[t].rows) * shapes[t].range.max * number_takes(t);
    const auto dense = static_cast<double>(dense_numbers(shapes));
    return dense > 0 ? all / dense : 1.0;
  }
};

}  // namespace ciess
