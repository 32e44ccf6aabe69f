// SPDX-License-Identifier: MIT
/// @file
/// What NeuMF's training and its server have in common: its layers, and the scores of all pairs.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/detail/product.hpp>
#include <ciess/nn/detail/relu_lanes.hpp>

namespace ciess::detail {

/// NeuMF's numbers beside its tables, in the order in which they stand: Wu, Wi, b, v, h, c.
inline constexpr std::array<std::string_view, 6> neumf_layers{
    "first-users", "first-items", "first-bias", "top-mlp", "top-gmf", "top-bias"};

/// [d, d], [d] or [1].
inline std::vector<index_t> neumf_shape(std::size_t layer, index_t d) {
  if (layer < 2) return {d, d};
  return {layer < 5 ? d : 1};
}

/// hidden = rows W, and with the bias, if there is one, added: what rows of one side bring to the
/// first layer of the MLP tower.
/// @param layer   W [columns that matter, d], packed
/// @param rows    [n, d]
/// @param bias    [d], or null
/// @param hidden  [n, d]
template <class T>
void neumf_hidden(const packed_factor<T>& layer, const T* rows, index_t n, const T* bias,
                  T* hidden) {
  const index_t d = layer.columns();
  layer.template multiply<false>(rows, n, d, 1, hidden, d);
  if (bias == nullptr) return;
  for (index_t k = 0; k < n; ++k) {
    T* const out = hidden + k * d;
    for (index_t j = 0; j < d; ++j) out[j] += bias[j];
  }
}

/// All items as NeuMF's pairs want them: what they bring to the first layer in lanes, and their GMF
/// rows times h in panels. A score does not depend on where its user and its item stand among
/// others.
/// Memory: items * (d + columns of the GMF rows) numbers.
template <class T>
class neumf_pairs {
 public:
  /// Users and items at a time, so that these stay in the cache while all those pass by.
  static constexpr index_t users_at_once = 32;
  static constexpr index_t items_at_once = 1024;
  static_assert(items_at_once % packed_factor<T>::width == 0 &&
                items_at_once % relu_lanes<T>::width == 0);

  /// @param hidden  [items, d], with the bias of the first layer
  void assign_mlp(const basic_matrix<T>& hidden) { lanes_.assign(hidden); }
  /// @param weighted  [items, columns], GMF rows times h
  void assign_gmf(const basic_matrix<T>& weighted) {
    weighted_.pack(weighted.data(), weighted.cols(), weighted.rows(), 1, weighted.cols());
  }

  /// Scores of some users and of the items [first, last).
  /// @param hidden  [users, d], what the users bring to the first layer
  /// @param gmf     [users, d], of which the columns that items have matter
  /// @param v       [d]
  /// @param first   a multiple of `items_at_once`
  /// @param out     [users, last - first], rows `stride` apart
  void score(const T* hidden, const T* gmf, index_t users, index_t d, const T* v, T c,
             index_t first, index_t last, T* out, index_t stride) const {
    weighted_.template multiply<false>(gmf, users, d, 1, out, stride, first, last);
    for (index_t r = 0; r < users; ++r)
      lanes_.add_scores(hidden + r * d, v, c, first,
                        std::span(out + r * stride, static_cast<std::size_t>(last - first)));
  }

 private:
  relu_lanes<T> lanes_;
  packed_factor<T> weighted_;  ///< [columns, items]
};

}  // namespace ciess::detail
