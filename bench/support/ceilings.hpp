// SPDX-License-Identifier: MIT
/// @file
/// What the machine can do at best: reading from each level of memory, multiplying and adding.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <experimental/simd>

#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/detail/product.hpp>

namespace ciess_bench {

namespace detail {
// Registers by name: of an array in a plain loop g++ keeps the sums in memory.
using lanes = std::experimental::native_simd<float>;
}  // namespace detail

/// Reads floats in order, each thread from memory of its own, and sums them in registers.
class reader {
 public:
  /// @param bytes   that a thread reads over and over: its size says from which level of memory
  /// @param lanes   threads
  /// @param passes  of a thread over its memory, >= 1
  reader(std::size_t bytes, ciess::index_t lanes, int passes)
      : step_{bytes / (unroll * width * sizeof(float)) * unroll * width},
        numbers_(step_ * static_cast<std::size_t>(lanes), 1.0F),
        sums_(static_cast<std::size_t>(lanes)),
        passes_{passes} {}

  /// Bytes that one call reads.
  [[nodiscard]] double bytes() const {
    return static_cast<double>(numbers_.size() * sizeof(float)) * passes_;
  }

  void operator()() {
    ciess::parallel_chunks(static_cast<ciess::index_t>(sums_.size()), [&](ciess::index_t lane) {
      const auto l = static_cast<std::size_t>(lane);
      const float* const first = numbers_.data() + l * step_;
      std::array<detail::lanes, unroll> sum{};
      for (int p = 0; p < passes_; ++p)
        for (std::size_t i = 0; i < step_; i += unroll * width)
          for (std::size_t k = 0; k < unroll; ++k)
            sum[k] += detail::lanes(first + i + k * width, std::experimental::element_aligned);
      detail::lanes all = 0;
      for (const auto& s : sum) all += s;
      sums_[l] = std::experimental::reduce(all);
    });
  }
  [[nodiscard]] const std::vector<float>& sums() const noexcept { return sums_; }

 private:
  static constexpr std::size_t unroll = 8;
  static constexpr std::size_t width = detail::lanes::size();
  std::size_t step_;  ///< numbers of a thread
  std::vector<float> numbers_;
  std::vector<float> sums_;
  int passes_;
};

/// Multiplies and adds in registers alone, as many at once as hide the latency.
class multiplier {
 public:
  /// @param lanes  threads
  explicit multiplier(ciess::index_t lanes) : results_(static_cast<std::size_t>(lanes)) {}

  /// Operations of one call, two for a multiplication with an addition.
  [[nodiscard]] double flops() const {
    return 2.0 * static_cast<double>(results_.size() * chains * detail::lanes::size()) * rounds;
  }

  void operator()() {
    ciess::parallel_chunks(static_cast<ciess::index_t>(results_.size()), [&](ciess::index_t lane) {
      const auto l = static_cast<std::size_t>(lane);
      std::array<detail::lanes, chains> x{};
      detail::lanes factor = 0.5F + results_[l] * 1e-9F;  // not known to the compiler
      for (int r = 0; r < rounds; ++r)
        for (auto& each : x) each = each * factor + factor;
      detail::lanes all = 0;
      for (const auto& each : x) all += each;
      results_[l] = std::experimental::reduce(all);
    });
  }
  [[nodiscard]] const std::vector<float>& results() const noexcept { return results_; }

 private:
  static constexpr std::size_t chains = 12;
  static constexpr int rounds = 2'000'000;
  std::vector<float> results_;
};

/// Floats in [-1, 1).
inline ciess::matrix drawn(ciess::index_t rows, ciess::index_t columns, std::uint64_t seed = 1) {
  ciess::matrix m(rows, columns);
  auto engine = ciess::random_stream(seed, ciess::purpose::user).at(0);
  for (float& x : m.reshaped()) x = ciess::uniform(engine, -1.0F, 1.0F);
  return m;
}

/// Products of blocks of rows with a square matrix, from and into memory that stays in cache: what
/// hidden layers cost at least in the plain way.
class block_products {
 public:
  static constexpr ciess::index_t block = 256;

  /// @param rows   about how many rows go through in one call
  /// @param width  of the matrix
  block_products(double rows, ciess::index_t width)
      : blocks_{static_cast<ciess::index_t>(rows / block) + 1},
        width_{width},
        in_{drawn(lanes * block, width)},
        out_(lanes * block, width) {
    const ciess::matrix by = drawn(width, width, 2);
    by_.pack(by.data(), width, width, width, 1);
  }

  [[nodiscard]] double flops() const {
    return 2.0 * static_cast<double>(blocks_ * block * width_ * width_);
  }

  void operator()() {
    ciess::parallel_for(lanes, 1, [&](ciess::index_t lane, ciess::index_t) {
      for (ciess::index_t b = lane; b < blocks_; b += lanes)
        by_.multiply<false>(in_.row(lane * block).data(), block, width_, 1,
                            out_.row(lane * block).data(), width_);
    });
  }
  [[nodiscard]] const ciess::matrix& out() const noexcept { return out_; }

 private:
  static constexpr ciess::index_t lanes = 8;
  ciess::index_t blocks_, width_;
  ciess::matrix in_, out_;
  ciess::detail::packed_factor<float> by_;
};

/// Flops of one row in the networks of an agent with three numbers of state: two hidden layers and
/// one output.
inline double network_flops(double inputs, double hidden = 256) {
  return 2 * (inputs * hidden + hidden * hidden + hidden);
}
/// Of the six candidates of a row, about so many differ.
inline constexpr double different_candidates = 4.4;
/// Of choosing a size in the plain way: the actor once, the critic for each different candidate.
inline double choosing_flops() {
  return network_flops(3) + different_candidates * network_flops(4);
}
/// Forward passes of a batch that an update costs on average (a backward pass counts two, for the
/// inputs only one): two targets and the actor's, two critics; every second time the actor through
/// the critic.
inline constexpr double td3_passes = 3 + 2 * 3 + (1 + 1 + 1 + 2) / 2.0;
inline constexpr double ddpg_passes = 2 + 3 + (1 + 1 + 1 + 2);

}  // namespace ciess_bench
