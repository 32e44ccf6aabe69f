// SPDX-License-Identifier: MIT
/// @file
/// Turns proposed sizes, real numbers, into whole sizes that use a budget exactly.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/embedding/assignment.hpp>

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
    if (static_cast<index>(p[t].size()) != shapes[t].rows)
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
  std::vector<int> rounded;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    const auto [lo, hi] = shapes[t].range;
    rounded.resize(p[t].size());
    std::transform(p[t].begin(), p[t].end(), rounded.begin(), [lo, hi](float x) {
      return static_cast<int>(std::lround(std::clamp(x, float(lo), float(hi))));
    });
    tables.emplace_back(std::span<const int>(rounded), shapes[t].range);
  }
  return assignment(std::move(tables));
}

namespace detail {

/// The proposals scaled by one factor and clipped: x_n = clip(scale * p_n, d_min, d_max).
class scaled_proposal {
 public:
  scaled_proposal(std::span<const table_shape> shapes, const proposal& p)
      : shapes_{shapes}, proposal_{p} {}

  [[nodiscard]] double size(std::size_t table, std::size_t row, double scale) const noexcept {
    // The floor keeps a proposal of 0 or less scalable, so that any budget can be filled.
    const double p = std::max<double>(proposal_[table][row], floor_);
    return std::clamp(scale * p, double(shapes_[table].range.min),
                      double(shapes_[table].range.max));
  }

  /// Sum of sizes, of whole sizes and of the proposals still free to move.
  struct sums {
    double size = 0;
    std::int64_t whole = 0;
    double slope = 0;
    friend sums operator+(const sums& a, const sums& b) noexcept {
      return {a.size + b.size, a.whole + b.whole, a.slope + b.slope};
    }
  };

  [[nodiscard]] sums sum(double scale) const {
    sums all;
    for (std::size_t t = 0; t < shapes_.size(); ++t) {
      const double lo = shapes_[t].range.min;
      const double hi = shapes_[t].range.max;
      all = all + parallel_reduce(
                      shapes_[t].rows, 1 << 14, sums{},
                      [&](index first, index last) {
                        sums s;
                        for (index r = first; r < last; ++r) {
                          const double p =
                              std::max<double>(proposal_[t][static_cast<std::size_t>(r)], floor_);
                          const double x = std::clamp(scale * p, lo, hi);
                          s.size += x;
                          s.whole += static_cast<std::int64_t>(x);
                          s.slope += x > lo && x < hi ? p : 0;
                        }
                        return s;
                      },
                      std::plus<>{});
    }
    return all;
  }

 private:
  static constexpr double floor_ = 1e-6;
  std::span<const table_shape> shapes_;
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
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    const auto at_low = scaled.sum(low);
    double next = middle;
    if (at_low.slope > 0 && i % 3 != 2) {
      const double newton = low + (static_cast<double>(numbers) - at_low.size) / at_low.slope;
      if (newton > low && newton < high) next = newton;
    }
    const auto at_next = scaled.sum(next);
    const double missing = static_cast<double>(numbers) - at_next.size;
    (missing >= 0 ? low : high) = next;
    if (std::abs(missing) < 0.25) {
      low = next;
      break;
    }
  }
  return low;
}

}  // namespace detail

namespace detail {

/// Whether a budget holds every row at d_max.
/// @throws argument_error if it does not even hold d_min everywhere
[[nodiscard]] inline bool all_fit(const char* who, std::span<const table_shape> shapes,
                                  budget limit) {
  std::int64_t least = 0;
  std::int64_t most = 0;
  for (const auto& s : shapes) {
    least += static_cast<std::int64_t>(s.rows) * s.range.min;
    most += static_cast<std::int64_t>(s.rows) * s.range.max;
  }
  if (limit.numbers < least)
    throw_error<argument_error>(who, ": budget of ", limit.numbers,
                                " numbers, but the smallest sizes alone need ", least);
  return limit.numbers >= most;
}

}  // namespace detail

/// The assignment nearest in proportion to a proposal that keeps exactly `limit.numbers` numbers.
/// One factor scales all proposals, clipped to their ranges; fractions go to the largest remainders
/// (ties: larger proposal, then smaller table and row). Never over the budget; short of it only
/// when every row is at d_max. A row that asked for more than another of its table never gets less.
/// @param p  shape [tables][rows]; numbers below a millionth of a column count as that
/// @throws argument_error if a proposal is not finite, shapes differ, or d_min everywhere exceeds
/// the budget Cost: O(n) per pass, about ten passes; allocates O(n).
[[nodiscard]] inline assignment project(std::span<const table_shape> shapes, const proposal& p,
                                        budget limit) {
  check_proposal("project", shapes, p);
  if (detail::all_fit("project", shapes, limit)) return assignment(shapes);

  const detail::scaled_proposal scaled(shapes, p);
  double scale = detail::scale_for(scaled, limit.numbers);
  while (scaled.sum(scale).whole > limit.numbers) scale *= 1 - 1e-12;

  struct remainder {
    float part;
    float asked;
    std::uint32_t table;
    row_id row;
  };
  std::vector<std::vector<int>> whole(shapes.size());
  std::vector<remainder> rest;
  std::int64_t total = 0;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    whole[t].resize(p[t].size());
    for (std::size_t r = 0; r < p[t].size(); ++r) {
      const double x = scaled.size(t, r, scale);
      whole[t][r] = static_cast<int>(x);
      total += whole[t][r];
      if (whole[t][r] < shapes[t].range.max)
        rest.push_back({static_cast<float>(x - whole[t][r]), p[t][r], static_cast<std::uint32_t>(t),
                        static_cast<row_id>(r)});
    }
  }
  const auto before = [](const remainder& a, const remainder& b) {
    if (a.part != b.part) return a.part > b.part;
    if (a.asked != b.asked) return a.asked > b.asked;
    if (a.table != b.table) return a.table < b.table;
    return a.row < b.row;
  };
  // One pass is enough but for rounding at the very edge, where a second hands out the last
  // numbers.
  while (total < limit.numbers && !rest.empty()) {
    const auto count = std::min<std::int64_t>(limit.numbers - total, std::ssize(rest));
    std::nth_element(rest.begin(), rest.begin() + (count - 1), rest.end(), before);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto& chosen = rest[static_cast<std::size_t>(i)];
      ++whole[chosen.table][static_cast<std::size_t>(chosen.row)];
    }
    total += count;
    std::erase_if(rest, [&](const remainder& c) {
      return whole[c.table][static_cast<std::size_t>(c.row)] >= shapes[c.table].range.max;
    });
  }

  std::vector<sizes> tables;
  for (std::size_t t = 0; t < shapes.size(); ++t)
    tables.emplace_back(std::span<const int>(whole[t]), shapes[t].range);
  return assignment(std::move(tables));
}

}  // namespace ciess
