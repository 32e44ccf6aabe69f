// SPDX-License-Identifier: MIT
/// @file
/// NGCF: neighbourhoods of the graph of users and items through layers that are learnt.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <ciess/backbone/inner_product.hpp>
#include <ciess/backbone/recommender.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/nn/bipartite_graph.hpp>
#include <ciess/nn/detail/product.hpp>
#include <ciess/nn/detail/share_sums.hpp>
#include <ciess/nn/dropout.hpp>
#include <ciess/nn/mean_aggregation.hpp>

namespace ciess {

/// Layers E' = leaky(S W1 + b1 + (E .* S) W2 + b2) with S = A E, the mean over a row and its
/// neighbours; E' goes on to the next layer, and with rows of length 1 into the vector of a row,
/// behind the row itself. Node dropout leaves out entries of A (the same ones in every layer of a
/// step), message dropout numbers of E'.
///
/// Parameters, layer after layer: W1 [in, width], W2 [in, width], b1 [width], b2 [width]; in =
/// d_max in the first layer, else width. Cost of a step: 2 L products of A with a table, 12 (users
/// + items) * in * width flops a layer. Source: Wang et al., "Neural graph collaborative
/// filtering", SIGIR 2019.
template <class T>
class ngcf_encoder {
 public:
  using value_type = T;
  using outputs = typename bpr<T>::outputs;
  /// (reference program, MovieLens-1M)
  static constexpr training_defaults defaults{
      .penalty = 1e-3, .rate = {.first = 0.03, .factor = 0.9, .every = 100, .least = 1e-3}};
  static constexpr bool penalises_vectors = true;

  /// Defaults: the reference program's.
  struct options {
    int layers = 3;                ///< L, 1 to 16; a dozen can overflow, as a layer may square
    int width = 0;                 ///< columns of every layer; 0: d_max, as in the paper
    double node_dropout = 0.1;     ///< in [0, 1)
    double message_dropout = 0.1;  ///< in [0, 1)
    double slope = 0.2;            ///< of the leaky ReLU below 0, in [0, 1]

    /// See `field_visitor::same`.
    template <class F>
    void visit(F& f) const {
      f.same("layers", std::int64_t{layers});
      f.same("width", std::int64_t{width});
      f.same("node_dropout", node_dropout);
      f.same("message_dropout", message_dropout);
      f.same("slope", slope);
    }
  };

  /// @throws argument_error if an option is out of range
  ngcf_encoder(const interactions& train, size_range range, const options& o)
      : aggregate_{bipartite_graph(train)},
        node_dropout_{o.node_dropout},
        message_dropout_{o.message_dropout},
        slope_{static_cast<T>(o.slope)},
        d_max_{range.max},
        width_{o.width == 0 ? range.max : o.width},
        layers_(static_cast<std::size_t>(std::clamp(o.layers, 0, 16))),
        rows_{train.users(), train.items()} {
    if (o.layers < 1 || o.layers > 16)
      detail::throw_error<argument_error>("ngcf: layers must be in [1, 16], got ", o.layers);
    if (o.width < 0) detail::throw_error<argument_error>("ngcf: width must be >= 0, got ", o.width);
    if (!(o.slope >= 0 && o.slope <= 1))
      detail::throw_error<argument_error>("ngcf: slope must be in [0, 1], got ", o.slope);
    const index_t n = rows_[0] + rows_[1];
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      layers_[l].inputs = l == 0 ? d_max_ : width_;
      layers_[l].in = layers_[l].side = basic_matrix<T>::Zero(n, layers_[l].inputs);
      layers_[l].length = basic_vector<T>::Zero(n);
    }
    top_ = slope_z_ = basic_matrix<T>::Zero(n, width_);
    const index_t widest = std::max(d_max_, width_);
    product_ = slope_in_ = slope_side_ = basic_matrix<T>::Zero(n, widest);
    for (std::size_t t = 0; t < 2; ++t)
      slope_vectors_[t] = basic_matrix<T>::Zero(rows_[t], width());
  }

  /// A vector: the layers, the last one first, then the row itself, whose tail may be cut off.
  [[nodiscard]] index_t width() const noexcept { return used(d_max_); }
  [[nodiscard]] index_t used(index_t columns) const noexcept {
    return std::ssize(layers_) * width_ + columns;
  }
  [[nodiscard]] bool drops() const noexcept {
    return node_dropout_.active() || message_dropout_.active();
  }
  [[nodiscard]] index_t parameters() const noexcept { return offset(layers_.size()); }
  [[nodiscard]] xavier_uniform_rows initializer(const table_shape& s) const noexcept {
    return {s.rows, s.range.max};
  }
  /// Xavier-uniform; a bias counts as a matrix of one row.
  void draw(std::span<T> parameters, const random_stream& stream) const {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const auto p = parts(parameters.data() + offset(l), l);
      const auto fill = [&](T* data, index_t rows, index_t columns, std::uint64_t part) {
        auto engine = stream.at(l, part);
        const std::span<T> numbers(data, static_cast<std::size_t>(rows * columns));
        xavier_uniform_rows{rows, columns}(engine, numbers);
      };
      fill(p.w1, layers_[l].inputs, width_, 0);
      fill(p.w2, layers_[l].inputs, width_, 1);
      fill(p.b1, 1, width_, 2);
      fill(p.b2, 1, width_, 3);
    }
  }

  void forward(const model_weights<T>& w, index_t columns, const training_step* step,
               const row_prefixes&, const outputs& vectors) {
    if (step && node_dropout_.active())
      aggregate_.thin(node_dropout_, step->dropout(), step->number);
    else
      aggregate_.whole();
    for_blocks([&](std::size_t t, index_t first, index_t n, index_t row) {
      const auto own = w.tables[t].values().middleRows(row, n).leftCols(columns);
      layers_[0].in.middleRows(first, n).leftCols(columns) = own;
      vectors[t]->middleRows(row, n).middleCols(used(0), columns) = own;
    });
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      auto& layer = layers_[l];
      auto& next = l + 1 < layers_.size() ? layers_[l + 1].in : top_;
      const index_t inputs = l == 0 ? columns : layer.inputs;
      aggregate_(layer.in, layer.side, inputs);
      const auto p = parts(w.parameters.data() + offset(l), l);
      bias_ = vector(p.b1) + vector(p.b2);
      factors_[0].pack(p.w1, inputs, width_, width_, 1);
      factors_[1].pack(p.w2, inputs, width_, width_, 1);
      const bool drop = step && message_dropout_.active();
      for_blocks([&](std::size_t t, index_t first, index_t n, index_t row) {
        multiply_rows(layer, first, n, inputs);
        T* const z = next.row(first).data();
        const index_t stride = next.cols();
        factors_[0].template multiply<false>(layer.side.row(first).data(), n, layer.inputs, 1, z,
                                             stride);
        factors_[1].template multiply<true>(product_.row(first).data(), n, product_.cols(), 1, z,
                                            stride);
        // Copies, since numbers written below might be those of this object for all a compiler
        // knows.
        const T slope = slope_;
        const T* const shift = bias_.data();
        for (index_t r = 0; r < n; ++r) {
          T* const out = z + r * stride;
          for (index_t k = 0; k < width_; ++k) {
            const T x = out[k] + shift[k];
            out[k] = x > T{0} ? x : slope * x;
          }
          if (drop) {
            auto engine = step->dropout().child(8 + l).at(step->number,
                                                          static_cast<std::uint64_t>(first + r));
            message_dropout_(engine, std::span(out, static_cast<std::size_t>(width_)));
          }
          const T length = std::max(std::sqrt(vector(out).squaredNorm()), static_cast<T>(1e-12));
          layer.length[first + r] = length;
          T* const to = vectors[t]->row(row + r).data() + column(l);
          for (index_t k = 0; k < width_; ++k) to[k] = out[k] / length;
        }
      });
    }
    dropped_ = step != nullptr && message_dropout_.active();
  }

  [[nodiscard]] outputs vector_gradients(model_gradient<T>&) noexcept {
    return {&slope_vectors_[0], &slope_vectors_[1]};
  }

  void backward(const model_weights<T>& w, index_t columns, model_gradient<T>& g) {
    for (std::size_t l = layers_.size(); l-- > 0;) {
      const auto& layer = layers_[l];
      const bool last = l + 1 == layers_.size();
      const auto& out = last ? top_ : layers_[l + 1].in;
      const index_t inputs = l == 0 ? columns : layer.inputs;
      const auto p = parts(w.parameters.data() + offset(l), l);
      // slope_in_ holds dL/dE' from the layer above; it takes dL/dE of this layer, row by row.
      const auto length = static_cast<std::size_t>(offset(l + 1) - offset(l));
      const std::span<T> gradient(g.parameters.data() + offset(l), length);
      factors_[0].pack(p.w1, width_, inputs, 1, width_);
      factors_[1].pack(p.w2, width_, inputs, 1, width_);
      sums_(blocks(), gradient, [&](index_t slot, index_t b, std::span<T> part) {
        const auto [t, first, n, row] = block(b);
        // Of dropout and leaky ReLU, by the sign of what they gave.
        const T above = dropped_ ? message_dropout_.template scale<T>() : T{1};
        const T below = above * slope_;
        const T at_zero = dropped_ ? T{0} : slope_;
        for (index_t r = 0; r < n; ++r) {
          const T* const value = out.row(first + r).data();
          const T* const dv = slope_vectors_[t].row(row + r).data() + column(l);
          const T* const from_above = slope_in_.row(first + r).data();
          T* const d = slope_z_.row(first + r).data();
          const T size = layer.length[first + r];
          // Through v = y / |y|, then through dropout and leaky ReLU.
          const T along = vector(value).dot(vector(dv)) / (size * size);
          for (index_t j = 0; j < width_; ++j) d[j] = (dv[j] - value[j] * along) / size;
          if (!last)
            for (index_t j = 0; j < width_; ++j) d[j] += from_above[j];
          for (index_t j = 0; j < width_; ++j)
            d[j] *= value[j] > T{0} ? above : value[j] < T{0} ? below : at_zero;
        }
        multiply_rows(layer, first, n, inputs);
        const auto q = parts(part.data(), l);
        const T* const dz = slope_z_.row(first).data();
        const index_t widest = product_.cols();
        T* const product = product_.row(first).data();
        T* const dside = slope_side_.row(first).data();
        auto& packed = slopes_[static_cast<std::size_t>(slot)];
        packed.pack(dz, n, width_, width_, 1);
        packed.template multiply<true>(layer.side.row(first).data(), inputs, 1, layer.inputs, q.w1,
                                       width_);
        packed.template multiply<true>(product, inputs, 1, widest, q.w2, width_);
        for (index_t r = 0; r < n; ++r)
          for (index_t j = 0; j < width_; ++j) q.b1[j] += dz[r * width_ + j];
        factors_[1].template multiply<false>(dz, n, width_, 1, product, widest);
        factors_[0].template multiply<false>(dz, n, width_, 1, dside, widest);
        for (index_t r = 0; r < n; ++r) {
          const T* const in = layer.in.row(first + r).data();
          const T* const side = layer.side.row(first + r).data();
          const T* const both = product + r * widest;
          T* const to_side = dside + r * widest;
          T* const to_in = slope_in_.row(first + r).data();
          for (index_t j = 0; j < inputs; ++j) {
            to_side[j] += both[j] * in[j];
            to_in[j] = both[j] * side[j];
          }
        }
      });
      const auto q = parts(g.parameters.data() + offset(l), l);
      vector(q.b2) = vector(q.b1);
      aggregate_.add_transposed(slope_side_, slope_in_, inputs);
    }
    for_blocks([&](std::size_t t, index_t first, index_t n, index_t row) {
      g.tables[t].middleRows(row, n).leftCols(columns) =
          slope_in_.middleRows(first, n).leftCols(columns) +
          slope_vectors_[t].middleRows(row, n).middleCols(used(0), columns);
    });
  }

  /// The layers multiply columns with each other, so other axes would change the scores; another
  /// order of the columns does not. The first ones are those with the most energy.
  void rotate(model_weights<T>& w) const {
    std::vector<double> energy(static_cast<std::size_t>(d_max_), 0.0);
    for (const auto& t : w.tables)
      for (index_t j = 0; j < d_max_; ++j)
        energy[static_cast<std::size_t>(j)] +=
            t.values().col(j).template cast<double>().squaredNorm();
    std::vector<index_t> order(energy.size());
    std::iota(order.begin(), order.end(), index_t{0});
    std::ranges::sort(order, [&](index_t a, index_t b) {
      const double x = energy[static_cast<std::size_t>(a)];
      const double y = energy[static_cast<std::size_t>(b)];
      return x != y ? x > y : a < b;
    });
    basic_matrix<double> axes = basic_matrix<double>::Zero(d_max_, d_max_);
    for (index_t j = 0; j < d_max_; ++j) axes(order[static_cast<std::size_t>(j)], j) = 1;
    for (auto& t : w.tables) t.change_axes(axes);
    const auto p = parts(w.parameters.data(), 0);
    for (T* const weights : {p.w1, p.w2}) {
      const basic_matrix<T> before = matrix_at(weights, d_max_);
      for (index_t j = 0; j < d_max_; ++j)
        matrix_at(weights, d_max_).row(j) = before.row(order[static_cast<std::size_t>(j)]);
    }
  }

 private:
  struct layer_state {
    index_t inputs = 0;
    basic_matrix<T> in, side;  ///< [rows, inputs], E and A E
    basic_vector<T> length;    ///< [rows], of E'
  };

  /// product_ = E .* S in rows [first, first + n).
  void multiply_rows(const layer_state& layer, index_t first, index_t n, index_t inputs) {
    for (index_t r = first; r < first + n; ++r) {
      const T* const in = layer.in.row(r).data();
      const T* const side = layer.side.row(r).data();
      T* const product = product_.row(r).data();
      for (index_t j = 0; j < inputs; ++j) product[j] = in[j] * side[j];
    }
  }

  /// The matrices of a layer, of which the first begins at w1.
  template <class P>
  struct layer_parts {
    P *w1, *w2, *b1, *b2;
  };
  template <class P>
  [[nodiscard]] layer_parts<P> parts(P* w1, std::size_t l) const noexcept {
    const index_t weights = layers_[l].inputs * width_;
    return {w1, w1 + weights, w1 + 2 * weights, w1 + 2 * weights + width_};
  }
  [[nodiscard]] index_t offset(std::size_t layer) const noexcept {
    index_t sum = 0;
    for (std::size_t l = 0; l < layer; ++l) sum += 2 * (layers_[l].inputs + 1) * width_;
    return sum;
  }
  /// The first rows of a weight matrix.
  [[nodiscard]] auto matrix_at(T* w, index_t rows) const {
    return Eigen::Map<basic_matrix<T>>(w, rows, width_);
  }
  [[nodiscard]] auto matrix_at(const T* w, index_t rows) const {
    return Eigen::Map<const basic_matrix<T>>(w, rows, width_);
  }
  [[nodiscard]] auto vector(T* v) const { return Eigen::Map<basic_vector<T>>(v, width_); }
  [[nodiscard]] auto vector(const T* v) const {
    return Eigen::Map<const basic_vector<T>>(v, width_);
  }

  [[nodiscard]] index_t first_row(std::size_t t) const noexcept { return t == 0 ? 0 : rows_[0]; }
  /// Where a layer's part of a vector begins.
  [[nodiscard]] index_t column(std::size_t l) const noexcept {
    return (std::ssize(layers_) - 1 - static_cast<index_t>(l)) * width_;
  }

  /// Rows [first, first + n) of all, which are those from `row` on of table t.
  struct row_block {
    std::size_t table;
    index_t first, n, row;
  };
  static constexpr index_t block_rows = 128;
  [[nodiscard]] index_t blocks(std::size_t t) const noexcept {
    return (rows_[t] + block_rows - 1) / block_rows;
  }
  [[nodiscard]] index_t blocks() const noexcept { return blocks(0) + blocks(1); }
  [[nodiscard]] row_block block(index_t b) const noexcept {
    const std::size_t t = b < blocks(0) ? 0 : 1;
    const index_t row = (t == 0 ? b : b - blocks(0)) * block_rows;
    return {t, first_row(t) + row, std::min(block_rows, rows_[t] - row), row};
  }
  template <class F>
  void for_blocks(F&& f) {
    parallel_chunks(blocks(), [&](index_t b) {
      const auto [t, first, n, row] = block(b);
      f(t, first, n, row);
    });
  }

  mean_aggregation<T> aggregate_;
  dropout node_dropout_, message_dropout_;
  T slope_;
  index_t d_max_, width_;
  std::vector<layer_state> layers_;
  std::array<index_t, 2> rows_;
  bool dropped_ = false;                             ///< numbers of E' that are 0 were left out
  basic_matrix<T> top_;                              ///< [rows, width], E' of the last layer
  basic_vector<T> bias_;                             ///< [width], b1 + b2 of the layer at work
  basic_matrix<T> product_, slope_in_, slope_side_;  ///< [rows, widest]
  basic_matrix<T> slope_z_;                          ///< [rows, width]
  std::array<basic_matrix<T>, 2> slope_vectors_;
  std::array<detail::packed_factor<T>, 2> factors_;  ///< of the layer at work, or transposed
  std::array<detail::packed_factor<T>, static_cast<std::size_t>(share_sums<T>::most)> slopes_;
  share_sums<T> sums_;
};

/// NGCF.
template <class T>
using basic_ngcf = bpr_recommender<inner_product_network<ngcf_encoder<T>>>;
using ngcf = basic_ngcf<float>;

}  // namespace ciess
