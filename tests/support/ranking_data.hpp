// SPDX-License-Identifier: MIT
/// @file
/// Small interactions and vectors for the ranking tests.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>

namespace testing_support {

inline ciess::interactions make_interactions(ciess::index_t users, ciess::index_t items,
                                             const std::vector<ciess::interaction>& pairs) {
  return ciess::interactions(users, items, pairs);
}

/// Every pair with chance 1 / n; every seventh user is left without any.
inline ciess::interactions random_interactions(ciess::index_t users, ciess::index_t items,
                                               std::uint32_t n, std::uint64_t seed) {
  const ciess::random_stream stream{seed, ciess::purpose::user};
  std::vector<ciess::interaction> pairs;
  for (ciess::row_id u = 0; u < users; ++u) {
    auto engine = stream.at(0, static_cast<std::uint64_t>(u));
    if (u % 7 == 6) continue;
    for (ciess::row_id i = 0; i < items; ++i)
      if (ciess::bounded(engine, n) == 0) pairs.push_back({u, i});
  }
  return make_interactions(users, items, pairs);
}

/// Entries in -2 ... 2: products are exact in float and tie often.
inline ciess::matrix small_integers(ciess::index_t rows, ciess::index_t columns,
                                    std::uint64_t seed) {
  const ciess::random_stream stream{seed, ciess::purpose::user};
  auto engine = stream.at(1);
  ciess::matrix m(rows, columns);
  for (ciess::index_t i = 0; i < m.size(); ++i)
    m.data()[i] = static_cast<float>(ciess::bounded(engine, 5)) - 2.0F;
  return m;
}

/// Users 0, n, 2n, ...
inline std::vector<ciess::row_id> every_nth_user(ciess::index_t users, ciess::index_t n) {
  std::vector<ciess::row_id> chosen;
  for (ciess::index_t u = 0; u < users; u += n) chosen.push_back(static_cast<ciess::row_id>(u));
  return chosen;
}

}  // namespace testing_support
