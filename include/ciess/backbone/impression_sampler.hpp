// SPDX-License-Identifier: MIT
/// @file
/// Batches of impressions, epoch by epoch, by the number of the step alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/impressions.hpp>

namespace ciess {

/// Some impressions: those of numbers `which`, of data that must outlive this view.
struct impression_batch {
  const impressions* of = nullptr;
  std::span<const index_t> which;

  [[nodiscard]] index_t size() const noexcept { return std::ssize(which); }
};

/// Draws batches of numbers below n: each epoch has every number once, in an order of its own; the
/// last batch of an epoch has what is left. The same seed and step give the same batch, whatever
/// was drawn before.
/// Memory: 4 bytes a number, for the order of the epoch that was drawn from last.
class impression_sampler {
 public:
  /// @throws data_error if there is nothing to draw; argument_error if there are 2^32 and more
  explicit impression_sampler(index_t n) : n_{n} {
    if (n < 1) detail::throw_error<data_error>("impression_sampler: there is no impression");
    if (n > index_t{std::numeric_limits<std::uint32_t>::max()})
      detail::throw_error<argument_error>("impression_sampler: expected less than 2^32 numbers, ",
                                          "got ", n);
  }

  [[nodiscard]] index_t size() const noexcept { return n_; }

  /// Steps in which every number is drawn once.  @pre batch >= 1
  [[nodiscard]] std::int64_t steps_of_an_epoch(index_t batch) const noexcept {
    const index_t size = std::min(batch, n_);
    return (n_ + size - 1) / size;
  }

  /// O(batch); of the first batch of an epoch that is not the last one's O(n).
  /// @param out  the batch, overwritten
  /// @pre step >= 0, batch >= 1
  void draw(std::uint64_t seed, std::int64_t step, index_t batch, std::vector<index_t>& out) {
    const index_t size = std::min(batch, n_);
    const index_t steps = steps_of_an_epoch(batch);
    shuffle(seed, step / steps);
    const index_t first = step % steps * size;
    const index_t last = std::min(n_, first + size);
    out.assign(order_.begin() + first, order_.begin() + last);
  }

 private:
  /// Fisher and Yates.
  void shuffle(std::uint64_t seed, std::int64_t epoch) {
    if (epoch == epoch_ && seed == seed_) return;
    epoch_ = -1;  // in case there is no memory
    order_.resize(static_cast<std::size_t>(n_));
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    auto engine = random_stream(seed, purpose::batches).at(static_cast<std::uint64_t>(epoch));
    for (auto left = static_cast<std::uint32_t>(n_); left > 1; --left)
      std::swap(order_[left - 1], order_[bounded(engine, left)]);
    epoch_ = epoch;
    seed_ = seed;
  }

  index_t n_;
  std::int64_t epoch_ = -1;  ///< that `order_` is of; -1: none
  std::uint64_t seed_ = 0;
  std::vector<std::uint32_t> order_;
};

}  // namespace ciess
