// SPDX-License-Identifier: MIT
/// @file
/// Bayesian personalised ranking: an observed item should score above an unobserved one.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/nn/named_rows.hpp>

namespace ciess {

/// Loss of one triple with margin x = score(positive) - score(negative): log(1 + exp(-x)). Does not
/// overflow; NaN for NaN.
template <class T>
[[nodiscard]] T bpr_loss(T margin) noexcept {
  const T rest = std::log1p(std::exp(-std::abs(margin)));
  return margin < T{0} ? rest - margin : rest;
}

/// Its derivative, -1 / (1 + exp(x)), in [-1, 0].
template <class T>
[[nodiscard]] T bpr_slope(T margin) noexcept {
  const T e = std::exp(-std::abs(margin));
  return (margin < T{0} ? T{-1} : -e) / (T{1} + e);
}

/// A batch of triples: user b prefers positive b to negative b.
struct triples {
  std::vector<row_id> users, positives, negatives;

  [[nodiscard]] std::size_t size() const noexcept { return users.size(); }
  void resize(std::size_t n) {
    users.resize(n);
    positives.resize(n);
    negatives.resize(n);
  }
};

namespace detail {

/// @throws argument_error unless the lists are of one length and every row is there
inline void check_triples(const char* who, const triples& batch, index_t users, index_t items) {
  if (batch.positives.size() != batch.size() || batch.negatives.size() != batch.size() ||
      batch.size() > std::size_t{1} << 31)
    detail::throw_error<argument_error>(who, ": ", batch.size(), " users, ", batch.positives.size(),
                                        " positives, ", batch.negatives.size(), " negatives");
  const auto inside = [](row_id r, index_t rows) { return 0 <= r && r < rows; };
  for (std::size_t b = 0; b < batch.size(); ++b)
    if (!inside(batch.users[b], users) || !inside(batch.positives[b], items) ||
        !inside(batch.negatives[b], items))
      detail::throw_error<argument_error>(
          who, ": triple ", b, " is user ", batch.users[b], ", items ", batch.positives[b], " and ",
          batch.negatives[b], ", but there are ", users, " users and ", items, " items");
}

}  // namespace detail

/// Positions of a list grouped by the row they name, in rising order within a row. Kept between
/// calls it allocates nothing.
class row_groups {
 public:
  /// Groups `first`, followed by `second`.  O(rows + positions)
  /// @pre every entry is in [0, rows)
  void assign(index_t rows, std::span<const row_id> first, std::span<const row_id> second = {}) {
    offsets_.assign(static_cast<std::size_t>(rows) + 2, 0);
    positions_.resize(first.size() + second.size());
    // Counted two places on, so that filling leaves the offsets where they belong.
    for (const auto list : {first, second})
      for (const row_id r : list) ++offsets_[static_cast<std::size_t>(r) + 2];
    for (std::size_t r = 2; r < offsets_.size(); ++r) offsets_[r] += offsets_[r - 1];
    std::uint32_t position = 0;
    for (const auto list : {first, second})
      for (const row_id r : list)
        positions_[offsets_[static_cast<std::size_t>(r) + 1]++] = position++;
  }

  [[nodiscard]] std::span<const std::uint32_t> operator[](index_t row) const noexcept {
    const auto r = static_cast<std::size_t>(row);
    return {positions_.data() + offsets_[r], offsets_[r + 1] - offsets_[r]};
  }

 private:
  std::vector<std::size_t> offsets_;
  std::vector<std::uint32_t> positions_;
};

/// The mean BPR loss of a batch and its gradient with respect to the vectors that are multiplied.
/// Two sweeps over grouped rows, one for users, one for items: each row is written by one thread,
/// in a fixed order. Source: Rendle et al., "BPR", UAI 2009.
template <class T>
class bpr {
 public:
  using value_type = T;
  struct options {};
  using tables = std::array<const basic_matrix<T>*, 2>;
  using outputs = std::array<basic_matrix<T>*, 2>;
  using row_loss = bpr;  ///< see `ciess::row_loss`

  bpr() = default;
  bpr(const interactions& train, const options&) : rows_{train.users(), train.items()} {}

  /// See `vector_loss`. Draws nothing.
  /// @throws argument_error if a triple names a row that is not there
  void begin(const triples& batch, const random_stream&, std::uint64_t, named_rows& rows) const {
    detail::check_triples("bpr", batch, rows_[0], rows_[1]);
    for (const row_id u : batch.users) rows.add(0, u);
    for (const auto* items : {&batch.positives, &batch.negatives})
      for (const row_id i : *items) rows.add(1, i);
  }

  /// @param vectors    users [users, d], items [items, d]
  /// @param gradients  the same shapes; their first `columns` columns are overwritten
  /// @param columns    how many columns take part; the others are taken to be zero
  /// @return the mean loss; 0 for an empty batch
  /// @throws argument_error if a shape differs or a triple names a row that is not there
  double operator()(const triples& batch, const tables& vectors, const outputs& gradients,
                    index_t columns) {
    check(batch, vectors, gradients, columns);
    groups_[0].assign(vectors[0]->rows(), batch.users);
    groups_[1].assign(vectors[1]->rows(), batch.positives, batch.negatives);
    slopes_.resize(batch.size());
    losses_.resize(batch.size());
    const T share = T{1} / static_cast<T>(std::max<std::size_t>(batch.size(), 1));

    const auto vector = [&](std::size_t t, row_id r) {
      return const_row(vectors[t]->data() + r * vectors[t]->cols(), columns);
    };
    const auto gradient = [&](std::size_t t, index_t r) {
      return row(gradients[t]->data() + r * gradients[t]->cols(), columns);
    };
    parallel_for(vectors[0]->rows(), grain, [&](index_t first, index_t last) {
      for (index_t u = first; u < last; ++u) {
        auto g = gradient(0, u);
        g.setZero();
        for (const auto b : groups_[0][u]) {
          const auto better = vector(1, batch.positives[b]);
          const auto worse = vector(1, batch.negatives[b]);
          const T margin = (vector(0, static_cast<row_id>(u)) * (better - worse)).sum();
          losses_[b] = bpr_loss(margin);
          slopes_[b] = share * bpr_slope(margin);
          g += slopes_[b] * (better - worse);
        }
      }
    });
    parallel_for(vectors[1]->rows(), grain, [&](index_t first, index_t last) {
      for (index_t i = first; i < last; ++i) {
        auto g = gradient(1, i);
        g.setZero();
        for (const auto position : groups_[1][i]) {
          const bool worse = position >= batch.size();
          const std::size_t b = worse ? position - batch.size() : position;
          g += (worse ? -slopes_[b] : slopes_[b]) * vector(0, batch.users[b]);
        }
      }
    });
    double sum = 0;
    for (const T loss : losses_) sum += static_cast<double>(loss);
    return batch.size() == 0 ? 0 : sum / static_cast<double>(batch.size());
  }

  [[nodiscard]] static constexpr bool of_rows() noexcept { return true; }

  /// How often the last batch named a row.
  [[nodiscard]] index_t count(std::size_t table, index_t row) const noexcept {
    return static_cast<index_t>(groups_[table][row].size());
  }

 private:
  static constexpr index_t grain = 64;
  using array = Eigen::Array<T, 1, Eigen::Dynamic>;
  static auto row(T* data, index_t n) { return Eigen::Map<array>(data, n); }
  static auto const_row(const T* data, index_t n) { return Eigen::Map<const array>(data, n); }

  static void check(const triples& batch, const tables& vectors, const outputs& gradients,
                    index_t columns) {
    for (std::size_t t = 0; t < 2; ++t)
      if (columns < 0 || columns > vectors[t]->cols() ||
          gradients[t]->rows() != vectors[t]->rows() || gradients[t]->cols() != vectors[t]->cols())
        detail::throw_error<argument_error>("bpr: ", columns, " columns of table ", t, " with [",
                                            vectors[t]->rows(), ", ", vectors[t]->cols(),
                                            "] vectors and [", gradients[t]->rows(), ", ",
                                            gradients[t]->cols(), "] gradients");
    detail::check_triples("bpr", batch, vectors[0]->rows(), vectors[1]->rows());
  }

  std::array<index_t, 2> rows_{};
  std::array<row_groups, 2> groups_;
  std::vector<T> slopes_;  ///< [batch], of the mean loss
  std::vector<T> losses_;  ///< [batch]
};

/// The penalty on the length of rows, weight * sum over rows of count(r) * |row r|^2; adds its
/// gradient.
/// @param weight    of one occurrence of a row
/// @param values    [rows, d]
/// @param gradient  the same shape
/// @param count     `count(row)`: how often the batch names the row
template <class T, class Count>
double add_row_penalty(double weight, const basic_matrix_view<T>& values,
                       basic_matrix_span<T> gradient, Count&& count) {
  return weight * parallel_reduce(
                      values.rows(), 64, 0.0,
                      [&](index_t first, index_t last) {
                        double sum = 0;
                        for (index_t r = first; r < last; ++r) {
                          const auto times = static_cast<T>(count(r));
                          if (times == T{0}) continue;
                          sum += static_cast<double>(times * values.row(r).squaredNorm());
                          gradient.row(r) += 2 * static_cast<T>(weight) * times * values.row(r);
                        }
                        return sum;
                      },
                      std::plus<>{});
}

}  // namespace ciess
