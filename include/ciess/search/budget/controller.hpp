// SPDX-License-Identifier: MIT
/// @file
/// How a search is held to a budget: a price on size, a projection onto the budget, or both.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <span>
#include <utility>

#include <ciess/core/fields.hpp>
#include <ciess/search/budget/projection.hpp>

namespace ciess {

/// Rule that turns proposed sizes into the sizes that are measured, and says what size costs now.
/// Checked:  `price()` is lambda, in units of quality for a row of full size;
///           `apply(shapes, proposal)` returns the sizes to measure;
///           `observe(sparsity)` tells it the sparsity that the policy asked for, before `apply`
///           changed it.
template <class C>
concept budget_controller =
    std::copyable<C> && requires(C& c, const C& k, std::span<const table_shape> shapes,
                                 const proposal& p, double sparsity) {
      { k.price() } -> std::convertible_to<double>;
      { k.apply(shapes, p) } -> std::same_as<assignment>;
      c.observe(sparsity);
    };

/// The paper's way: a price chosen by hand. Sizes are rounded and clipped and may miss any budget;
/// a search keeps the best of those that happen to meet it.
class fixed_price {
 public:
  /// @param lambda  the authors' best for LightGCN: 0.4 on MovieLens-1M, 0.2 on Yelp2018
  /// @throws argument_error unless lambda is finite and >= 0
  explicit fixed_price(double lambda = 0.4) : lambda_{lambda} {
    if (!(std::isfinite(lambda) && lambda >= 0))
      detail::throw_error<argument_error>("fixed_price: lambda must be finite and >= 0, got ",
                                          lambda);
  }
  [[nodiscard]] double price() const noexcept { return lambda_; }
  [[nodiscard]] assignment apply(std::span<const table_shape> shapes, const proposal& p) const {
    return round_sizes(shapes, p);
  }
  void observe(double) noexcept {}

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) const {
    f.same("lambda", lambda_);
  }

 private:
  double lambda_;
};
static_assert(budget_controller<fixed_price>);

/// A price that finds itself: dual ascent on the constraint sparsity >= budget. Too little removed,
/// and size gets dearer by a factor; too much, and it gets cheaper. It drives the sparsity to the
/// budget, but no single assignment is forced: wrap it in `exact_projection` for that.
class automatic_price {
 public:
  struct options {
    double budget = 0.9;  ///< share of numbers to remove, in (0, 1)
    double first = 0.4;   ///< price at the start, > 0
    double rate = 2;      ///< factor exp(rate) for a sparsity that is wrong by 1
    double least = 1e-4;  ///< the price stays in [least, most]
    double most = 1e2;
  };

  automatic_price() : automatic_price(options{}) {}
  /// @throws argument_error naming the option that is out of its range
  explicit automatic_price(const options& o) : options_{o}, lambda_{o.first} {
    if (!(o.budget > 0 && o.budget < 1))
      detail::throw_error<argument_error>("automatic_price: budget must be in (0, 1), got ",
                                          o.budget);
    if (!(o.rate > 0 && std::isfinite(o.rate)))
      detail::throw_error<argument_error>("automatic_price: rate must be > 0, got ", o.rate);
    if (!(o.least > 0 && o.least <= o.first && o.first <= o.most && std::isfinite(o.most)))
      detail::throw_error<argument_error>("automatic_price: need 0 < least <= first <= most, got ",
                                          o.least, ", ", o.first, ", ", o.most);
  }
  [[nodiscard]] double price() const noexcept { return lambda_; }
  [[nodiscard]] assignment apply(std::span<const table_shape> shapes, const proposal& p) const {
    return round_sizes(shapes, p);
  }
  /// @param sparsity  in [0, 1)
  void observe(double sparsity) noexcept {
    lambda_ = std::clamp(lambda_ * std::exp(options_.rate * (options_.budget - sparsity)),
                         options_.least, options_.most);
  }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    f.same("budget", options_.budget);
    f.same("first", options_.first);
    f.same("rate", options_.rate);
    f.same("least", options_.least);
    f.same("most", options_.most);
    f("lambda", lambda_);
    f.check("lambda", lambda_ >= options_.least && lambda_ <= options_.most,
            "a price between the least and the most");
  }

 private:
  options options_;
  double lambda_;
};
static_assert(budget_controller<automatic_price>);

/// Every assignment meets the budget to the number: `project` after whatever price rule is wrapped.
template <budget_controller Price = automatic_price>
class exact_projection {
 public:
  explicit exact_projection(const budget& limit, Price price = Price{})
      : limit_{limit}, price_{std::move(price)} {}
  [[nodiscard]] double price() const noexcept { return price_.price(); }
  [[nodiscard]] assignment apply(std::span<const table_shape> shapes, const proposal& p) const {
    return project(shapes, p, limit_);
  }
  void observe(double sparsity) noexcept { price_.observe(sparsity); }

  /// See `field_visitor`.
  template <class F>
  void visit(F& f) {
    f.same("numbers", limit_.numbers);
    visit_part(f, "price", price_);
  }

 private:
  budget limit_;
  Price price_;
};
static_assert(budget_controller<exact_projection<>>);

}  // namespace ciess
