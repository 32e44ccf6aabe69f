// SPDX-License-Identifier: MIT
/// @file
/// What the search maximises for a row: its quality less a price for its size.
#pragma once

#include <concepts>
#include <string_view>

#include <ciess/search/state.hpp>

namespace ciess {

/// One row after a step, as a reward sees it.
struct row_outcome {
  double quality = 0;  ///< measured now
  double peak = 0;     ///< with the full-size table
  int size = 1;        ///< columns kept, d_n
  int d_max = 1;       ///< columns of the full-size table
};

/// Rule that rewards one row at a price lambda.
/// Checked:  `rule(row, price)` on a const rule returns double and cannot throw.
/// Promised: pure; never falls as quality grows, never rises as size or price grows.
template <class R>
concept reward_policy =
    std::copyable<R> && requires(const R& r, const row_outcome& row, double price) {
      { r(row, price) } noexcept -> std::same_as<double>;
    };

/// r = rho - lambda * (d / d_max)^2 with rho = min(1, q / peak). Source: the paper, equation 10.
struct quadratic_price {
  double operator()(const row_outcome& row, double price) const noexcept {
    const double share = double(row.size) / row.d_max;
    return relative_quality(row.quality, row.peak) - price * share * share;
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) const {
    f.same("kind", std::string_view("quadratic"));
  }
};
static_assert(reward_policy<quadratic_price>);

/// r = q / scale - lambda * d / d_max, with the row's own quality and not its share of the peak. A
/// budget counts numbers, which are linear in the sizes: at the price that just meets it, the
/// assignment that maximises the sum of these rewards also maximises the sum of qualities
/// (Lagrange).
struct linear_price {
  double scale = 1;  ///< quality that counts as 1; > 0
  double operator()(const row_outcome& row, double price) const noexcept {
    return row.quality / scale - price * double(row.size) / row.d_max;
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) const {
    f.same("kind", std::string_view("linear"));
    f.same("scale", scale);
  }
};
static_assert(reward_policy<linear_price>);

}  // namespace ciess
