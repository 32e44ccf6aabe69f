// SPDX-License-Identifier: MIT
/// @file
/// What a model must offer so that its embedding tables can be given sizes, whatever it predicts.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include <ciess/core/layer_view.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/nn/learning_rate.hpp>

namespace ciess {

namespace detail {

// The requirements one by one, so that a refusal can name the one that is missing.
template <class M>
concept has_model_shapes = requires(const M& m) {
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

}  // namespace detail

/// A model with embedding tables whose rows can have sizes: the least that can be trained. What it
/// predicts, and how good that is, is the matter of a `judge`.
///
/// Checked, and promised:
/// - `shapes()` on a const model: rows of each table and the sizes they may take (a `std::vector`
///   or a span of `table_shape`);
/// - `reset(seed)`: forgets all training and draws new weights; sizes stay. Same seed, same result;
/// - `resize(assignment)`: each row keeps its first numbers, the rest is zero and stays zero;
///   throws `argument_error`, and changes nothing, if the tables of the assignment are not
///   `shapes()`;
/// - `train(steps)`: continues the training; returns the mean loss of these steps.
template <class M>
concept sized_model = detail::has_model_shapes<M> && detail::has_reset<M> &&
                      detail::has_resize<M> && detail::has_train<M>;

/// A model whose whole state can be put aside: `snapshot()` on a const model gives a copyable
/// value, `restore(value)` makes the model go on as if nothing had happened since.
template <class M>
concept restorable_backbone = sized_model<M> && requires(M& model, const M& fixed) {
  { fixed.snapshot() } -> std::copyable;
  model.restore(fixed.snapshot());
};

/// A model that can rewrite its weights so that the first columns of every table matter most and a
/// prefix of a row is the best part to keep: other axes, or the columns in another order.
/// Promised: scores change by rounding only; needs every row at full size, else throws
/// `argument_error`.
template <class M>
concept rotatable_backbone =
    sized_model<M> && requires(M& model) { model.rotate_to_principal_axes(); };

/// A model that can mix the first columns of all its tables evenly, so that a number of few bits
/// with a scale a row serves each of them as well as the others: on principal axes the first are
/// much larger than the last.
/// Promised: `spread_columns(k)` changes scores by rounding only, and no number past the first k of
/// a row; needs every row to keep k numbers, else throws `argument_error`.
template <class M>
concept spreadable_backbone = sized_model<M> && requires(M& model) { model.spread_columns(2); };

/// A model whose optimiser can begin anew on the weights as they are, at another learning rate.
template <class M>
concept fine_tunable_backbone =
    sized_model<M> && requires(M& model, const learning_rate& rate) { model.restart(rate); };

/// A model that can train prefixes: in each step, callable `draw(step)` names sizes, and only that
/// prefix of each row is used and changed; rows keep their sizes. Every prefix so learns to stand
/// alone.
template <class M>
concept nestable_backbone =
    sized_model<M> && requires(M& model, const assignment& (*draw)(std::int64_t)) {
      { model.train_nested(1, draw) } -> std::convertible_to<double>;
    };

/// A model that has names for its tables: `table_names()` on a const model, one text a table, for
/// files and pictures.
template <class M>
concept named_tables = requires(const M& m, std::size_t t) {
  { m.table_names()[t] } -> std::convertible_to<std::string_view>;
  { std::size(m.table_names()) } -> std::convertible_to<std::size_t>;
};

/// A model that shows what it has beside its tables, so that a server can do what it does:
/// `layers()` on a const model, names and numbers that live as long as the model does not change.
template <class M>
concept layered_model = requires(const M& m) {
  { m.layers() } -> std::same_as<std::vector<layer_view>>;
};

namespace detail {

/// See `explain_backbone`.
template <class M>
struct explain_sized_model : std::true_type {
  static_assert(has_model_shapes<M>,
                "ciess: a sized model needs `const std::vector<ciess::table_shape>& shapes() "
                "const`, or a span: rows and sizes of each table");
  static_assert(has_reset<M>,
                "ciess: a sized model needs `void reset(std::uint64_t seed)`: new weights");
  static_assert(has_resize<M>,
                "ciess: a sized model needs `void resize(const ciess::assignment& sizes)`: each "
                "row keeps its first numbers");
  static_assert(has_train<M>,
                "ciess: a sized model needs `double train(int steps)`: the mean loss");
};

}  // namespace detail
}  // namespace ciess
