// SPDX-License-Identifier: MIT
/// @file
/// What stored vectors keep of rankings: a quality that needs no held-out interactions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <ciess/data/interactions.hpp>
#include <ciess/ranking/rank.hpp>
#include <ciess/ranking/rank_packed.hpp>
#include <ciess/ranking/sample_users.hpp>
#include <ciess/ranking/top_lists.hpp>
#include <ciess/search/vector_environment.hpp>

namespace ciess {

/// The k best items of some users by whole vectors, to compare others with.
class kept_lists {
 public:
  /// Of 2,000 lists of 20 the share that stays is known to a third of a per cent.
  static constexpr index_t enough = 2000;

  /// @param known  pairs that are not to be found again; must outlive this
  /// @param who    who asks
  /// @throws argument_error if k < 1
  kept_lists(const vector_environment& env, const interactions& known, std::vector<row_id> who,
             int k)
      : known_{&known}, who_{std::move(who)}, k_{k}, exact_(std::ssize(who_), k) {
    rank_products(env.full_table(0), env.full_table(1), known, who_, k, exact_);
  }
  kept_lists(const vector_environment&, const interactions&&, std::vector<row_id>, int) = delete;

  /// So many of `rows` rows, drawn by chance, the same ones each time with the same seed; all if
  /// there are no more.
  [[nodiscard]] static std::vector<row_id> some_of(index_t rows, index_t most = enough,
                                                   std::uint64_t seed = 1) {
    std::vector<row_id> all(static_cast<std::size_t>(rows));
    std::iota(all.begin(), all.end(), row_id{0});
    if (rows <= most) return all;
    return sample_users(all, static_cast<double>(most) / static_cast<double>(rows), seed);
  }

  /// The mean share of the lists that stays when packed vectors rank.
  /// @param users, items  views, as `vector_environment::with_packed` hands them out
  [[nodiscard]] double share(const auto& users, const auto& items) const {
    top_lists lists(std::ssize(who_), k_);
    rank_packed(users, items, *known_, who_, k_, lists);
    return agreement(exact_, lists);
  }

 private:
  const interactions* known_;
  std::vector<row_id> who_;
  int k_;
  top_lists exact_;
};

}  // namespace ciess
