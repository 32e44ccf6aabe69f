// SPDX-License-Identifier: MIT
/// @file
/// Gradients held against central differences, for the models here and for anybody's own.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>

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

/// How a gradient is compared with central differences.
struct gradient_check_options {
  /// Distance of a difference, h * max(1, |x|), h > 0: its error is about h^2 + 1e-16 / h, relative
  /// to the loss.
  double step = 1e-6;
  /// Errors are relative to |gradient|, but to no less than this: with a loss near 1 differences
  /// err by 1e-10.
  double least = 1e-3;
  /// At most so many numbers are checked, one at random from each of so many equal runs.
  std::size_t most = std::numeric_limits<std::size_t>::max();
};

/// The outcome: where gradient and difference are furthest apart.
struct gradient_check {
  std::size_t checked = 0;  ///< numbers compared
  double worst = 0;   ///< largest relative error; infinite if a gradient or difference is no number
  std::string where;  ///< its place: name of the piece and position inside
  double gradient = 0;    ///< what the model said there
  double difference = 0;  ///< what the loss said
  double largest = 0;     ///< largest |gradient| met: 0 means that nothing was tested
};

/// Compares the gradient of each parameter with (L(x + h) - L(x - h)) / 2h. Where the two disagree,
/// h is tried a tenth and a hundredth as large, and the best counts: the ReLU's kink may lie
/// between the two points. Parameters are put back to the bit.
/// @throws argument_error if an option is out of range; numeric_error if a loss is not finite;
///         parameters are put back then too
/// Cost: two losses and four visits of all parameters a number: for small models, or few numbers.
template <class M>
gradient_check check_gradients(M& model, const gradient_check_options& o = {}) {
  static_assert(differentiable<M>,
                "ciess: check_gradients needs `double differentiate()` and `void "
                "visit_parameters(visitor)`, with numbers in double");
  if (!(o.step > 0 && std::isfinite(o.step) && o.least > 0 && std::isfinite(o.least)) || o.most < 1)
    detail::throw_error<argument_error>(
        "check_gradients: needs finite step > 0 and least > 0, and most >= 1, got ", o.step, ", ",
        o.least, " and ", o.most);
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
  // The k-th of `count` runs is [k total / count, (k + 1) total / count).
  const std::size_t count = std::min(o.most, total);
  const random_stream picks(1, purpose::batches);
  const auto bound = [&](std::size_t k) {
    return static_cast<std::size_t>(
        static_cast<long double>(total) *
        (static_cast<long double>(k) / static_cast<long double>(count)));
  };
  gradient_check result;
  std::size_t p = 0;
  std::size_t before = 0;  // numbers in the pieces before p
  for (std::size_t k = 0; k < count; ++k) {
    auto engine = picks.at(0, k);
    const auto run = static_cast<std::uint32_t>(
        std::min<std::size_t>(std::max<std::size_t>(bound(k + 1) - bound(k), 1),
                              std::numeric_limits<std::uint32_t>::max()));
    const std::size_t number = bound(k) + bounded(engine, run);
    while (number - before >= pieces[p].gradient.size()) before += pieces[p++].gradient.size();
    const std::size_t i = number - before;
    const double exact = pieces[p].gradient[i];
    double error = std::numeric_limits<double>::infinity();
    double difference = std::numeric_limits<double>::quiet_NaN();
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
      const double distance = h * std::max(1.0, std::abs(at));
      const double above = loss_at(at + distance);
      const double below = loss_at(at - distance);
      exchange(p, i, at);
      const double d = (above - below) / ((at + distance) - (at - distance));
      const double e = std::abs(d - exact) / std::max(std::abs(exact), o.least);
      if (e < error || std::isnan(difference)) difference = d;
      if (e < error) error = e;  // not for NaN: then it stays infinite
      if (error < 1e-5) break;
    }
    ++result.checked;
    result.largest = std::max(result.largest, std::abs(exact));
    if (result.where.empty() || error > result.worst) {
      result.worst = error;
      result.where = pieces[p].name + ", number " + std::to_string(i);
      result.gradient = exact;
      result.difference = difference;
    }
  }
  loss();  // so that the gradient shown is that of the parameters as they are
  return result;
}

}  // namespace ciess
