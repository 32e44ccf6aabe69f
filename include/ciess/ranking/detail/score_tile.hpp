// SPDX-License-Identifier: MIT
/// @file
/// Inner products of a few users and a panel of items, compared with the users' thresholds while
/// they are still in registers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <ciess/core/detail/registers.hpp>
#include <ciess/core/index.hpp>

namespace ciess::detail {

/// Items of a panel: bits of a word.
inline constexpr index_t panel_items = 32;
/// Users of a tile: their sums for two registers of items leave room for the factors.
inline constexpr index_t tile_users = register_count == 32 ? 8 : 6;

/// Scores [tile_users] x [panel_items] = sum over the columns of users' * items, each one summed
/// from the first column to the last, so that it does not depend on where its tile lies.
/// @param items       [columns, panel_items]; null if there are no columns
/// @param users       [columns, tile_users]
/// @param thresholds  [tile_users], not NaN
/// @param scores      [tile_users, panel_items], rows `stride` apart
/// @return whether some score is not below the threshold of its user: as high, higher, or NaN
inline bool score_tile(const float* items, const float* users, index_t columns,
                       const float* thresholds, float* scores, index_t stride) noexcept {
  using numbers [[gnu::vector_size(register_bytes)]] = float;
  using flags [[gnu::vector_size(register_bytes)]] = std::int32_t;
  constexpr index_t width = register_bytes / sizeof(float);
  flags below = ~flags{};
  for (index_t part = 0; part < panel_items; part += 2 * width) {
    numbers sum[tile_users][2];
#pragma GCC unroll 8
    for (index_t u = 0; u < tile_users; ++u) sum[u][0] = sum[u][1] = numbers{};
    const float* item = items;
    const float* user = users;
    for (index_t c = 0; c < columns; ++c, item += panel_items, user += tile_users) {
      numbers left, right;
      std::memcpy(&left, item + part, sizeof left);
      std::memcpy(&right, item + part + width, sizeof right);
#pragma GCC unroll 8
      for (index_t u = 0; u < tile_users; ++u) {
        sum[u][0] += user[u] * left;
        sum[u][1] += user[u] * right;
      }
    }
#pragma GCC unroll 8
    for (index_t u = 0; u < tile_users; ++u) {
      below &= sum[u][0] < thresholds[u];
      below &= sum[u][1] < thresholds[u];
      std::memcpy(scores + u * stride + part, &sum[u][0], sizeof sum[u][0]);
      std::memcpy(scores + u * stride + part + width, &sum[u][1], sizeof sum[u][1]);
    }
  }
  std::uint64_t words[register_bytes / 8];
  std::memcpy(words, &below, sizeof below);
  std::uint64_t all = ~std::uint64_t{0};
  for (const std::uint64_t w : words) all &= w;
  return all != ~std::uint64_t{0};
}

}  // namespace ciess::detail
