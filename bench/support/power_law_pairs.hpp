// SPDX-License-Identifier: MIT
/// @file
/// Made-up pairs of millions of users and items, and sizes for their rows by a cheap rule.
#pragma once

#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/search/budget/projection.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ciess_bench {

/// Popularity of the r-th most popular item ~ r^-0.67, activity of users ~ r^-0.33; who is popular
/// lies anywhere. Duplicates are dropped, so there are a few less than asked for.
/// Memory while it runs: at most 20 bytes a pair, 24 a row.
inline ciess::interactions power_law_pairs(ciess::index_t users, ciess::index_t items,
                                           ciess::index_t count) {
  std::vector<ciess::interaction> pairs(static_cast<std::size_t>(count));
  const ciess::random_stream stream(1, ciess::purpose::user);
  // A number times a prime, modulo the count: all different, in no order.
  const auto row = [](double rank, ciess::index_t rows) {
    const auto r = std::min(static_cast<std::uint64_t>(rank * static_cast<double>(rows)),
                            static_cast<std::uint64_t>(rows - 1));
    return static_cast<ciess::row_id>(r * 2'654'435'761U % static_cast<std::uint64_t>(rows));
  };
  ciess::parallel_for(count, 1 << 16, [&](ciess::index_t first, ciess::index_t last) {
    for (auto p = static_cast<std::size_t>(first); p < static_cast<std::size_t>(last); ++p) {
      auto engine = stream.at(0, p);
      const double u = ciess::uniform01<double>(engine);
      const double i = ciess::uniform01<double>(engine);
      pairs[p] = {row(u * std::sqrt(u), users), row(i * i * i, items)};
    }
  });
  return {users, items, pairs};
}

/// Sizes that go with the root of a row's frequency and remove a share of all numbers.
inline ciess::assignment sizes_by_frequency(const ciess::interactions& data,
                                            ciess::size_range range, double removed) {
  const std::array<ciess::table_shape, 2> shapes{{{data.users(), range}, {data.items(), range}}};
  ciess::proposal asked(2);
  const auto ask = [&](std::size_t t, auto&& frequency) {
    asked[t].resize(static_cast<std::size_t>(shapes[t].rows));
    for (std::size_t r = 0; r < asked[t].size(); ++r)
      asked[t][r] = std::sqrt(1 + static_cast<float>(frequency(static_cast<ciess::row_id>(r))));
  };
  ask(0, [&](ciess::row_id u) { return data.user_frequency(u); });
  ask(1, [&](ciess::row_id i) { return data.item_frequency(i); });
  return ciess::project(shapes, asked, ciess::budget::from_sparsity(removed, shapes));
}

}  // namespace ciess_bench
