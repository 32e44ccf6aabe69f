// SPDX-License-Identifier: MIT
/// @file
/// What each number of each row is worth, and the sizes that such values buy within a budget.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/budget/projection.hpp>

namespace ciess {

/// For every row of every table the value of its first number, its second, ...: what a size gains
/// over the size before it. A row's values never rise. Only proportions matter, over all tables.
/// Memory: that of the values.
class value_curves {
 public:
  /// @param values  [tables] of [rows, d_max], finite, >= 0, not rising along a row
  /// @throws argument_error naming the first row whose values are not so. O(numbers)
  explicit value_curves(std::vector<matrix> values) : values_{std::move(values)} {
    for (std::size_t t = 0; t < values_.size(); ++t)
      for (index_t r = 0; r < values_[t].rows(); ++r) {
        float before = std::numeric_limits<float>::max();
        for (index_t j = 0; j < values_[t].cols(); ++j) {
          const float v = values_[t](r, j);
          if (!(v >= 0 && v <= before))
            detail::throw_error<argument_error>("value_curves: table ", t, ", row ", r, ": value ",
                                                v, " of column ", j, ", expected one in [0, ",
                                                before, "]: finite, and not above that before it");
          before = v;
        }
      }
  }

  [[nodiscard]] std::size_t tables() const noexcept { return values_.size(); }
  /// [rows, d_max]
  [[nodiscard]] const matrix& operator[](std::size_t table) const noexcept {
    return values_[table];
  }

  /// @throws argument_error unless there is a curve of d_max values for each row of `shapes`
  void check(const char* who, std::span<const table_shape> shapes) const {
    if (values_.size() != shapes.size())
      detail::throw_error<argument_error>(who, ": value curves of ", values_.size(),
                                          " tables, expected ", shapes.size());
    for (std::size_t t = 0; t < shapes.size(); ++t)
      if (values_[t].rows() != shapes[t].rows || values_[t].cols() != shapes[t].range.max)
        detail::throw_error<argument_error>(
            who, ": value curves of table ", t, " are [", values_[t].rows(), ", ",
            values_[t].cols(), "], expected [", shapes[t].rows, ", ", shapes[t].range.max, "]");
  }

 private:
  std::vector<matrix> values_;
};

namespace detail {

/// Bisects on a threshold: every row has the portions whose value reaches it. What is known of a
/// row, 6 bytes, narrows from step to step, so that most rows are soon done with.
/// @tparam Value  callable (table, row, portions) -> float: of the last of so many portions, for
///                what it takes
template <class Value>
class threshold_allocation {
 public:
  threshold_allocation(std::span<const portioned_table> shapes, const Value& value)
      : shapes_{shapes}, value_{value} {
    for (const auto& [rows, range, in_number, cost] : shapes) {
      const auto n = static_cast<std::size_t>(rows);
      tables_.push_back({std::vector(n, static_cast<std::uint16_t>(range.min)),
                         std::vector(n, static_cast<std::uint16_t>(range.max)),
                         std::vector<std::uint16_t>(n)});
    }
  }

  /// @pre d_min everywhere is not more than `numbers`, d_max everywhere not less
  [[nodiscard]] assignment fill(std::int64_t numbers) {
    // Floats that are not negative are in the order of their bits.
    std::uint32_t low = 0;  // every number reaches 0
    std::uint32_t high = std::bit_cast<std::uint32_t>(std::numeric_limits<float>::infinity());
    while (high - low > 1) {
      const std::uint32_t middle = low + (high - low) / 2;
      const bool enough = count(std::bit_cast<float>(middle)) >= numbers;
      (enough ? low : high) = middle;
      for (auto& t : tables_) (enough ? t.most : t.least).swap(t.now);
    }
    return divide_ties(numbers);
  }

 private:
  struct table {
    std::vector<std::uint16_t> least;  ///< numbers above the threshold, or d_min
    std::vector<std::uint16_t> most;   ///< numbers that reach it
    std::vector<std::uint16_t> now;
  };

  /// Numbers whose value reaches the threshold, at least d_min of each row; fills `now`.
  std::int64_t count(float threshold) {
    return sum([&](std::size_t t, index_t r) {
      const auto i = static_cast<std::size_t>(r);
      int low = tables_[t].least[i];
      int high = tables_[t].most[i];
      while (low < high) {
        // No branch: which way a row goes cannot be predicted.
        const int size = low + (high - low + 1) / 2;
        const bool reaches = value_(t, r, size) >= threshold;
        low = reaches ? size : low;
        high = reaches ? high : size - 1;
      }
      tables_[t].now[i] = static_cast<std::uint16_t>(low);
      return low;
    });
  }

  /// Numbers of equal value: those of smaller columns first, then tables and rows in their order.
  assignment divide_ties(std::int64_t numbers) const {
    const auto size_at = [&](int level, std::size_t t, index_t r) {
      const auto i = static_cast<std::size_t>(r);
      return std::clamp<int>(level, tables_[t].least[i], tables_[t].most[i]);
    };
    int low = 0;
    int high = 1;
    for (const auto& shape : shapes_) high = std::max(high, shape.range.max);
    while (high - low > 1) {
      const int level = low + (high - low) / 2;
      const bool fits =
          sum([&](std::size_t t, index_t r) { return size_at(level, t, r); }) <= numbers;
      (fits ? low : high) = level;
    }
    std::int64_t left = numbers - sum([&](std::size_t t, index_t r) { return size_at(low, t, r); });
    std::vector<sizes> all;
    std::vector<int> row_sizes;
    for (std::size_t t = 0; t < shapes_.size(); ++t) {
      row_sizes.resize(static_cast<std::size_t>(shapes_[t].rows));
      for (index_t r = 0; r < shapes_[t].rows; ++r) {
        int size = size_at(low, t, r);
        if (left >= shapes_[t].cost && size_at(low + 1, t, r) > size) {
          ++size;
          left -= shapes_[t].cost;
        }
        row_sizes[static_cast<std::size_t>(r)] = size;
      }
      all.emplace_back(std::span<const int>(row_sizes), shapes_[t].range);
    }
    fill_rest(all, left);
    return assignment(std::move(all));
  }

  /// A row's next portion, what it is worth, and how many the row has.
  struct next_portion {
    float worth = 0;
    int size = 0;
    std::size_t table = 0;
    index_t row = 0;

    /// Whether this one is handed out first: of equal worth that of the smaller size.
    [[nodiscard]] bool before(const next_portion& b) const noexcept {
      if (worth != b.worth) return worth > b.worth;
      return std::tie(size, table, row) < std::tie(b.size, b.table, b.row);
    }
  };
  static constexpr std::int64_t most_at_a_time = 1024;  ///< portions that a pass hands out

  /// What is left is less than a portion of some table takes, but others' may take less: one by one
  /// those of most value. Of each table as many rows are looked for as could get one, so that a
  /// single pass over all rows is enough, or one for each `most_at_a_time`.
  void fill_rest(std::vector<sizes>& all, std::int64_t left) const {
    const auto later = [](const next_portion& a, const next_portion& b) { return b.before(a); };
    for (bool some = true; some;) {
      some = false;
      std::vector<next_portion> next;  // a heap, what is handed out first on top
      for (std::size_t t = 0; t < shapes_.size(); ++t) {
        const auto found = first_of(t, all[t], std::min(left / shapes_[t].cost, most_at_a_time));
        next.insert(next.end(), found.begin(), found.end());
      }
      std::ranges::make_heap(next, later);
      for (std::int64_t given = 0; given < most_at_a_time && !next.empty();) {
        std::ranges::pop_heap(next, later);
        next_portion p = next.back();
        next.pop_back();
        if (shapes_[p.table].cost > left) continue;
        all[p.table].set(p.row, ++p.size);
        left -= shapes_[p.table].cost;
        ++given;
        some = true;
        if (p.size == shapes_[p.table].range.max) continue;
        p.worth = value_(p.table, p.row, p.size + 1);
        next.push_back(p);
        std::ranges::push_heap(next, later);
      }
    }
  }

  /// Of the next portions of a table's rows the first `count` that `before` says.
  [[nodiscard]] std::vector<next_portion> first_of(std::size_t t, const sizes& has,
                                                   std::int64_t count) const {
    if (count == 0) return {};
    const auto first = [](const next_portion& a, const next_portion& b) { return a.before(b); };
    return parallel_reduce(
        shapes_[t].rows, 1 << 12, std::vector<next_portion>{},
        [&](index_t from, index_t to) {
          std::vector<next_portion> found;  // a heap, the last of them on top
          for (index_t r = from; r < to; ++r) {
            const int size = has[r];
            if (size == shapes_[t].range.max) continue;
            const next_portion p{value_(t, r, size + 1), size, t, r};
            if (std::ssize(found) == count) {
              if (!p.before(found.front())) continue;
              std::ranges::pop_heap(found, first);
              found.pop_back();
            }
            found.push_back(p);
            std::ranges::push_heap(found, first);
          }
          return found;
        },
        [&](std::vector<next_portion> a, const std::vector<next_portion>& b) {
          a.insert(a.end(), b.begin(), b.end());
          std::ranges::sort(a, first);
          if (std::ssize(a) > count) a.resize(static_cast<std::size_t>(count));
          return a;
        });
  }

  /// Of f(table, row) over all rows, each for what a portion of its table takes.
  template <class F>
  [[nodiscard]] std::int64_t sum(F&& f) const {
    std::int64_t all = 0;
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      all = parallel_reduce(
          shapes_[t].rows, 1 << 12, all,
          [&](index_t first, index_t last) {
            std::int64_t s = 0;
            for (index_t r = first; r < last; ++r) s += f(t, r);
            return s * shapes_[t].cost;
          },
          std::plus<>{});
    return all;
  }

  std::span<const portioned_table> shapes_;
  const Value& value_;
  std::vector<table> tables_;
};

/// One size a table: from the smallest on, a portion for all rows of the table where it is worth
/// most for what it takes, as long as one fits. Of equal worth the first table.
/// @param value  as below
/// @pre the smallest sizes fit.  O(numbers kept)
template <class Value>
[[nodiscard]] assignment one_size_by_value(std::span<const table_shape> shapes, const Value& value,
                                           const budget& limit) {
  const auto next_of = [&](std::size_t t, int size) {
    return static_cast<int>(
        std::min<std::int64_t>(limit.of(t).largest(limit.of(t).of(size) + 1), shapes[t].range.max));
  };
  const auto cost_of = [&](std::size_t t, int size) {
    return std::int64_t{shapes[t].rows} * limit.of(t).cost(size);
  };
  /// Worth of the next portion for what it takes.
  const auto worth_of = [&](std::size_t t, int size) {
    const int next = next_of(t, size);
    double sum = 0;
    for (index_t r = 0; r < shapes[t].rows; ++r)
      for (int d = size + 1; d <= next; ++d) sum += static_cast<double>(value(t, r, d));
    return sum /
           static_cast<double>(std::max<std::int64_t>(cost_of(t, next) - cost_of(t, size), 1));
  };
  std::int64_t left = limit.of_equal_rows(shapes.size());
  std::vector<int> size;
  std::vector<double> worth;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    const row_portions of = limit.of(t);
    size.push_back(static_cast<int>(
        std::min<std::int64_t>(of.largest(of.of(shapes[t].range.min)), shapes[t].range.max)));
    left -= cost_of(t, size[t]);
    worth.push_back(size[t] < shapes[t].range.max ? worth_of(t, size[t]) : 0);
  }
  for (;;) {
    std::size_t best = shapes.size();
    for (std::size_t t = 0; t < shapes.size(); ++t)
      if (shapes[t].rows > 0 && size[t] < shapes[t].range.max &&
          cost_of(t, next_of(t, size[t])) - cost_of(t, size[t]) <= left &&
          (best == shapes.size() || worth[t] > worth[best]))
        best = t;
    if (best == shapes.size()) break;
    const int next = next_of(best, size[best]);
    left -= cost_of(best, next) - cost_of(best, size[best]);
    size[best] = next;
    if (next < shapes[best].range.max) worth[best] = worth_of(best, next);
  }
  std::vector<sizes> tables;
  for (std::size_t t = 0; t < shapes.size(); ++t)
    tables.emplace_back(shapes[t].rows, shapes[t].range, size[t]);
  return assignment(std::move(tables));
}

/// @param value  callable (table, row, size) -> float >= 0, what the number that makes up this size
///               is worth; not rising with the size
template <class Value>
[[nodiscard]] assignment allocate_by_value(const char* who, std::span<const table_shape> shapes,
                                           const Value& value, const budget& limit) {
  const auto choice = choice_within(who, shapes, limit);
  if (choice == choice_of::nothing) return assignment(shapes);
  if (choice == choice_of::one_sizes) return one_size_by_value(shapes, value, limit);
  // Where one size a table is what comes out, the room for an index is lost.
  const auto filled = [&](assignment found) {
    if (limit.one_size.empty() || !has_one_size_each(found)) return found;
    return one_size_by_value(shapes, value, limit);
  };
  return filled(
      in_portions(shapes, limit, [&](std::span<const portioned_table> of, std::int64_t portions) {
        if (limit.counts_numbers())  // no sum in the hot loop
          return threshold_allocation<Value>(of, value).fill(portions);
        std::vector<row_portions> each;
        std::vector<float> takes;  // a number's worth in parts, of alike tables 1
        for (std::size_t t = 0; t < of.size(); ++t) {
          each.push_back(limit.of(t));
          takes.push_back(static_cast<float>(each[t].parts * of[t].cost) /
                          static_cast<float>(each[0].parts));
        }
        // Each part of a number is worth the same: what portions are worth does not rise, even if
        // the next one makes up more whole numbers.
        const auto portion = [&](std::size_t t, index_t r, int last) {
          const row_portions& p = each[t];
          const int end = std::min(last * p.multiple, shapes[t].range.max * p.parts);
          float sum = 0;
          for (int part = (last - 1) * p.multiple; part < end; ++part)
            sum += value(t, r, part / p.parts + 1);
          return std::min(sum / takes[t], std::numeric_limits<float>::max());
        };
        return threshold_allocation<decltype(portion)>(of, portion).fill(portions);
      }));
}

}  // namespace detail

/// The assignment that keeps the most value: all that `limit` allows, exactly `limit.numbers`
/// numbers where it counts these, those with the largest values. The first d_min of each row are
/// kept whatever their value. Of equal values the smaller column goes first, or the smaller size in
/// portions, then the smaller table and row. Short of the budget only when every row is at d_max,
/// or by less than a portion: of the tables with rows below d_max, that which takes least. The
/// value of a portion is that of its numbers or their parts, for what it takes. If only tables meet
/// the budget all rows of which have one size, see `budget::one_size`, each has the size that keeps
/// most value, portion by portion.
/// @throws argument_error if shapes differ or d_min everywhere exceeds the budget
/// Cost: 31 passes over the rows, each with at most log2(d_max) looks at values of a row and none
/// once its size is known; one more for what is left where portions of tables take different
/// shares; allocates 10 bytes a row. The same result at any number of threads.
[[nodiscard]] inline assignment project_by_value(std::span<const table_shape> shapes,
                                                 const value_curves& curves, const budget& limit) {
  curves.check("project_by_value", shapes);
  const auto value = [&](std::size_t t, index_t r, int size) { return curves[t](r, size - 1); };
  return detail::allocate_by_value("project_by_value", shapes, value, limit);
}

}  // namespace ciess
