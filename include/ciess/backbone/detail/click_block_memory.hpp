// SPDX-License-Identifier: MIT
/// @file
/// What a thread needs to have a click network look at a block of impressions.
#pragma once

#include <cstddef>
#include <span>

#include <ciess/backbone/click_network.hpp>
#include <ciess/core/types.hpp>

namespace ciess::detail {

/// The slots of a block, its log odds and what the network keeps of it. Kept between blocks it
/// allocates nothing.
template <click_network Network>
struct click_block_memory {
  using value_type = typename Network::value_type;

  basic_matrix<value_type> x;        ///< [click_block, width]
  basic_matrix<value_type> numbers;  ///< [click_block, features beside the slots]
  basic_vector<value_type> odds;     ///< [click_block]
  typename Network::tape tape;

  void fit(const click_input& input) {
    x.resize(click_block, input.width());
    numbers.resize(click_block, input.features);
    odds.resize(click_block);
  }

  /// Adds to the log odds of the first impressions what the network says of their slots and
  /// numbers.
  /// @param dropped  null: nothing is left out
  void look(const Network& network, std::span<const value_type> parameters,
            const typename Network::packed& packed, index_t rows, const click_dropout* dropped) {
    network.forward(parameters, packed, x.topRows(rows), numbers.topRows(rows), dropped, tape,
                    std::span(odds.data(), static_cast<std::size_t>(rows)));
  }

  [[nodiscard]] const value_type* log_odds() const noexcept { return odds.data(); }
};

}  // namespace ciess::detail
