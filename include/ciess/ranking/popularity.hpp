// SPDX-License-Identifier: MIT
/// @file
/// The figures of a recommender that has learnt popularity and nothing else: what any other has to
/// beat.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <span>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/ranking/detail/evaluator.hpp>
#include <ciess/ranking/evaluation.hpp>
#include <ciess/ranking/metrics.hpp>
#include <ciess/ranking/rank.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess {

/// All items, those with the most users first, among equals the smaller id.
[[nodiscard]] inline std::vector<row_id> by_popularity(const interactions& train) {
  std::vector<row_id> order(static_cast<std::size_t>(train.items()));
  std::iota(order.begin(), order.end(), row_id{0});
  std::ranges::sort(order, [&](row_id a, row_id b) {
    const index_t of_a = train.item_frequency(a), of_b = train.item_frequency(b);
    return of_a != of_b ? of_a > of_b : a < b;
  });
  return order;
}

/// Evaluates the one list that is right for everybody if nothing is known of anybody: items by
/// their number of training interactions, among equals the smaller id first, training items of the
/// user left out. Gives the same bytes as `evaluate_scores` with these numbers as scores, as long
/// as a float holds them (2^24), at any number of threads. The items are sorted once; a user costs
/// the length of the list and of what is left out of it. `options.candidates` changes nothing: the
/// users of the share are ranked, the others left out.
/// @param train, held_out  interactions of the same users and items
/// @throws argument_error if shapes do not fit or an option is out of range
[[nodiscard]] inline evaluation evaluate_popularity(const interactions& train,
                                                    const interactions& held_out,
                                                    const evaluation_options& options = {}) {
  evaluation_options lists = options;
  lists.candidates = 0;
  detail::evaluator run{train, held_out, lists};
  std::vector<row_id> order = by_popularity(train);
  // Barred are exactly the items without interactions, and these are the last ones.
  order.resize(order.size() - run.barred().size());
  const auto who = run.who();
  const index_t count = std::ssize(who);
  constexpr index_t grain = 64;
  const index_t blocks = (count + grain - 1) / grain;
  const index_t workers = std::clamp<index_t>(blocks, 1, concurrency());
  const auto k = static_cast<std::size_t>(run.k());
  std::vector<std::vector<scored_item>> of_workers(static_cast<std::size_t>(workers));
  for (auto& list : of_workers) list.reserve(k);
  detail::parallel_workers(workers, blocks, [&](index_t worker, index_t block) {
    auto& list = of_workers[static_cast<std::size_t>(worker)];
    for (index_t p = block * grain; p < std::min(count, (block + 1) * grain); ++p) {
      const auto seen = train.items_of(who[static_cast<std::size_t>(p)]);
      list.clear();
      for (auto item = order.begin(); item != order.end() && list.size() < k; ++item)
        if (!detail::holds(seen, *item))
          list.push_back({*item, static_cast<float>(train.item_frequency(*item))});
      run(p, list);
    }
  });
  return run.finish();
}

}  // namespace ciess
