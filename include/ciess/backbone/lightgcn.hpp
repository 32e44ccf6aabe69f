// SPDX-License-Identifier: MIT
/// @file
/// LightGCN: rows are averaged over the neighbourhoods of the graph of users and items.
#pragma once

#include <cstdint>

#include <ciess/backbone/inner_product.hpp>
#include <ciess/backbone/linear_encoder.hpp>
#include <ciess/backbone/recommender.hpp>
#include <ciess/nn/propagation.hpp>

namespace ciess {

/// Mean of the rows propagated 0 to `layers` times.
template <class T>
class graph_map {
 public:
  using value_type = T;
  struct options {
    double deviation = 0.01;             ///< of the first weights, > 0 (reference program)
    int layers = 3;                      ///< L, 0 to 16 (paper and reference program: 3)
    gathered storage = gathered::exact;  ///< of the rows that a product gathers

    /// See `field_visitor::same`.
    template <class F>
    void visit(F& f) const {
      f.same("deviation", deviation);
      f.same("layers", std::int64_t{layers});
      f.same("storage", static_cast<std::int64_t>(storage));
    }
  };
  /// @throws argument_error if layers is out of range
  graph_map(const interactions& data, const options& o)
      : propagate_{bipartite_graph(data), checked(o), o.storage} {}
  void apply(const typename bpr<T>::tables& in, const typename bpr<T>::outputs& out,
             index_t columns, const row_prefixes& given, const row_prefixes& wanted) {
    propagate_(in, out, columns, given, wanted);
  }

 private:
  static int checked(const options& o) {
    if (o.layers < 0 || o.layers > 16)
      detail::throw_error<argument_error>("lightgcn: layers must be in [0, 16], got ", o.layers);
    return o.layers;
  }

  propagation<T> propagate_;
};

/// LightGCN. Source: He et al., SIGIR 2020. Its step is 2 L products of the graph with a table of
/// d_max columns.
template <class T>
using basic_lightgcn = bpr_recommender<inner_product_network<linear_encoder<graph_map<T>>>>;
using lightgcn = basic_lightgcn<float>;

}  // namespace ciess
