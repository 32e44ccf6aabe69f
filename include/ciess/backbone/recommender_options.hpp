// SPDX-License-Identifier: MIT
/// @file
/// What a recommender is told when it is made.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include <ciess/backbone/network.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/fields.hpp>
#include <ciess/core/size_range.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/learning_rate.hpp>
#include <ciess/nn/loss_options.hpp>
#include <ciess/nn/row_update_options.hpp>

namespace ciess {
namespace detail {

/// What a network is told of its loss: its own options, or those of the library's losses, of which
/// it takes BPR alone.
template <class N>
struct loss_options_of {
  using type = loss_options;
};
template <loss_network N>
struct loss_options_of<N> {
  using type = typename N::loss_options;
};

}  // namespace detail

/// Options of a `bpr_recommender`.
template <bpr_network Network>
struct recommender_options {
  size_range range{};  ///< d_min, d_max of every table (reference program: 1, 128)
  int batch = 10'000;  ///< triples in a step (reference program)
  double penalty = Network::defaults.penalty;  ///< weight of the squared length of a batch's rows
  learning_rate rate = Network::defaults.rate;
  ciess::adam adam{};  ///< of all numbers; with `updates` of those that are in no table
  /// How rows learn. Nothing: every step is one of Adam on all rows, those whose gradient is zero
  /// too, and costs what the tables have. A way to update rows: a step moves the rows of its batch
  /// alone and costs what these have, however many there are. For networks that are a `row_network`
  /// with their loss.
  std::optional<row_update_options> updates{};
  typename Network::options network{};
  /// A network that is no `loss_network` takes BPR alone.
  typename detail::loss_options_of<Network>::type loss{};

  /// See `field_visitor::same`; the network's part if that has a `visit`. BPR and steps on all rows
  /// show nothing, as when there was nothing else.
  template <class F>
  void visit(F& f) const {
    f.same("batch", std::int64_t{batch});
    f.same("penalty", penalty);
    visit_part(f, "rate", rate);
    f.same("adam.beta1", adam.beta1);
    f.same("adam.beta2", adam.beta2);
    f.same("adam.epsilon", adam.epsilon);
    visit_part(f, "network", network);
    visit_part(f, "loss", loss);
    if (updates) visit_part(f, "updates", *updates);
  }

  /// @throws argument_error if one is out of range
  void check(const char* who) const {
    detail::check_range(who, range);
    rate.check(who);
    if (!(penalty >= 0 && std::isfinite(penalty)))
      detail::throw_error<argument_error>(who, ": penalty must be >= 0, got ", penalty);
    if (batch < 1) detail::throw_error<argument_error>(who, ": batch must be >= 1, got ", batch);
    if (!updates) return;
    updates->check(who);
    if constexpr (!row_network<Network>)
      detail::throw_error<argument_error>(
          who,
          ": the gradient of this network touches every row, not its batch's alone: rows "
          "cannot be updated by ",
          name_of(updates->kind), ", only all of them by Adam");
  }
};

}  // namespace ciess
