// SPDX-License-Identifier: MIT
/// @file
/// Gradients held against central differences, for the models here and for anybody's own.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/types.hpp>

namespace ciess {
namespace detail {
struct any_visitor {
  void operator()(std::string_view, std::span<double>, std::span<const double>) const {}
};
}  // namespace detail

/// A model whose gradient can be checked. In double: in float the differences drown in rounding.
/// Checked, and promised:
/// - `differentiate()`: works out the loss and its gradient at the parameters as they are, and
///   returns the loss. The same parameters give the same loss: batch and dropout do not move on;
/// - `visit_parameters(visitor)`: calls `visitor(name, values, gradient)` for pieces of the
///   parameters, always in the same order; `name` is a std::string_view, `values` a
///   std::span<double> whose changes count, `gradient` a std::span<const double>, that of the last
///   `differentiate`.
template <class M>
concept differentiable = requires(M& model, detail::any_visitor& visitor) {
  { model.differentiate() } -> std::convertible_to<double>;
  model.visit_parameters(visitor);
};

struct gradient_check_options {
  /// Distance of a difference, h > 0: its error is about h^2 + 1e-16 / h, relative to the loss.
  double step = 1e-6;
  /// Errors are relative to |gradient|, but to no less than this: with a loss near 1 differences
  /// err by 1e-10.
  double least = 1e-3;
  /// At most so many numbers, spread evenly over all, are checked; each costs two losses.
  std::size_t most = std::numeric_limits<std::size_t>::max();
};

/// The outcome: where gradient and difference are furthest apart.
struct gradient_check {
  std::size_t checked = 0;  ///< numbers compared
  double worst = 0;         ///< largest relative error
  std::string where;        ///< its place: name of the piece and position inside
  double gradient = 0;      ///< what the model said there
  double difference = 0;    ///< what the loss said
  double largest = 0;       ///< largest |gradient| met: 0 means that nothing was tested
};

/// Compares the gradient of each parameter with (L(x + h) - L(x - h)) / 2h. Where the two disagree,
/// h is tried a tenth and a hundredth as large, and the best counts: the ReLU's kink may lie
/// between the two points. Parameters are put back to the bit.
/// @throws argument_error if an option is out of range; numeric_error if a loss is not finite;
///         parameters are put back then too
/// Cost: two losses a number.
template <differentiable M>
gradient_check check_gradients(M& model, const gradient_check_options& o = {}) {
  if (!(o.step > 0 && std::isfinite(o.step) && o.least > 0) || o.most < 1)
    detail::throw_error<argument_error>(
        "check_gradients: needs step > 0, least > 0 and most >= 1, got ", o.step, ", ", o.least,
        " and ", o.most);
  const auto loss = [&] {
    const double value = model.differentiate();
    if (!std::isfinite(value))
      detail::throw_error<numeric_error>("check_gradients: the loss is ", value);
    return value;
  };
  loss();
  struct piece {
    std::string name;
    std::vector<double> gradient;
  };
  std::vector<piece> pieces;  // copied: every further loss overwrites them
  std::size_t total = 0;
  model.visit_parameters(
      [&](std::string_view name, std::span<double> values, std::span<const double> gradient) {
        if (values.size() != gradient.size())
          detail::throw_error<argument_error>("check_gradients: ", name, " has ", values.size(),
                                              " values and ", gradient.size(), " gradients");
        pieces.push_back({std::string(name), {gradient.begin(), gradient.end()}});
        total += values.size();
      });

  // The number at a position, through the visitor: a model may move its memory between two losses.
  const auto exchange = [&](std::size_t wanted, std::size_t position, double value) {
    double before = value;
    std::size_t p = 0;
    model.visit_parameters(
        [&](std::string_view, std::span<double> values, std::span<const double>) {
          if (p++ == wanted) before = std::exchange(values[position], value);
        });
    return before;
  };
  gradient_check result;
  const std::size_t stride = std::max<std::size_t>(1, (total + o.most - 1) / o.most);
  std::size_t number = 0;
  for (std::size_t p = 0; p < pieces.size(); ++p)
    for (std::size_t i = 0; i < pieces[p].gradient.size(); ++i, ++number) {
      if (number % stride != 0) continue;
      const double exact = pieces[p].gradient[i];
      double error = std::numeric_limits<double>::infinity();
      double difference = 0;
      for (const double h : {o.step, o.step / 10, o.step / 100}) {
        const double at = exchange(p, i, 0);
        const auto loss_at = [&](double x) {
          exchange(p, i, x);
          try {
            return loss();
          } catch (...) {
            exchange(p, i, at);
            throw;
          }
        };
        const double above = loss_at(at + h);
        const double below = loss_at(at - h);
        exchange(p, i, at);
        const double d = (above - below) / ((at + h) - (at - h));
        const double e = std::abs(d - exact) / std::max(std::abs(exact), o.least);
        if (!(e >= error)) {
          error = e;
          difference = d;
        }
        if (error < 1e-5) break;
      }
      ++result.checked;
      result.largest = std::max(result.largest, std::abs(exact));
      if (result.where.empty() || !(error <= result.worst)) {
        result.worst = error;
        result.where = pieces[p].name + ", number " + std::to_string(i);
        result.gradient = exact;
        result.difference = difference;
      }
    }
  return result;
}

}  // namespace ciess
