// SPDX-License-Identifier: MIT
/// @file
/// Models that can be judged as they will be stored.
#pragma once

#include <concepts>

#include <ciess/embedding/number_format.hpp>

namespace ciess {

/// A model that learns and scores with its tables as they will be once they are stored:
///
/// - `store_as(format)`  from now on, whatever is trained or restored; what it shows of its tables
///                       are the exact numbers, which packing rounds to those that it has scored
///                       with
/// - `stored_as()`       on a const model: how; floats at first
///
/// Every `bpr_recommender` is one.
template <class M>
concept storable_model = requires(M& m, const M& seen, number_format format) {
  m.store_as(format);
  { seen.stored_as() } -> std::convertible_to<number_format>;
};

}  // namespace ciess
