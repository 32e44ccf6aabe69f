// SPDX-License-Identifier: MIT
/// @file
/// Random numbers that are addressed, not drawn in order: any (seed, purpose, step, row) has its
/// own sequence, so a result does not depend on the number of threads or on who asked first.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>

#include <ciess/core/index.hpp>

namespace ciess {

/// Philox4x32-10: a keyed bijection of 128-bit counters. O(1), no state.
/// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox4x32(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

/// What a stream of random numbers is for: streams of different purpose never overlap in practice.
/// Values from 1000 on are free for users of the library.
enum class purpose : std::uint32_t {
  weights = 1,  ///< first values of embedding tables and layers
  batches,      ///< training triples
  split,        ///< train, validation, test
  data,         ///< the synthetic data set
  policy,       ///< first values of actor and critics
  noise,        ///< exploration noise
  walk,         ///< random walk over sizes
  replay,       ///< transitions that are kept, and drawn for an update
  target,       ///< smoothing noise on target actions
  blend,        ///< random blends and tilts of a search
  baseline,     ///< random sizes
  dropout,      ///< what a training step leaves out
  sample,       ///< users of an evaluation on a share
  prefixes,     ///< sizes that a nested training trains
  evolution,    ///< lengths drawn, parents chosen, rows redrawn
  bet,          ///< laws, parts of a budget and shares that BET proposes
  fitness,      ///< what BET's predictor begins with, and learns from next
  held_out,     ///< held-out triples that a search learns from
  candidates,   ///< items that a loss compares a batch with
  judged,       ///< items that users are judged by in place of all
  user = 1000
};

/// The sequence at one address: a uniform random bit generator of 32-bit words.
class random_engine {
 public:
  using result_type = std::uint32_t;

  constexpr random_engine(std::array<std::uint32_t, 2> key, std::uint64_t step,
                          std::uint64_t row) noexcept
      : key_{key},
        counter_{0, static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(step),
                 (static_cast<std::uint32_t>(row >> 32) << 16) |
                     (static_cast<std::uint32_t>(step >> 32) & 0xFFFF)} {}

  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }

  constexpr result_type operator()() noexcept {
    if (used_ == 4) {
      block_ = philox4x32(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }

  /// The next words, as so many calls would give them; several blocks side by side, which compilers
  /// put into vector registers.
  constexpr void fill(std::span<std::uint32_t> words) noexcept {
    constexpr std::size_t side = 8;
    std::size_t at = 0;
    while (at < words.size() && used_ < 4) words[at++] = block_[used_++];
    for (; words.size() - at >= 4 * side; at += 4 * side) {
      std::array<std::array<std::uint32_t, side>, 4> c{};
      for (std::size_t b = 0; b < side; ++b) {
        c[0][b] = counter_[0] + static_cast<std::uint32_t>(b);
        for (std::size_t w = 1; w < 4; ++w) c[w][b] = counter_[w];
      }
      std::array<std::uint32_t, 2> key = key_;
      for (int round = 0; round < 10; ++round) {
        for (std::size_t b = 0; b < side; ++b) {
          const std::uint64_t x = std::uint64_t{0xD2511F53} * c[0][b];
          const std::uint64_t y = std::uint64_t{0xCD9E8D57} * c[2][b];
          c[0][b] = static_cast<std::uint32_t>(y >> 32) ^ c[1][b] ^ key[0];
          c[1][b] = static_cast<std::uint32_t>(y);
          c[2][b] = static_cast<std::uint32_t>(x >> 32) ^ c[3][b] ^ key[1];
          c[3][b] = static_cast<std::uint32_t>(x);
        }
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
      }
      for (std::size_t b = 0; b < side; ++b)
        for (std::size_t w = 0; w < 4; ++w) words[at + 4 * b + w] = c[w][b];
      counter_[0] += static_cast<std::uint32_t>(side);
    }
    while (at < words.size()) words[at++] = (*this)();
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  std::size_t used_ = 4;
};

/// A family of sequences for one seed and purpose. A value: copying it copies the address, not a
/// position.
class random_stream {
 public:
  constexpr random_stream(std::uint64_t seed, purpose what) noexcept
      : random_stream(
            philox4x32({static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                        static_cast<std::uint32_t>(what), 0},
                       {0x43494553, 0x53})) {}

  /// The sequence of a row at a step. `step` and `row` below 2^48; 2^34 words before it repeats.
  [[nodiscard]] constexpr random_engine at(std::uint64_t step,
                                           std::uint64_t row = 0) const noexcept {
    return {key_, step, row};
  }

  /// An independent family, for example one per table.
  [[nodiscard]] constexpr random_stream child(std::uint64_t number) const noexcept {
    return random_stream(philox4x32({static_cast<std::uint32_t>(number),
                                     static_cast<std::uint32_t>(number >> 32), 0, 0x6368696C},
                                    key_));
  }

 private:
  explicit constexpr random_stream(const std::array<std::uint32_t, 4>& block) noexcept
      : key_{block[0], block[1]} {}

  std::array<std::uint32_t, 2> key_;
};

/// Uniform in [0, 1) with 24 (float) or 53 (double) random bits.
template <class T = float>
[[nodiscard]] constexpr T uniform01(random_engine& engine) noexcept {
  if constexpr (std::numeric_limits<T>::digits <= 24) {
    return static_cast<T>(engine() >> 8) * static_cast<T>(0x1p-24);
  } else {
    const std::uint64_t high = engine() >> 5;
    const std::uint64_t low = engine() >> 6;
    return static_cast<T>(high << 26 | low) * static_cast<T>(0x1p-53);
  }
}

/// Uniform in [low, high).
template <class T = float>
[[nodiscard]] constexpr T uniform(random_engine& engine, T low, T high) noexcept {
  return low + (high - low) * uniform01<T>(engine);
}

/// Uniform integer in [0, bound), without bias; bound >= 1.
/// Source: Lemire, "Fast random integer generation in an interval", 2019.
[[nodiscard]] constexpr std::uint32_t bounded(random_engine& engine, std::uint32_t bound) noexcept {
  std::uint64_t product = std::uint64_t{engine()} * bound;
  if (static_cast<std::uint32_t>(product) < bound) {
    const std::uint32_t threshold = (0U - bound) % bound;
    while (static_cast<std::uint32_t>(product) < threshold)
      product = std::uint64_t{engine()} * bound;
  }
  return static_cast<std::uint32_t>(product >> 32);
}

/// Two independent standard normal numbers (Box-Muller).
template <class T = float>
[[nodiscard]] std::array<T, 2> normal_pair(random_engine& engine) noexcept {
  const T radius = std::sqrt(T(-2) * std::log(T(1) - uniform01<T>(engine)));
  const T angle = T(2) * std::numbers::pi_v<T> * uniform01<T>(engine);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

/// One standard normal number; uses up the words of a pair.
template <class T = float>
[[nodiscard]] T normal(random_engine& engine) noexcept {
  return normal_pair<T>(engine)[0];
}

}  // namespace ciess
