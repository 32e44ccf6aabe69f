// SPDX-License-Identifier: MIT
/// @file
/// What a recommender must offer so that its embedding sizes can be searched.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>

#include <ciess/backbone/learning_rate.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>

namespace ciess {

namespace detail {

// The requirements of `backbone` one by one, so that a refusal can name the one that is missing.
template <class M>
concept has_users = requires(const M& m) {
  { m.users() } -> std::convertible_to<index>;
};
template <class M>
concept has_items = requires(const M& m) {
  { m.items() } -> std::convertible_to<index>;
};
template <class M>
concept has_backbone_shapes = requires(const M& m) {
  { m.shapes() } -> std::convertible_to<std::span<const table_shape>>;
};
template <class M>
concept has_reset = requires(M& m, std::uint64_t seed) { m.reset(seed); };
template <class M>
concept has_resize = requires(M& m, const assignment& sizes) { m.resize(sizes); };
template <class M>
concept has_train = requires(M& m, int steps) {
  { m.train(steps) } -> std::convertible_to<double>;
};
template <class M>
concept has_score = requires(M& m, index first_user, matrix_span out) { m.score(first_user, out); };

}  // namespace detail

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
concept backbone =
    detail::has_users<M> && detail::has_items<M> && detail::has_backbone_shapes<M> &&
    detail::has_reset<M> && detail::has_resize<M> && detail::has_train<M> && detail::has_score<M>;

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

/// A backbone that can rewrite its weights so that the first columns of every table matter most and
/// a prefix of a row is the best part to keep: other axes, or the columns in another order.
/// Promised: scores change by rounding only; needs every row at full size, else throws
/// `argument_error`.
template <class M>
concept rotatable_backbone =
    backbone<M> && requires(M& model) { model.rotate_to_principal_axes(); };

/// A backbone whose optimiser can begin anew on the weights as they are, at another learning rate.
template <class M>
concept fine_tunable_backbone =
    backbone<M> && requires(M& model, const learning_rate& rate) { model.restart(rate); };

/// A backbone that can train prefixes: in each step, callable `draw(step)` names sizes, and only
/// that prefix of each row is used and changed; rows keep their sizes. Every prefix so learns to
/// stand alone.
template <class M>
concept nestable_backbone =
    backbone<M> && requires(M& model, const assignment& (*draw)(std::int64_t)) {
      { model.train_nested(1, draw) } -> std::convertible_to<double>;
    };

/// A backbone that draws or weighs its training examples by the weights of the interactions, and
/// says so: `static constexpr bool uses_weights = true`. Any other would train on weighted data as
/// if all weights were the same, in silence.
template <class M>
concept weighted_backbone =
    backbone<M> && requires { requires std::bool_constant<M::uses_weights>::value; };

namespace detail {

/// Instantiated first by what a newcomer calls with a model of their own. Such entry points take
/// any type: were they constrained by `backbone`, a compiler would print its candidates, then the
/// concept (clang, for class templates, not even that); so the first error is a sentence of ours.
template <class M>
struct explain_backbone : std::true_type {
  static_assert(has_users<M>,
                "ciess: a backbone needs `ciess::index users() const`: rows of table 0");
  static_assert(has_items<M>,
                "ciess: a backbone needs `ciess::index items() const`: rows of table 1");
  static_assert(has_backbone_shapes<M>,
                "ciess: a backbone needs `const std::vector<ciess::table_shape>& shapes() const`, "
                "or a span: rows and sizes of each table");
  static_assert(has_reset<M>,
                "ciess: a backbone needs `void reset(std::uint64_t seed)`: new weights");
  static_assert(has_resize<M>,
                "ciess: a backbone needs `void resize(const ciess::assignment& sizes)`: each row "
                "keeps its first numbers");
  static_assert(has_train<M>, "ciess: a backbone needs `double train(int steps)`: the mean loss");
  static_assert(has_score<M>,
                "ciess: a backbone needs `void score(ciess::index first_user, ciess::matrix_span "
                "out)`: a block of users against all items");
};

}  // namespace detail
}  // namespace ciess
