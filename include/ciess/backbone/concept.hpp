// SPDX-License-Identifier: MIT
/// @file
/// What a recommender must offer so that its embedding sizes can be searched.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>

#include <ciess/backbone/learning_rate.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>

namespace ciess {

/// A latent-factor recommender: the least that a search needs.
///
/// Checked, and promised:
/// - `users()`, `items()`, `shapes()` on a const model: counts, and the tables with the sizes their
///   rows may take (a `std::vector` or a span of `table_shape`): one of users and one of items, or
///   several of each in turn, for a model whose users and items have more than one row (NeuMF);
/// - `reset(seed)`: forgets all training and draws new weights; sizes stay. Same seed, same result;
/// - `resize(assignment)`: each row keeps its first numbers, the rest is zero and stays zero;
/// throws
///   `argument_error`, and changes nothing, if the tables of the assignment are not `shapes()`;
/// - `train(steps)`: continues the training; returns the mean loss of these steps;
/// - `score(first_user, out)`: fills out [n, items] with scores of the users first_user ...
///   first_user + n - 1, higher is better. May change caches: one call at a time.
template <class M>
concept backbone = requires(M& model, const M& fixed, std::uint64_t seed, const assignment& sizes,
                            int steps, index first_user, matrix_span out) {
  { fixed.users() } -> std::convertible_to<index>;
  { fixed.items() } -> std::convertible_to<index>;
  { fixed.shapes() } -> std::convertible_to<std::span<const table_shape>>;
  model.reset(seed);
  model.resize(sizes);
  { model.train(steps) } -> std::convertible_to<double>;
  model.score(first_user, out);
};

/// A backbone whose score is the inner product of a user vector and an item vector: ranking is then
/// a matrix product, and the vectors can be exported to an index.
/// Promised: shapes [users, d] and [items, d]; valid until the model is changed.
template <class M>
concept inner_product_backbone = backbone<M> && requires(M& model) {
  { model.user_vectors() } -> std::convertible_to<matrix_view>;
  { model.item_vectors() } -> std::convertible_to<matrix_view>;
};

/// A backbone whose whole state can be put aside: `snapshot()` on a const model gives a copyable
/// value, `restore(value)` makes the model go on as if nothing had happened since.
template <class M>
concept restorable_backbone = backbone<M> && requires(M& model, const M& fixed) {
  { fixed.snapshot() } -> std::copyable;
  model.restore(fixed.snapshot());
};

/// A backbone that can turn both tables to new axes, those of the largest energy first, so that a
/// prefix of a row is the best part to keep. Promised: scores change by rounding only; needs every
/// row at full size, else throws `argument_error`.
template <class M>
concept rotatable_backbone =
    backbone<M> && requires(M& model) { model.rotate_to_principal_axes(); };

/// A backbone whose optimiser can begin anew on the weights as they are, at another learning rate.
template <class M>
concept fine_tunable_backbone =
    backbone<M> && requires(M& model, const learning_rate& rate) { model.restart(rate); };

}  // namespace ciess
