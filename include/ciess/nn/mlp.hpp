// SPDX-License-Identifier: MIT
/// @file
/// A multi-layer perceptron: dense layers with ReLU between them, on batches of any number of rows.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/lease.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/dense.hpp>
#include <ciess/nn/detail/share_sums.hpp>

namespace ciess {

/// What a network computes on one block of rows: its input, the output of each layer, and the
/// gradients with respect to both. Memory: 2 * `mlp::block` * (sum of widths) numbers at most.
template <class T>
struct mlp_tape {
  basic_matrix<T> input, input_gradient;  ///< [block, inputs]
  std::vector<basic_matrix<T>> outputs;   ///< one a layer, [block, its outputs]
  std::vector<basic_matrix<T>>
      output_gradients;           ///< the same shapes; made at the first backward pass
  detail::packed_factor<T> rows;  ///< scratch of a backward pass
};

/// The weights of a network as its products want them, one a layer; see `mlp::pack`.
template <class T>
using mlp_packed = std::vector<packed_dense<T>>;

/// The memory that a network works in. Kept between calls, a network allocates nothing after the
/// first one. A copy starts empty: it is memory, not state. Several threads may lease tapes at a
/// time; one `mlp::gradient` at a time.
template <class T>
class mlp_workspace : public lease_pool<mlp_tape<T>> {
 public:
  share_sums<T> sums;  ///< of `mlp::gradient`
  lease_pool<mlp_packed<T>> packed;
};

/// A network of dense layers, ReLU after each but the last. A value: its parameters are its state.
///
/// Batches are cut into blocks of `block` rows that run in parallel; gradients are summed in a
/// fixed order, so results have the same bytes at any number of threads. Cost for a row: 2 flops a
/// weight forward, 4 backward.
template <class T>
class mlp {
 public:
  struct options {
    std::vector<index_t> widths;  ///< inputs, hidden layers, outputs; at least two numbers
    activation output = activation::linear;  ///< after the last layer
    /// Half width of the uniform first values of the last layer; empty: as the other layers.
    std::optional<double> last_layer{};
  };
  using workspace = mlp_workspace<T>;
  using lease = typename workspace::lease;
  using packed_lease = typename lease_pool<mlp_packed<T>>::lease;

  static constexpr index_t block = 256;  ///< rows of a block: its layers stay in a core's L2

  /// @param stream  address of the first values; see `draw_dense`
  /// @throws argument_error if a width is < 1, there are fewer than two, or `last_layer` is no
  ///         half width
  mlp(const options& o, const random_stream& stream) : options_{o} {
    if (o.widths.size() < 2 || std::ranges::any_of(o.widths, [](index_t w) { return w < 1; }))
      detail::throw_error<argument_error>("mlp: needs at least 2 widths >= 1, got ",
                                          o.widths.size(), " widths");
    index_t total = 0;
    for (std::size_t l = 0; l < layers(); ++l) total += shape(l).parameters();
    parameters_.resize(static_cast<std::size_t>(total));
    for (std::size_t l = 0; l < layers(); ++l) {
      const auto part = std::span(parameters_).subspan(offset(l), size(l));
      if (l + 1 == layers() && o.last_layer)
        draw_dense(shape(l), part, stream, l, *o.last_layer);
      else
        draw_dense(shape(l), part, stream, l);
    }
  }

  [[nodiscard]] index_t inputs() const noexcept { return options_.widths.front(); }
  [[nodiscard]] index_t outputs() const noexcept { return options_.widths.back(); }
  [[nodiscard]] activation output_activation() const noexcept { return options_.output; }
  [[nodiscard]] std::size_t layers() const noexcept { return options_.widths.size() - 1; }
  [[nodiscard]] dense_shape shape(std::size_t layer) const {
    return {options_.widths[layer], options_.widths[layer + 1]};
  }

  /// Layer after layer, each as in `dense_shape`.
  [[nodiscard]] std::span<T> parameters() noexcept { return parameters_; }
  [[nodiscard]] std::span<const T> parameters() const noexcept { return parameters_; }

  /// y = net(x). Works in the memory of a block a thread, whatever n.
  /// @param x  [n, inputs]
  /// @param y  [n, outputs], overwritten; may not be the memory of x
  /// @throws argument_error if a shape differs
  void forward(const basic_matrix_view<T>& x, basic_matrix_span<T> y, workspace& memory) const {
    if (x.cols() != inputs() || y.cols() != outputs() || x.rows() != y.rows())
      detail::throw_error<argument_error>("mlp: a network of ", inputs(), " inputs and ", outputs(),
                                          " outputs got [", x.rows(), ", ", x.cols(), "] and [",
                                          y.rows(), ", ", y.cols(), "]");
    evaluate(
        x.rows(),
        [&](index_t first, basic_matrix_span<T> in) { in = x.middleRows(first, in.rows()); },
        [&](index_t first, const basic_matrix_view<T>& out) {
          y.middleRows(first, out.rows()) = out;
        },
        memory);
  }

  /// `forward` without a matrix of all inputs: `read(first, in)` fills the inputs `in` [rows,
  /// inputs] of the rows from `first` on, `write(first, out)` takes their outputs [rows, outputs].
  /// Both are called from several threads.
  template <class Read, class Write>
  void evaluate(index_t n, Read&& read, Write&& write, workspace& memory) const {
    const packed_lease packed(memory.packed);
    pack(*packed, false);
    parallel_for(n, block, [&](index_t first, index_t last) {
      const lease tape(memory);
      const index_t rows = last - first;
      read(first, input(*tape, rows));
      write(first, basic_matrix_view<T>(forward(*packed, *tape, rows)));
    });
  }

  /// The gradient of a loss that is a sum over rows, with respect to all parameters.
  /// @param read  fills inputs, as in `evaluate`
  /// @param loss  `loss(first, y, dy)` gets the outputs `y` [rows, outputs] of the rows from
  ///              `first` on, writes the gradient of their loss into `dy`, returns their loss;
  ///              called from several threads
  /// @param gradient  as the parameters, overwritten
  /// @return the loss
  /// @throws argument_error if the length of `gradient` differs
  template <class Read, class Loss>
  double gradient(index_t n, Read&& read, Loss&& loss, std::span<T> gradient,
                  workspace& memory) const {
    const std::size_t p = parameters_.size();
    if (gradient.size() != p)
      detail::throw_error<argument_error>("mlp: gradient has ", gradient.size(),
                                          " numbers, expected ", p);
    const packed_lease packed(memory.packed);
    pack(*packed, true);
    std::array<double, share_sums<T>::most> losses{};
    memory.sums(
        (n + block - 1) / block, gradient, [&](index_t share, index_t b, std::span<T> part) {
          const lease tape(memory);
          const index_t first = b * block;
          const index_t rows = std::min(block, n - first);
          read(first, input(*tape, rows));
          const basic_matrix_view<T> y = forward(*packed, *tape, rows);
          losses[static_cast<std::size_t>(share)] += loss(first, y, output_gradient(*tape, rows));
          backward(*packed, *tape, rows, part, true, false);
        });
    double total = 0;
    for (const double part : losses) total += part;
    return total;
  }

  /// Packs the parameters as they are now, for `forward`, and for `backward` if asked to.
  void pack(mlp_packed<T>& packed, bool backward) const {
    packed.resize(layers());
    for (std::size_t l = 0; l < layers(); ++l) layer(l).pack(packed[l], backward);
  }
  /// The inputs of the first `rows` <= `block` rows of a tape, to be filled.
  [[nodiscard]] basic_matrix_span<T> input(mlp_tape<T>& tape, index_t rows) const {
    tape.input.resize(block, inputs());
    return tape.input.topRows(rows);
  }
  /// Where dL/dy belongs before `backward`.
  [[nodiscard]] basic_matrix_span<T> output_gradient(mlp_tape<T>& tape, index_t rows) const {
    tape.output_gradients.resize(layers());
    for (std::size_t l = 0; l < layers(); ++l)
      tape.output_gradients[l].resize(block, shape(l).outputs);
    return tape.output_gradients.back().topRows(rows);
  }

  /// One block, serially: from `input` to the outputs [rows, outputs], which it returns.
  /// @pre `packed` by `pack`
  [[nodiscard]] basic_matrix_span<T> forward(const mlp_packed<T>& packed, mlp_tape<T>& tape,
                                             index_t rows) const {
    tape.outputs.resize(layers());
    for (std::size_t l = 0; l < layers(); ++l) {
      const auto& x = l == 0 ? tape.input : tape.outputs[l - 1];
      tape.outputs[l].resize(block, shape(l).outputs);
      layer(l).forward(packed[l], x.topRows(rows), tape.outputs[l].topRows(rows), activation_of(l));
    }
    return tape.outputs.back().topRows(rows);
  }

  /// One block, serially: from `output_gradient`, which it spoils, to the gradients of the
  /// parameters (unless `gradient` is empty) and of the inputs (if `want_inputs`; in
  /// `tape.input_gradient`).
  /// @pre `forward` with the same tape and rows; `packed` by `pack`, for `backward`
  void backward(const mlp_packed<T>& packed, mlp_tape<T>& tape, index_t rows, std::span<T> gradient,
                bool accumulate, bool want_inputs) const {
    for (std::size_t l = layers(); l-- > 0;) {
      const auto& x = l == 0 ? tape.input : tape.outputs[l - 1];
      auto& target = l == 0 ? tape.input_gradient : tape.output_gradients[l - 1];
      const bool want = l > 0 || want_inputs;
      if (want) target.resize(block, shape(l).inputs);
      basic_matrix_span<T> dx = target.topRows(want ? rows : 0);
      layer(l).backward(packed[l], tape.rows, x.topRows(rows), tape.outputs[l].topRows(rows),
                        tape.output_gradients[l].topRows(rows), activation_of(l),
                        gradient.empty() ? gradient : gradient.subspan(offset(l), size(l)),
                        accumulate, want ? &dx : nullptr);
    }
  }

 private:
  [[nodiscard]] std::size_t size(std::size_t layer) const {
    return static_cast<std::size_t>(shape(layer).parameters());
  }
  [[nodiscard]] std::size_t offset(std::size_t layer) const {
    std::size_t sum = 0;
    for (std::size_t l = 0; l < layer; ++l) sum += size(l);
    return sum;
  }
  [[nodiscard]] activation activation_of(std::size_t layer) const {
    return layer + 1 == layers() ? options_.output : activation::relu;
  }
  [[nodiscard]] dense<T> layer(std::size_t l) const {
    return {shape(l), std::span<const T>(parameters_).subspan(offset(l), size(l))};
  }

  options options_;
  std::vector<T> parameters_;
};

/// Scales a gradient so that its Euclidean norm is at most `limit`; leaves a smaller one as it is.
/// @return the norm before; not finite if a number is not, and then nothing is changed
/// @throws argument_error unless limit > 0 (infinity: no limit)
template <class T>
double clip_norm(std::span<T> gradient, double limit) {
  if (!(limit > 0))
    detail::throw_error<argument_error>("clip_norm: limit must be > 0, got ", limit);
  // Eight sums side by side, for the sake of vector registers; Eigen's order depends on the
  // address.
  constexpr std::size_t lanes = 8;
  std::array<double, lanes> sums{};
  const std::size_t whole = gradient.size() / lanes * lanes;
  const auto square = [&](std::size_t i) {
    const auto g = static_cast<double>(gradient[i]);
    return g * g;
  };
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t k = 0; k < lanes; ++k) sums[k] += square(i + k);
  for (std::size_t i = whole; i < gradient.size(); ++i) sums[i - whole] += square(i);
  double squares = 0;
  for (const double sum : sums) squares += sum;
  const double norm = std::sqrt(squares);
  if (std::isfinite(norm) && norm > limit) {
    const auto scale = static_cast<T>(limit / norm);
    for (T& g : gradient) g *= scale;
  }
  return norm;
}

}  // namespace ciess
