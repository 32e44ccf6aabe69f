// SPDX-License-Identifier: MIT
/// @file
/// A learning rate that falls in steps.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <ciess/core/error.hpp>

namespace ciess {

/// Rate of training step t (from 0): max(least, first * factor^floor(t / every)).
/// Defaults: LightGCN on MovieLens-1M in the reference program.
struct learning_rate {
  double first = 0.03;       ///< > 0
  double factor = 0.9;       ///< in (0, 1]; 1 keeps the rate constant
  std::int64_t every = 200;  ///< steps between two falls, >= 1
  double least = 1e-3;       ///< in [0, first]

  /// @pre `check` passes, t >= 0
  [[nodiscard]] double at(std::int64_t t) const noexcept {
    const std::int64_t falls = t / every;
    return std::max(least, first * std::pow(factor, static_cast<double>(falls)));
  }

  /// Whether every number is in its stated range.
  [[nodiscard]] bool valid() const noexcept {
    return first > 0 && std::isfinite(first) && factor > 0 && factor <= 1 && every >= 1 &&
           least >= 0 && least <= first;
  }

  /// @throws argument_error if a number is outside its stated range
  void check(const char* who) const {
    if (!(first > 0 && std::isfinite(first)))
      detail::throw_error<argument_error>(who, ": learning rate must be > 0, got ", first);
    if (!(factor > 0 && factor <= 1))
      detail::throw_error<argument_error>(
          who, ": factor of the learning rate must be in (0, 1], got ", factor);
    if (every < 1)
      detail::throw_error<argument_error>(
          who, ": learning rate must fall every 1 or more steps, got ", every);
    if (!(least >= 0 && least <= first))
      detail::throw_error<argument_error>(who, ": least learning rate must be in [0, ", first,
                                          "], got ", least);
  }

  /// See `field_visitor::same`.
  template <class F>
  void visit(F& f) const {
    f.same("first", first);
    f.same("factor", factor);
    f.same("every", every);
    f.same("least", least);
  }

  friend bool operator==(const learning_rate&, const learning_rate&) = default;
};

}  // namespace ciess
