// SPDX-License-Identifier: MIT
/// @file
/// Dense layers on parameters that somebody else owns, with dropout: a part of a click network.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ciess/backbone/click_network.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/dense.hpp>
#include <ciess/nn/detail/product.hpp>
#include <ciess/nn/detail/row_product.hpp>
#include <ciess/nn/dropout.hpp>

namespace ciess::detail {

/// What a stack computes on a block: the output of each layer and the gradient by it.
template <class T>
struct stack_tape {
  std::vector<basic_matrix<T>> outputs, gradients;  ///< one a layer, [click_block, its outputs]
  packed_factor<T> rows;                            ///< scratch of a backward pass
};

/// Hidden layers with ReLU and dropout after each, then perhaps a last layer with neither. Its
/// parameters lie layer after layer, weights [inputs, outputs] before biases. Blocks are worked on
/// serially; what a row gets does not depend on those beside it. Cost for a row: 2 flops a weight
/// forward, 4 backward.
template <class T>
class layer_stack {
 public:
  using packed = std::vector<packed_dense<T>>;
  using tape = stack_tape<T>;

  layer_stack() = default;

  /// @param name     what the names of its layers begin with
  /// @param hidden   outputs of the hidden layers
  /// @param outputs  of the last layer; 0: there is none
  /// @param last     what follows that
  /// @param rate     of dropout
  /// @param first    number of the first layer, to draw for it what is left out
  /// @throws argument_error if a width is < 1, there is no layer, or the rate is out of range
  layer_stack(std::string name, index_t inputs, std::span<const index_t> hidden, index_t outputs,
              activation last, double rate, std::uint64_t first = 0)
      : name_{std::move(name)}, last_{last}, dropout_{rate}, first_{first} {
    widths_.push_back(inputs);
    widths_.insert(widths_.end(), hidden.begin(), hidden.end());
    hidden_ = hidden.size();
    if (outputs != 0) widths_.push_back(outputs);
    if (widths_.size() < 2 || std::ranges::any_of(widths_, [](index_t w) { return w < 1; }))
      detail::throw_error<argument_error>("click network: expected ", name_,
                                          " to have layers, each of one output at least");
    for (std::size_t l = 0; l < count(); ++l) parameters_ += shape(l).parameters();
  }

  [[nodiscard]] std::size_t count() const noexcept { return widths_.size() - 1; }
  [[nodiscard]] index_t parameters() const noexcept { return parameters_; }
  [[nodiscard]] index_t inputs() const noexcept { return widths_.front(); }
  [[nodiscard]] index_t outputs() const noexcept { return widths_.back(); }
  [[nodiscard]] dense_shape shape(std::size_t layer) const noexcept {
    return {widths_[layer], widths_[layer + 1]};
  }
  /// Where the parameters of a layer begin.
  [[nodiscard]] index_t offset(std::size_t layer) const noexcept {
    index_t sum = 0;
    for (std::size_t l = 0; l < layer; ++l) sum += shape(l).parameters();
    return sum;
  }

  /// Weights and biases by name: NAME-0-weights, NAME-0-bias, ...
  void name_layers(std::vector<click_layer>& all) const {
    for (std::size_t l = 0; l < count(); ++l) {
      const std::string layer = name_ + "-" + std::to_string(l);
      all.push_back({layer + "-weights", {shape(l).inputs, shape(l).outputs}});
      all.push_back({layer + "-bias", {shape(l).outputs}});
    }
  }
  void draw(std::span<T> parameters, const random_stream& stream) const {
    for (std::size_t l = 0; l < count(); ++l)
      draw_dense(shape(l), part(parameters, l), stream, first_ + l);
  }
  void pack(std::span<const T> parameters, packed& to, bool backward) const {
    to.resize(count());
    for (std::size_t l = 0; l < count(); ++l) layer(parameters, l).pack(to[l], backward);
  }

  /// @param x  [n, inputs]; must not be in the tape
  /// @return [n, outputs]
  basic_matrix_span<T> forward(std::span<const T> parameters, const packed& by,
                               const basic_matrix_view<T>& x, const click_dropout* dropped,
                               tape& memory) const {
    memory.outputs.resize(count());
    for (std::size_t l = 0; l < count(); ++l) {
      memory.outputs[l].resize(click_block, shape(l).outputs);
      basic_matrix_span<T> y = memory.outputs[l].topRows(x.rows());
      const basic_matrix_view<T> in = l == 0 ? x : memory.outputs[l - 1].topRows(x.rows());
      if (shape(l).outputs == 1)
        forward_to_one(part(parameters, l), in, y, activation_of(l));
      else
        layer(parameters, l).forward(by[l], in, y, activation_of(l));
      if (dropped && drops(l))
        for (index_t r = 0; r < y.rows(); ++r) {
          auto engine = dropped->at(first_ + l, r);
          dropout_(engine, std::span(y.row(r).data(), static_cast<std::size_t>(y.cols())));
        }
    }
    return memory.outputs.back().topRows(x.rows());
  }

  /// Where the slopes by the outputs of n rows belong before `backward`.
  [[nodiscard]] basic_matrix_span<T> output_gradient(tape& memory, index_t n) const {
    memory.gradients.resize(count());
    for (std::size_t l = 0; l < count(); ++l)
      memory.gradients[l].resize(click_block, shape(l).outputs);
    return memory.gradients.back().topRows(n);
  }

  /// After `forward` and `output_gradient`, which it spoils.
  /// @param dropped   whether `forward` left something out
  /// @param gradient  of the parameters, added to
  /// @param dx        [n, inputs], overwritten; null: not wanted
  void backward(std::span<const T> parameters, const packed& by, const basic_matrix_view<T>& x,
                bool dropped, tape& memory, std::span<T> gradient, basic_matrix_span<T>* dx) const {
    const index_t n = x.rows();
    for (std::size_t l = count(); l-- > 0;) {
      basic_matrix_span<T> dy = memory.gradients[l].topRows(n);
      // What was left out is 0, as what ReLU cut off: its slope goes with that of the latter.
      if (dropped && drops(l)) dy *= dropout_.template scale<T>();
      const basic_matrix_view<T> y = memory.outputs[l].topRows(n);
      if (l == 0) {
        layer(parameters, l)
            .backward(by[l], memory.rows, x, y, dy, activation_of(l), part(gradient, l), true, dx);
      } else {
        basic_matrix_span<T> before = memory.gradients[l - 1].topRows(n);
        layer(parameters, l)
            .backward(by[l], memory.rows, memory.outputs[l - 1].topRows(n), y, dy, activation_of(l),
                      part(gradient, l), true, &before);
      }
    }
  }

 private:
  /// A layer of one output, whose products are no work for a blocked one: each row by itself.
  static void forward_to_one(std::span<const T> own, const basic_matrix_view<T>& x,
                             basic_matrix_span<T> y, activation act) {
    for (index_t r = 0; r < x.rows(); ++r)
      y(r, 0) = row_product(x.row(r).data(), own.data(), x.cols());
    add_bias_and_activate<T>(y, own.data() + x.cols(), act);
  }

  [[nodiscard]] bool drops(std::size_t l) const noexcept {
    return dropout_.active() && l < hidden_;
  }
  [[nodiscard]] activation activation_of(std::size_t l) const noexcept {
    return l < hidden_ ? activation::relu : last_;
  }
  template <class U>
  [[nodiscard]] std::span<U> part(std::span<U> all, std::size_t l) const noexcept {
    return all.subspan(static_cast<std::size_t>(offset(l)),
                       static_cast<std::size_t>(shape(l).parameters()));
  }
  [[nodiscard]] dense<T> layer(std::span<const T> parameters, std::size_t l) const {
    return {shape(l), part(parameters, l)};
  }

  std::string name_;
  std::vector<index_t> widths_;
  std::size_t hidden_ = 0;
  activation last_ = activation::linear;
  dropout dropout_{0};
  std::uint64_t first_ = 0;
  index_t parameters_ = 0;
};

/// Multiplies every row of a matrix [rows, axes.rows()] by `axes` from the right.
template <class T>
void turn_columns(T* m, index_t rows, const basic_matrix<double>& axes) {
  const index_t d = axes.rows();
  std::vector<double> turned(static_cast<std::size_t>(d));
  for (index_t i = 0; i < rows; ++i, m += d) {
    std::ranges::fill(turned, 0.0);
    for (index_t k = 0; k < d; ++k)
      for (index_t j = 0; j < d; ++j)
        turned[static_cast<std::size_t>(j)] += static_cast<double>(m[k]) * axes(k, j);
    for (index_t j = 0; j < d; ++j) m[j] = static_cast<T>(turned[static_cast<std::size_t>(j)]);
  }
}

/// Multiplies rows [first, first + axes.rows()) of a layer's weights [inputs, outputs] by axes^T
/// from the left: what reads numbers x says the same of x times `axes`, which is orthogonal.
template <class T>
void turn_weights(T* weights, index_t outputs, index_t first, const basic_matrix<double>& axes) {
  basic_matrix<double> old(axes.rows(), outputs);
  T* const from = weights + first * outputs;
  for (index_t i = 0; i < old.size(); ++i) old.data()[i] = static_cast<double>(from[i]);
  for (index_t i = 0; i < axes.cols(); ++i)
    for (index_t j = 0; j < outputs; ++j) {
      double sum = 0;
      for (index_t k = 0; k < axes.rows(); ++k) sum += axes(k, i) * old(k, j);
      from[i * outputs + j] = static_cast<T>(sum);
    }
}

}  // namespace ciess::detail
