// SPDX-License-Identifier: MIT
/// @file
/// Full-ranking evaluation by several processes, each of which ranks for its share of the users.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>

#include <ciess/backbone/concept.hpp>
#include <ciess/core/process_group.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/ranking/detail/block_ranker.hpp>
#include <ciess/ranking/detail/evaluator.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/ranking/rank.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess {

/// As `evaluate_vectors`, on each process of a group; each ranks for blocks of users that follow
/// each other, of about as many users, and what came of them is exchanged. The same bytes as by one
/// process. All processes call it together, with the same vectors, data and options.
///
/// Sends for each user that a process ranks for 24 bytes for each cutoff and 4, and 4 for each
/// item.
/// @throws on each process as `evaluate_vectors` on one of them; argument_error if there are
///         candidates
[[nodiscard]] inline evaluation evaluate_vectors_shared(process_group& processes,
                                                        const matrix_view& users,
                                                        const matrix_view& items,
                                                        const interactions& train,
                                                        const interactions& held_out,
                                                        const evaluation_options& options = {}) {
  detail::evaluator run{train, held_out, options};
  const std::span<const row_id> who = run.who();
  constexpr auto block = static_cast<std::size_t>(detail::block_ranker::users);
  const std::size_t blocks = (who.size() + block - 1) / block;
  const auto size = static_cast<std::size_t>(processes.size());
  const auto begin = [&](std::size_t rank) {
    return std::min(who.size(), blocks * rank / size * block);
  };
  const auto mine = static_cast<std::size_t>(processes.rank());
  const auto shares = processes.all_gather("rankings", [&] {
    const std::size_t first = begin(mine);
    const std::size_t last = begin(mine + 1);
    rank_products(
        users, items, train, who.subspan(first, last - first), run.k(),
        [&](index_t position, std::span<const scored_item> best) {
          run(position + static_cast<index_t>(first), best);
        },
        run.barred());
    return run.answers(first, last);
  });
  for (std::size_t rank = 0; rank < size; ++rank)
    if (rank != mine) run.take(shares[rank], begin(rank), begin(rank + 1));
  return run.finish();
}

/// As `evaluate`, of a model with vectors, on each process of a group.
/// @throws on each process as `evaluate` on one of them
/// @tparam Model  an `inner_product_backbone`
template <class Model>
  requires inner_product_backbone<Model>
[[nodiscard]] evaluation evaluate_shared(process_group& processes, Model& model,
                                         const interactions& train, const interactions& held_out,
                                         const evaluation_options& options = {}) {
  detail::check_shape("evaluate", model.users(), model.items(), train);
  auto&& users = model.user_vectors();  // may be temporaries: they live to the end
  auto&& items = model.item_vectors();
  return evaluate_vectors_shared(processes, users, items, train, held_out, options);
}

}  // namespace ciess
