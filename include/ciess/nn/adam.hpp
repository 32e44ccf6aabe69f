// SPDX-License-Identifier: MIT
/// @file
/// The Adam optimiser on spans of numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <ciess/core/error.hpp>

namespace ciess {

/// Adam's constants. Source: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR
/// 2015.
struct adam {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;

  friend bool operator==(const adam&, const adam&) = default;
};

/// What one Adam step multiplies with, worked out once for all parameters.
template <class T>
struct adam_step {
  T beta1, beta2, rate, epsilon;

  /// @param t  number of this step, from 1
  adam_step(const adam& o, double learning_rate, std::int64_t t)
      : beta1{static_cast<T>(o.beta1)}, beta2{static_cast<T>(o.beta2)} {
    const double correct1 = 1 - std::pow(o.beta1, static_cast<double>(t));
    const double correct2 = std::sqrt(1 - std::pow(o.beta2, static_cast<double>(t)));
    // w -= rate * (m / c1) / (sqrt(v) / c2 + eps)  =  (rate * c2 / c1) * m / (sqrt(v) + eps * c2)
    rate = static_cast<T>(learning_rate * correct2 / correct1);
    epsilon = static_cast<T>(o.epsilon * correct2);
  }

  /// Updates n weights and their moments; each number by itself, whatever its place or alignment in
  /// memory. No allocation.
  void operator()(T* weight, const T* gradient, T* m, T* v, std::size_t n) const noexcept {
    // Compilers do not vectorise std::sqrt while it may set errno, so Eigen takes the roots: on a
    // buffer of whole registers, because its vector root may differ from the scalar one in the last
    // bit, and a Map of other memory begins and ends with scalars, where depends on the address.
    constexpr std::size_t piece = 256;
    constexpr std::size_t whole = 64 / sizeof(T);
    using roots = Eigen::Array<T, Eigen::Dynamic, 1>;
    alignas(64) T root[piece];
    for (std::size_t i = 0; i < n; i += piece) {
      const std::size_t length = std::min(piece, n - i);
      const std::size_t padded = (length + whole - 1) / whole * whole;
      for (std::size_t k = 0; k < length; ++k)
        m[i + k] = beta1 * m[i + k] + (1 - beta1) * gradient[i + k];
      for (std::size_t k = 0; k < length; ++k) {
        const T g = gradient[i + k];
        v[i + k] = beta2 * v[i + k] + (1 - beta2) * g * g;
      }
      std::copy_n(v + i, length, root);
      std::fill(root + length, root + padded, T{0});
      Eigen::Map<roots, Eigen::AlignedMax> all(root, static_cast<Eigen::Index>(padded));
      all = all.sqrt();
      for (std::size_t k = 0; k < length; ++k)
        weight[i + k] -= rate * m[i + k] / (root[k] + epsilon);
    }
  }
};

/// First and second moments of one block of parameters.
template <class T>
struct adam_moments {
  std::vector<T> m, v;

  adam_moments() = default;
  explicit adam_moments(std::size_t n) : m(n), v(n) {}
  void reset() {
    m.assign(m.size(), T{0});
    v.assign(v.size(), T{0});
  }

  /// One step on the whole block.
  /// @throws argument_error if the lengths differ; nothing is changed then
  void update(const adam_step<T>& step, std::span<T> weights, std::span<const T> gradient) {
    if (weights.size() != m.size() || gradient.size() != m.size())
      detail::throw_error<argument_error>("adam: ", m.size(), " moments, ", weights.size(),
                                          " weights, ", gradient.size(), " gradients");
    step(weights.data(), gradient.data(), m.data(), v.data(), m.size());
  }
};

}  // namespace ciess
