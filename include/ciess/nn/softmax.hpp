// SPDX-License-Identifier: MIT
/// @file
/// Softmax losses of inner-product models: an observed item should stand out among all others, or
/// among some.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/detail/softmax_batch.hpp>
#include <ciess/nn/detail/softmax_kernel.hpp>
#include <ciess/nn/loss.hpp>
#include <ciess/nn/loss_options.hpp>

namespace ciess {
/// Cross-entropy of the positive against all items: log of the sum over items of exp(s) less the
/// positive's own s, with s the inner product or cosine over the temperature. Negatives of the
/// batch are not looked at. With `leave_out_known` the user's other items are no part of the sum,
/// nor are they for an example that is held out: whose positive is none of the user's in training.
///
/// Cost of a step: 6 flops an example, item and column; scores of up to 2^24 pairs (64 MB of float)
/// are kept within a step, if there are more none is, and it costs 8. No other memory grows with
/// examples times items. The penalty counts users and positives.
template <class T>
class full_softmax {
 public:
  using value_type = T;
  using options = full_softmax_options;
  using tables = typename bpr<T>::tables;
  using outputs = typename bpr<T>::outputs;

  /// @param keep  scores that may be kept within a step
  /// @throws argument_error if an option is out of range
  full_softmax(const interactions& train, const options& o,
               index_t keep = detail::softmax_kernel<T>::keep_most)
      : batch_{train, checked(o).softmax, o.leave_out_known, keep} {}
  full_softmax(const interactions&&, const options&, index_t = 0) = delete;

  /// See `vector_loss`.
  void begin(const triples& batch, const random_stream&, std::uint64_t, named_rows& rows) {
    batch_.begin("softmax", batch, rows);
    rows.add_all(1);
  }
  double operator()(const triples& batch, const tables& vectors, const outputs& slopes,
                    index_t columns) {
    return batch_("softmax", batch, vectors, slopes, columns, {.all = true});
  }
  [[nodiscard]] index_t count(std::size_t table, index_t row) const noexcept {
    return batch_.count(table, row);
  }

 private:
  static options checked(const options& o) {
    o.softmax.check("softmax");
    return o;
  }
  detail::softmax_batch<T> batch_;
};

/// Cross-entropy of the positive against candidates that the whole batch shares: the positives of
/// the batch, or items drawn for the step. The positive itself is never among those it is compared
/// with, nor are, with `leave_out_known` or for an example that is held out, the user's other
/// items.
///
/// Corrected (logQ), a candidate that is expected q times has log q taken from its score: the sum
/// over those other than the positive then has no bias. The positive, which is always there, keeps
/// its score. Drawn for the step, candidates estimate the sum over all items less those left out.
/// Within a batch of n, an example's own draw is its positive; the others come of n - 1 draws from
/// training, and estimate the sum over what can be drawn from it, less those left out: an item that
/// nobody has there is never a candidate. In a batch of held-out triples the candidates are
/// held-out positives: corrected by the law of training they estimate no sum over items, they only
/// count less the more often training has them. Cost of a step: as `full_softmax` with candidates
/// for items, and O(items). Source of the correction: Bengio and Senecal, "Adaptive importance
/// sampling", 2008; for batches Yi et al., "Sampling-bias-corrected neural modeling", RecSys 2019,
/// who correct the positive, too.
template <class T>
class sampled_softmax {
 public:
  using value_type = T;
  using options = sampled_softmax_options;
  using tables = typename bpr<T>::tables;
  using outputs = typename bpr<T>::outputs;

  /// @param keep  scores that may be kept within a step
  /// @throws argument_error if an option is out of range
  sampled_softmax(const interactions& train, const options& o,
                  index_t keep = detail::softmax_kernel<T>::keep_most)
      : options_{checked(o, train.items())},
        batch_{train, o.softmax, o.leave_out_known, keep},
        items_{train.items()} {
    if (o.candidates) {
      order_.resize(static_cast<std::size_t>(items_));
      for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<row_id>(i);
      swaps_.resize(static_cast<std::size_t>(*o.candidates));
    } else if (o.correct) {
      expect(train);
    }
  }
  sampled_softmax(const interactions&&, const options&, index_t = 0) = delete;

  /// See `vector_loss`.
  void begin(const triples& batch, const random_stream& stream, std::uint64_t number,
             named_rows& rows) {
    batch_.begin("sampled_softmax", batch, rows);
    times_.assign(static_cast<std::size_t>(items_), 0);
    if (options_.candidates)
      draw(stream, number);
    else
      for (const row_id i : batch.positives) ++times_[static_cast<std::size_t>(i)];
    list_.clear();
    offsets_.clear();
    for (index_t i = 0; i < items_; ++i) {
      const std::uint32_t times = times_[static_cast<std::size_t>(i)];
      if (times == 0) continue;
      const auto item = static_cast<row_id>(i);
      list_.push_back(item);
      rows.add(1, item);
      offsets_.push_back(static_cast<T>(std::log(static_cast<double>(times)) -
                                        (options_.correct ? expected(item, batch.size()) : 0)));
    }
  }
  double operator()(const triples& batch, const tables& vectors, const outputs& slopes,
                    index_t columns) {
    return batch_("sampled_softmax", batch, vectors, slopes, columns,
                  {.items = list_, .offsets = offsets_});
  }
  [[nodiscard]] index_t count(std::size_t table, index_t row) const noexcept {
    return batch_.count(table, row);
  }

  /// Those of the batch that `begin` was told, rising.
  [[nodiscard]] std::span<const row_id> candidates() const noexcept { return list_; }

 private:
  static options checked(const options& o, index_t items) {
    o.softmax.check("sampled_softmax");
    if (o.candidates && (*o.candidates < 1 || *o.candidates > items))
      detail::throw_error<argument_error>("sampled_softmax: candidates must be in [1, ", items,
                                          "], the number of items, got ", *o.candidates);
    return o;
  }

  /// The first steps of a shuffle, taken back so that the next step starts alike.
  void draw(const random_stream& stream, std::uint64_t number) {
    auto engine = stream.at(number);
    const auto left = static_cast<std::uint32_t>(order_.size());
    for (std::size_t k = 0; k < swaps_.size(); ++k) {
      swaps_[k] = k + bounded(engine, left - static_cast<std::uint32_t>(k));
      std::swap(order_[k], order_[swaps_[k]]);
      times_[static_cast<std::size_t>(order_[k])] = 1;
    }
    for (std::size_t k = swaps_.size(); k-- > 0;) std::swap(order_[k], order_[swaps_[k]]);
  }

  /// Logarithm of how often an item is expected as a candidate of an example whose positive it is
  /// not: within a batch one draw, the example's own, is none for it.
  [[nodiscard]] double expected(row_id item, std::size_t batch) const {
    if (options_.candidates)
      return std::log(static_cast<double>(*options_.candidates) / static_cast<double>(items_));
    return std::log(static_cast<double>(std::max<std::size_t>(batch, 2) - 1)) +
           chance_[static_cast<std::size_t>(item)];
  }

  /// Logarithms of how likely `triple_sampler` draws each item as a positive: a user among those
  /// who lack an item, an item of theirs by weight. An item that it never draws may still come in a
  /// batch of others' making; it counts as the rarest of those drawn.
  void expect(const interactions& train) {
    chance_.assign(static_cast<std::size_t>(items_), 0);
    double users = 0;
    for (row_id u = 0; u < train.users(); ++u) {
      const auto items = train.items_of(u);
      if (items.empty() || std::ssize(items) == items_) continue;
      ++users;
      const auto weights = train.weights_of(u);
      double sum = weights.empty() ? static_cast<double>(items.size()) : 0;
      for (const float w : weights) sum += static_cast<double>(w);
      for (std::size_t k = 0; k < items.size(); ++k)
        chance_[static_cast<std::size_t>(items[k])] +=
            (weights.empty() ? 1 : static_cast<double>(weights[k])) / sum;
    }
    double least = std::numeric_limits<double>::infinity();
    for (const double chance : chance_)
      if (chance > 0) least = std::min(least, chance);
    for (double& chance : chance_)
      chance = users > 0 ? std::log((chance > 0 ? chance : least) / users) : 0;
  }

  options options_;
  detail::softmax_batch<T> batch_;
  index_t items_;
  std::vector<double> chance_;  ///< [items], logarithms; if they are needed
  std::vector<row_id> order_;   ///< [items], if candidates are drawn
  std::vector<std::size_t> swaps_;
  std::vector<std::uint32_t> times_;  ///< [items], how often each is a candidate
  std::vector<row_id> list_;
  std::vector<T> offsets_;
};

static_assert(vector_loss<full_softmax<float>> && vector_loss<sampled_softmax<double>>);

}  // namespace ciess
