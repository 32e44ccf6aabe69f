// SPDX-License-Identifier: MIT
/// @file
/// Cross layers of DCN-V2 on parameters that somebody else owns.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <ciess/backbone/click_network.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/dense.hpp>
#include <ciess/nn/detail/product.hpp>

namespace ciess::detail {

/// What cross layers compute on a block: inputs, products and scratch, [click_block, width].
template <class T>
struct cross_tape {
  std::vector<basic_matrix<T>> x;        ///< [layers], outputs
  std::vector<basic_matrix<T>> z;        ///< [layers], x W + b
  std::vector<basic_matrix<T>> between;  ///< [layers], x V of low rank
  basic_matrix<T> slope, dz, dx, dbetween;
  packed_factor<T> rows;
};

/// The weights of a cross layer as its products want them.
template <class T>
struct packed_cross {
  packed_factor<T> down, down_transposed;  ///< of low rank
  packed_dense<T> up;
};

/// x_{l+1} = x_0 .* (x_l W_l + b_l) + x_l, W [width, width], or V U of a low rank: V [width, rank]
/// and U [rank, width]. Parameters lie layer after layer: V if there is one, W or U, b.
/// Cost for a row and layer: 2 width^2 flops forward, twice that backward; 4 width rank of low
/// rank.
template <class T>
class cross_layers {
 public:
  using packed = std::vector<packed_cross<T>>;
  using tape = cross_tape<T>;

  /// @param rank  0: full
  /// @throws argument_error if a number is negative
  cross_layers(index_t width, index_t layers, index_t rank)
      : width_{width}, count_{static_cast<std::size_t>(layers)}, rank_{rank} {
    if (layers < 0 || rank < 0)
      throw_error<argument_error>("click network: cross layers and their rank must be >= 0, got ",
                                  layers, " and ", rank);
  }

  [[nodiscard]] index_t parameters() const noexcept {
    return static_cast<index_t>(count_) * of_a_layer();
  }
  void name_layers(std::vector<click_layer>& all) const {
    for (std::size_t l = 0; l < count_; ++l) {
      const std::string name = "cross-" + std::to_string(l);
      if (rank_ > 0) all.push_back({name + "-down", {width_, rank_}});
      all.push_back({name + (rank_ > 0 ? "-up" : "-weights"), {up().inputs, width_}});
      all.push_back({name + "-bias", {width_}});
    }
  }
  /// As dense layers, see `draw_dense`.
  void draw(std::span<T> parameters, const random_stream& stream) const {
    for (std::size_t l = 0; l < count_; ++l) {
      const auto part = of_layer(parameters, l);
      draw_dense(up(), part.subspan(static_cast<std::size_t>(width_ * rank_)), stream, 2 * l);
      if (rank_ == 0) continue;
      std::vector<T> drawn(static_cast<std::size_t>(down().parameters()));
      draw_dense(down(), std::span(drawn), stream, 2 * l + 1);
      std::copy_n(drawn.begin(), width_ * rank_, part.begin());
    }
  }
  void pack(std::span<const T> parameters, packed& to, bool backward) const {
    to.resize(count_);
    for (std::size_t l = 0; l < count_; ++l) {
      const auto part = of_layer(parameters, l);
      if (rank_ > 0) {
        to[l].down.pack(part.data(), width_, rank_, rank_, 1);
        if (backward) to[l].down_transposed.pack(part.data(), rank_, width_, 1, rank_);
      }
      upper(part).pack(to[l].up, backward);
    }
  }

  /// @return the last layer's output, [n, width]; x itself without layers
  basic_matrix_view<T> forward(std::span<const T> parameters, const packed& by,
                               const basic_matrix_view<T>& x, tape& memory) const {
    const index_t n = x.rows();
    for (auto* all : {&memory.x, &memory.z, &memory.between}) all->resize(count_);
    for (std::size_t l = 0; l < count_; ++l) {
      memory.x[l].resize(click_block, width_);
      memory.z[l].resize(click_block, width_);
      const T* const in = l == 0 ? x.data() : memory.x[l - 1].data();
      if (rank_ > 0) {
        memory.between[l].resize(click_block, rank_);
        by[l].down.template multiply<false>(in, n, width_, 1, memory.between[l].data(), rank_);
      }
      upper(of_layer(parameters, l))
          .forward(by[l].up, input(x, memory, l), memory.z[l].topRows(n), activation::linear);
      const T* const z = memory.z[l].data();
      T* const out = memory.x[l].data();
      for (index_t i = 0; i < n * width_; ++i) out[i] = x.data()[i] * z[i] + in[i];
    }
    return output(x, memory);
  }

  /// What `forward` returned.
  [[nodiscard]] basic_matrix_view<T> output(const basic_matrix_view<T>& x,
                                            const tape& memory) const {
    if (count_ == 0) return x;
    return memory.x.back().topRows(x.rows());
  }

  /// Where the slopes by the last output belong before `backward`.
  [[nodiscard]] basic_matrix_span<T> output_gradient(tape& memory, index_t n) const {
    memory.slope.resize(click_block, width_);
    return memory.slope.topRows(n);
  }

  /// After `forward` and `output_gradient`.
  /// @param gradient  of the parameters, added to
  /// @param dx        [n, width], overwritten
  void backward(std::span<const T> parameters, const packed& by, const basic_matrix_view<T>& x,
                tape& memory, std::span<T> gradient, basic_matrix_span<T> dx) const {
    const index_t n = x.rows();
    const index_t numbers = n * width_;
    memory.dz.resize(click_block, width_);
    memory.dx.resize(click_block, width_);
    memory.dbetween.resize(click_block, rank_);
    T* const slope = memory.slope.data();
    T* const dz = memory.dz.data();
    dx.setZero();
    for (std::size_t l = count_; l-- > 0;) {
      const T* const z = memory.z[l].data();
      const T* const x0 = x.data();
      T* const first = dx.data();
      for (index_t i = 0; i < numbers; ++i) {
        dz[i] = slope[i] * x0[i];
        first[i] += slope[i] * z[i];
      }
      const auto part = of_layer(parameters, l);
      const auto sums = of_layer(gradient, l);
      const auto upper_sums = sums.subspan(static_cast<std::size_t>(width_ * rank_));
      basic_matrix_span<T> in = rank_ > 0 ? memory.dbetween.topRows(n) : memory.dx.topRows(n);
      upper(part).backward(by[l].up, memory.rows, input(x, memory, l), memory.z[l].topRows(n),
                           memory.dz.topRows(n), activation::linear, upper_sums, true, &in);
      if (rank_ > 0) {
        const T* const read = l == 0 ? x0 : memory.x[l - 1].data();
        memory.rows.pack(in.data(), n, rank_, rank_, 1);
        memory.rows.template multiply<true>(read, width_, 1, width_, sums.data(), rank_);
        by[l].down_transposed.template multiply<false>(in.data(), n, rank_, 1, memory.dx.data(),
                                                       width_);
      }
      const T* const more = memory.dx.data();
      for (index_t i = 0; i < numbers; ++i) slope[i] += more[i];
    }
    for (index_t i = 0; i < numbers; ++i) dx.data()[i] += slope[i];
  }

  /// Has the parameters read and write x(order[i]) where they had x(i).
  void reorder(std::span<T> parameters, std::span<const index_t> order) const {
    for (std::size_t l = 0; l < count_; ++l) {
      T* at = of_layer(parameters, l).data();
      if (rank_ > 0) {
        reorder_matrix(at, width_, rank_, order, {});
        at += width_ * rank_;
      }
      reorder_matrix(at, up().inputs, width_, rank_ > 0 ? std::span<const index_t>{} : order,
                     order);
      reorder_matrix(at + up().weights(), 1, width_, {}, order);
    }
  }

  /// Row i becomes what row rows[i] was, column j what columns[j] was; empty: as they are.
  static void reorder_matrix(T* m, index_t rows, index_t columns,
                             std::span<const index_t> row_order,
                             std::span<const index_t> column_order) {
    const std::vector<T> old(m, m + rows * columns);
    for (index_t i = 0; i < rows; ++i)
      for (index_t j = 0; j < columns; ++j) {
        const index_t from = row_order.empty() ? i : row_order[static_cast<std::size_t>(i)];
        const index_t of = column_order.empty() ? j : column_order[static_cast<std::size_t>(j)];
        m[i * columns + j] = old[static_cast<std::size_t>(from * columns + of)];
      }
  }

 private:
  [[nodiscard]] dense_shape down() const noexcept { return {width_, rank_}; }
  [[nodiscard]] dense_shape up() const noexcept { return {rank_ > 0 ? rank_ : width_, width_}; }
  [[nodiscard]] index_t of_a_layer() const noexcept { return width_ * rank_ + up().parameters(); }
  template <class U>
  [[nodiscard]] std::span<U> of_layer(std::span<U> all, std::size_t l) const noexcept {
    const auto n = static_cast<std::size_t>(of_a_layer());
    return all.subspan(l * n, n);
  }
  [[nodiscard]] dense<T> upper(std::span<const T> part) const {
    return {up(), part.subspan(static_cast<std::size_t>(width_ * rank_))};
  }
  /// What W or U of a layer reads.
  [[nodiscard]] basic_matrix_view<T> input(const basic_matrix_view<T>& x, const tape& memory,
                                           std::size_t l) const {
    if (rank_ > 0) return memory.between[l].topRows(x.rows());
    if (l == 0) return x;
    return memory.x[l - 1].topRows(x.rows());
  }

  index_t width_;
  std::size_t count_;
  index_t rank_;
};

}  // namespace ciess::detail
