// SPDX-License-Identifier: MIT
/// @file
/// A recommender's network from its options.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <ciess/backbone/network.hpp>
#include <ciess/backbone/recommender_options.hpp>
#include <ciess/core/error.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/nn/loss_options.hpp>

namespace ciess::detail {

/// Of "bpr" and "softmax" as a message has them; of a loss of one's own nothing.
template <class Options>
std::string_view loss_name(const Options& loss) {
  if constexpr (requires { name_of(loss.kind); })
    return name_of(loss.kind);
  else
    return "one's own";
}

/// @throws argument_error if the network does not learn by this loss, or not row by row though it
///         is to
template <bpr_network Network>
Network make_network(const interactions& train, const recommender_options<Network>& o) {
  const auto made = [&] {
    if constexpr (loss_network<Network>) {
      return Network(train, o.range, o.network, o.loss);
    } else {
      if (o.loss.kind != loss_kind::bpr)
        throw_error<argument_error>(
            "recommender: this network learns by bpr alone, as its scores are no inner products of "
            "vectors; got the loss ",
            name_of(o.loss.kind));
      o.loss.check("recommender");
      return Network(train, o.range, o.network);
    }
  };
  Network network = made();
  if constexpr (row_network<Network>)
    if (o.updates && !network.learns_rows())
      throw_error<argument_error>(
          "recommender: rows are updated by ", name_of(o.updates->kind),
          " with a loss that looks at its batch's rows alone, such as bpr; got the loss ",
          loss_name(o.loss));
  return network;
}

/// Shapes of a network's tables.
/// @throws argument_error unless there are tables, in pairs of users and items
template <bpr_network Network>
std::vector<table_shape> checked_shapes(const Network& network) {
  const std::span<const table_shape> shapes = network.shapes();
  if (shapes.empty() || shapes.size() % 2 != 0)
    throw_error<argument_error>("recommender: a network needs tables in pairs, got ",
                                shapes.size());
  return {shapes.begin(), shapes.end()};
}

}  // namespace ciess::detail
