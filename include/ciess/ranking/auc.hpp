// SPDX-License-Identifier: MIT
/// @file
/// How well predictions order clicks before what was not clicked.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/ranking/detail/check_log_odds.hpp>

namespace ciess {
namespace detail {

/// 32 bits in the order of finite floats; 0 and -0 are the same.
[[nodiscard]] inline std::uint32_t ordered_bits(float x) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(x + 0.0F);
  return bits ^ ((bits >> 31) != 0 ? 0xFFFFFFFFU : 0x80000000U);
}

/// Counts pairs of a click and another impression, groups of equal keys one after the other from
/// the smallest: twice those in the right order, and once those that are equal. Whole numbers, so
/// in whatever order parts are added, the sum is exact.
struct pair_count {
  std::uint64_t others = 0;  ///< before, with smaller keys
  std::uint64_t twice = 0;

  void add(std::uint64_t clicks, std::uint64_t not_clicked) noexcept {
    twice += clicks * (2 * others + not_clicked);
    others += not_clicked;
  }

  /// @param labelled  keys, rising, each with the label as its last bit
  template <std::unsigned_integral Key>
  void add(std::span<const Key> labelled) noexcept {
    for (std::size_t i = 0; i < labelled.size();) {
      const Key key = labelled[i] >> 1;
      std::array<std::uint64_t, 2> of{};
      for (; i < labelled.size() && labelled[i] >> 1 == key; ++i) ++of[labelled[i] & 1];
      add(of[1], of[0]);
    }
  }
};

/// By sorting all of them: of few the quickest.
[[nodiscard]] inline std::uint64_t count_pairs_of_few(std::span<const float> log_odds,
                                                      std::span<const std::uint8_t> labels) {
  std::vector<std::uint64_t> labelled(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i)
    labelled[i] = std::uint64_t{ordered_bits(log_odds[i])} << 1 | labels[i];
  std::ranges::sort(labelled);
  pair_count pairs;
  pairs.add(std::span<const std::uint64_t>(labelled));
  return pairs.twice;
}

/// Sorts numbers below 2^17: many of them by the lower nine bits and then by the upper eight.
inline void sort_17_bits(std::span<std::uint32_t> numbers, std::vector<std::uint32_t>& spare) {
  if (numbers.size() < 256) {
    std::ranges::sort(numbers);
    return;
  }
  spare.resize(std::max(spare.size(), numbers.size()));
  std::array<std::size_t, 512> lower{};
  std::array<std::size_t, 256> upper{};
  for (const std::uint32_t x : numbers) {
    ++lower[x & 511];
    ++upper[x >> 9];
  }
  std::exclusive_scan(lower.begin(), lower.end(), lower.begin(), std::size_t{0});
  std::exclusive_scan(upper.begin(), upper.end(), upper.begin(), std::size_t{0});
  for (const std::uint32_t x : numbers) spare[lower[x & 511]++] = x;
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[upper[spare[i] >> 9]++] = spare[i];
}

/// By a radix sort: into buckets by the upper 16 bits of the keys, then each bucket by itself.
/// Memory: 4 bytes an impression, 8 where most are in one bucket, and half a megabyte a thread.
[[nodiscard]] inline std::uint64_t count_pairs_of_many(std::span<const float> log_odds,
                                                       std::span<const std::uint8_t> labels) {
  constexpr std::size_t buckets = 1 << 16;
  const auto n = std::ssize(labels);
  // What is counted does not depend on how many parts there are.
  const index_t parts = std::clamp<index_t>(n >> 15, 1, concurrency());
  const index_t grain = (n + parts - 1) / parts;
  std::vector<std::vector<index_t>> at(static_cast<std::size_t>(parts));
  const auto each_part = [&](auto&& f) {
    parallel_chunks(parts, [&](index_t p) {
      auto& places = at[static_cast<std::size_t>(p)];
      if (places.empty()) places.resize(buckets);
      const index_t last = std::min(n, (p + 1) * grain);
      for (index_t i = p * grain; i < last; ++i)
        f(places, ordered_bits(log_odds[static_cast<std::size_t>(i)]), static_cast<std::size_t>(i));
    });
  };
  each_part([](auto& counts, std::uint32_t key, std::size_t) { ++counts[key >> 16]; });
  std::vector<index_t> begins(buckets + 1);
  index_t next = 0;
  for (std::size_t b = 0; b < buckets; ++b) {
    begins[b] = next;
    for (auto& part : at) {
      const index_t count = part[b];
      part[b] = next;
      next += count;
    }
  }
  begins[buckets] = next;
  std::vector<std::uint32_t> sorted(labels.size());  // the lower 16 bits of the key, and the label
  each_part([&](auto& places, std::uint32_t key, std::size_t i) {
    sorted[static_cast<std::size_t>(places[key >> 16]++)] = (key & 0xFFFFU) << 1 | labels[i];
  });
  // Within its bucket each is counted from none before; the others before it are added afterwards.
  struct bucket_count {
    std::uint64_t twice = 0, clicks = 0, others = 0;
  };
  std::vector<bucket_count> of(buckets);
  parallel_for(static_cast<index_t>(buckets), 64, [&](index_t first, index_t last) {
    std::vector<std::uint32_t> spare;
    for (auto b = static_cast<std::size_t>(first); b < static_cast<std::size_t>(last); ++b) {
      const std::span<std::uint32_t> bucket(sorted.data() + begins[b],
                                            sorted.data() + begins[b + 1]);
      if (bucket.empty()) continue;
      sort_17_bits(bucket, spare);
      pair_count pairs;
      pairs.add(std::span<const std::uint32_t>(bucket));
      of[b] = {pairs.twice, bucket.size() - pairs.others, pairs.others};
    }
  });
  std::uint64_t twice = 0, before = 0;
  for (const bucket_count& b : of) {
    twice += b.twice + 2 * b.clicks * before;
    before += b.others;
  }
  return twice;
}

/// @param clicks  labels that are 1
/// @pre log odds are finite, as many as labels
/// @throws data_error if all labels are alike
inline double auc_of_checked(const char* who, std::span<const float> log_odds,
                             std::span<const std::uint8_t> labels, index_t clicks) {
  const index_t others = std::ssize(labels) - clicks;
  if (clicks == 0 || others == 0)
    throw_error<data_error>(who, ": of ", labels.size(), " impressions ", clicks,
                            " were clicked: an AUC needs some that were and some that were not");
  const std::uint64_t twice = labels.size() < 1 << 14 ? count_pairs_of_few(log_odds, labels)
                                                      : count_pairs_of_many(log_odds, labels);
  // Three roundings can end above 1.
  return std::min(
      static_cast<double>(twice) / 2 / static_cast<double>(clicks) / static_cast<double>(others),
      1.0);
}

}  // namespace detail

/// Area under the ROC curve: the share of pairs of a click and another impression in which the
/// click has the larger log odds; equal ones count half. Pairs are counted
/// exactly, their share is rounded, and it is the
/// same bytes at any number of threads, of up to 2^32 impressions.  O(n) of many, in parallel.
/// Memory: 4 to 8 bytes an impression, and half a megabyte a thread.
/// @param log_odds  any predictions; only their order counts
/// @param labels    0 or 1
/// @throws argument_error if lengths differ; data_error if a label is neither 0 nor 1, or all are
///         alike; numeric_error naming the first log odds that are not finite
[[nodiscard]] inline double auc(std::span<const float> log_odds,
                                std::span<const std::uint8_t> labels) {
  const index_t clicks = detail::check_log_odds("auc", log_odds, labels);
  return detail::auc_of_checked("auc", log_odds, labels, clicks);
}

}  // namespace ciess
