// SPDX-License-Identifier: MIT
/// @file
/// One size for all rows of a table, within a budget that such tables are cheaper in.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <ciess/embedding/assignment.hpp>

namespace ciess {

/// The same budget for sizes of tables: only assignments meet it in which all rows of each table
/// have one size. So all methods choose such sizes, and what they keep is as near to the budget as
/// whole tables come. A table of rows of different sizes counts as more than all there is.
/// O(tables)
[[nodiscard]] inline budget per_table(const budget& limit, std::span<const table_shape> shapes) {
  const std::int64_t all = 1 + limit.most(shapes);
  budget b = limit;
  const std::int64_t kept = std::min(limit.of_equal_rows(shapes.size()), all);
  b.one_size.assign(shapes.size(), all);  // the same for all budgets: the larger has more numbers
  b.numbers = kept - std::ssize(shapes) * all;
  return b;
}

}  // namespace ciess

namespace ciess::detail {

/// One size a table, in proportion to what each wants as far as ranges and portions allow; what is
/// left goes to tables that miss most, a portion at a time, as long as one fits.
/// @param wanted  [tables] finite and above 0
/// @returns none if that keeps no more than `limit.numbers`, which other sizes keep
/// O(tables^2 * portions)
[[nodiscard]] inline std::optional<assignment> one_size_each(std::span<const table_shape> shapes,
                                                             std::span<const double> wanted,
                                                             const budget& limit) {
  const std::int64_t allowed = limit.of_equal_rows(shapes.size());
  const auto largest = [&](std::size_t t, std::int64_t portions) {
    return static_cast<int>(
        std::min(limit.of(t).largest(portions), std::int64_t{shapes[t].range.max}));
  };
  const auto size_of = [&](std::size_t t, double share) {
    const auto [least, most] = shapes[t].range;
    const auto want = static_cast<int>(std::clamp(share * wanted[t], double(least), double(most)));
    // Those that it fills, but what holds the smallest size.
    const row_portions of = limit.of(t);
    std::int64_t portions = of.of(want);
    if (want < most && of.largest(portions) > want) --portions;
    return largest(t, std::max(portions, of.of(least)));
  };
  std::vector<int> sizes_of(shapes.size());
  const auto cost_of = [&](std::size_t t, int size) {
    return std::int64_t{shapes[t].rows} * limit.of(t).cost(size);
  };
  const auto fits = [&](double share) {
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < shapes.size(); ++t) sum += cost_of(t, size_of(t, share));
    return sum <= allowed;
  };
  if (!fits(0)) return std::nullopt;
  double low = 0, high = 1;
  while (fits(high) && high < 1e300) high *= 2;
  for (int halved = 0; halved < 200 && low < high; ++halved) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (fits(middle) ? low : high) = middle;
  }
  std::int64_t left = allowed;
  for (std::size_t t = 0; t < shapes.size(); ++t) {
    sizes_of[t] = size_of(t, low);
    left -= cost_of(t, sizes_of[t]);
  }
  for (;;) {
    std::size_t best = shapes.size();
    double most_missed = 0;
    for (std::size_t t = 0; t < shapes.size(); ++t) {
      const int most = shapes[t].range.max;
      if (sizes_of[t] == most || shapes[t].rows == 0) continue;
      const int next = largest(t, limit.of(t).of(sizes_of[t]) + 1);
      if (cost_of(t, next) - cost_of(t, sizes_of[t]) > left) continue;
      const double missed = low * wanted[t] / sizes_of[t];
      if (best != shapes.size() && missed <= most_missed) continue;
      best = t;
      most_missed = missed;
    }
    if (best == shapes.size()) break;
    const int next = largest(best, limit.of(best).of(sizes_of[best]) + 1);
    left -= cost_of(best, next) - cost_of(best, sizes_of[best]);
    sizes_of[best] = next;
  }
  if (allowed - left <= limit.numbers) return std::nullopt;
  std::vector<sizes> tables;
  for (std::size_t t = 0; t < shapes.size(); ++t)
    tables.emplace_back(shapes[t].rows, shapes[t].range, sizes_of[t]);
  return assignment(std::move(tables));
}

/// Whether all rows of each table have one size.
[[nodiscard]] inline bool has_one_size_each(const assignment& sizes) {
  for (const auto& table : sizes)
    if (only_size(table) == 0) return false;
  return true;
}

}  // namespace ciess::detail
