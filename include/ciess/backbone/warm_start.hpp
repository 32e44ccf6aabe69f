// SPDX-License-Identifier: MIT
/// @file
/// What a training begins with, and which models can begin warm.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <ciess/backbone/concept.hpp>
#include <ciess/core/types.hpp>

namespace ciess {

/// What a model with new sizes begins its training from.
enum class start {
  scratch,  ///< new weights, as in the paper
  warm      ///< the full-size model made ready for cuts (turned onto its principal axes, its
            ///< prefixes trained), cut to the sizes
};

namespace detail {

template <class M>
concept has_rows_of = requires(const M& m, std::size_t t) {
  { m.rows_of(t) } -> std::convertible_to<matrix_view>;
};
template <class M>
concept has_set_rows =
    requires(M& m, std::size_t t, const matrix_view& rows) { m.set_rows(t, rows); };

}  // namespace detail

/// A model that hands out the rows of its tables and takes others: all that a warm start needs of a
/// foreign model.
///
/// - `rows_of(t)` on a const model: the rows of table t, a view or a matrix [rows, d_max];
/// - `set_rows(t, rows)`: takes these in their place. Called with every row at full size. What
///   `train` does afterwards must depend on the rows and sizes alone, not on trainings before: an
///   optimiser forgets, drawings of examples begin anew (here, or in `restart(learning_rate)`,
///   which a warm start calls if the model has it).
///
/// Weights beside the tables are as the last training left them, whatever its sizes: a model that
/// has such weights had better be a `restorable_backbone`, too; then it is put back as a whole.
template <class M>
concept open_tables = sized_model<M> && detail::has_rows_of<M> && detail::has_set_rows<M>;

namespace detail {

template <class M>
concept says_rotates = requires { std::bool_constant<M::rotates>::value; };

template <class M>
consteval bool turns_rows_of() {
  if constexpr (!open_tables<M>)
    return false;
  else if constexpr (says_rotates<M>)
    return M::rotates;
  else
    return inner_product_backbone<M>;
}

}  // namespace detail

/// Open tables whose rows may be turned, those of one group by one orthogonal matrix, because only
/// their inner products count: an `inner_product_backbone`, or a model that says
/// `static constexpr bool rotates = true` (or `false`, if the vectors of its inner product are not
/// linear in the rows). What the first columns keep of such rows is the most that columns can keep.
template <class M>
concept turnable_tables = detail::turns_rows_of<M>();

/// A model that can be started warm: cut from its own full-size weights and trained on. Either it
/// has `open_tables`, or it can be put back and tuned, and its prefixes are worth something: by a
/// turn onto principal axes, or by nested training.
template <class M>
concept warm_startable = open_tables<M> || (restorable_backbone<M> && fine_tunable_backbone<M> &&
                                            (rotatable_backbone<M> || nestable_backbone<M>));

/// A model whose snapshot shows the rows of its tables, `weights.tables[t].values()` [rows, d_max].
template <class M>
concept shows_tables = warm_startable<M> && requires(const M& m, std::size_t t) {
  { (m.snapshot().weights.tables[t].values()) } -> std::same_as<const matrix&>;
};

namespace detail {

/// What `snapshot()` of a model returns; of a model without one, something small.
template <class M>
struct snapshot_of {
  using type = char;
};
template <restorable_backbone M>
struct snapshot_of<M> {
  using type = std::remove_cvref_t<decltype(std::declval<const M&>().snapshot())>;
};

// Whether a model has a public member of that name, whatever it takes.
template <class M>
concept mentions_restart = requires { &M::restart; } || requires(M& m) { m.restart(); } ||
                           requires(M& m) { m.restart(0.1); };
template <class M>
concept mentions_snapshot = requires(M& m) { m.snapshot(); };
template <class M>
concept mentions_rows_of = requires { &M::rows_of; } || requires(M& m) { m.rows_of(0); };
template <class M>
concept mentions_set_rows =
    requires { &M::set_rows; } || requires(M& m, matrix& rows) { m.set_rows(0, rows); };

/// Half of what a warm start needs would be no warm start at all, in silence: a sentence instead.
template <class M>
struct explain_warm_start : std::true_type {
  static_assert(has_rows_of<M> || !(mentions_rows_of<M> || mentions_set_rows<M>),
                "ciess: a model with open tables needs `ciess::matrix_view rows_of(std::size_t "
                "table) const`, or "
                "a matrix: all rows of a table");
  static_assert(has_set_rows<M> || !(mentions_rows_of<M> || mentions_set_rows<M>),
                "ciess: a model with open tables needs `void set_rows(std::size_t table, const "
                "ciess::matrix_view& rows)`: other rows in their place");
  static_assert(restorable_backbone<M> || !mentions_snapshot<M>,
                "ciess: a model with a snapshot needs `state snapshot() const` and `void "
                "restore(const state& s)`, of a state that can be copied");
  // A model of which nothing can be put back may call something else so.
  static_assert(fine_tunable_backbone<M> || !mentions_restart<M> ||
                    !(restorable_backbone<M> || open_tables<M>),
                "ciess: a model with a restart needs `void restart(const ciess::learning_rate& "
                "rate)`: the optimiser begins anew; call it otherwise if it is something else");
};

}  // namespace detail

/// How a model with given sizes is trained to the end.
struct training_recipe {
  start from = start::scratch;
  int steps = 0;
  friend bool operator==(const training_recipe&, const training_recipe&) = default;
};

}  // namespace ciess
