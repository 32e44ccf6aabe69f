// SPDX-License-Identifier: MIT
/// @file
/// Recommenders whose score is an inner product of encoded rows, trained with BPR: what MF and
/// LightGCN share.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <Eigen/Eigenvalues>

#include <ciess/backbone/concept.hpp>
#include <ciess/backbone/trainer.hpp>
#include <ciess/backbone/triple_sampler.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/bpr.hpp>

namespace ciess {

/// A linear map of both tables together, equal to its own transpose and the same for each column:
/// identity (MF), graph propagation (LightGCN). `E(interactions, E::options)` makes one; `apply(in,
/// out, columns)` maps the first columns of the tables [rows, d] at `in` to those at `out`, which
/// may be the same.
template <class E, class T>
concept linear_encoder =
    std::constructible_from<E, const interactions&, const typename E::options&> &&
    requires(E& e, const typename bpr<T>::tables& in, const typename bpr<T>::outputs& out,
             index columns) { e.apply(in, out, columns); };

/// Embedding tables, an encoder, BPR with Adam. Satisfies every backbone concept of `concept.hpp`.
/// Holds a reference to the interactions it was made for: they must outlive it.
/// @tparam T  float for work, double for checking gradients
template <class Encoder, class T = float>
  requires linear_encoder<Encoder, T>
class inner_product_recommender {
 public:
  /// Defaults: the reference program's for LightGCN on MovieLens-1M.
  struct options {
    size_range range{};       ///< d_min, d_max
    int batch = 10'000;       ///< triples in a step
    double penalty = 1e-4;    ///< weight of the squared length of the rows in a batch
    double deviation = 0.01;  ///< of the first weights
    learning_rate rate{};
    ciess::adam adam{};
    typename Encoder::options encoder{};
  };

  /// Loss and gradient of one batch.
  struct gradient {
    double loss = 0;
    const std::array<basic_matrix<T>, 2>* tables =
        nullptr;  ///< [rows, d_max]; valid in the kept prefixes only
  };

  /// @throws argument_error if an option is out of range; data_error if no triple can be drawn
  inner_product_recommender(const interactions& train, const options& o, std::uint64_t seed)
      : options_{checked(o)},
        shapes_{table_shape{train.users(), o.range}, table_shape{train.items(), o.range}},
        sampler_{train},
        encoder_{train, o.encoder} {
    for (std::size_t s = 0; s < 2; ++s) {
      state_.tables[s] = basic_masked_table<T>(sizes(shapes_[s].rows, o.range));
      state_.first[s] = state_.second[s] = basic_matrix<T>::Zero(shapes_[s].rows, o.range.max);
      vectors_[s] = gradient_[s] = basic_matrix<T>::Zero(shapes_[s].rows, o.range.max);
    }
    count_columns();
    reset(seed);
  }

  [[nodiscard]] const options& settings() const noexcept { return options_; }
  [[nodiscard]] index users() const noexcept { return shapes_[0].rows; }
  [[nodiscard]] index items() const noexcept { return shapes_[1].rows; }
  [[nodiscard]] std::span<const table_shape> shapes() const noexcept { return shapes_; }
  /// 0: users, 1: items.
  [[nodiscard]] const basic_masked_table<T>& table(std::size_t side) const noexcept {
    return state_.tables[side];
  }

  /// New weights from the seed, optimiser and learning rate from their beginning; sizes stay.
  void reset(std::uint64_t seed) {
    state_.seed = seed;
    for (std::size_t s = 0; s < 2; ++s) state_.tables[s].draw(initializer(), weights(s));
    restart(options_.rate);
  }

  /// Clears the optimiser and goes on from the weights as they are, with this learning rate.
  /// @throws argument_error if it is out of range
  void restart(const learning_rate& rate) {
    rate.check("restart");
    state_.rate = rate;
    state_.steps = 0;
    for (std::size_t s = 0; s < 2; ++s) {
      state_.first[s].setZero();
      state_.second[s].setZero();
    }
    encoded_ = false;
  }

  /// Rows that shrink lose their tails, rows that grow get first weights in the new columns; the
  /// optimiser forgets every column that is not kept.
  /// @throws argument_error if the shapes differ
  void resize(const assignment& sizes) {
    check_shapes("inner_product_recommender", shapes_, sizes);
    for (std::size_t s = 0; s < 2; ++s) {
      state_.tables[s].resize(sizes[s], initializer(), weights(s));
      parallel_for(shapes_[s].rows, 256, [&](index first, index last) {
        for (index r = first; r < last; ++r)
          for (auto* m : {&state_.first[s], &state_.second[s]})
            m->row(r).tail(shapes_[s].range.max - sizes[s][r]).setZero();
      });
    }
    count_columns();
  }

  /// @returns mean loss over the steps; 0 for no steps
  /// @throws argument_error if steps < 0; numeric_error naming the step whose loss is not finite,
  /// before its update
  double train(int steps) {
    if (steps < 0) detail::throw_error<argument_error>("train: steps must be >= 0, got ", steps);
    const random_stream batches(state_.seed, purpose::batches);
    double sum = 0;
    for (int i = 0; i < steps; ++i) {
      sampler_.draw(batches, static_cast<std::uint64_t>(state_.steps),
                    static_cast<std::size_t>(options_.batch), batch_);
      const gradient g = loss_and_gradient(batch_);
      if (!std::isfinite(g.loss))
        detail::throw_error<numeric_error>("train: loss is ", g.loss, " at step ", state_.steps);
      sum += g.loss;
      const adam_step<T> update(options_.adam, state_.rate.at(state_.steps), state_.steps + 1);
      for (std::size_t s = 0; s < 2; ++s)
        parallel_for(shapes_[s].rows, 256, [&](index first, index last) {
          for (index r = first; r < last; ++r) {
            const auto kept = state_.tables[s][r];
            update(kept.data(), (*g.tables)[s].row(r).data(), state_.first[s].row(r).data(),
                   state_.second[s].row(r).data(), kept.size());
          }
        });
      ++state_.steps;
      encoded_ = false;
    }
    return steps > 0 ? sum / steps : 0;
  }

  /// loss = mean softplus(s(u, i-) - s(u, i+)) + penalty * sum of squared lengths of the rows /
  /// batch, and its gradient. No allocation once a batch of this length has been seen. The gradient
  /// is valid until the next call.
  /// @throws argument_error if a triple names a row that is not there
  gradient loss_and_gradient(const triples& batch) {
    encode();
    gradient g{bpr_(batch, {&vectors_[0], &vectors_[1]}, {&gradient_[0], &gradient_[1]}, columns_),
               &gradient_};
    encoder_.apply({&gradient_[0], &gradient_[1]}, {&gradient_[0], &gradient_[1]},
                   columns_);  // its own transpose
    const double weight =
        options_.penalty / static_cast<double>(std::max<std::size_t>(batch.size(), 1));
    for (std::size_t s = 0; s < 2; ++s) {
      const auto& rows = state_.tables[s].values();
      g.loss += weight * parallel_reduce(
                             shapes_[s].rows, 64, 0.0,
                             [&](index first, index last) {
                               double sum = 0;
                               for (index r = first; r < last; ++r) {
                                 const auto count = static_cast<T>(bpr_.count(s, r));
                                 if (count == 0) continue;
                                 sum += static_cast<double>(count * rows.row(r).squaredNorm());
                                 gradient_[s].row(r) +=
                                     2 * static_cast<T>(weight) * count * rows.row(r);
                               }
                               return sum;
                             },
                             std::plus<>{});
    }
    return g;
  }

  /// Encoded rows, worked out when the weights have changed. Not to be called from two threads at
  /// once.
  /// Shape [rows, largest size of any row].
  [[nodiscard]] auto user_vectors() { return encode()[0].leftCols(columns_); }
  [[nodiscard]] auto item_vectors() { return encode()[1].leftCols(columns_); }

  /// Scores of users [first, first + out.rows()) and all items.
  /// @throws argument_error if the users or the columns do not fit
  void score(index first, basic_matrix_span<T> out) {
    if (first < 0 || first + out.rows() > users() || out.cols() != items())
      detail::throw_error<argument_error>("score: users [", first, ", ", first + out.rows(),
                                          ") of ", users(), ", ", out.cols(), " columns for ",
                                          items(), " items");
    out.noalias() = user_vectors().middleRows(first, out.rows()) * item_vectors().transpose();
  }

  /// Multiplies both tables by one orthogonal matrix, the eigenvectors of E^T E, largest eigenvalue
  /// first: the scores stay, up to rounding, and the energy of the rows moves to their first
  /// columns. The optimiser is cleared. O(rows d^2 + d^3)
  /// @throws argument_error unless every row has its full size
  void rotate_to_principal_axes() {
    using square = Eigen::MatrixXd;
    const index d = options_.range.max;
    square energy = square::Zero(d, d);
    for (const auto& t : state_.tables) {
      const square e = t.values().template cast<double>();
      energy.noalias() += e.transpose() * e;
    }
    const Eigen::SelfAdjointEigenSolver<square> solver(energy);
    square axes = solver.eigenvectors().rowwise().reverse();
    for (index j = 0; j < d; ++j) {  // an eigenvector's sign is free: fix it
      index largest = 0;
      axes.col(j).cwiseAbs().maxCoeff(&largest);
      if (axes(largest, j) < 0) axes.col(j) *= -1;
    }
    const basic_matrix<double> turn = axes;
    for (auto& t : state_.tables) t.change_axes(turn);
    restart(state_.rate);
  }

  /// Everything that training changes: a value.
  struct state {
    std::array<basic_masked_table<T>, 2> tables;
    std::array<basic_matrix<T>, 2> first, second;  ///< Adam's moments
    learning_rate rate;
    std::int64_t steps = 0;
    std::uint64_t seed = 0;
  };
  [[nodiscard]] state snapshot() const { return state_; }
  /// @throws argument_error if the state is that of a model with other shapes
  void restore(const state& s) {
    for (std::size_t side = 0; side < 2; ++side)
      if (s.tables[side].rows() != shapes_[side].rows ||
          s.tables[side].row_sizes().range() != shapes_[side].range)
        detail::throw_error<argument_error>("restore: table ", side, " has ", s.tables[side].rows(),
                                            " rows, expected ", shapes_[side].rows,
                                            ", or another range of sizes");
    state_ = s;
    count_columns();
  }

 private:
  static const options& checked(const options& o) {
    detail::check_range("inner_product_recommender", o.range);
    o.rate.check("inner_product_recommender");
    if (!(o.penalty >= 0 && std::isfinite(o.penalty)))
      detail::throw_error<argument_error>("inner_product_recommender: penalty must be >= 0, got ",
                                          o.penalty);
    if (o.batch < 1)
      detail::throw_error<argument_error>("inner_product_recommender: batch must be >= 1, got ",
                                          o.batch);
    if (!(o.deviation > 0 && std::isfinite(o.deviation)))
      detail::throw_error<argument_error>("inner_product_recommender: deviation must be > 0, got ",
                                          o.deviation);
    return o;
  }

  [[nodiscard]] normal_rows initializer() const noexcept { return {options_.deviation}; }
  [[nodiscard]] random_stream weights(std::size_t side) const noexcept {
    return random_stream(state_.seed, purpose::weights).child(side);
  }

  void count_columns() {
    columns_ = std::max(state_.tables[0].used_columns(), state_.tables[1].used_columns());
    encoded_ = false;
  }

  const std::array<basic_matrix<T>, 2>& encode() {
    if (!encoded_) {
      encoder_.apply({&state_.tables[0].values(), &state_.tables[1].values()},
                     {&vectors_[0], &vectors_[1]}, columns_);
      encoded_ = true;
    }
    return vectors_;
  }

  options options_;
  std::array<table_shape, 2> shapes_;
  triple_sampler sampler_;
  Encoder encoder_;
  state state_;
  index columns_ = 0;  ///< largest size of any row: vectors are zero from here on, and left out
  bool encoded_ = false;  ///< vectors_ are those of the weights
  std::array<basic_matrix<T>, 2> vectors_, gradient_;
  bpr<T> bpr_;
  triples batch_;
};

}  // namespace ciess
