// SPDX-License-Identifier: MIT
/// @file
/// What the softmax losses share.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/detail/exponentials.hpp>
#include <ciess/nn/detail/softmax_kernel.hpp>
#include <ciess/nn/loss_options.hpp>
#include <ciess/nn/named_rows.hpp>

namespace ciess::detail {

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

  /// @param leave_out_known  other items that the user has in training are not compared with
  softmax_batch(const interactions& train, const softmax_options& o, bool leave_out_known,
                index_t keep)
      : train_{&train}, options_{o}, leave_out_known_{leave_out_known}, kernel_{keep} {}

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

  /// The mean loss of a batch against the same candidates for all, and its slopes.
  /// @throws argument_error if a shape differs
  double operator()(const char* who, const triples& batch, const tables& vectors,
                    const outputs& slopes, index_t columns,
                    const softmax_candidates<T>& candidates) {
    ready(who, batch, vectors, slopes, columns);
    const auto n = static_cast<index_t>(batch.size());
    places_.assign(candidates.all, candidates.items, train_->items());
    softmax_inputs<T> in{.examples = n,
                         .candidates = places_.size(),
                         .columns = columns,
                         .users = users_.data(),
                         .positives = positives_.data(),
                         .items = vectors[1]->data(),
                         .stride = vectors[1]->cols(),
                         .offsets = candidates.offsets};
    if (!candidates.all || options_.by == similarity::cosine) {
      fit(items_, in.candidates * columns);
      if (candidates.all)
        gather(*vectors[1], all_rows{in.candidates}, columns, T{1}, items_.data());
      else
        gather(*vectors[1], candidates.items, columns, T{1}, items_.data());
      in.items = items_.data();
      in.stride = columns;
    }
    const auto hidden = [&](index_t b, index_t first, index_t last, const auto& hide_one) {
      hide(batch, places_, b, first, last, hide_one);
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
    if (!candidates.all)
      for_rows(train_->items(), [&](index_t i) {
        T* const to = slopes[1]->row(i).data();
        const index_t c = places_[static_cast<row_id>(i)];
        if (c >= 0)
          std::copy_n(own + c * stride, columns, to);
        else
          std::fill_n(to, columns, T{0});
      });
    double sum = 0;
    for (index_t b = 0; b < n; ++b) {
      const auto& f = found[static_cast<std::size_t>(b)];
      positive_slopes_[static_cast<std::size_t>(b)] = f.slope;
      sum += f.loss;
    }
    if (!finish(vectors, slopes, columns,
                [&](index_t i) { return places_[static_cast<row_id>(i)] >= 0; }))
      return std::numeric_limits<double>::quiet_NaN();
    return n == 0 ? 0 : sum / static_cast<double>(n);
  }

  /// Where each item is among the candidates, -1 if it is not.
  class place_list {
   public:
    /// O(candidates now and before), the first time O(items).
    /// @param list  rising, if they are not all
    void assign(bool all, std::span<const row_id> list, index_t items) {
      for (const row_id i : list_) place_[static_cast<std::size_t>(i)] = -1;
      list_.clear();
      all_ = all ? items : -1;
      if (all) return;
      list_.assign(list.begin(), list.end());
      place_.resize(static_cast<std::size_t>(items), -1);
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
    std::vector<row_id> list_;
    std::vector<row_id> place_;
  };

  /// A row as it is compared, times `scale`.
  void copy_row(const T* row, index_t columns, T scale, T* to) const noexcept {
    const T weight = weight_of(row, columns);
    for (index_t k = 0; k < columns; ++k) to[k] = scale * (weight * row[k]);
  }
  /// Rows as they are compared, times `scale`, one after the other.
  template <class Rows>
  void gather(const basic_matrix<T>& from, const Rows& rows, index_t columns, T scale,
              T* to) const {
    for_rows(static_cast<index_t>(rows.size()), [&](index_t r) {
      copy_row(from.row(rows[static_cast<std::size_t>(r)]).data(), columns, scale,
               to + r * columns);
    });
  }

  /// Makes users and positives of a batch ready.
  /// @throws argument_error if a shape differs
  void ready(const char* who, const triples& batch, const tables& vectors, const outputs& slopes,
             index_t columns) {
    check(who, vectors, slopes, columns);
    for (auto* m : {&users_, &positives_, &user_slopes_})
      fit(*m, static_cast<index_t>(batch.size()) * columns);
    positive_slopes_.resize(batch.size());
    gather(*vectors[0], batch.users, columns, scale(), users_.data());
    gather(*vectors[1], batch.positives, columns, T{1}, positives_.data());
  }

  /// Calls hide_one(c) for the candidates c in [first, last) that example b is not compared with.
  template <class Hide>
  void hide(const triples& batch, const place_list& places, index_t b, index_t first, index_t last,
            const Hide& hide_one) const {
    const auto example = static_cast<std::size_t>(b);
    const row_id least = places.item(first);
    const row_id most = places.item(last - 1);
    const auto hide_item = [&](row_id i) {
      if (const index_t c = places[i]; c >= 0) hide_one(c);
    };
    if (const row_id p = batch.positives[example]; least <= p && p <= most) hide_item(p);
    if (!leave_out_known_ && held_out_[example] == 0) return;
    const auto known = train_->items_of(batch.users[example]);
    for (auto i = std::ranges::lower_bound(known, least); i != known.end() && *i <= most; ++i)
      hide_item(*i);
  }

  /// From the slopes by what was compared to those by the vectors.
  /// @param candidate  callable (index_t item): whether `slopes` has something for it already
  /// @returns whether all slopes are finite. The losses may be where slopes are not: of an item
  ///          that is hidden from all examples, or of an infinite score of a positive.
  template <class Candidate>
  [[nodiscard]] bool finish(const tables& vectors, const outputs& slopes, index_t columns,
                            const Candidate& candidate) {
    std::atomic<bool> finite = true;
    const auto look = [&](const T* slope) {
      int wrong = 0;  // counted, which goes several at a time
      for (index_t k = 0; k < columns; ++k)
        wrong += std::abs(slope[k]) <= std::numeric_limits<T>::max() ? 0 : 1;
      if (wrong > 0) finite.store(false, std::memory_order_relaxed);
    };
    for_rows(train_->users(), [&](index_t u) {
      T* const to = slopes[0]->row(u).data();
      std::fill_n(to, columns, T{0});
      for (const auto b : groups_[0][u]) {
        const T* const from = user_slopes_.data() + static_cast<index_t>(b) * columns;
        for (index_t k = 0; k < columns; ++k) to[k] += from[k];
      }
      if (groups_[0][u].empty()) return;
      bring_back(vectors[0]->row(u).data(), columns, scale(), to);
      look(to);
    });
    for_rows(train_->items(), [&](index_t i) {
      T* const to = slopes[1]->row(i).data();
      for (const auto b : groups_[1][i]) {
        const T* const from = users_.data() + static_cast<index_t>(b) * columns;
        const T slope = positive_slopes_[b];
        for (index_t k = 0; k < columns; ++k) to[k] += slope * from[k];
      }
      if (!candidate(i) && groups_[1][i].empty()) return;
      bring_back(vectors[1]->row(i).data(), columns, T{1}, to);
      look(to);
    });
    return finite;
  }

  [[nodiscard]] const T* users() const noexcept { return users_.data(); }
  [[nodiscard]] const T* positives() const noexcept { return positives_.data(); }
  /// [examples, columns] and [examples], to be filled for `finish`.
  [[nodiscard]] T* user_slopes() noexcept { return user_slopes_.data(); }
  [[nodiscard]] T* positive_slopes() noexcept { return positive_slopes_.data(); }
  [[nodiscard]] softmax_kernel<T>& kernel() noexcept { return kernel_; }
  [[nodiscard]] const interactions& train() const noexcept { return *train_; }

  struct all_rows {
    index_t count;
    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(count); }
    row_id operator[](std::size_t r) const noexcept { return static_cast<row_id>(r); }
  };

  static void fit(std::vector<T>& memory, index_t n) {
    if (std::ssize(memory) < n) memory.resize(static_cast<std::size_t>(n));
  }

  /// Calls f(row) for each, several at a time.
  template <class F>
  static void for_rows(index_t rows, F&& f) {
    parallel_for(rows, grain, [&](index_t first, index_t last) {
      for (index_t r = first; r < last; ++r) f(r);
    });
  }

 private:
  static constexpr index_t grain = 64;

  /// What inner products of users are multiplied by.
  [[nodiscard]] T scale() const noexcept { return static_cast<T>(1 / options_.temperature); }

  /// What a row is multiplied by before it is compared: 1, or 1 / its length. No number if the
  /// length is none or infinite; 0 if it is 0, or so short that T cannot hold 1 / length.
  [[nodiscard]] T weight_of(const T* row, index_t columns) const noexcept {
    using limits = std::numeric_limits<T>;
    if (options_.by != similarity::cosine) return T{1};
    // Squares that T holds without loss are summed a register at a time, any others as double.
    const T square = exponentials<T>::dot(row, row, columns);
    if (square >= limits::min() / limits::epsilon() && square <= limits::max())
      return T{1} / std::sqrt(square);
    double sum = 0;
    for (index_t k = 0; k < columns; ++k)
      sum += static_cast<double>(row[k]) * static_cast<double>(row[k]);
    if (!std::isfinite(sum)) return limits::quiet_NaN();
    const double weight = 1 / std::sqrt(sum);
    return weight <= static_cast<double>(limits::max()) ? static_cast<T>(weight) : T{0};
  }

  /// From the slopes by a row as it was compared to those by the row: through scale * y / |y| these
  /// are scale / |y| times what is orthogonal to y.
  void bring_back(const T* row, index_t columns, T scale, T* slope) const noexcept {
    const T weight = weight_of(row, columns);
    if (options_.by == similarity::cosine) {
      // Not weight * weight, which is infinite for rows that are short, and 0 for long ones.
      const T along = weight * exponentials<T>::dot(row, slope, columns);
      for (index_t k = 0; k < columns; ++k) slope[k] -= along * (weight * row[k]);
    }
    for (index_t k = 0; k < columns; ++k) slope[k] = scale * (weight * slope[k]);
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
  bool leave_out_known_;
  softmax_kernel<T> kernel_;
  place_list places_;
  std::array<row_groups, 2> groups_;
  std::vector<std::uint8_t> held_out_;              ///< [batch], the positive is none of training
  std::vector<T> users_, positives_, user_slopes_;  ///< [batch, columns]
  std::vector<T> positive_slopes_;                  ///< [batch], by the positives' scores
  std::vector<T> items_, item_slopes_;              ///< [candidates, columns]
};

}  // namespace ciess::detail
