// SPDX-License-Identifier: MIT
/// @file
/// A dense layer, y = act(x W + b), with its gradient written out.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/detail/product.hpp>

namespace ciess {

/// What follows the linear part of a layer.
enum class activation { linear, relu, tanh };

/// Inputs and outputs of a dense layer. Its numbers lie in one piece: the weights [inputs,
/// outputs], row-major, then the bias [outputs].
struct dense_shape {
  index_t inputs = 0;
  index_t outputs = 0;

  [[nodiscard]] constexpr index_t weights() const noexcept { return inputs * outputs; }
  [[nodiscard]] constexpr index_t parameters() const noexcept { return weights() + outputs; }
};

namespace detail {

/// z = act(z + b), row by row.
template <class T>
void add_bias_and_activate(basic_matrix_span<T> z, const T* bias, activation act) {
  const Eigen::Map<const Eigen::Array<T, 1, Eigen::Dynamic>> b(bias, z.cols());
  switch (act) {
    case activation::linear:
      z.array().rowwise() += b;
      break;
    case activation::relu:
      for (index_t r = 0; r < z.rows(); ++r) z.row(r).array() = (z.row(r).array() + b).max(T{0});
      break;
    case activation::tanh:
      // std::tanh, not Eigen's: the same value wherever in a register a number happens to lie
      for (index_t r = 0; r < z.rows(); ++r)
        for (index_t c = 0; c < z.cols(); ++c) z(r, c) = std::tanh(z(r, c) + b(c));
      break;
  }
}

/// Turns dL/dy into dL/dz in place, given y = act(z).
template <class T>
void through_activation(const basic_matrix_view<T>& y, basic_matrix_span<T> dy, activation act) {
  if (act == activation::linear) return;
  for (index_t r = 0; r < y.rows(); ++r) {
    const T* out = y.row(r).data();
    T* d = dy.row(r).data();
    if (act == activation::relu)
      for (index_t c = 0; c < y.cols(); ++c) d[c] = out[c] > T{0} ? d[c] : T{0};
    else
      for (index_t c = 0; c < y.cols(); ++c) d[c] *= T{1} - out[c] * out[c];
  }
}

}  // namespace detail

/// A layer's weights as its products want them: made once, used for all blocks of rows. Empty for a
/// layer of one output, which is no work for a blocked product.
template <class T>
struct packed_dense {
  detail::packed_factor<T> weights;     ///< for x W
  detail::packed_factor<T> transposed;  ///< for dy W^T
};

/// A dense layer on numbers that somebody else owns, so that the parameters of a whole network are
/// one block for optimisers and files. Serial: callers split a batch into blocks of rows.
template <class T>
class dense {
 public:
  /// @param parameters  `shape.parameters()` numbers; must outlive this view
  /// @throws argument_error if the lengths differ
  dense(dense_shape shape, std::span<const T> parameters)
      : shape_{shape}, data_{parameters.data()} {
    if (shape.inputs < 1 || shape.outputs < 1 ||
        static_cast<index_t>(parameters.size()) != shape.parameters())
      detail::throw_error<argument_error>("dense: ", shape.inputs, " inputs and ", shape.outputs,
                                          " outputs do not make ", parameters.size(),
                                          " parameters");
  }

  [[nodiscard]] auto weights() const {
    return Eigen::Map<const basic_matrix<T>>(data_, shape_.inputs, shape_.outputs);
  }
  [[nodiscard]] const T* bias() const noexcept { return data_ + shape_.weights(); }

  /// Packs the weights for `forward`, and for `backward` if asked to. O(weights); no allocation the
  /// second time.
  void pack(packed_dense<T>& packed, bool backward) const {
    if (!blocked()) return;
    packed.weights.pack(data_, shape_.inputs, shape_.outputs, shape_.outputs, 1);
    if (backward) packed.transposed.pack(data_, shape_.outputs, shape_.inputs, 1, shape_.outputs);
  }

  /// y = act(x W + b).
  /// @param packed  by `pack` of these weights
  /// @param x  [n, inputs]
  /// @param y  [n, outputs], overwritten; must not be the memory of x
  /// @throws argument_error if a shape differs or nothing was packed
  void forward(const packed_dense<T>& packed, const basic_matrix_view<T>& x, basic_matrix_span<T> y,
               activation act) const {
    check(x.rows(), x.cols(), y.rows(), y.cols());
    check(packed.weights, shape_.inputs, shape_.outputs);
    if (blocked())
      packed.weights.template multiply<false>(x.data(), x.rows(), x.outerStride(), 1, y.data(),
                                              y.outerStride());
    else
      y.col(0).noalias() = x * weights().col(0);
    detail::add_bias_and_activate<T>(y, bias(), act);
  }

  /// The gradient of a loss L, given dL/dy.
  /// @param packed      by `pack` of these weights, for backward if `dx` is wanted
  /// @param rows        scratch: dy, packed
  /// @param x, y        what `forward` read and wrote
  /// @param dy          [n, outputs], dL/dy; overwritten with the gradient before the activation
  /// @param gradient    dL/dW and dL/db, laid out as the parameters; empty: not wanted
  /// @param accumulate  add to `gradient` instead of overwriting it
  /// @param dx          [n, inputs], dL/dx, overwritten; null: not wanted
  /// @throws argument_error if a shape differs
  void backward(const packed_dense<T>& packed, detail::packed_factor<T>& rows,
                const basic_matrix_view<T>& x, const basic_matrix_view<T>& y,
                basic_matrix_span<T> dy, activation act, std::span<T> gradient, bool accumulate,
                basic_matrix_span<T>* dx) const {
    check(x.rows(), x.cols(), y.rows(), y.cols());
    check(x.rows(), x.cols(), dy.rows(), dy.cols());
    if (dx) {
      check(dx->rows(), dx->cols(), y.rows(), y.cols());
      check(packed.transposed, shape_.outputs, shape_.inputs);
    }
    if (!gradient.empty() && static_cast<index_t>(gradient.size()) != shape_.parameters())
      detail::throw_error<argument_error>("dense: gradient has ", gradient.size(),
                                          " numbers, expected ", shape_.parameters());
    detail::through_activation<T>(y, dy, act);
    if (!gradient.empty()) {
      Eigen::Map<basic_matrix<T>> dw(gradient.data(), shape_.inputs, shape_.outputs);
      Eigen::Map<Eigen::Matrix<T, 1, Eigen::Dynamic>> db(gradient.data() + shape_.weights(),
                                                         shape_.outputs);
      if (!accumulate) {
        dw.setZero();
        db.setZero();
      }
      if (shape_.outputs == 1) {
        dw.col(0).noalias() += x.transpose() * dy.col(0);
      } else {
        rows.pack(dy.data(), dy.rows(), dy.cols(), dy.outerStride(), 1);
        rows.template multiply<true>(x.data(), x.cols(), 1, x.outerStride(), dw.data(),
                                     dw.outerStride());
      }
      for (index_t r = 0; r < dy.rows(); ++r) db += dy.row(r);
    }
    if (dx) {
      if (shape_.outputs == 1)
        dx->noalias() = dy.col(0) * weights().col(0).transpose();
      else
        packed.transposed.template multiply<false>(dy.data(), dy.rows(), dy.outerStride(), 1,
                                                   dx->data(), dx->outerStride());
    }
  }

 private:
  [[nodiscard]] bool blocked() const noexcept { return shape_.outputs > 1; }

  void check(const detail::packed_factor<T>& packed, index_t rows, index_t columns) const {
    if (blocked() && (packed.rows() != rows || packed.columns() != columns))
      detail::throw_error<argument_error>("dense: a layer of ", shape_.inputs, " inputs and ",
                                          shape_.outputs, " outputs got packed weights [",
                                          packed.rows(), ", ", packed.columns(), "]");
  }
  void check(index_t n, index_t inputs, index_t rows, index_t outputs) const {
    if (inputs != shape_.inputs || outputs != shape_.outputs || n != rows)
      detail::throw_error<argument_error>("dense: a layer of ", shape_.inputs, " inputs and ",
                                          shape_.outputs, " outputs got [", n, ", ", inputs,
                                          "] and [", rows, ", ", outputs, "]");
  }

  dense_shape shape_;
  const T* data_;
};

/// Draws the parameters of a layer, each uniform in [-bound, bound); the default bound is torch's
/// for Linear, 1 / sqrt(inputs).
/// @param parameters  `shape.parameters()` numbers, overwritten
/// @param stream, layer  address of the draws
/// @throws argument_error if the length differs or the bound is not finite and >= 0
template <class T>
void draw_dense(dense_shape shape, std::span<T> parameters, const random_stream& stream,
                std::uint64_t layer, double bound) {
  if (static_cast<index_t>(parameters.size()) != shape.parameters())
    detail::throw_error<argument_error>("draw_dense: ", parameters.size(), " parameters, expected ",
                                        shape.parameters());
  if (!(bound >= 0 && std::isfinite(bound)))
    detail::throw_error<argument_error>("draw_dense: bound must be finite and >= 0, got ", bound);
  const auto width = static_cast<std::size_t>(shape.outputs);
  for (std::size_t row = 0; row * width < parameters.size(); ++row) {
    auto engine = stream.at(layer, row);
    for (T& w : parameters.subspan(row * width, width))
      w = uniform(engine, static_cast<T>(-bound), static_cast<T>(bound));
  }
}

/// The same with the usual bound, 1 / sqrt(inputs).
template <class T>
void draw_dense(dense_shape shape, std::span<T> parameters, const random_stream& stream,
                std::uint64_t layer) {
  draw_dense(shape, parameters, stream, layer, 1 / std::sqrt(static_cast<double>(shape.inputs)));
}

}  // namespace ciess
