// SPDX-License-Identifier: MIT
/// @file
/// Some of the users, when an exact figure costs too much.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>

namespace ciess {

/// A share of some users, at least one if there is any: round(share * users) of them, in the order
/// given. Each user draws a number from (seed, purpose::sample, user) and the smallest ones are
/// taken; so it is the same users every time, and a larger share keeps those of a smaller one.
/// @param users  ids >= 0, none twice
/// @param share  in (0, 1]
/// @throws argument_error if share is out of range
[[nodiscard]] inline std::vector<row_id> sample_users(std::span<const row_id> users, double share,
                                                      std::uint64_t seed) {
  if (!(share > 0.0 && share <= 1.0))
    detail::throw_error<argument_error>("sample_users: share must be in (0, 1], got ", share);
  if (share == 1.0 || users.empty()) return {users.begin(), users.end()};
  const random_stream stream{seed, purpose::sample};
  std::vector<std::pair<std::uint64_t, row_id>> drawn;
  for (const row_id u : users) {
    random_engine engine = stream.at(0, static_cast<std::uint64_t>(u));
    const std::uint64_t high = engine();
    drawn.emplace_back(high << 32 | engine(), u);
  }
  auto order = drawn;
  const auto count = std::max(1.0, std::round(share * static_cast<double>(users.size())));
  const auto last = order.begin() + static_cast<std::ptrdiff_t>(count) - 1;
  std::nth_element(order.begin(), last, order.end());
  std::vector<row_id> chosen;
  for (const auto& d : drawn)
    if (d <= *last) chosen.push_back(d.second);
  return chosen;
}

}  // namespace ciess
