// SPDX-License-Identifier: MIT
/// @file
/// Triples of held-out interactions: what a choice of sizes can learn from by slopes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include <ciess/backbone/triple_sampler.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/negative_sampler.hpp>
#include <ciess/nn/bpr.hpp>

namespace ciess {

/// Draws batches of a user, a held-out item of theirs, and an item that they have neither held out
/// nor in training: an item of their training is nothing that a ranking should put down. Users and
/// held-out items come as `triple_sampler` draws them. The same seed, number and size give the same
/// batch. A view: the interactions must outlive it.
class held_out_triples {
 public:
  /// @param train  of the same users and items
  /// @throws data_error if no user has a held-out item and one that is not
  held_out_triples(const interactions& train, const interactions& held_out, std::uint64_t seed)
      : train_{&train},
        held_out_{&held_out},
        sampler_{held_out},
        stream_{seed, purpose::held_out} {}
  held_out_triples(const interactions&&, const interactions&, std::uint64_t) = delete;
  held_out_triples(const interactions&, const interactions&&, std::uint64_t) = delete;
  held_out_triples(const interactions&&, const interactions&&, std::uint64_t) = delete;

  /// Batch `number` of `size` triples; valid until the next call. Where a user has every item, the
  /// last of a triple is one of their training. O(size log items), and the items of those users
  /// whose triple is drawn anew.
  const triples& operator()(std::uint64_t number, std::size_t size) {
    sampler_.draw(stream_, number, size, batch_);
    const random_stream other = stream_.child(1);
    for (std::size_t b = 0; b < size; ++b) {
      const row_id user = batch_.users[b];
      const auto known = train_->items_of(user);
      if (!std::ranges::binary_search(known, batch_.negatives[b])) continue;
      seen_.clear();
      std::ranges::set_union(known, held_out_->items_of(user), std::back_inserter(seen_));
      const index_t left = held_out_->items() - static_cast<index_t>(seen_.size());
      if (left <= 0) continue;
      auto engine = other.at(number, b);
      batch_.negatives[b] =
          unseen_item(seen_, held_out_->items(), bounded(engine, static_cast<std::uint32_t>(left)));
    }
    return batch_;
  }

 private:
  const interactions* train_;
  const interactions* held_out_;
  triple_sampler sampler_;
  random_stream stream_;
  triples batch_;
  std::vector<row_id> seen_;
};

}  // namespace ciess
