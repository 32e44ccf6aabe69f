// SPDX-License-Identifier: MIT
/// @file
/// A small ReLU network at very many points: from one to the next only the units that switch are
/// paid for.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/lease.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/detail/near_order.hpp>
#include <ciess/nn/detail/panels.hpp>
#include <ciess/nn/mlp.hpp>

namespace ciess {

/// Evaluates a network of few inputs, two hidden ReLU layers and one output.
///
/// Wherever the same units of the first layer are active, the input of the second layer is linear
/// in x: z = b2 + A (x, 1), A = sum over active units i of (w_i, b_i) times row i of the second
/// layer's weights, (inputs + 1) rows. So points are taken in an order in which neighbours follow
/// each other, and A changes by the units that switch between two of them: few, while a product
/// multiplies with all.
///
/// A is kept in whole numbers, each column with a power of two of its own, so that what is added
/// and later taken away leaves nothing behind: the value of a point has the same bytes whatever
/// points were asked for with it, in whatever order, at any number of threads. It agrees with the
/// network itself up to the rounding of float.
///
/// Cost of a point: (inputs + 1) (first + second width) multiplications, and (inputs + 1) * second
/// width for each unit that switches; the plain product costs first * second width. `assign` costs
/// as much as inputs + 1 points of the plain product.
/// Source: that a ReLU network is linear in regions: Montufar et al., "On the number of linear
/// regions of deep neural networks", NIPS 2014.
class relu_walk {
 public:
  static constexpr index_t most_inputs = 8;

  /// Whether a network has the right shape.
  [[nodiscard]] static bool fits(const mlp<float>& net) noexcept {
    return net.layers() == 3 && net.outputs() == 1 && net.inputs() <= most_inputs;
  }

  /// Takes the numbers of a network as they are now.
  /// @return whether they can be worked with: false if one is not finite or out of all proportion
  /// (beyond 2^60 or so); the network itself must be asked then
  /// @throws argument_error unless it `fits`
  [[nodiscard]] bool assign(const mlp<float>& net) {
    if (!fits(net))
      detail::throw_error<argument_error>(
          "relu_walk: needs 1 to ", most_inputs, " inputs, two hidden layers, one output, got ",
          net.inputs(), " inputs, ", net.layers(), " layers, ", net.outputs(), " outputs");
    inputs_ = net.inputs();
    const index_t units = net.shape(0).outputs;
    const index_t columns = net.shape(1).outputs;
    groups_ = (units + group - 1) / group;
    chunks_ = (columns + chunk - 1) / chunk;
    output_ = net.output_activation();
    const float* p = net.parameters().data();
    const Eigen::Map<const matrix> first(p, inputs_ + 1, units);  // weights, and the bias below
    p += first.size();
    const Eigen::Map<const matrix> second(p, units, columns);
    p += second.size();
    const Eigen::Map<const Eigen::RowVectorXf> second_bias(p, columns);
    p += columns;
    const Eigen::Map<const Eigen::RowVectorXf> last(p, columns);
    last_bias_ = p[columns];

    first_.setZero(inputs_ + 1, groups_ * group);  // units that are not there are never active
    first_.leftCols(units) = first;
    change_ = first.transpose();
    weight_.resize(static_cast<std::size_t>(inputs_));
    for (index_t k = 0; k < inputs_; ++k)
      weight_[static_cast<std::size_t>(k)] = first.row(k).cwiseAbs().mean();
    // No entry of A ever exceeds the largest sum of all its terms, taken as positive.
    bound_.noalias() = first.cwiseAbs() * second.cwiseAbs();
    second_.assign(static_cast<std::size_t>(chunks_ * units), float_chunk{});
    bias_.assign(static_cast<std::size_t>(chunks_), float_chunk{});
    last_.assign(static_cast<std::size_t>(chunks_), float_chunk{});
    units_ = units;
    bool finite = first.allFinite() && std::isfinite(last_bias_);
    for (index_t c = 0; c < columns; ++c) {
      const float bound = bound_.col(c).maxCoeff();
      if (!std::isfinite(bound)) return false;
      const int shift = bound > 0 ? std::min(29 - std::ilogb(bound), 60) : 60;
      const float scale = std::ldexp(1.0F, shift);
      const auto put = [&](float_chunk& to, float x) {
        std::memcpy(reinterpret_cast<std::byte*>(&to) + c % chunk * index_t{sizeof x}, &x,
                    sizeof x);
        finite = finite && std::isfinite(x);
      };
      for (index_t i = 0; i < units; ++i)
        put(second_[static_cast<std::size_t>(c / chunk * units + i)], second(i, c) * scale);
      put(bias_[static_cast<std::size_t>(c / chunk)], second_bias(c) * scale);
      put(last_[static_cast<std::size_t>(c / chunk)], last(c) / scale);
    }
    return finite;
  }

  /// As `mlp::evaluate`, but for the number of rows that `read` and `write` get at a time.
  /// Memory: some 50 bytes a row of at most 131,072 rows for each thread.
  /// @pre `assign` returned true
  template <class Read, class Write>
  void evaluate(index_t n, Read&& read, Write&& write) {
    constexpr index_t least = 2048;
    constexpr index_t most = 131072;
    // The larger a piece, the closer the points in it; results do not depend on it.
    const index_t piece = std::clamp<index_t>(
        (n + index_t{2} * concurrency() - 1) / (index_t{2} * concurrency()), least, most);
    parallel_for(n, piece, [&](index_t from, index_t to) {
      const lease_pool<place>::lease here(places_);
      const index_t rows = to - from;
      here->points.resize(rows, inputs_);
      here->values.resize(rows, 1);
      read(from, matrix_span(here->points));
      walk(*here);
      write(from, matrix_view(here->values));
    });
  }

 private:
  static constexpr index_t group = 256;  ///< units whose states are packed together
  static constexpr index_t lanes = detail::register_bytes / sizeof(float);
  static constexpr index_t chunk = 2 * lanes;  ///< columns of A that are in registers at a time
  using floats [[gnu::vector_size(detail::register_bytes)]] = float;
  using whole [[gnu::vector_size(detail::register_bytes)]] = std::int32_t;
  struct float_chunk {
    floats left, right;
  };
  struct whole_chunk {
    whole left, right;
  };

  /// Where a thread is.
  struct place {
    matrix points;  ///< [rows, inputs]
    matrix values;  ///< [rows, 1]
    detail::near_order order;
    std::vector<std::uint64_t> active;   ///< [groups * 4], a bit for each unit
    std::vector<whole_chunk> sums;       ///< A, [chunks][inputs + 1]
    std::vector<std::int32_t> switched;  ///< [units]
    std::vector<float> change;           ///< [units, inputs + 1], of those that switched
  };

  void walk(place& p) const {
    using step = float (relu_walk::*)(place&, const float*) const;
    static constexpr auto steps = []<std::size_t... k>(std::index_sequence<k...>) {
      return std::array<step, sizeof...(k)>{&relu_walk::move<static_cast<index_t>(k) + 1>...};
    }(std::make_index_sequence<most_inputs>{});
    const step to = steps[static_cast<std::size_t>(inputs_ - 1)];
    p.active.assign(static_cast<std::size_t>(groups_ * 4), 0);
    p.sums.assign(static_cast<std::size_t>(chunks_ * (inputs_ + 1)), whole_chunk{});
    p.switched.resize(static_cast<std::size_t>(units_));
    p.change.resize(static_cast<std::size_t>(units_ * (inputs_ + 1)));
    const std::span<const std::uint32_t> order = p.order(p.points, weight_);
    const float* last = nullptr;
    float value = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      constexpr std::size_t ahead = 8;  // neighbours on the way are not neighbours in memory
      if (i + ahead < order.size())
        __builtin_prefetch(p.points.data() + order[i + ahead] * static_cast<std::size_t>(inputs_));
      const float* const x = p.points.data() + order[i] * static_cast<std::size_t>(inputs_);
      if (!last || !std::equal(x, x + inputs_, last)) value = (this->*to)(p, x);
      last = x;
      p.values.data()[order[i]] = value;
    }
  }

  /// Goes to x, [inputs]. @return the value there
  template <index_t inputs>
  [[nodiscard]] float move(place& p, const float* x) const {
    constexpr auto rows = static_cast<std::size_t>(inputs) + 1;
    const std::size_t n = look<inputs>(p, x);
    const std::int32_t* const switched = p.switched.data();
    const float* const change = p.change.data();
    const index_t units = units_;
    const index_t chunks = chunks_;
    floats left{}, right{};
    for (index_t c = 0; c < chunks; ++c) {
      whole_chunk* const sums = p.sums.data() + c * (inputs + 1);
      const float_chunk* const weights = second_.data() + c * units;
      whole a[rows], b[rows];
      for (index_t k = 0; k <= inputs; ++k) {
        a[k] = sums[k].left;
        b[k] = sums[k].right;
      }
      for (std::size_t s = 0; s < n; ++s) {
        const floats v = weights[switched[s]].left;
        const floats w = weights[switched[s]].right;
        const float* const by = change + s * (inputs + 1);
        // Towards zero, so that what a unit brings and what it takes along are the same number.
        for (index_t k = 0; k <= inputs; ++k) {
          a[k] += __builtin_convertvector(by[k] * v, whole);
          b[k] += __builtin_convertvector(by[k] * w, whole);
        }
      }
      for (index_t k = 0; k <= inputs; ++k) {
        sums[k].left = a[k];
        sums[k].right = b[k];
      }
      const auto at = static_cast<std::size_t>(c);
      floats y = bias_[at].left + __builtin_convertvector(a[inputs], floats);
      floats z = bias_[at].right + __builtin_convertvector(b[inputs], floats);
      for (index_t k = 0; k < inputs; ++k) {
        y += x[k] * __builtin_convertvector(a[k], floats);
        z += x[k] * __builtin_convertvector(b[k], floats);
      }
      left += last_[at].left * (y < 0 ? floats{} : y);  // NaN stays NaN
      right += last_[at].right * (z < 0 ? floats{} : z);
    }
    left += right;
    float sum[lanes];
    std::memcpy(sum, &left, sizeof sum);
    for (index_t half = lanes / 2; half > 0; half /= 2)
      for (index_t l = 0; l < half; ++l) sum[l] += sum[l + half];
    const float value = sum[0] + last_bias_;
    return output_ == activation::tanh   ? std::tanh(value)
           : output_ == activation::relu ? std::max(value, 0.0F)
                                         : value;
  }

  /// Finds the units of the first layer that switch on the way to x. @return how many
  template <index_t inputs>
  [[nodiscard]] std::size_t look(place& p, const float* x) const {
    constexpr std::size_t side = 16;
    using floats16 [[gnu::vector_size(64)]] = float;
    using whole16 [[gnu::vector_size(64)]] = std::int32_t;
    std::size_t n = 0;
    const index_t stride = groups_ * group;
    for (index_t g = 0; g < groups_; ++g) {
      // Lane l, bit j: unit 16 j + l of the group.
      whole16 bits = {};
      const float* const from = first_.data() + g * group;
      for (std::size_t j = 0; j < side; ++j) {
        floats16 u, w;
        std::memcpy(&u, from + inputs * stride + j * side, sizeof u);
        for (index_t k = 0; k < inputs; ++k) {
          std::memcpy(&w, from + k * stride + j * side, sizeof w);
          u += x[k] * w;
        }
        const whole16 on = u > 0;
        bits |= on & (std::int32_t{1} << j);
      }
      std::int32_t packed[side];
      std::memcpy(packed, &bits, sizeof packed);
      for (std::size_t word = 0; word < 4; ++word) {
        std::uint64_t now = 0;
        for (std::size_t l = 0; l < 4; ++l)
          now |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(packed[4 * word + l]))
                 << (16 * l);
        std::uint64_t& was = p.active[static_cast<std::size_t>(g) * 4 + word];
        std::uint64_t different = std::exchange(was, now) ^ now;
        for (; different != 0; different &= different - 1) {
          const auto bit = static_cast<std::size_t>(std::countr_zero(different));
          const std::size_t unit =
              static_cast<std::size_t>(g * group) + side * (bit % 16) + 4 * word + bit / 16;
          const float sign = now >> bit & 1 ? 1.0F : -1.0F;
          p.switched[n] = static_cast<std::int32_t>(unit);
          const float* const change = change_.data() + unit * (inputs + 1);
          for (std::size_t k = 0; k <= inputs; ++k)
            p.change[n * (inputs + 1) + k] = sign * change[k];
          ++n;
        }
      }
    }
    return n;
  }

  index_t inputs_ = 0, units_ = 0, groups_ = 0, chunks_ = 0;
  activation output_ = activation::linear;
  float last_bias_ = 0;
  matrix first_;                     ///< [inputs + 1, groups * group], the bias last
  std::vector<float> weight_;        ///< [inputs], how much the units depend on an input
  matrix change_;                    ///< [units, inputs + 1], its transpose
  matrix bound_;                     ///< [inputs + 1, columns]
  std::vector<float_chunk> second_;  ///< [chunks][units], scaled
  std::vector<float_chunk> bias_;    ///< [chunks], scaled alike
  std::vector<float_chunk> last_;    ///< [chunks], scaled back
  lease_pool<place> places_;
};

}  // namespace ciess
