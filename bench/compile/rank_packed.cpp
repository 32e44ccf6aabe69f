// SPDX-License-Identifier: MIT
// The best items of every user, straight from packed tables.
#include <cstdio>
#include <vector>

#include <ciess/embedding/packed_table.hpp>
#include <ciess/ranking/rank_packed.hpp>

int main() {
  const auto users = ciess::pack(ciess::masked_table(ciess::sizes(4, {1, 8})));
  const auto items = ciess::pack(ciess::masked_table(ciess::sizes(9, {1, 8})));
  const ciess::interactions seen(4, 9, {{0, 1}});
  const std::vector<ciess::row_id> who{0, 2};
  ciess::rank_packed(users.view(), items.view(), seen, who, 3,
                     [](ciess::index_t position, const auto& best) {
                       std::printf("%d: %zu\n", static_cast<int>(position), best.size());
                     });
}
