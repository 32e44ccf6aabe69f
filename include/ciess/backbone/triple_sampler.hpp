// SPDX-License-Identifier: MIT
/// @file
/// Batches of a user, an item they have and an item they have not.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/data/negative_sampler.hpp>
#include <ciess/nn/bpr.hpp>

namespace ciess {

/// Draws triples as the reference program does: users uniformly among those with an item and
/// without another one (with replacement if there are fewer of them than the batch holds, else
/// without), a uniform item of theirs, a uniform other item. If the interactions have weights, the
/// item of theirs is drawn in proportion to its weight among theirs; that is all weights do: users
/// come as often as without, whatever their sums. A batch is addressed by its number: it does not
/// depend on the batches before nor on the threads. A view: the interactions must outlive it; 8
/// bytes a pair of its own if they have weights.
class triple_sampler {
 public:
  /// @throws data_error if no user has both an item and an unseen item
  explicit triple_sampler(const interactions& data) : data_{&data}, negatives_{data} {
    for (row_id u = 0; u < data.users(); ++u)
      if (!data.items_of(u).empty() && negatives_.has_negative(u)) users_.push_back(u);
    if (users_.empty())
      detail::throw_error<data_error>("triple_sampler: none of ", data.users(),
                                      " users has both an item and an unseen item; ", data.size(),
                                      " interactions with ", data.items(), " items");
    sums_.reserve(data.weights().size());
    for (row_id u = 0; u < data.users(); ++u) {
      double sum = 0;
      for (const float w : data.weights_of(u)) sums_.push_back(sum += static_cast<double>(w));
    }
  }
  explicit triple_sampler(const interactions&&) = delete;

  /// Users that can be drawn.
  [[nodiscard]] index_t users() const noexcept { return static_cast<index_t>(users_.size()); }

  /// Fills `batch` with `size` triples. O(size log items); allocates nothing once memory fits.
  /// @param number  of the batch, below 2^48
  void draw(const random_stream& stream, std::uint64_t number, std::size_t size, triples& batch) {
    batch.resize(size);
    const bool replace = users_.size() < size;
    const auto position = [&](random_engine& engine, std::size_t b) {
      const std::size_t done = replace ? 0 : b;
      return done + bounded(engine, static_cast<std::uint32_t>(users_.size() - done));
    };
    if (!replace) {
      // The first `size` steps of a shuffle, taken back so that the next batch starts alike.
      swaps_.resize(size);
      parallel_for(static_cast<index_t>(size), 512, [&](index_t first, index_t last) {
        for (auto b = static_cast<std::size_t>(first); b < static_cast<std::size_t>(last); ++b) {
          auto engine = stream.at(number, b);
          swaps_[b] = position(engine, b);
          __builtin_prefetch(&users_[swaps_[b]], 1);  // anywhere among all users, and needed soon
        }
      });
      for (std::size_t b = 0; b < size; ++b) {
        std::swap(users_[b], users_[swaps_[b]]);
        batch.users[b] = users_[b];
      }
      for (std::size_t b = size; b-- > 0;) std::swap(users_[b], users_[swaps_[b]]);
    }
    const auto offsets = data_->user_offsets();
    parallel_for(static_cast<index_t>(size), 512, [&](index_t first, index_t last) {
      for (auto b = static_cast<std::size_t>(first); b < static_cast<std::size_t>(last); ++b) {
        // What a user has may be anywhere, too: first where it is, then what it is.
        if (!replace && b + 16 < size)
          __builtin_prefetch(&offsets[static_cast<std::size_t>(batch.users[b + 16])]);
        if (!replace && b + 8 < size)
          __builtin_prefetch(data_->items_of(batch.users[b + 8]).data());
        auto engine = stream.at(number, b);
        const std::size_t at = position(engine, b);
        if (replace) batch.users[b] = users_[at];
        const row_id user = batch.users[b];
        const auto items = data_->items_of(user);
        batch.positives[b] =
            items[sums_.empty() ? bounded(engine, static_cast<std::uint32_t>(items.size()))
                                : weighted(user, items.size(), engine)];
        batch.negatives[b] = negatives_(user, engine);
      }
    });
  }

 private:
  /// Place of an item among `count` of a user, by weight: that of the first sum above a uniform
  /// number below the last sum.
  [[nodiscard]] std::size_t weighted(row_id user, std::size_t count,
                                     random_engine& engine) const noexcept {
    const auto first = data_->user_offsets()[static_cast<std::size_t>(user)];
    const auto sums = std::span(sums_).subspan(static_cast<std::size_t>(first), count);
    const double at = uniform01<double>(engine) * sums.back();
    const auto found = std::ranges::upper_bound(sums.first(count - 1), at);
    return static_cast<std::size_t>(found - sums.begin());
  }

  const interactions* data_;
  negative_sampler negatives_;
  std::vector<row_id> users_;
  std::vector<std::size_t> swaps_;
  std::vector<double> sums_;  ///< of the weights of each user, item by item; none without weights
};

}  // namespace ciess
