// SPDX-License-Identifier: MIT
/// @file
/// DeepFM: a factorisation machine and layers on the same rows, side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/backbone/click_model.hpp>
#include <ciess/backbone/click_network.hpp>
#include <ciess/backbone/detail/common_axes.hpp>
#include <ciess/backbone/detail/layer_stack.hpp>
#include <ciess/backbone/detail/pair_products.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/dense.hpp>

namespace ciess {

/// The sum over pairs of slots of inner products, and layers on all slots; bias and first order are
/// the click model's.
/// Parameters: layers of `hidden` outputs, then of one.
/// Source: Guo et al., "DeepFM: a factorization-machine based neural network for CTR prediction",
/// IJCAI 2017.
template <class T>
class deep_fm_network {
 public:
  using value_type = T;
  struct options {
    std::vector<index_t> hidden{400, 400, 400};  ///< outputs of the layers with ReLU (Guo 2017)
    double dropout = 0;                          ///< after each of them, in [0, 1)

    /// See `field_visitor::same`.
    template <class F>
    void visit(F& f) const {
      const std::vector<double> widths(hidden.begin(), hidden.end());
      f.same("hidden", std::span<const double>(widths));
      f.same("dropout", dropout);
    }
  };
  using packed = typename detail::layer_stack<T>::packed;
  struct tape {
    detail::pair_sums<T> pairs;
    detail::stack_tape<T> deep;
    bool dropped = false;
  };
  [[nodiscard]] static bool first_order(const options&) noexcept { return true; }
  [[nodiscard]] static bool features_are_rows(const options&) noexcept { return true; }

  deep_fm_network(const click_input& input, const options& o)
      : slots_{input.slots},
        columns_{input.columns},
        deep_("deep", input.width(), o.hidden, 1, activation::linear, o.dropout) {}

  [[nodiscard]] std::vector<click_layer> layers() const {
    std::vector<click_layer> all;
    deep_.name_layers(all);
    return all;
  }
  void draw(std::span<T> parameters, const random_stream& stream) const {
    deep_.draw(parameters, stream);
  }
  void pack(std::span<const T> parameters, packed& to, bool backward) const {
    deep_.pack(parameters, to, backward);
  }

  void forward(std::span<const T> parameters, const packed& by, const basic_matrix_view<T>& x,
               const basic_matrix_view<T>&, const click_dropout* dropped, tape& memory,
               std::span<T> log_odds) const {
    detail::add_pair_products<T>(x, slots_, columns_, click_block, memory.pairs, log_odds);
    const auto out = deep_.forward(parameters, by, x, dropped, memory.deep);
    for (index_t r = 0; r < x.rows(); ++r) log_odds[static_cast<std::size_t>(r)] += out(r, 0);
    memory.dropped = dropped != nullptr;
  }

  void backward(std::span<const T> parameters, const packed& by, const basic_matrix_view<T>& x,
                const basic_matrix_view<T>&, std::span<const T> slopes, tape& memory,
                std::span<T> gradient, basic_matrix_span<T> dx) const {
    auto dy = deep_.output_gradient(memory.deep, x.rows());
    for (index_t r = 0; r < x.rows(); ++r) dy(r, 0) = slopes[static_cast<std::size_t>(r)];
    deep_.backward(parameters, by, x, memory.dropped, memory.deep, gradient, &dx);
    detail::pair_slopes<true, T>(x, slots_, columns_, memory.pairs, slopes, dx);
  }

  /// All tables are turned together, for the inner products; the first layer takes the turn back.
  void rotate(std::span<basic_masked_table<T>> tables, std::span<T> parameters) const {
    const square_matrix axes = detail::turn_commonly(tables);
    for (index_t s = 0; s < slots_; ++s)
      detail::turn_weights(parameters.data(), deep_.shape(0).outputs, s * columns_, axes);
  }
  [[nodiscard]] std::size_t axes_group(std::size_t) const noexcept { return 0; }

 private:
  index_t slots_, columns_;
  detail::layer_stack<T> deep_;
};

/// DeepFM for clicks.
template <class T>
using basic_deep_fm = basic_click_model<deep_fm_network<T>>;
using deep_fm = basic_deep_fm<float>;

}  // namespace ciess
