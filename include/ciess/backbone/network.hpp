// SPDX-License-Identifier: MIT
/// @file
/// What is particular to one kind of recommender: its numbers, its loss, its scores. Everything
/// else, from batches to the optimiser, is shared (`recommender.hpp`).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/learning_rate.hpp>

namespace ciess {

/// All numbers that a model learns: the tables, whose rows have sizes, and the rest in one piece.
template <class T>
struct model_weights {
  std::vector<basic_masked_table<T>> tables;
  basic_vector<T> parameters;

  /// @throws argument_error unless every row has its full size; numeric_error if a number is not
  ///         finite
  void check_rotatable(const char* who) const {
    for (std::size_t t = 0; t < tables.size(); ++t)
      if (const auto& kept = tables[t].row_sizes(); kept.total() != kept.dense())
        detail::throw_error<argument_error>(who, ": needs full size; table ", t, " keeps ",
                                            kept.total(), " of ", kept.dense(), " numbers");
    for (std::size_t t = 0; t < tables.size(); ++t)
      if (!tables[t].values().allFinite())
        detail::throw_error<numeric_error>(who, ": table ", t, " has a number that is not finite");
    if (!parameters.allFinite())
      detail::throw_error<numeric_error>(who, ": a parameter is not finite");
  }
};

/// The gradient of a loss, laid out as the weights. Tables: [rows, d_max], valid in the kept
/// prefixes only.
template <class T>
struct model_gradient {
  std::vector<basic_matrix<T>> tables;
  basic_vector<T> parameters;

  /// Zeros for tables of these shapes where there are none.
  void fit(std::span<const table_shape> shapes) {
    tables.resize(shapes.size());
    for (std::size_t t = 0; t < shapes.size(); ++t)
      if (tables[t].size() == 0) tables[t].setZero(shapes[t].rows, shapes[t].range.max);
  }
};

/// Where the randomness of one training step (dropout, candidates of a loss) is drawn from.
struct training_step {
  std::uint64_t seed = 0;
  std::uint64_t number = 0;
  [[nodiscard]] random_stream dropout() const noexcept { return {seed, purpose::dropout}; }
  [[nodiscard]] random_stream candidates() const noexcept { return {seed, purpose::candidates}; }
};

/// What a network is trained with unless its user says otherwise.
struct training_defaults {
  double penalty;
  learning_rate rate;
};

/// The particular part of a recommender that is trained with BPR, or with a loss of its own.
///
/// Checked, and promised:
/// - `N(train, range, options)`: throws `argument_error` if an option is out of range;
/// - `N::defaults`: penalty and learning rate of the source;
/// - `shapes()`: an even number of tables, in turn one of users and one of items;
/// - `parameters()`: how many numbers there are beside the tables;
/// - `initializer(table)`, `draw(parameters, stream)`: their first values;
/// - `changed(weights)`: told whenever weights or sizes are others than before; sizes and shapes
///   fit;
/// - `loss_and_gradient(weights, batch, penalty, step, gradient)`: returns the mean loss of the
///   batch, BPR or what it was told (`loss_network`), plus penalty * (sum of the squared lengths of
///   its rows) / batch, fills the gradient. Throws `argument_error` if a triple names a row that is
///   not there;
/// - `score(weights, first_user, out)`: as in `backbone`, nothing dropped; shapes fit.
template <class N>
concept bpr_network =
    requires {
      typename N::value_type;
      typename N::options;
    } && std::constructible_from<N, const interactions&, size_range, const typename N::options&> &&
    requires(N& net, const N& fixed, std::size_t table, std::span<typename N::value_type> drawn,
             const random_stream& stream, const model_weights<typename N::value_type>& weights,
             const triples& batch, double penalty, const training_step& step,
             model_gradient<typename N::value_type>& gradient, index_t first_user,
             basic_matrix_span<typename N::value_type> out) {
      { N::defaults } -> std::convertible_to<training_defaults>;
      { fixed.shapes() } -> std::convertible_to<std::span<const table_shape>>;
      { fixed.parameters() } -> std::convertible_to<index_t>;
      { fixed.initializer(table) } -> row_initializer<typename N::value_type>;
      fixed.draw(drawn, stream);
      net.changed(weights);
      {
        net.loss_and_gradient(weights, batch, penalty, step, gradient)
      } -> std::convertible_to<double>;
      net.score(weights, first_user, out);
    };

/// A network that is told its loss: `N::loss_options`, and `N(train, range, options, loss)`, which
/// throws `argument_error` if an option is out of range and may keep a reference to the
/// interactions.
template <class N>
concept loss_network =
    bpr_network<N> && requires { typename N::loss_options; } &&
    std::constructible_from<N, const interactions&, size_range, const typename N::options&,
                            const typename N::loss_options&>;

/// A network that judges a user and an item by their rows and the parameters alone, so that the
/// gradient of a batch touches the batch's rows and no other. Nothing is dropped.
///
/// Checked, and promised:
/// - `learns_rows()`: whether it does so with the loss that it was told;
/// - `learn_rows(rows, batch, gradient)`: tables of any number of rows, by whose numbers the batch
///   names them. Returns the mean loss of the batch, fills the gradient of the rows that the batch
///   names and of the parameters; without the penalty, which is on the rows of its tables. No
///   column of `rows` is used that was not when it was last told of a change;
/// - `changed(weights)`: tables of any number of rows, too: what `learn_rows` goes by is their used
///   columns;
/// - `rows_changed()`: told in place of `changed` where numbers have changed and sizes have not.
///   O(1).
template <class N>
concept row_network =
    bpr_network<N> &&
    requires(N& net, const N& fixed, const model_weights<typename N::value_type>& rows,
             const triples& batch, model_gradient<typename N::value_type>& gradient) {
      { fixed.learns_rows() } -> std::convertible_to<bool>;
      { net.learn_rows(rows, batch, gradient) } -> std::convertible_to<double>;
      net.rows_changed();
    };

/// A network whose score is the inner product of two vectors.
template <class N>
concept vector_network =
    bpr_network<N> && requires(N& net, const model_weights<typename N::value_type>& weights) {
      {
        net.vectors(weights, std::size_t{0})
      } -> std::convertible_to<basic_matrix_view<typename N::value_type>>;
    };

/// A network that can rewrite its weights so that the first columns of every table matter most and
/// no score changes but by rounding. Called at full size only.
template <class N>
concept rotatable_network =
    bpr_network<N> &&
    requires(N& net, model_weights<typename N::value_type>& weights) { net.rotate(weights); };

}  // namespace ciess
