// SPDX-License-Identifier: MIT
/// @file
/// Turns proposed sizes, real numbers, into whole sizes that use a budget exactly.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/budget/one_size.hpp>

namespace ciess {

/// Real-valued sizes of the rows of all tables, one vector per table: what policies and rules ask
/// for before a budget is imposed. Only their proportions matter to `project`.
using proposal = std::vector<std::vector<float>>;

/// @throws argument_error unless there is one finite number for each row of each table
inline void check_proposal(const char* who, std::span<const table_shape> shapes,
                           const proposal& p) {
  if (p.size() != shapes.size())
    detail::throw_error<argument_error>(who, ": proposals for ", p.size(), " tables, expected ",
                                        shapes.size());
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    if (static_cast<index_t>(p[t].size()) != shapes[t].rows)
      detail::throw_error<argument_error>(who, ": table ", t, " has ", shapes[t].rows,
                                          " rows, got ", p[t].size(), " proposals");
    for (std::size_t r = 0; r < p[t].size(); ++r)
      if (!std::isfinite(p[t][r]))
        detail::throw_error<argument_error>(who, ": table ", t, ", row ", r, ": proposed size is ",
                                            p[t][r]);
  }
}

/// Rounds and clips every proposal into its table's range; no budget.
[[nodiscard]] inline assignment round_sizes(std::span<const table_shape> shapes,
                                            const proposal& p) {
  check_proposal("round_sizes", shapes, p);
  std::vector<sizes> tables;
  tables.reserve(shapes.size());
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    const size_range range = shapes[t].range;
    tables.emplace_back(shapes[t].rows, range, [&](index_t r) {
      return static_cast<int>(std::lround(
          std::clamp(p[t][static_cast<std::size_t>(r)], float(range.min), float(range.max))));
    });
  }
  return assignment(std::move(tables));
}

namespace detail {

/// A table whose sizes are portions.
struct portioned_table {
  index_t rows = 0;
  size_range range{};    ///< in portions
  double in_number = 1;  ///< portions that a proposed number is; of alike tables 1, as scale is all
  std::int64_t cost = 1;  ///< of a portion; of alike tables 1
};

/// The proposals scaled by one factor and clipped: x_n = clip(scale * p_n, d_min, d_max).
class scaled_proposal {
 public:
  scaled_proposal(std::span<const portioned_table> shapes, const proposal& p)
      : shapes_{shapes}, proposal_{p} {}

  [[nodiscard]] std::span<const portioned_table> shapes() const noexcept { return shapes_; }
  [[nodiscard]] float asked(std::size_t table, index_t row) const noexcept {
    return proposal_[table][static_cast<std::size_t>(row)];
  }
  [[nodiscard]] double size(std::size_t table, index_t row, double scale) const noexcept {
    return std::clamp(scale * movable(table, row), double(shapes_[table].range.min),
                      double(shapes_[table].range.max));
  }

  /// Sum of what sizes take, whole sizes, and the proposals still free to move.
  struct sums {
    double size = 0;
    std::int64_t whole = 0;
    double slope = 0;
    friend sums operator+(const sums& a, const sums& b) noexcept {
      return {a.size + b.size, a.whole + b.whole, a.slope + b.slope};
    }
  };

  [[nodiscard]] sums sum(double scale) const {
    return over_rows<sums>([&](std::size_t t, index_t first, index_t last) {
      const double lo = shapes_[t].range.min;
      const double hi = shapes_[t].range.max;
      sums s;
      for (index_t r = first; r < last; ++r) {
        const double p = movable(t, r);
        const double x = std::clamp(scale * p, lo, hi);
        s.size += x;
        s.whole += static_cast<std::int64_t>(x);
        s.slope += x > lo && x < hi ? p : 0;
      }
      const std::int64_t cost = shapes_[t].cost;
      s.size *= static_cast<double>(cost);
      s.whole *= cost;
      s.slope *= static_cast<double>(cost);
      return s;
    });
  }

  /// Adds up `part(table, first, last)` over ranges of rows, in order, by `+`.
  template <class T, class Part>
  [[nodiscard]] T over_rows(Part&& part) const {
    T all{};
    for (std::size_t t = 0; t < shapes_.size(); ++t)
      all = std::move(all) + parallel_reduce(
                                 shapes_[t].rows, 1 << 14, T{},
                                 [&](index_t first, index_t last) { return part(t, first, last); },
                                 std::plus<>{});
    return all;
  }

 private:
  /// The floor keeps a proposal of 0 or less scalable, so that any budget can be filled.
  [[nodiscard]] double movable(std::size_t table, index_t row) const noexcept {
    return std::max<double>(asked(table, row), 1e-6) * shapes_[table].in_number;
  }

  std::span<const portioned_table> shapes_;
  const proposal& proposal_;
};

/// The largest scale, to rounding, whose whole sizes fit the budget. Newton steps kept inside a
/// bracket.
[[nodiscard]] inline double scale_for(const scaled_proposal& scaled, std::int64_t numbers) {
  double low = 0;
  double high = 1;
  while (scaled.sum(high).size < static_cast<double>(numbers) && high < 1e15) {
    low = high;
    high *= 4;
  }
  auto at_low = scaled.sum(low);
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    double next = middle;
    if (at_low.slope > 0 && i % 3 != 2) {
      const double newton = low + (static_cast<double>(numbers) - at_low.size) / at_low.slope;
      if (newton > low && newton < high) next = newton;
    }
    const auto at_next = scaled.sum(next);
    const double missing = static_cast<double>(numbers) - at_next.size;
    (missing >= 0 ? low : high) = next;
    if (missing >= 0) at_low = at_next;
    if (std::abs(missing) < 0.25) {
      low = next;
      break;
    }
  }
  return low;
}

/// What a budget leaves to choose.
enum class choice_of : std::uint8_t {
  nothing,    ///< every row fits at d_max
  one_sizes,  ///< a size for each table, all rows of which have it: not every index fits
  sizes       ///< a size for each row
};

/// @throws argument_error if not even d_min fits everywhere, or there are no portions
[[nodiscard]] inline choice_of choice_within(const char* who, std::span<const table_shape> shapes,
                                             const budget& limit) {
  limit.check(who, shapes);
  const std::int64_t least = limit.least(shapes);
  if (limit.numbers >= limit.most(shapes)) return choice_of::nothing;
  if (limit.numbers >= least) return choice_of::sizes;
  if (!limit.one_size.empty() && limit.of_equal_rows(shapes.size()) >= least)
    return choice_of::one_sizes;
  if (!limit.tables.empty())
    throw_error<argument_error>(who, ": budget of ", limit.in_all(),
                                " bytes of values, but the smallest sizes alone take ", least);
  throw_error<argument_error>(who, ": budget of ", limit.whole_numbers(shapes),
                              " numbers, but the smallest sizes alone need ",
                              (least + limit.parts - 1) / limit.parts);
}

/// Has `allot(tables, portions)` choose how many portions each row gets, and makes sizes of them;
/// of portions of one number, sizes at once. Where portions of tables take different shares of the
/// budget, what all take together is counted in their greatest common divisor.
/// @pre there are sizes to choose
template <class Allot>
[[nodiscard]] assignment in_portions(std::span<const table_shape> shapes, const budget& limit,
                                     Allot&& allot) {
  std::int64_t unit = 0;
  for (std::size_t t = 0; t < shapes.size(); ++t) unit = std::gcd(unit, limit.of(t).each);
  std::vector<portioned_table> portions;
  const row_portions first = limit.of(0);
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    const row_portions of = limit.of(t);
    const auto [least, most] = shapes[t].range;
    portions.push_back({shapes[t].rows,
                        {static_cast<int>(of.of(least)), static_cast<int>(of.of(most))},
                        static_cast<double>(std::int64_t{of.parts} * first.multiple) /
                            static_cast<double>(std::int64_t{of.multiple} * first.parts),
                        of.each / unit});
  }
  assignment chosen = allot(std::span<const portioned_table>(portions), limit.numbers / unit);
  if (limit.counts_numbers()) return chosen;
  std::vector<sizes> tables;
  tables.reserve(shapes.size());
  for (std::size_t t = 0; t < shapes.size(); ++t)
    tables.emplace_back(shapes[t].rows, shapes[t].range,
                        [&, of = limit.of(t), most = std::int64_t{shapes[t].range.max}](index_t r) {
                          return static_cast<int>(std::min(of.largest(chosen[t][r]), most));
                        });
  return assignment(std::move(tables));
}

/// Hands out portions that are left over when scaled proposals are cut to whole sizes: one each to
/// the largest remainders, and again from the beginning as long as there are more than rows below
/// d_max take. If the next row's portion takes more than is left, others' that take less come
/// first. Nothing is kept of a row, everything computed anew when it is looked at.
class remainders {
 public:
  remainders(const scaled_proposal& scaled, double scale, std::int64_t missing)
      : scaled_{scaled}, scale_{scale} {
    while (missing > 0) {
      const auto below =
          sum<std::int64_t>([](std::int64_t& n, std::uint64_t, std::int64_t cost) { n += cost; });
      if (below == 0) return;
      if (missing < below) {
        choose(below, missing);
        return;
      }
      ++rounds_;
      missing -= below;
    }
  }

  /// The sizes of all rows.
  [[nodiscard]] assignment apply() const {
    const auto shapes = scaled_.shapes();
    std::vector<sizes> tables;
    tables.reserve(shapes.size());
    for (std::size_t t = 0; t < shapes.size(); ++t)
      tables.emplace_back(shapes[t].rows, shapes[t].range, [&](index_t r) {
        const bool more = below_most(t, r) && key(t, r) >= least_;
        return std::min(whole(t, r) + rounds_, shapes[t].range.max) + (more ? 1 : 0);
      });
    std::int64_t tied = tied_;
    for (std::size_t t = 0; t < shapes.size() && tied > 0; ++t)
      for (index_t r = 0; r < shapes[t].rows && tied >= shapes[t].cost; ++r)
        if (below_most(t, r) && key(t, r) == least_ - 1) {
          tables[t].set(r, tables[t][r] + 1);
          tied -= shapes[t].cost;
        }
    // Less than one portion of some table, so that few turns are taken.
    while (tied > 0) {
      const next_row next = next_that_fits(tables, tied);
      if (next.cost == 0) break;
      tables[next.table].set(next.row, tables[next.table][next.row] + 1);
      tied -= next.cost;
    }
    return assignment(std::move(tables));
  }

 private:
  static constexpr int digit = 9;  ///< bits of a key at a time; seven of them are a key
  static constexpr std::int64_t few = 1 << 15;  ///< keys that may be kept, 16 bytes each

  /// A row that may get a portion; if that costs 0, there is none.
  struct next_row {
    std::int64_t cost = 0;
    std::size_t table = 0;
    index_t row = 0;
    int more = 0;  ///< portions that it has got
    std::uint64_t key = 0;

    /// The one that has got fewer, of equals the one with the larger key, then the first.
    friend next_row operator+(const next_row& a, const next_row& b) noexcept {
      if (a.cost == 0 || b.cost == 0) return b.cost == 0 ? a : b;
      return b.more < a.more || (b.more == a.more && b.key > a.key) ? b : a;
    }
  };
  [[nodiscard]] next_row next_that_fits(const std::vector<sizes>& tables, std::int64_t left) const {
    return scaled_.over_rows<next_row>([&](std::size_t t, index_t first, index_t last) {
      const portioned_table& of = scaled_.shapes()[t];
      next_row best;
      if (of.cost > left) return best;
      for (index_t r = first; r < last; ++r)
        if (const int size = tables[t][r]; size < of.range.max)
          best = best + next_row{of.cost, t, r, size - whole(t, r), key(t, r)};
      return best;
    });
  }

  /// What rows whose keys have each value of a digit would take.
  struct counts {
    std::array<std::int64_t, 1 << digit> of{};
    friend counts operator+(counts a, const counts& b) noexcept {
      for (std::size_t k = 0; k < a.of.size(); ++k) a.of[k] += b.of[k];
      return a;
    }
  };
  struct key_cost {
    std::uint64_t key = 0;
    std::int64_t cost = 1;
  };
  struct keys {
    std::vector<key_cost> list;
    friend keys operator+(keys a, const keys& b) {
      a.list.insert(a.list.end(), b.list.begin(), b.list.end());
      return a;
    }
  };

  [[nodiscard]] int whole(std::size_t t, index_t r) const noexcept {
    return static_cast<int>(scaled_.size(t, r, scale_));
  }
  [[nodiscard]] bool below_most(std::size_t t, index_t r) const noexcept {
    return whole(t, r) + rounds_ < scaled_.shapes()[t].range.max;
  }
  /// Larger for a larger remainder, of equals for a larger proposal; below 2^63.
  [[nodiscard]] std::uint64_t key(std::size_t t, index_t r) const noexcept {
    const double x = scaled_.size(t, r, scale_);
    const auto part = std::bit_cast<std::uint32_t>(static_cast<float>(x - std::trunc(x)));
    const auto asked = std::bit_cast<std::uint32_t>(scaled_.asked(t, r) + 0.0F);  // no -0
    const std::uint32_t rising = asked >> 31 ? ~asked : asked | 0x8000'0000U;
    return std::uint64_t{part} << 32 | rising;
  }

  /// Adds up what `add(part, key, cost)` makes of the rows below d_max.
  template <class T, class Add>
  [[nodiscard]] T sum(Add&& add) const {
    return scaled_.over_rows<T>([&](std::size_t t, index_t first, index_t last) {
      T part{};
      const std::int64_t cost = scaled_.shapes()[t].cost;
      for (index_t r = first; r < last; ++r)
        if (below_most(t, r)) add(part, key(t, r), cost);
      return part;
    });
  }

  /// Finds the least of the largest keys whose rows take `count` of what all take, `among`, digit
  /// by digit until few keys begin with those known.  @pre 0 < count < among
  void choose(std::int64_t among, std::int64_t count) {
    std::uint64_t known = 0;
    int shift = 7 * digit;
    while (among > few && shift > 0) {
      const int before = shift;
      shift -= digit;
      const auto found = sum<counts>([&](counts& c, std::uint64_t k, std::int64_t cost) {
        if (k >> before == known) c.of[k >> shift & (c.of.size() - 1)] += cost;
      });
      std::size_t value = found.of.size() - 1;
      for (; count > found.of[value]; --value) count -= found.of[value];
      among = found.of[value];
      known = known << digit | value;
    }
    if (shift > 0) {
      auto rest = sum<keys>([&](keys& some, std::uint64_t k, std::int64_t cost) {
                    if (k >> shift == known) some.list.push_back({k, cost});
                  }).list;
      known = key_at(rest, count);
      among = 0;
      for (const key_cost& k : rest) {
        if (k.key > known) count -= k.cost;
        if (k.key == known) among += k.cost;
      }
    }
    tied_ = count < among ? count : 0;
    least_ = known + (tied_ > 0 ? 1 : 0);
  }

  /// The key of the row at which rows have taken so much, the largest keys first. O(keys)
  [[nodiscard]] static std::uint64_t key_at(std::span<key_cost> among, std::int64_t taken) {
    while (among.size() > 1) {
      const auto half = among.size() / 2;
      std::ranges::nth_element(among, among.begin() + static_cast<std::ptrdiff_t>(half),
                               std::greater<>{}, &key_cost::key);
      std::int64_t before = 0;
      for (const key_cost& k : among.first(half)) before += k.cost;
      if (before >= taken) {
        among = among.first(half);
      } else {
        among = among.subspan(half);
        taken -= before;
      }
    }
    return among.front().key;
  }

  const scaled_proposal& scaled_;
  double scale_;
  int rounds_ = 0;  ///< numbers that every row below d_max has got
  /// Rows with this key or a larger one get one more,
  std::uint64_t least_ = std::numeric_limits<std::uint64_t>::max();
  /// and those with the next smaller one, from row 0 on, as far as this is enough.
  std::int64_t tied_ = 0;
};

/// What all rows of each table ask for; none if some differ.
[[nodiscard]] inline std::optional<std::vector<double>> one_of_each(const proposal& p) {
  std::vector<double> wanted;
  for (const auto& table : p) {
    if (std::ranges::adjacent_find(table, std::ranges::not_equal_to{}) != table.end())
      return std::nullopt;
    wanted.push_back(table.empty() ? 1.0 : std::max(double{table.front()}, 1e-6));
  }
  return wanted;
}

/// What the rows of each table ask for in the mean.
[[nodiscard]] inline std::vector<double> mean_of_each(const proposal& p) {
  std::vector<double> wanted;
  for (const auto& table : p) {
    double sum = 0;
    for (const float x : table) sum += std::max(double{x}, 1e-6);
    wanted.push_back(table.empty() ? 1.0 : sum / static_cast<double>(table.size()));
  }
  return wanted;
}

}  // namespace detail

/// The assignment nearest in proportion to a proposal that keeps all that `limit` allows: exactly
/// `limit.numbers` numbers, where it counts these.
/// One factor scales all proposals, clipped to their ranges; fractions go to the largest remainders
/// (ties: larger proposal, then smaller table and row). Never over the budget; short of it only
/// when every row is at d_max, or by less than a portion: of the tables with rows below d_max, that
/// which takes least. A row that asked for more than another of its table never gets less.
/// Where one size a table is cheaper, see `budget::one_size`, all rows of each table ask for the
/// same, and more than `limit.numbers` fit so, each table has one size, and the budget is still
/// met. So it is, by what rows ask for in the mean, where not every table has room for an index or
/// what is left beside the indices is one size a table anyway.
/// @param p  shape [tables][rows]; numbers below a millionth of a column count as that
/// @throws argument_error if a proposal is not finite, shapes differ, or d_min everywhere exceeds
///         the budget
/// Cost: O(n), about twenty passes over the proposals; no memory to speak of but the result's.
[[nodiscard]] inline assignment project(std::span<const table_shape> shapes, const proposal& p,
                                        const budget& limit) {
  check_proposal("project", shapes, p);
  const auto choice = detail::choice_within("project", shapes, limit);
  if (choice == detail::choice_of::nothing) return assignment(shapes);
  if (choice == detail::choice_of::one_sizes)
    return detail::one_size_each(shapes, detail::mean_of_each(p), limit).value();
  if (const auto wanted = detail::one_of_each(p); !limit.one_size.empty() && wanted)
    if (auto found = detail::one_size_each(shapes, *wanted, limit)) return std::move(*found);
  auto found = detail::in_portions(
      shapes, limit, [&](std::span<const detail::portioned_table> of, std::int64_t numbers) {
        const detail::scaled_proposal scaled(of, p);
        double scale = detail::scale_for(scaled, numbers);
        while (scaled.sum(scale).whole > numbers) scale *= 1 - 1e-12;
        const std::int64_t missing = numbers - scaled.sum(scale).whole;
        return detail::remainders(scaled, scale, missing).apply();
      });
  if (!limit.one_size.empty() && detail::has_one_size_each(found))  // room for an index is lost
    if (auto larger = detail::one_size_each(shapes, detail::mean_of_each(p), limit))
      return std::move(*larger);
  return found;
}

}  // namespace ciess
