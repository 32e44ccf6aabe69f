// SPDX-License-Identifier: MIT
/// @file
/// Batches of held-out impressions: what a choice of sizes can learn from by slopes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <ciess/backbone/impression_sampler.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/impressions.hpp>

namespace ciess {

/// Draws batches of held-out impressions, epoch by epoch, as a training does: the last of an epoch
/// has what is left. The same seed, number and size give the same batch. A view: the impressions
/// must outlive it. Memory: 4 bytes an impression.
class held_out_impressions {
 public:
  /// @throws data_error if there is none; argument_error if there are 2^32 and more
  held_out_impressions(const impressions& held_out, std::uint64_t seed)
      : held_out_{&held_out}, sampler_{held_out.size()} {
    auto engine = random_stream(seed, purpose::held_out).at(0);
    seed_ = std::uint64_t{engine()} << 32;
    seed_ |= engine();
  }
  held_out_impressions(const impressions&&, std::uint64_t) = delete;

  /// Batch `number` of at most `size`, at least 1; valid until the next call. O(size), of the first
  /// one of an epoch O(impressions).
  impression_batch operator()(std::uint64_t number, std::size_t size) {
    sampler_.draw(seed_, static_cast<std::int64_t>(number), static_cast<index_t>(size), which_);
    return {held_out_, which_};
  }

 private:
  const impressions* held_out_;
  impression_sampler sampler_;
  std::uint64_t seed_ = 0;
  std::vector<index_t> which_;
};

}  // namespace ciess
