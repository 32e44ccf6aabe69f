// SPDX-License-Identifier: MIT
/// @file
/// Softmax losses of inner-product models: an observed item should stand out among all others, or
/// among some.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/detail/softmax_kernel.hpp>
#include <ciess/nn/loss.hpp>
#include <ciess/nn/loss_options.hpp>

namespace ciess {
namespace detail {

/// Items that a batch is compared with: a rising list, or all.
template <class T>
struct softmax_candidates {
  bool all = false;
  std::span<const row_id> items{};
  std::span<const T> offsets{};  ///< one each, added to their scores; empty: none
};

/// What the softmax losses share: rows gathered and made ready, the kernel, slopes brought back to
/// the rows they belong to. An example whose positive is none of the user's training items
/// (`held_out_triples`) is never compared with these: they are nothing a ranking should put down.
/// Allocates where a batch has more examples or different candidates than any before.
template <class T>
class softmax_batch {
 public:
  using tables = typename bpr<T>::tables;
  using outputs = typename bpr<T>::outputs;

  softmax_batch(const interactions& train, const softmax_options& o, index_t keep)
      : train_{&train}, options_{o}, kernel_{keep} {}

  /// @throws argument_error as `check_triples`
  void begin(const char* who, const triples& batch, named_rows& rows) {
    check_triples(who, batch, train_->users(), train_->items());
    for (std::size_t b = 0; b < batch.size(); ++b) {
      rows.add(0, batch.users[b]);
      rows.add(1, batch.positives[b]);
    }
    held_out_.resize(batch.size());
    for (std::size_t b = 0; b < batch.size(); ++b)
      held_out_[b] = train_->contains(batch.users[b], batch.positives[b]) ? 0 : 1;
    groups_[0].assign(train_->users(), batch.users);
    groups_[1].assign(train_->items(), batch.positives);
  }

  [[nodiscard]] index_t count(std::size_t table, index_t row) const noexcept {
    return static_cast<index_t>(groups_[table][row].size());
  }

  double operator()(const char* who, const triples& batch, const tables& vectors,
                    const outputs& slopes, index_t columns,
                    const softmax_candidates<T>& candidates) {
    check(who, vectors, slopes, columns);
    const auto n = static_cast<index_t>(batch.size());
    const bool cosine = options_.by == similarity::cosine;
    const T scale = static_cast<T>(1 / options_.temperature);
    places_.assign(candidates, train_->items());
    for (auto* m : {&users_, &positives_, &user_slopes_}) fit(*m, n * columns);
    gather(*vectors[0], batch.users, columns, scale, users_);
    gather(*vectors[1], batch.positives, columns, T{1}, positives_);
    softmax_inputs<T> in{.examples = n,
                         .candidates = places_.size(),
                         .columns = columns,
                         .users = users_.data(),
                         .positives = positives_.data(),
                         .items = vectors[1]->data(),
                         .stride = vectors[1]->cols(),
                         .offsets = candidates.offsets};
    if (!candidates.all || cosine) {
      fit(items_, in.candidates * columns);
      if (candidates.all)
        gather(*vectors[1], all_rows{in.candidates}, columns, T{1}, items_);
      else
        gather(*vectors[1], candidates.items, columns, T{1}, items_);
      in.items = items_.data();
      in.stride = columns;
    }
    const auto hidden = [&](index_t b, index_t first, index_t last, const auto& hide) {
      const auto example = static_cast<std::size_t>(b);
      const row_id least = places_.item(first);
      const row_id most = places_.item(last - 1);
      const auto hide_item = [&](row_id i) {
        if (const index_t c = places_[i]; c >= 0) hide(c);
      };
      if (const row_id p = batch.positives[example]; least <= p && p <= most) hide_item(p);
      if (!options_.leave_out_known && held_out_[example] == 0) return;
      const auto known = train_->items_of(batch.users[example]);
      for (auto i = std::ranges::lower_bound(known, least); i != known.end() && *i <= most; ++i)
        hide_item(*i);
    };
    const T share = T{1} / static_cast<T>(std::max<index_t>(n, 1));
    const auto found = kernel_.users(in, hidden, share, user_slopes_.data());
    // Candidates that are all items have their slopes where these belong.
    T* own = slopes[1]->data();
    index_t stride = slopes[1]->cols();
    if (!candidates.all) {
      fit(item_slopes_, in.candidates * columns);
      own = item_slopes_.data();
      stride = columns;
    }
    kernel_.items(in, hidden, own, stride);

    for_rows(train_->users(), [&](index_t u) {
      T* const to = slopes[0]->row(u).data();
      std::fill_n(to, columns, T{0});
      for (const auto b : groups_[0][u]) {
        const T* const from = user_slopes_.data() + static_cast<index_t>(b) * columns;
        for (index_t k = 0; k < columns; ++k) to[k] += from[k];
      }
      if (!groups_[0][u].empty()) bring_back(vectors[0]->row(u).data(), columns, scale, to);
    });
    for_rows(train_->items(), [&](index_t i) {
      T* const to = slopes[1]->row(i).data();
      const index_t c = places_[static_cast<row_id>(i)];
      if (!candidates.all) {
        if (c >= 0)
          std::copy_n(own + c * stride, columns, to);
        else
          std::fill_n(to, columns, T{0});
      }
      for (const auto b : groups_[1][i]) {
        const T* const from = users_.data() + static_cast<index_t>(b) * columns;
        const T slope = found[b].slope;
        for (index_t k = 0; k < columns; ++k) to[k] += slope * from[k];
      }
      if (c >= 0 || !groups_[1][i].empty())
        bring_back(vectors[1]->row(i).data(), columns, T{1}, to);
    });
    double sum = 0;
    for (const auto& f : found) sum += f.loss;
    return n == 0 ? 0 : sum / static_cast<double>(n);
  }

 private:
  static constexpr index_t grain = 64;

  /// Where each item is among the candidates, -1 if it is not.
  class place_list {
   public:
    void assign(const softmax_candidates<T>& candidates, index_t items) {
      if (candidates.all) {
        all_ = items;
        return;
      }
      all_ = -1;
      list_ = candidates.items;
      place_.assign(static_cast<std::size_t>(items), -1);
      for (std::size_t c = 0; c < list_.size(); ++c)
        place_[static_cast<std::size_t>(list_[c])] = static_cast<row_id>(c);
    }
    [[nodiscard]] index_t size() const noexcept { return all_ >= 0 ? all_ : std::ssize(list_); }
    [[nodiscard]] row_id item(index_t c) const noexcept {
      return all_ >= 0 ? static_cast<row_id>(c) : list_[static_cast<std::size_t>(c)];
    }
    index_t operator[](row_id i) const noexcept {
      return all_ >= 0 ? index_t{i} : index_t{place_[static_cast<std::size_t>(i)]};
    }

   private:
    index_t all_ = -1;  ///< of so many items, if they are all
    std::span<const row_id> list_;
    std::vector<row_id> place_;
  };

  struct all_rows {
    index_t count;
    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(count); }
    row_id operator[](std::size_t r) const noexcept { return static_cast<row_id>(r); }
  };

  static void fit(std::vector<T>& memory, index_t n) {
    if (std::ssize(memory) < n) memory.resize(static_cast<std::size_t>(n));
  }

  template <class F>
  static void for_rows(index_t rows, F&& f) {
    parallel_for(rows, grain, [&](index_t first, index_t last) {
      for (index_t r = first; r < last; ++r) f(r);
    });
  }

  /// What a row is multiplied by before it is compared: 1, or 1 / its length.
  [[nodiscard]] T weight_of(const T* row, index_t columns) const noexcept {
    if (options_.by != similarity::cosine) return T{1};
    const T length = std::sqrt(exponentials<T>::dot(row, row, columns));
    return length == T{0} ? T{0} : T{1} / length;
  }

  template <class Rows>
  void gather(const basic_matrix<T>& from, const Rows& rows, index_t columns, T scale,
              std::vector<T>& to) {
    for_rows(static_cast<index_t>(rows.size()), [&](index_t r) {
      const T* const row = from.row(rows[static_cast<std::size_t>(r)]).data();
      const T weight = scale * weight_of(row, columns);
      T* const out = to.data() + r * columns;
      for (index_t k = 0; k < columns; ++k) out[k] = weight * row[k];
    });
  }

  /// From the slopes by a row as it was compared to those by the row: through scale * y / |y| these
  /// are scale / |y| times what is orthogonal to y.
  void bring_back(const T* row, index_t columns, T scale, T* slope) const noexcept {
    const T weight = weight_of(row, columns);
    if (options_.by == similarity::cosine) {
      const T along = weight * weight * exponentials<T>::dot(row, slope, columns);
      for (index_t k = 0; k < columns; ++k) slope[k] -= along * row[k];
    }
    for (index_t k = 0; k < columns; ++k) slope[k] *= scale * weight;
  }

  void check(const char* who, const tables& vectors, const outputs& slopes, index_t columns) const {
    for (std::size_t t = 0; t < 2; ++t)
      if (columns < 0 || columns > vectors[t]->cols() ||
          vectors[t]->rows() != (t == 0 ? train_->users() : train_->items()) ||
          slopes[t]->rows() != vectors[t]->rows() || slopes[t]->cols() != vectors[t]->cols())
        throw_error<argument_error>(who, ": ", columns, " columns of table ", t, " with [",
                                    vectors[t]->rows(), ", ", vectors[t]->cols(), "] vectors and [",
                                    slopes[t]->rows(), ", ", slopes[t]->cols(), "] slopes, of ",
                                    train_->users(), " users and ", train_->items(), " items");
  }

  const interactions* train_;
  softmax_options options_;
  softmax_kernel<T> kernel_;
  place_list places_;
  std::array<row_groups, 2> groups_;
  std::vector<std::uint8_t> held_out_;              ///< [batch], the positive is none of training
  std::vector<T> users_, positives_, user_slopes_;  ///< [batch, columns]
  std::vector<T> items_, item_slopes_;              ///< [candidates, columns]
};

}  // namespace detail

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
  using options = softmax_options;
  using tables = typename bpr<T>::tables;
  using outputs = typename bpr<T>::outputs;

  /// @param keep  scores that may be kept within a step
  /// @throws argument_error if an option is out of range
  full_softmax(const interactions& train, const options& o,
               index_t keep = detail::softmax_kernel<T>::keep_most)
      : batch_{train, checked(o), keep} {}
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
  static const options& checked(const options& o) {
    o.check("softmax");
    return o;
  }
  detail::softmax_batch<T> batch_;
};

/// Cross-entropy of the positive against candidates that the whole batch shares: the positives of
/// the batch, or items drawn for the step. The positive itself is never among those it is compared
/// with, nor are, with `leave_out_known` or for an example that is held out, the user's other
/// items.
///
/// Corrected (logQ), a candidate that a batch is expected to have q times has log q taken from its
/// score: the sum then estimates that over all items (less those left out) without bias. The
/// positive, which is always there, keeps its score.
/// Cost of a step: as `full_softmax` with candidates for items, and O(items). Source of the
/// correction: Bengio and Senecal, "Adaptive importance sampling", 2008; for batches Yi et al.,
/// "Sampling-bias-corrected neural modeling", RecSys 2019, who correct the positive, too.
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
      : options_{checked(o, train.items())}, batch_{train, o.softmax, keep}, items_{train.items()} {
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
  static const options& checked(const options& o, index_t items) {
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

  /// Logarithm of how often a batch is expected to have an item as a candidate.
  [[nodiscard]] double expected(row_id item, std::size_t batch) const {
    if (options_.candidates)
      return std::log(static_cast<double>(*options_.candidates) / static_cast<double>(items_));
    return std::log(static_cast<double>(batch)) + chance_[static_cast<std::size_t>(item)];
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
