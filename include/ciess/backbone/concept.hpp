// SPDX-License-Identifier: MIT
/// @file
/// What a recommender must offer so that its embedding sizes can be searched.
#pragma once

#include <concepts>
#include <type_traits>

#include <ciess/backbone/sized_model.hpp>
#include <ciess/core/types.hpp>

namespace ciess {

namespace detail {

// The requirements of `backbone` one by one, so that a refusal can name the one that is missing.
template <class M>
concept has_users = requires(const M& m) {
  { m.users() } -> std::convertible_to<index_t>;
};
template <class M>
concept has_items = requires(const M& m) {
  { m.items() } -> std::convertible_to<index_t>;
};
template <class M>
concept has_score =
    requires(M& m, index_t first_user, matrix_span out) { m.score(first_user, out); };

}  // namespace detail

/// A latent-factor recommender: a `sized_model` of users and items.
///
/// Checked, and promised, beside `shapes()`, `reset`, `resize`, `train`:
/// - `users()`, `items()` on a const model: counts. The tables are one of users and one of items,
///   or several of each in turn, for a model whose users and items have more than one row (NeuMF);
/// - `score(first_user, out)`: fills out [n, items] with scores of the users first_user ...
///   first_user + n - 1, higher is better. May change caches: one call at a time.
template <class M>
concept backbone =
    sized_model<M> && detail::has_users<M> && detail::has_items<M> && detail::has_score<M>;

/// A backbone whose score is the inner product of a user vector and an item vector: ranking is then
/// a matrix product, and the vectors can be exported to an index.
/// Promised: shapes [users, d] and [items, d]; valid until the model is changed.
template <class M>
concept inner_product_backbone = backbone<M> && requires(M& model) {
  { model.user_vectors() } -> std::convertible_to<matrix_view>;
  { model.item_vectors() } -> std::convertible_to<matrix_view>;
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
                "ciess: a backbone needs `ciess::index_t users() const`: rows of table 0");
  static_assert(has_items<M>,
                "ciess: a backbone needs `ciess::index_t items() const`: rows of table 1");
  static_assert(has_model_shapes<M>,
                "ciess: a backbone needs `const std::vector<ciess::table_shape>& shapes() const`, "
                "or a span: rows and sizes of each table");
  static_assert(has_reset<M>,
                "ciess: a backbone needs `void reset(std::uint64_t seed)`: new weights");
  static_assert(has_resize<M>,
                "ciess: a backbone needs `void resize(const ciess::assignment& sizes)`: each row "
                "keeps its first numbers");
  static_assert(has_train<M>, "ciess: a backbone needs `double train(int steps)`: the mean loss");
  static_assert(has_score<M>,
                "ciess: a backbone needs `void score(ciess::index_t first_user, ciess::matrix_span "
                "out)`: a block of users against all items");
};

}  // namespace detail
}  // namespace ciess
