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

/// Scores [Users] x [panel_items] = sum over the columns of users' * items, each one summed
/// from the first column to the last, so that it does not depend on where its tile lies.
/// @param items       [columns, panel_items]; null if there are no columns
/// @tparam Users      the first ones of a tile
/// @param users       [columns, tile_users]
/// @param thresholds  [Users], not NaN
/// @param scores      [Users, panel_items], rows `stride` apart
/// @return whether some score is not below the threshold of its user: as high, higher, or NaN
template <index_t Users = tile_users>
bool score_tile(const float* items, const float* users, index_t columns, const float* thresholds,
                float* scores, index_t stride) noexcept {
  using numbers [[gnu::vector_size(register_bytes)]] = float;
  using flags [[gnu::vector_size(register_bytes)]] = std::int32_t;
  constexpr index_t width = register_bytes / sizeof(float);
  // Registers of items at a time: one user has room for the sums of a whole panel.
  constexpr index_t across = Users == 1 ? panel_items / width : 2;
  flags below = ~flags{};
  for (index_t part = 0; part < panel_items; part += across * width) {
    numbers sum[std::size_t{Users}][std::size_t{across}];
#pragma GCC unroll 8
    for (index_t u = 0; u < Users; ++u)
#pragma GCC unroll 8
      for (index_t a = 0; a < across; ++a) sum[u][a] = numbers{};
    const float* item = items;
    const float* user = users;
    for (index_t c = 0; c < columns; ++c, item += panel_items, user += tile_users) {
#pragma GCC unroll 8
      for (index_t a = 0; a < across; ++a) {
        numbers some;
        std::memcpy(&some, item + part + a * width, sizeof some);
#pragma GCC unroll 8
        for (index_t u = 0; u < Users; ++u) sum[u][a] += user[u] * some;
      }
    }
#pragma GCC unroll 8
    for (index_t u = 0; u < Users; ++u)
#pragma GCC unroll 8
      for (index_t a = 0; a < across; ++a) {
        below &= sum[u][a] < thresholds[u];
        std::memcpy(scores + u * stride + part + a * width, &sum[u][a], sizeof sum[u][a]);
      }
  }
  std::uint64_t words[register_bytes / 8];
  std::memcpy(words, &below, sizeof below);
  std::uint64_t all = ~std::uint64_t{0};
  for (const std::uint64_t w : words) all &= w;
  return all != ~std::uint64_t{0};
}

}  // namespace ciess::detail
