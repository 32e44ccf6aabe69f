// SPDX-License-Identifier: MIT
/// @file
/// Networks whose score is the inner product of a user's and an item's vector.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/backbone/network.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/chosen_loss.hpp>
#include <ciess/nn/loss.hpp>
#include <ciess/nn/named_rows.hpp>

namespace ciess {

/// What turns two tables into vectors: `linear_encoder` (MF, LightGCN), `ngcf_encoder`.
///
/// Checked, and promised; `columns` is the largest size of any row, what lies past it is zero:
/// - `width()`, `used(columns)`: columns of the vectors, and how many of them can be other than
///   zero;
/// - `drops()`: whether a training step leaves something out at random;
/// - `forward(weights, columns, step, wanted, vectors)`: fills the used columns,
///   of row r at least the first wanted[r] (empty: all);
///   nothing is dropped if step is null;
///   what `backward` needs is remembered;
/// - `vector_gradients(gradient)`: where the gradients of the vectors belong, [rows, width()];
/// - `backward(weights, columns, gradient)`: from there to the tables and the parameters;
/// - `vectors_are_rows`, if it is there and true: the vectors of a row are its numbers, those of
///   their gradients too, nothing is dropped and no other number is used. `forward` and `backward`
///   are not called then, and nothing is copied;
/// - `penalises_vectors`: the penalty is on the vectors, otherwise on the rows of the tables;
/// - `defaults`, `parameters()`, `initializer(shape)`, `draw(...)`: as in `bpr_network`.
template <class E>
concept encoder =
    requires {
      typename E::value_type;
      typename E::options;
    } && std::constructible_from<E, const interactions&, size_range, const typename E::options&> &&
    requires(E& e, const E& fixed, const model_weights<typename E::value_type>& w, index_t columns,
             const training_step* step, const row_prefixes& wanted,
             const typename bpr<typename E::value_type>::outputs& out,
             model_gradient<typename E::value_type>& g, const table_shape& shape,
             std::span<typename E::value_type> drawn, const random_stream& stream) {
      { E::defaults } -> std::convertible_to<training_defaults>;
      { E::penalises_vectors } -> std::convertible_to<bool>;
      { fixed.width() } -> std::convertible_to<index_t>;
      { fixed.used(columns) } -> std::convertible_to<index_t>;
      { fixed.drops() } -> std::convertible_to<bool>;
      { fixed.parameters() } -> std::convertible_to<index_t>;
      { fixed.initializer(shape) } -> row_initializer<typename E::value_type>;
      fixed.draw(drawn, stream);
      e.forward(w, columns, step, wanted, out);
      { e.vector_gradients(g) } -> std::same_as<typename bpr<typename E::value_type>::outputs>;
      e.backward(w, columns, g);
    };

/// A table of users, a table of items, an encoder, inner products. Satisfies `bpr_network` and
/// `loss_network`. Its loss may refer to the interactions, which must outlive it then.
/// @tparam Loss  of one's own, or any of the library by its options, BPR without a word
template <encoder Encoder, vector_loss Loss = chosen_loss<typename Encoder::value_type>>
  requires std::same_as<typename Loss::value_type, typename Encoder::value_type>
class inner_product_network {
 public:
  using value_type = typename Encoder::value_type;
  using options = typename Encoder::options;
  using loss_options = typename Loss::options;
  static constexpr training_defaults defaults = Encoder::defaults;
  static constexpr bool rows_are_vectors = requires { requires Encoder::vectors_are_rows; };

  inner_product_network(const interactions& train, size_range range, const options& o,
                        const loss_options& loss = {})
      : shapes_{table_shape{train.users(), range}, table_shape{train.items(), range}},
        encoder_{train, range, o},
        loss_{train, loss} {
    if constexpr (rows_are_vectors) return;
    for (std::size_t t = 0; t < 2; ++t)
      vectors_[t] = basic_matrix<value_type>::Zero(shapes_[t].rows, encoder_.width());
  }

  /// What the loss refers to would be gone.
  inner_product_network(const interactions&&, size_range, const options&,
                        const loss_options& = {}) = delete;

  [[nodiscard]] std::span<const table_shape> shapes() const noexcept { return shapes_; }
  [[nodiscard]] index_t parameters() const noexcept { return encoder_.parameters(); }
  [[nodiscard]] auto initializer(std::size_t table) const {
    return encoder_.initializer(shapes_[table]);
  }
  void draw(std::span<value_type> parameters, const random_stream& stream) const {
    encoder_.draw(parameters, stream);
  }

  void changed(const model_weights<value_type>& w) {
    columns_ = std::max(w.tables[0].used_columns(), w.tables[1].used_columns());
    encoded_ = false;
  }

  double loss_and_gradient(const model_weights<value_type>& w, const triples& batch, double penalty,
                           const training_step& step, model_gradient<value_type>& g) {
    rows_.clear(shapes_[0].rows, shapes_[1].rows);
    loss_.begin(batch, step.candidates(), step.number, rows_);
    if (!rows_are_vectors && (encoder_.drops() || !encoded_)) {
      encoded_ = false;
      encoder_.forward(w, columns_, encoder_.drops() ? &step : nullptr, rows_.prefixes(),
                       {&vectors_[0], &vectors_[1]});
    }
    const index_t used = encoder_.used(columns_);
    const auto slopes = encoder_.vector_gradients(g);
    double loss = loss_(batch, vectors_of(w), slopes, used);
    const double weight = penalty / static_cast<double>(std::max<std::size_t>(batch.size(), 1));
    const auto add_penalty = [&](std::size_t t, const basic_matrix<value_type>& values,
                                 basic_matrix<value_type>& gradient, index_t columns) {
      loss +=
          add_row_penalty<value_type>(weight, values.leftCols(columns), gradient.leftCols(columns),
                                      [&](index_t r) { return loss_.count(t, r); });
    };
    if constexpr (Encoder::penalises_vectors)
      for (std::size_t t = 0; t < 2; ++t) add_penalty(t, vectors_[t], *slopes[t], used);
    if constexpr (!rows_are_vectors) encoder_.backward(w, columns_, g);
    if constexpr (!Encoder::penalises_vectors)
      for (std::size_t t = 0; t < 2; ++t)
        add_penalty(t, w.tables[t].values(), g.tables[t], columns_);
    return loss;
  }

  /// Table 0: users, 1: items.
  [[nodiscard]] auto vectors(const model_weights<value_type>& w, std::size_t table) {
    encode(w);
    return vectors_of(w)[table]->leftCols(encoder_.used(columns_));
  }

  /// See `row_network`: where vectors are the rows, with a loss that looks at no others.
  [[nodiscard]] bool learns_rows() const noexcept
    requires rows_are_vectors
  {
    if constexpr (row_loss<Loss>)
      return loss_.of_rows();
    else
      return false;
  }
  double learn_rows(const model_weights<value_type>& rows, const triples& batch,
                    model_gradient<value_type>& g)
    requires rows_are_vectors
  {
    return loss_(batch, vectors_of(rows), encoder_.vector_gradients(g), encoder_.used(columns_));
  }
  void rows_changed() noexcept
    requires rows_are_vectors
  {
    encoded_ = false;
  }

  void score(const model_weights<value_type>& w, index_t first, basic_matrix_span<value_type> out) {
    out.noalias() = vectors(w, 0).middleRows(first, out.rows()) * vectors(w, 1).transpose();
  }

  void rotate(model_weights<value_type>& w)
    requires requires(Encoder& e) { e.rotate(w); }
  {
    encoder_.rotate(w);
  }

 private:
  static_assert(!rows_are_vectors || !Encoder::penalises_vectors,
                "ciess: vectors that are rows are penalised as rows");

  /// Where the vectors are.
  [[nodiscard]] typename bpr<value_type>::tables vectors_of(
      const model_weights<value_type>& w) const noexcept {
    if constexpr (rows_are_vectors)
      return {&w.tables[0].values(), &w.tables[1].values()};
    else
      return {&vectors_[0], &vectors_[1]};
  }

  void encode(const model_weights<value_type>& w) {
    if (rows_are_vectors || encoded_) return;
    encoder_.forward(w, columns_, nullptr, {}, {&vectors_[0], &vectors_[1]});
    encoded_ = true;
  }

  std::array<table_shape, 2> shapes_;
  Encoder encoder_;
  std::array<basic_matrix<value_type>, 2> vectors_;  ///< none if they are the rows
  named_rows rows_;                                  ///< that the loss reads
  Loss loss_;
  index_t columns_ = 0;   ///< largest size of any row: rows are zero from here on
  bool encoded_ = false;  ///< vectors_ are those of the weights, nothing dropped
};

}  // namespace ciess
