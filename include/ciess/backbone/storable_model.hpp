// SPDX-License-Identifier: MIT
/// @file
/// Models that can be judged as they will be stored.
#pragma once

#include <ciess/embedding/number_format.hpp>

namespace ciess {

/// A model that learns and scores with its tables as they will be once they are stored:
///
/// - `store_as(format)`  from now on, whatever is trained or restored; what it shows of its tables
///                       are the exact numbers, which packing rounds to those that it has scored
///                       with
///
/// Every `bpr_recommender` is one.
template <class M>
concept storable_model = requires(M& m, number_format format) { m.store_as(format); };

}  // namespace ciess
