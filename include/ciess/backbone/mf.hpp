// SPDX-License-Identifier: MIT
/// @file
/// Matrix factorisation: the score of a user and an item is the inner product of their rows.
#pragma once

#include <ciess/backbone/inner_product.hpp>

namespace ciess {

/// Leaves rows as they are.
template <class T>
class identity_encoder {
 public:
  struct options {};
  identity_encoder(const interactions&, const options&) {}
  void apply(const typename bpr<T>::tables& in, const typename bpr<T>::outputs& out,
             index columns) const {
    for (std::size_t t = 0; t < 2; ++t)
      if (in[t] != out[t]) out[t]->leftCols(columns) = in[t]->leftCols(columns);
  }
};

/// BPR matrix factorisation. Source: Rendle et al., "BPR", UAI 2009.
template <class T>
using basic_mf = inner_product_recommender<identity_encoder<T>, T>;
using mf = basic_mf<float>;

}  // namespace ciess
