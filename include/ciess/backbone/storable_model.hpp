// SPDX-License-Identifier: MIT
/// @file
/// Models that can be judged as they will be stored.
#pragma once

#include <concepts>

#include <ciess/embedding/table_formats.hpp>

namespace ciess {

/// A model that learns and scores with its tables as they will be once they are stored:
///
/// - `store_as(formats)`  one for all tables or for each its own: from now on, whatever is trained
///                        or restored; what it shows of its tables are the exact numbers, which
///                        packing rounds to those that it has scored with
/// - `stored_as()`        on a const model: how; floats at first
///
/// Every `bpr_recommender` is one.
template <class M>
concept storable_model = requires(M& m, const M& seen, const table_formats& formats) {
  m.store_as(formats);
  { seen.stored_as() } -> std::convertible_to<table_formats>;
};

}  // namespace ciess
