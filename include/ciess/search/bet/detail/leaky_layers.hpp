// SPDX-License-Identifier: MIT
/// @file
/// Dense layers with a leaky ReLU after each, the last one, too; on parameters of somebody else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/dense.hpp>

namespace ciess::detail {

/// The layers' widths; their parameters lie one behind the other. Serial.
template <class T>
class leaky_layers {
 public:
  static constexpr T slope = T(0.01);  ///< below 0: torch's default

  /// What one pass computes: the outputs of each layer, [n, its outputs], and their gradients.
  struct tape {
    std::vector<basic_matrix<T>> outputs, gradients;
    packed_factor<T> rows;
  };
  using packed = std::vector<packed_dense<T>>;

  explicit leaky_layers(std::vector<index_t> widths) : widths_{std::move(widths)} {}

  [[nodiscard]] std::size_t layers() const noexcept { return widths_.size() - 1; }
  [[nodiscard]] dense_shape shape(std::size_t l) const { return {widths_[l], widths_[l + 1]}; }
  [[nodiscard]] std::size_t parameters() const {
    std::size_t sum = 0;
    for (std::size_t l = 0; l < layers(); ++l) sum += size(l);
    return sum;
  }

  /// First values, see `draw_dense`.
  void draw(std::span<T> parameters, const random_stream& stream) const {
    for (std::size_t l = 0; l < layers(); ++l)
      draw_dense(shape(l), piece(parameters, l), stream, static_cast<std::uint64_t>(l));
  }
  void pack(std::span<const T> parameters, packed& into, bool backward) const {
    into.resize(layers());
    for (std::size_t l = 0; l < layers(); ++l) layer(parameters, l).pack(into[l], backward);
  }
  /// The outputs of the last layer are `t.outputs.back()`.
  /// @param x  [n, inputs]
  void forward(std::span<const T> parameters, const packed& weights, const basic_matrix_view<T>& x,
               tape& t) const {
    t.outputs.resize(layers());
    for (std::size_t l = 0; l < layers(); ++l) {
      basic_matrix<T>& y = t.outputs[l];
      y.resize(x.rows(), shape(l).outputs);
      layer(parameters, l)
          .forward(weights[l], l == 0 ? x : basic_matrix_view<T>(t.outputs[l - 1]), y,
                   activation::linear);
      for (index_t i = 0; i < y.size(); ++i)
        if (y.data()[i] < T{0}) y.data()[i] *= slope;
    }
  }
  /// From dL/dy in `t.gradients.back()`, which is spoilt, to the parameters', added to `gradient`.
  /// @pre `forward`, and `pack` for backward
  /// @param dx  [n, inputs], overwritten; null: not wanted
  void backward(std::span<const T> parameters, const packed& weights, const basic_matrix_view<T>& x,
                tape& t, std::span<T> gradient, basic_matrix<T>* dx) const {
    t.gradients.resize(layers());
    for (std::size_t l = layers(); l-- > 0;) {
      basic_matrix<T>& dy = t.gradients[l];
      for (index_t i = 0; i < dy.size(); ++i)
        if (!(t.outputs[l].data()[i] > T{0})) dy.data()[i] *= slope;
      basic_matrix<T>* const to = l == 0 ? dx : &t.gradients[l - 1];
      if (to) to->resize(x.rows(), shape(l).inputs);
      basic_matrix<T> none;
      basic_matrix_span<T> down(to ? *to : none);
      layer(parameters, l)
          .backward(weights[l], t.rows, l == 0 ? x : basic_matrix_view<T>(t.outputs[l - 1]),
                    t.outputs[l], dy, activation::linear, piece(gradient, l), true,
                    to ? &down : nullptr);
    }
  }

 private:
  [[nodiscard]] std::size_t size(std::size_t l) const {
    return static_cast<std::size_t>(shape(l).parameters());
  }
  template <class U>
  [[nodiscard]] std::span<U> piece(std::span<U> all, std::size_t l) const {
    std::size_t first = 0;
    for (std::size_t i = 0; i < l; ++i) first += size(i);
    return all.subspan(first, size(l));
  }
  [[nodiscard]] dense<T> layer(std::span<const T> parameters, std::size_t l) const {
    return {shape(l), piece(parameters, l)};
  }

  std::vector<index_t> widths_;
};

}  // namespace ciess::detail
