// SPDX-License-Identifier: MIT
/// @file
/// DCN-V2: cross layers and a deep network, one after the other or side by side.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include <ciess/backbone/axes.hpp>
#include <ciess/backbone/click_model.hpp>
#include <ciess/backbone/click_network.hpp>
#include <ciess/backbone/detail/common_axes.hpp>
#include <ciess/backbone/detail/cross_layers.hpp>
#include <ciess/backbone/detail/layer_stack.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/dense.hpp>

namespace ciess {

/// How cross layers and deep ones are put together.
enum class dcn_structure {
  parallel,  ///< both read the slots; log odds are linear in what both say
  stacked    ///< the deep layers read what the cross layers say
};

/// Cross layers x_{l+1} = x_0 .* (W_l x_l + b_l) + x_l on all slots x_0, and deep layers; no first
/// order, as in the paper.
/// Parameters: the cross layers'; in parallel their part of the last layer; the deep layers', of
/// `hidden` outputs and then of one.
/// Source: Wang et al., "DCN V2: improved deep & cross network and practical lessons for web-scale
/// learning to rank systems", WWW 2021.
template <class T>
class dcn_network {
 public:
  using value_type = T;
  struct options {
    dcn_structure structure = dcn_structure::parallel;
    int cross_layers = 3;  ///< >= 0
    int rank = 0;          ///< of their weights, which then are a product; 0: full
    std::vector<index_t> hidden{400, 400, 400};  ///< outputs of the deep layers with ReLU
    double dropout = 0;                          ///< after each of these, in [0, 1)

    /// See `field_visitor::same`.
    template <class F>
    void visit(F& f) const {
      f.same("structure", structure == dcn_structure::parallel ? std::string_view("parallel")
                                                               : std::string_view("stacked"));
      f.same("cross_layers", std::int64_t{cross_layers});
      f.same("rank", std::int64_t{rank});
      const std::vector<double> widths(hidden.begin(), hidden.end());
      f.same("hidden", std::span<const double>(widths));
      f.same("dropout", dropout);
    }
  };
  struct packed {
    typename detail::cross_layers<T>::packed cross;
    typename detail::layer_stack<T>::packed deep;
  };
  struct tape {
    detail::cross_tape<T> cross;
    detail::stack_tape<T> deep;
    basic_matrix<T> deep_slope;  ///< [click_block, width], by what the deep layers read
    bool dropped = false;
  };
  [[nodiscard]] static bool first_order(const options&) noexcept { return false; }
  [[nodiscard]] static bool features_are_rows(const options&) noexcept { return true; }

  dcn_network(const click_input& input, const options& o)
      : input_{input},
        parallel_{o.structure == dcn_structure::parallel},
        cross_(input.width(), o.cross_layers, o.rank),
        deep_("deep", input.width(), o.hidden, 1, activation::linear, o.dropout) {}

  [[nodiscard]] std::vector<click_layer> layers() const {
    std::vector<click_layer> all;
    cross_.name_layers(all);
    if (parallel_) all.push_back({"cross-top", {input_.width()}});
    deep_.name_layers(all);
    return all;
  }
  /// As dense layers; the two parts of the last layer each for itself.
  void draw(std::span<T> parameters, const random_stream& stream) const {
    cross_.draw(cross_part(parameters), stream.child(0));
    if (parallel_) {
      const T bound = T{1} / std::sqrt(static_cast<T>(input_.width()));
      auto engine = stream.at(0);
      for (T& x : top_part(parameters)) x = uniform(engine, -bound, bound);
    }
    deep_.draw(deep_part(parameters), stream.child(1));
  }
  void pack(std::span<const T> parameters, packed& to, bool backward) const {
    cross_.pack(cross_part(parameters), to.cross, backward);
    deep_.pack(deep_part(parameters), to.deep, backward);
  }

  void forward(std::span<const T> parameters, const packed& by, const basic_matrix_view<T>& x,
               const basic_matrix_view<T>&, const click_dropout* dropped, tape& memory,
               std::span<T> log_odds) const {
    const basic_matrix_view<T> crossed =
        cross_.forward(cross_part(parameters), by.cross, x, memory.cross);
    const auto deep = deep_.forward(deep_part(parameters), by.deep, parallel_ ? x : crossed,
                                    dropped, memory.deep);
    for (index_t r = 0; r < x.rows(); ++r) log_odds[static_cast<std::size_t>(r)] += deep(r, 0);
    memory.dropped = dropped != nullptr;
    if (!parallel_) return;
    const auto top = top_part(parameters);
    const Eigen::Map<const basic_vector<T>> weights(top.data(), std::ssize(top));
    for (index_t r = 0; r < x.rows(); ++r)
      log_odds[static_cast<std::size_t>(r)] += crossed.row(r).dot(weights);
  }

  void backward(std::span<const T> parameters, const packed& by, const basic_matrix_view<T>& x,
                const basic_matrix_view<T>&, std::span<const T> slopes, tape& memory,
                std::span<T> gradient, basic_matrix_span<T> dx) const {
    const index_t n = x.rows();
    auto dy = deep_.output_gradient(memory.deep, n);
    for (index_t r = 0; r < n; ++r) dy(r, 0) = slopes[static_cast<std::size_t>(r)];
    const basic_matrix_view<T> crossed = cross_.output(x, memory.cross);
    basic_matrix_span<T> by_crossed = cross_.output_gradient(memory.cross, n);
    if (!parallel_) {
      deep_.backward(deep_part(parameters), by.deep, crossed, memory.dropped, memory.deep,
                     deep_part(gradient), &by_crossed);
      cross_.backward(cross_part(parameters), by.cross, x, memory.cross, cross_part(gradient), dx);
      return;
    }
    const auto top = top_part(parameters);
    const auto sums = top_part(gradient);
    for (index_t r = 0; r < n; ++r) {
      const T slope = slopes[static_cast<std::size_t>(r)];
      const T* const said = crossed.row(r).data();
      T* const to = by_crossed.row(r).data();
      for (std::size_t j = 0; j < top.size(); ++j) {
        to[j] = slope * top[j];
        sums[j] += slope * said[j];
      }
    }
    cross_.backward(cross_part(parameters), by.cross, x, memory.cross, cross_part(gradient), dx);
    memory.deep_slope.resize(click_block, input_.width());
    basic_matrix_span<T> more = memory.deep_slope.topRows(n);
    deep_.backward(deep_part(parameters), by.deep, x, memory.dropped, memory.deep,
                   deep_part(gradient), &more);
    dx += more;
  }

  /// A cross layer multiplies numbers with each other, so that axes cannot be turned; only their
  /// order is free. The columns of each table come in the order of their energy, the sum of their
  /// squares, and everything that reads or writes slots goes with them: no prediction changes but
  /// by the order of sums.
  void rotate(std::span<basic_masked_table<T>> tables, std::span<T> parameters) const {
    std::vector<std::vector<index_t>> orders;
    for (auto& table : tables) {
      const square_matrix axes = detail::order_axes(gram(table));
      table.change_axes(axes);
      auto& order = orders.emplace_back(static_cast<std::size_t>(table.columns()));
      for (std::size_t j = 0; j < order.size(); ++j)
        axes.col(static_cast<index_t>(j)).maxCoeff(&order[j]);
    }
    std::vector<index_t> all(static_cast<std::size_t>(input_.width()));
    std::iota(all.begin(), all.end(), index_t{0});
    for (index_t s = 0; s < input_.slots; ++s) {
      const auto& order = orders[input_.table_of[static_cast<std::size_t>(s)]];
      for (std::size_t j = 0; j < order.size(); ++j)
        all[static_cast<std::size_t>(s * input_.columns) + j] = s * input_.columns + order[j];
    }
    cross_.reorder(cross_part(parameters), all);
    using cross = detail::cross_layers<T>;
    if (parallel_) cross::reorder_matrix(top_part(parameters).data(), input_.width(), 1, all, {});
    cross::reorder_matrix(deep_part(parameters).data(), input_.width(), deep_.shape(0).outputs, all,
                          {});
  }

 private:
  template <class U>
  [[nodiscard]] std::span<U> cross_part(std::span<U> all) const noexcept {
    return all.first(static_cast<std::size_t>(cross_.parameters()));
  }
  /// The last layer's weights of what the cross layers say.
  template <class U>
  [[nodiscard]] std::span<U> top_part(std::span<U> all) const noexcept {
    return all.subspan(static_cast<std::size_t>(cross_.parameters()),
                       parallel_ ? static_cast<std::size_t>(input_.width()) : 0);
  }
  template <class U>
  [[nodiscard]] std::span<U> deep_part(std::span<U> all) const noexcept {
    return all.last(static_cast<std::size_t>(deep_.parameters()));
  }

  click_input input_;
  bool parallel_;
  detail::cross_layers<T> cross_;
  detail::layer_stack<T> deep_;
};

/// DCN-V2 for clicks.
template <class T>
using basic_dcn = basic_click_model<dcn_network<T>>;
using dcn = basic_dcn<float>;

}  // namespace ciess
