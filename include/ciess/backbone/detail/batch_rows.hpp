// SPDX-License-Identifier: MIT
/// @file
/// The rows of a batch, out of the tables and back.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/backbone/network.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/embedding/trainable_table.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/row_updates.hpp>
#include <ciess/nn/touched_rows.hpp>

namespace ciess::detail {

/// The rows that a batch names, as small tables in which row k is the k-th of them, the batch by
/// their new numbers, and a gradient of these. All costs go with the batch. Table t belongs to
/// users if t is even, to items if it is odd.
/// Memory: rows and gradient of the largest batch there was, kept between calls.
template <class T>
class batch_rows {
 public:
  batch_rows() = default;
  /// @param parameters  how many there are beside the tables
  batch_rows(std::span<const table_shape> shapes, index_t parameters)
      : shapes_(shapes.begin(), shapes.end()), filled_(shapes.size()) {
    int most = 0;
    for (const auto& shape : shapes) {
      sizes_.emplace_back(0, shape.range);
      rows_.tables.emplace_back(sizes_.back());
      gradient_.tables.emplace_back();
      most = std::max(most, shape.range.max);
    }
    none_.resize(static_cast<std::size_t>(most));
    gradient_.parameters = basic_vector<T>::Zero(parameters);
  }

  /// Loss of a batch, and its gradient.
  /// @param from   has `tables`, each a `trainable_table`, and `parameters`
  /// @param round  callable (std::vector<basic_masked_table<T>>&): what is done to rows before the
  ///               network reads them
  /// @throws argument_error if a triple names a row that is not there; nothing is changed then
  template <class Network, class Weights, class Round>
  double learn(Network& network, const Weights& from, const triples& batch, double penalty,
               Round&& round) {
    assign(batch);
    gather(from);
    round(rows_.tables);
    const double loss = network.learn_rows(rows_, numbered_, gradient_);
    return loss + add_penalty(penalty);
  }

  /// What a table's rows are called there, rising.
  [[nodiscard]] const touched_rows& of(std::size_t table) const noexcept {
    return sides_[table % 2];
  }
  /// Laid out as the rows. Rows past those that are named mean nothing.
  [[nodiscard]] const model_gradient<T>& gradient() const noexcept { return gradient_; }

  /// That of a row; zeros if the batch does not name it. Valid until the next batch.
  [[nodiscard]] const T* gradient_of(std::size_t table, index_t row) const noexcept {
    const index_t k = of(table).place_of(static_cast<row_id>(row));
    return k < 0 ? none_.data() : gradient_.tables[table].row(k).data();
  }

  /// The gradient of all rows: zero where none is named.  O(all rows)
  void spread(model_gradient<T>& all) const {
    all.parameters = gradient_.parameters;
    all.tables.resize(shapes_.size());
    for (std::size_t t = 0; t < shapes_.size(); ++t) {
      const auto named = of(t).rows();
      all.tables[t].setZero(shapes_[t].rows, shapes_[t].range.max);
      for (std::size_t k = 0; k < named.size(); ++k)
        all.tables[t].row(named[k]) = gradient_.tables[t].row(static_cast<index_t>(k));
    }
  }

 private:
  /// Groups a batch and numbers its rows anew.
  void assign(const triples& batch) {
    check_triples("recommender", batch, shapes_[0].rows, shapes_[1].rows);
    sides_[0].assign(batch.users);
    sides_[1].assign(batch.positives, batch.negatives);
    numbered_.resize(batch.size());
    const auto number = [](std::vector<row_id>& to, std::span<const std::uint32_t> places) {
      std::ranges::transform(places.first(to.size()), to.begin(),
                             [](std::uint32_t k) { return static_cast<row_id>(k); });
    };
    number(numbered_.users, sides_[0].places());
    number(numbered_.positives, sides_[1].places());
    number(numbered_.negatives, sides_[1].places().subspan(batch.size()));
    for (std::size_t t = 0; t < shapes_.size(); ++t) {
      const auto [rows, range] = shapes_[t];
      const index_t most =
          std::min(rows, (t % 2 == 0 ? 1 : 2) * static_cast<index_t>(batch.size()));
      if (most <= rows_.tables[t].rows()) continue;
      sizes_[t] = sizes(most, range);
      rows_.tables[t] = basic_masked_table<T>(sizes_[t]);
      gradient_.tables[t].setZero(most, range.max);
      filled_[t] = 0;
    }
  }

  /// Takes the rows with their sizes, and all parameters; what comes after them is zero.
  template <class Weights>
  void gather(const Weights& from) {
    rows_.parameters = from.parameters;
    for (std::size_t t = 0; t < from.tables.size(); ++t) {
      const auto named = of(t).rows();
      const trainable_table auto& table = from.tables[t];
      const auto& kept = table.row_sizes();
      auto& to = rows_.tables[t];
      bool resized = false;
      for (std::size_t k = 0; k < named.size(); ++k)
        if (const int size = kept[named[k]]; sizes_[t][static_cast<index_t>(k)] != size) {
          sizes_[t].set(static_cast<index_t>(k), size);
          resized = true;
        }
      if (resized) to.resize(sizes_[t]);
      parallel_for(std::ssize(named), 256, [&](index_t first, index_t last) {
        for (index_t k = first; k < last; ++k) {
          if (k + rows_ahead < last) {
            const auto next = table[named[static_cast<std::size_t>(k + rows_ahead)]];
            fetch_row(next.data(), std::ssize(next));
          }
          std::ranges::copy(table[named[static_cast<std::size_t>(k)]], to[k].begin());
        }
      });
      for (index_t k = std::ssize(named); k < filled_[t]; ++k) std::ranges::fill(to[k], T{0});
      filled_[t] = std::ssize(named);
    }
  }

  /// Adds the penalty on the length of rows to the gradient of the last ones gathered.
  /// @returns what it adds to the loss
  double add_penalty(double penalty) {
    double loss = 0;
    const double weight = penalty / static_cast<double>(std::max<std::size_t>(numbered_.size(), 1));
    for (std::size_t t = 0; t < rows_.tables.size(); ++t)
      loss += add_row_penalty<T>(weight, rows_.tables[t].values().topRows(of(t).size()),
                                 gradient_.tables[t].topRows(of(t).size()),
                                 [&](index_t k) { return std::ssize(of(t)[k]); });
    return loss;
  }

  std::vector<table_shape> shapes_;
  std::array<touched_rows, 2> sides_;
  triples numbered_;
  model_weights<T> rows_;
  model_gradient<T> gradient_;
  std::vector<sizes> sizes_;     ///< [tables], of the rows
  std::vector<T> none_;          ///< zeros, as many as the longest row has
  std::vector<index_t> filled_;  ///< [tables], rows that may be other than zero
};

}  // namespace ciess::detail
