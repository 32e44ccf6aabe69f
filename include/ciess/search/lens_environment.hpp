// SPDX-License-Identifier: MIT
/// @file
/// What methods that learn sizes by slopes need of an environment: a model to train through a lens,
/// and held-out data to learn from.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include <ciess/backbone/sized_model.hpp>
#include <ciess/backbone/warm_start.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/search/environment.hpp>

namespace ciess {
namespace detail {

/// What stands in for a lens where only a concept asks: of tables of any numbers.
struct any_lens {
  void look(std::int64_t, auto&) {}
  void back(const auto&, auto&) {}
  void learn(std::int64_t) {}
};

/// Shows the state of a model that a search trains, and puts back what was read.
/// @param kept  of the search: what is shown must still be there when it is written
template <class F, class M>
void visit_model(F& f, M& model, std::optional<typename snapshot_of<M>::type>& kept) {
  kept.emplace(model.snapshot());
  visit_part(f, "model", *kept);
  if constexpr (F::reads) {
    model.restore(*kept);
    kept.reset();
  }
}

// The requirements one by one, so that a refusal can name the one that is missing.
template <class M>
concept trains_through = requires(M& model, any_lens& lens) {
  { model.train_through(1, lens) } -> std::convertible_to<double>;
};
template <class M>
concept saves_snapshot = restorable_backbone<M> && requires(const M& model) {
  requires visitable<std::remove_cvref_t<decltype(model.snapshot())>>;
};
template <class E>
concept has_warm_copy = requires(E& e) {
  { e.warm_copy() } -> sized_model;
};
template <class E>
concept has_held_out_batches = requires(const E& e, std::uint64_t seed) {
  { e.held_out_batches(seed) } -> std::movable;
};
template <class M, class B>
concept has_slopes_through = requires(M& model, B& batches, std::uint64_t number, any_lens& lens) {
  { model.slopes_through(batches(number, std::size_t{1}), lens) } -> std::convertible_to<double>;
};

template <class E>
using warm_copy_of = std::remove_cvref_t<decltype(std::declval<E&>().warm_copy())>;
template <class E>
using held_out_batches_of =
    std::remove_cvref_t<decltype(std::declval<const E&>().held_out_batches(std::uint64_t{}))>;

template <class E>
concept copies_lens_model =
    has_warm_copy<E> && trains_through<warm_copy_of<E>> && saves_snapshot<warm_copy_of<E>>;

}  // namespace detail

/// An environment whose full-size model can be trained through a lens:
///
/// - `warm_copy()`  a copy of the full-size model, every row at full size, made ready for cuts (on
///                  principal axes if it has them); trains the full-size model if `full()` was not
///                  called. Always the same. `train_through(steps, lens)` goes on with its training
///                  (`table_lens`), and its snapshot shows all of its fields, so that a search can
///                  be saved; put back, it takes the same steps again
///
/// `trained_environment` is one if its model is `warm_startable`, copyable, and trains so:
/// every `bpr_recommender` is and does.
template <class E>
concept lens_environment = environment<E> && detail::copies_lens_model<E>;

/// A lens environment that lets a method learn from data that are not trained on:
///
/// - `held_out_batches(seed)`  on a const environment: a callable (std::uint64_t number,
///                             std::size_t size) -> batch; same seed and number, same batch
///
/// and its model has `slopes_through(batch, lens)`: the loss of such a batch, whose slopes `back`
/// of the lens is given; nothing learns. Sizes that are chosen so have seen the held-out data, as
/// those have that were chosen by measurements on them.
template <class E>
concept held_out_lens_environment =
    lens_environment<E> && detail::has_held_out_batches<E> &&
    detail::has_slopes_through<detail::warm_copy_of<E>, detail::held_out_batches_of<E>>;

namespace detail {

/// See `explain_backbone`.
template <class M>
struct explain_lens_model : std::true_type {
  static_assert(trains_through<M>,
                "ciess: a model to be trained through a lens needs `double train_through(int "
                "steps, L& lens)` for any `ciess::table_lens`: the mean loss");
  static_assert(saves_snapshot<M>,
                "ciess: a model to be trained through a lens needs `state snapshot() const` and "
                "`void restore(const state& s)`, of a state with a `void visit(F& f)`");
};

template <class E>
struct explain_lens_environment : explain_environment<E> {
  static_assert(has_warm_copy<E>,
                "ciess: a lens environment needs `M warm_copy()`: its full-size model, ready for "
                "cuts. A trained_environment has it if its model is copyable and warm_startable");
};
template <has_warm_copy E>
struct explain_lens_environment<E> : explain_environment<E> {
  static_assert(explain_lens_model<warm_copy_of<E>>::value);
};

template <class E>
struct explain_held_out_lens_environment : explain_lens_environment<E> {
  static_assert(has_held_out_batches<E>,
                "ciess: a held-out lens environment needs `B held_out_batches(std::uint64_t seed) "
                "const`: a callable (std::uint64_t number, std::size_t size) -> X, a batch. A "
                "trained_environment has it if its judge has");
};
template <class E>
  requires copies_lens_model<E> && has_held_out_batches<E>
struct explain_held_out_lens_environment<E> : explain_lens_environment<E> {
  static_assert(has_slopes_through<warm_copy_of<E>, held_out_batches_of<E>>,
                "ciess: a model whose sizes learn from held-out data needs `double "
                "slopes_through(const X& batch, L& lens)` for any `ciess::table_lens`: the loss");
};

}  // namespace detail
}  // namespace ciess
