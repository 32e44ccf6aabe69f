// SPDX-License-Identifier: MIT
/// @file
/// A number that stands for impressions: whether what is read now is what was read before.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/fields.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/data/impressions.hpp>

namespace ciess {

/// Stands for what a model can learn from impressions, or be judged by: rows of each field, who
/// shows what, features and labels. Names are only names, and times only decide who is in which
/// part.  O(values), in parallel: 1.5 seconds a gigabyte and thread. Not against forgery.
[[nodiscard]] inline std::uint64_t fingerprint_without_times(const impressions& data) {
  const auto& parts = data.all_parts();
  std::vector<std::uint64_t> all;
  // Pieces of a fixed length, each by itself, so that threads can share them.
  const auto add = [&all](const auto numbers) {
    constexpr std::size_t piece = 1 << 20;
    const std::size_t first = all.size();
    all.resize(first + 1 + (numbers.size() + piece - 1) / piece);
    all[first] = numbers.size();
    parallel_chunks(std::ssize(all) - static_cast<index_t>(first) - 1, [&](index_t c) {
      const std::size_t at = static_cast<std::size_t>(c) * piece;
      all[first + 1 + static_cast<std::size_t>(c)] =
          fingerprint(numbers.subspan(at, std::min(piece, numbers.size() - at)));
    });
  };
  for (const click_field& field : data.fields()) {
    all.push_back(static_cast<std::uint64_t>(field.rows));
    all.push_back(field.pooled ? 1 : 0);
  }
  add(std::span<const row_id>(parts.single));
  for (const pooled_values& lists : parts.pooled) {
    add(std::span<const std::int64_t>(lists.offsets));
    add(std::span<const row_id>(lists.values));
  }
  add(std::span<const float>(parts.numbers.data(), static_cast<std::size_t>(parts.numbers.size())));
  add(std::span<const std::uint8_t>(parts.labels));
  return fingerprint(std::span<const std::uint64_t>(all));
}

}  // namespace ciess
