// SPDX-License-Identifier: MIT
/// @file
/// Matrix factorisation: the score of a user and an item is the inner product of their rows.
#pragma once

#include <cstdint>

#include <ciess/backbone/inner_product.hpp>
#include <ciess/backbone/linear_encoder.hpp>
#include <ciess/backbone/recommender.hpp>

namespace ciess {

/// Leaves rows as they are.
template <class T>
class identity_map {
 public:
  using value_type = T;
  static constexpr bool identity = true;  ///< see `linear_map`
  struct options {
    double deviation = 0.01;  ///< of the first weights, > 0

    /// See `field_visitor::same`.
    template <class F>
    void visit(F& f) const {
      f.same("deviation", deviation);
    }
  };
  identity_map(const interactions&, const options&) {}
  void apply(const typename bpr<T>::tables& in, const typename bpr<T>::outputs& out,
             index_t columns, const row_prefixes&, const row_prefixes&) const {
    for (std::size_t t = 0; t < 2; ++t)
      if (in[t] != out[t]) out[t]->leftCols(columns) = in[t]->leftCols(columns);
  }
};

/// BPR matrix factorisation. Source: Rendle et al., "BPR", UAI 2009.
template <class T>
using basic_mf = bpr_recommender<inner_product_network<linear_encoder<identity_map<T>>>>;
using mf = basic_mf<float>;

}  // namespace ciess
