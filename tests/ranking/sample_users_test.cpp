// SPDX-License-Identifier: MIT
#include <ciess/ranking/sample_users.hpp>

#include <algorithm>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using ciess::row_id;

TEST_CASE("sample_users takes the same share of users every time, a larger one with a smaller",
          "[ranking]") {
  std::vector<row_id> users;
  for (row_id u = 5; u < 3000; u += 3) users.push_back(u);
  const auto tenth = ciess::sample_users(users, 0.1, 7);
  CHECK(tenth.size() == 100);  // round(0.1 * 999)
  CHECK(std::is_sorted(tenth.begin(), tenth.end()));
  CHECK(tenth == ciess::sample_users(users, 0.1, 7));
  CHECK(tenth != ciess::sample_users(users, 0.1, 8));
  const auto half = ciess::sample_users(users, 0.5, 7);
  CHECK(std::includes(half.begin(), half.end(), tenth.begin(), tenth.end()));
  CHECK(std::includes(users.begin(), users.end(), half.begin(), half.end()));
  CHECK(ciess::sample_users(users, 1.0, 7) == users);
  CHECK(ciess::sample_users(users, 1e-9, 7).size() == 1);
  CHECK(ciess::sample_users({}, 0.5, 7).empty());
  double sum = 0.0;  // from everywhere, not from one end
  for (const row_id u : half) sum += u;
  CHECK(sum / static_cast<double>(half.size()) == Approx(1500).margin(100));
  const double share = GENERATE(0.0, -0.5, 1.0000001, std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_WITH(ciess::sample_users(users, share, 7),
                    ContainsSubstring("share must be in (0, 1], got"));
}
