// SPDX-License-Identifier: MIT
/// @file
/// What the search maximises for a row: its quality less a price for its size.
#pragma once

#include <concepts>
#include <string_view>

#include <ciess/search/ciess/state.hpp>

namespace ciess {

/// One row after a step, as a reward sees it.
struct row_outcome {
  double quality = 0;  ///< measured now
  double full = 0;     ///< with the full-size table
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

/// r = rho - lambda * (d / d_max)^2 with rho = min(1, q / full). Source: the paper, equation 10.
struct quadratic_price {
  double operator()(const row_outcome& row, double price) const noexcept {
    const double share = double(row.size) / row.d_max;
    return relative_quality(row.quality, row.full) - price * share * share;
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) const {
    f.same("kind", std::string_view("quadratic"));
  }
};
static_assert(reward_policy<quadratic_price>);

}  // namespace ciess
