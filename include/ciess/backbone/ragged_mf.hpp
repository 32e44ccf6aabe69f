// SPDX-License-Identifier: MIT
/// @file
/// Matrix factorisation in the memory of what rows keep.
#pragma once

#include <ciess/backbone/inner_product.hpp>
#include <ciess/backbone/linear_encoder.hpp>
#include <ciess/backbone/mf.hpp>
#include <ciess/backbone/ragged_recommender.hpp>

namespace ciess {

/// What `mf` is, on ragged tables: the same weights, to the bit.
template <class T>
using basic_ragged_mf = ragged_recommender<inner_product_network<linear_encoder<identity_map<T>>>>;
using ragged_mf = basic_ragged_mf<float>;

}  // namespace ciess
