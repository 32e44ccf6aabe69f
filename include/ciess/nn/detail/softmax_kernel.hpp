// SPDX-License-Identifier: MIT
/// @file
/// Cross-entropy of one candidate against many, for a batch: products in blocks, the softmax worked
/// out while a block is hot.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include <ciess/core/lease.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/detail/exponentials.hpp>
#include <ciess/nn/detail/product.hpp>

namespace ciess::detail {

/// Rows of the batch against candidates, all in one piece.
template <class T>
struct softmax_inputs {
  index_t examples = 0, candidates = 0, columns = 0;
  const T* users = nullptr;      ///< [examples, columns]
  const T* positives = nullptr;  ///< [examples, columns]
  const T* items = nullptr;      ///< [candidates, columns], rows `stride` apart
  index_t stride = 0;
  std::span<const T> offsets{};  ///< [candidates], added to scores; empty: nothing is
};

/// Which candidates an example is not compared with. Refers to a callable (example, first, last,
/// hide), which calls hide(c) for those in [first, last) that are hidden; its type is forgotten, so
/// that the kernel is compiled once.
template <class T>
class hidden_candidates {
 public:
  template <class F>
    requires(!std::same_as<F, hidden_candidates>)
  hidden_candidates(const F& f) noexcept  // NOLINT(google-explicit-constructor)
      : callable_{&f},
        call_{[](const void* callable, index_t example, index_t first, index_t last, T* scores) {
          (*static_cast<const F*>(callable))(example, first, last, [&](index_t c) {
            scores[c - first] = -std::numeric_limits<T>::infinity();
          });
        }} {}

  /// @param scores  of the candidates in [first, last): -infinity where they are hidden
  void operator()(index_t example, index_t first, index_t last, T* scores) const {
    call_(callable_, example, first, last, scores);
  }

 private:
  const void* callable_;
  void (*call_)(const void*, index_t, index_t, index_t, T*);
};

/// For each example b the loss log(exp(s_b) + sum over c of exp(s_bc)) - s_b, with s_b the score of
/// its positive and s_bc those of the candidates that are not hidden from it, and the slopes of a
/// share of it. A positive among the candidates is to be hidden.
///
/// Two sweeps. Over blocks of examples: scores of a tile of candidates, their exponentials against
/// the largest score so far, slopes of the examples' vectors. Then over tiles of candidates: their
/// slopes. Each tile and block has one thread, and sums run in one order. Of scores that the first
/// sweep has made, up to `keep` numbers are kept for the second; if there are more, none is, and
/// the second makes them again, to the same bytes.
/// Cost: 6 flops an example, candidate and column, 8 if scores are made twice. Memory beside inputs
/// and outputs: users once more, candidates twice more, and the scores kept. A copy has no memory.
template <class T>
class softmax_kernel {
 public:
  static constexpr index_t block = 128;                   ///< examples
  static constexpr index_t tile = 512;                    ///< candidates
  static constexpr index_t keep_most = index_t{1} << 24;  ///< numbers

  softmax_kernel() = default;
  explicit softmax_kernel(index_t keep) : keep_{keep} {}
  softmax_kernel(const softmax_kernel& other) noexcept : keep_{other.keep_} {}
  softmax_kernel& operator=(const softmax_kernel& other) noexcept {
    keep_ = other.keep_;
    return *this;
  }
  ~softmax_kernel() = default;

  /// What the first sweep finds of each example.
  struct finding {
    double loss;
    T slope;   ///< of the share of the loss, by the score of the positive, <= 0
    T shift;   ///< no score is larger
    T weight;  ///< slope by the score of a candidate: weight * exp(score - shift)
  };

  /// The first sweep.
  /// @param share   of an example's loss: that slopes belong to
  /// @param slopes  [examples, columns], by the vectors of users; overwritten. Null: losses alone
  ///                are wanted, and `items` is not called
  /// @returns [examples], valid until the next call
  std::span<finding> users(const softmax_inputs<T>& in, const hidden_candidates<T>& hidden, T share,
                           T* slopes) {
    pack(in, slopes != nullptr);
    const index_t d = in.columns;
    findings_.resize(static_cast<std::size_t>(in.examples));
    parallel_chunks(blocks(in.examples, block), [&](index_t b) {
      const typename lease_pool<scratch>::lease here(scratch_);
      const index_t first = b * block;
      const index_t n = std::min(block, in.examples - first);
      std::array<T, static_cast<std::size_t>(block)> best;
      std::array<double, static_cast<std::size_t>(block)> sum{};
      best.fill(-infinity);
      T* const out = slopes ? slopes + first * d : nullptr;
      if (out) std::fill_n(out, n * d, T{0});
      for (index_t t = 0; t < blocks(in.candidates, tile); ++t) {
        const scores s = scores_of(in, hidden, b, t, here->scores.data(), kept_.empty());
        for (index_t r = 0; r < n; ++r) {
          const auto at = static_cast<std::size_t>(r);
          const T* const row = s.data + r * s.stride;
          const T now = std::max(best[at], exponentials<T>::largest(row, s.padded));
          if (now > best[at]) {
            const T less = std::exp(best[at] - now);
            sum[at] *= static_cast<double>(less);
            if (out)
              for (index_t k = 0; k < d; ++k) out[r * d + k] *= less;
            best[at] = now;
          }
          sum[at] += static_cast<double>(
              exponentials<T>::shifted(row, s.padded, now > -infinity ? now : T{0}, T{1},
                                       here->shares.data() + r * scratch::stride));
        }
        if (out)
          tiles_[static_cast<std::size_t>(t)].template multiply<true>(here->shares.data(), n,
                                                                      scratch::stride, 1, out, d);
      }
      for (index_t r = 0; r < n; ++r) {
        const auto at = static_cast<std::size_t>(r);
        const T* const positive = in.positives + (first + r) * d;
        const T own = exponentials<T>::dot(in.users + (first + r) * d, positive, d);
        const finding f = found(own, best[at], sum[at], share);
        findings_[static_cast<std::size_t>(first + r)] = f;
        if (!out) continue;
        const T weight = best[at] > -infinity ? f.weight * std::exp(best[at] - f.shift) : T{0};
        for (index_t k = 0; k < d; ++k)
          out[r * d + k] = weight * out[r * d + k] + f.slope * positive[k];
      }
    });
    return findings_;
  }

  /// The second sweep, with what the first has found, whose weights may have been set to 0: slopes
  /// by the vectors of candidates, without what they have as positives.
  /// @param out  [candidates, columns], rows `stride` apart; overwritten
  void items(const softmax_inputs<T>& in, const hidden_candidates<T>& hidden, T* out,
             index_t stride) {
    const index_t d = in.columns;
    parallel_chunks(blocks(in.candidates, tile), [&](index_t t) {
      const typename lease_pool<scratch>::lease here(scratch_);
      const index_t first = t * tile;
      const index_t n = std::min(tile, in.candidates - first);
      for (index_t c = first; c < first + n; ++c) std::fill_n(out + c * stride, d, T{0});
      for (index_t b = 0; b < blocks(in.examples, block); ++b) {
        const bool again = kept_.empty();
        const scores s =
            again ? scores_of(in, hidden, b, t, here->scores.data(), true) : kept_scores(b, t, n);
        const index_t rows = std::min(block, in.examples - b * block);
        for (index_t r = 0; r < rows; ++r) {
          const finding& f = findings_[static_cast<std::size_t>(b * block + r)];
          exponentials<T>::shifted(s.data + r * s.stride, s.padded, f.shift, f.weight,
                                   here->shares.data() + r * scratch::stride);
        }
        users_[static_cast<std::size_t>(b)].template multiply<true>(
            here->shares.data(), n, 1, scratch::stride, out + first * stride, stride);
      }
    });
  }

 private:
  static constexpr T infinity = std::numeric_limits<T>::infinity();

  struct scratch {
    /// Rows no power of two apart: they would fight for the same sets of the L1.
    static constexpr index_t stride = tile + 64 / index_t{sizeof(T)};
    std::vector<T> scores = std::vector<T>(static_cast<std::size_t>(block * stride));
    std::vector<T> shares = scores;  ///< exponentials, in parts of their sum
  };
  /// Of a block and a tile; -infinity past the candidates, up to whole registers.
  struct scores {
    const T* data;
    index_t stride, padded;
  };

  static index_t blocks(index_t n, index_t each) noexcept { return (n + each - 1) / each; }
  static index_t padded(index_t n) noexcept {
    constexpr index_t w = exponentials<T>::width;
    return blocks(n, w) * w;
  }

  /// log(exp(own) + sum * exp(best)) - own, without overflow, and its slopes.
  static finding found(T own, T best, double sum, T share) noexcept {
    if (!(sum > 0) && !std::isnan(sum))  // nothing to compare with, whatever the score
      return {std::isfinite(own) ? 0 : static_cast<double>(own - own), T{0}, own, T{0}};
    const double up = static_cast<double>(best) - static_cast<double>(own);
    const double s = static_cast<double>(share);
    if (up <= 0) {
      const double rest = sum * std::exp(up);
      return {std::log1p(rest), static_cast<T>(-s * rest / (1 + rest)), own,
              static_cast<T>(s / (1 + rest))};
    }
    const double mine = std::exp(-up);
    return {up + std::log(sum + mine), static_cast<T>(-s * sum / (sum + mine)), best,
            static_cast<T>(s / (sum + mine))};
  }

  void pack(const softmax_inputs<T>& in, bool slopes) {
    across_.pack(in.items, in.columns, in.candidates, 1, in.stride);
    kept_.clear();
    if (!slopes) return;
    const index_t tiles = blocks(in.candidates, tile);
    const index_t batch = blocks(in.examples, block);
    if (std::ssize(tiles_) < tiles) tiles_.resize(static_cast<std::size_t>(tiles));
    if (std::ssize(users_) < batch) users_.resize(static_cast<std::size_t>(batch));
    parallel_chunks(tiles, [&](index_t t) {
      tiles_[static_cast<std::size_t>(t)].pack(in.items + t * tile * in.stride,
                                               std::min(tile, in.candidates - t * tile), in.columns,
                                               in.stride, 1);
    });
    parallel_chunks(batch, [&](index_t b) {
      users_[static_cast<std::size_t>(b)].pack(in.users + b * block * in.columns,
                                               std::min(block, in.examples - b * block), in.columns,
                                               in.columns, 1);
    });
    kept_stride_ = padded(in.candidates);
    const bool keep = in.examples <= keep_ / std::max<index_t>(kept_stride_, 1);
    kept_.resize(keep ? static_cast<std::size_t>(in.examples * kept_stride_) : 0);
  }

  scores kept_scores(index_t b, index_t t, index_t n) const noexcept {
    return {kept_.data() + b * block * kept_stride_ + t * tile, kept_stride_, padded(n)};
  }

  scores scores_of(const softmax_inputs<T>& in, const hidden_candidates<T>& hidden, index_t b,
                   index_t t, T* there, bool fleeting) {
    const index_t rows = std::min(block, in.examples - b * block);
    const index_t first = t * tile;
    const index_t n = std::min(tile, in.candidates - first);
    T* const to = fleeting ? there : kept_.data() + b * block * kept_stride_ + first;
    const scores made{to, fleeting ? scratch::stride : kept_stride_, padded(n)};
    across_.template multiply<false>(in.users + b * block * in.columns, rows, in.columns, 1, to,
                                     made.stride, first, first + n);
    for (index_t r = 0; r < rows; ++r) {
      T* const row = to + r * made.stride;
      if (!in.offsets.empty()) {
        const T* const more = in.offsets.data() + first;
        for (index_t c = 0; c < n; ++c) row[c] += more[c];
      }
      std::fill(row + n, row + made.padded, -infinity);
      hidden(b * block + r, first, first + n, row);
    }
    return made;
  }

  index_t keep_ = keep_most;
  packed_factor<T> across_;              ///< candidates, to make scores
  std::vector<packed_factor<T>> tiles_;  ///< candidates, to make slopes of users
  std::vector<packed_factor<T>> users_;  ///< users, to make slopes of candidates
  std::vector<T> kept_;                  ///< [examples, kept_stride], scores; or none
  index_t kept_stride_ = 0;
  std::vector<finding> findings_;
  lease_pool<scratch> scratch_;
};

}  // namespace ciess::detail
