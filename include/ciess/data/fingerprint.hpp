// SPDX-License-Identifier: MIT
/// @file
/// Numbers that stand for data: whether what is read now is what was read before.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>
#include <ciess/data/id_map.hpp>
#include <ciess/data/id_text.hpp>
#include <ciess/data/interactions.hpp>

namespace ciess {

/// Stands for what a model can learn from interactions, or be judged by: how many rows there are,
/// who has what, and weights. Times only decide who is in which part.  O(pairs + users). Not
/// against forgery.
/// @param before  a fingerprint that this one goes on from
[[nodiscard]] inline std::uint64_t fingerprint_without_times(
    const interactions& data, std::uint64_t before = 0xCBF29CE484222325ULL) {
  std::uint64_t all =
      fingerprint(std::span<const index_t>(std::array{data.users(), data.items()}), before);
  for (row_id u = 0; u < data.users(); ++u) {
    const std::array length{data.user_frequency(u)};
    all = fingerprint(std::span<const index_t>(length), all);
    all = fingerprint(data.items_of(u), all);
  }
  return fingerprint(data.weights(), all);
}

/// Stands for everything that interactions hold, times among it.  Otherwise as above.
[[nodiscard]] inline std::uint64_t fingerprint(const interactions& data,
                                               std::uint64_t before = 0xCBF29CE484222325ULL) {
  return fingerprint(data.times(), fingerprint_without_times(data, before));
}

/// Stands for the ids and their order.  O(bytes of the ids)
[[nodiscard]] inline std::uint64_t fingerprint(const id_map& ids,
                                               std::uint64_t before = 0xCBF29CE484222325ULL) {
  const std::string text = ids_tsv(ids);
  return fingerprint(std::span<const char>(text), before);
}

}  // namespace ciess
