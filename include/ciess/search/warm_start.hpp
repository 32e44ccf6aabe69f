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

/// A model that can be started warm: cut from its own full-size weights and trained on. Its
/// prefixes must be worth something: by a turn onto principal axes, or by nested training.
template <class M>
concept warm_startable = restorable_backbone<M> && fine_tunable_backbone<M> &&
                         (rotatable_backbone<M> || nestable_backbone<M>);

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

}  // namespace detail

/// How a model with given sizes is trained to the end.
struct training_recipe {
  start from = start::scratch;
  int steps = 0;
  friend bool operator==(const training_recipe&, const training_recipe&) = default;
};

}  // namespace ciess
