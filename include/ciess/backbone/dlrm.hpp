// SPDX-License-Identifier: MIT
/// @file
/// DLRM: inner products of rows with each other and with what layers make of numeric features.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include <ciess/backbone/click_model.hpp>
#include <ciess/backbone/click_network.hpp>
#include <ciess/backbone/detail/common_axes.hpp>
#include <ciess/backbone/detail/layer_stack.hpp>
#include <ciess/backbone/detail/slot_products.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/dense.hpp>

namespace ciess {

/// Bottom layers make a vector as wide as the rows of the numeric features; top layers read that
/// vector and the inner products of all pairs of it and the rows. Without features there are no
/// bottom layers and no vector. No first order, as in the paper; features have no rows.
/// Parameters: the bottom layers, of `bottom` outputs and then d; the top layers, of `hidden`
/// outputs and then one.
/// Source: Naumov et al., "Deep learning recommendation model for personalization and
/// recommendation systems", 2019.
template <class T>
class dlrm_network {
 public:
  using value_type = T;
  struct options {
    std::vector<index_t> bottom{64};  ///< outputs of the bottom layers with ReLU, before the last
    /// Whether ReLU follows the last bottom layer, too, as in the source's program. Without it the
    /// vector can be turned, and a warm start begins on principal axes; with it only the order of
    /// columns is free.
    bool bottom_relu = false;
    std::vector<index_t> hidden{400, 400, 400};  ///< outputs of the top layers with ReLU
    double dropout = 0;  ///< after each layer of `bottom` and `hidden`, in [0, 1)

    /// See `field_visitor::same`.
    template <class F>
    void visit(F& f) const {
      for (const auto& [name, layers] :
           {std::pair<std::string_view, const std::vector<index_t>&>("bottom", bottom),
            {"hidden", hidden}}) {
        const std::vector<double> widths(layers.begin(), layers.end());
        f.same(name, std::span<const double>(widths));
      }
      f.same("bottom_relu", std::int64_t{bottom_relu});
      f.same("dropout", dropout);
    }
  };
  struct packed {
    typename detail::layer_stack<T>::packed bottom, top;
  };
  struct tape {
    detail::stack_tape<T> bottom, top;
    basic_matrix<T> read, slope;  ///< [click_block, top inputs]
    bool dropped = false;
  };
  [[nodiscard]] static bool first_order(const options&) noexcept { return false; }
  [[nodiscard]] static bool features_are_rows(const options&) noexcept { return false; }

  dlrm_network(const click_input& input, const options& o)
      : input_{input}, vectors_{input.slots + (input.features > 0 ? 1 : 0)}, relu_{o.bottom_relu} {
    if (has_bottom())
      bottom_ = detail::layer_stack<T>("bottom", input.features, o.bottom, input.columns,
                                       relu_ ? activation::relu : activation::linear, o.dropout,
                                       first_of_bottom);
    const index_t inputs = detail::pairs_of(vectors_) + (has_bottom() ? input.columns : 0);
    if (inputs == 0)
      detail::throw_error<argument_error>(
          "dlrm: expected two fields, or a field and a feature, as it reads products of pairs");
    top_ = detail::layer_stack<T>("top", inputs, o.hidden, 1, activation::linear, o.dropout);
  }

  [[nodiscard]] std::vector<click_layer> layers() const {
    std::vector<click_layer> all;
    if (has_bottom()) bottom_.name_layers(all);
    top_.name_layers(all);
    return all;
  }
  void draw(std::span<T> parameters, const random_stream& stream) const {
    if (has_bottom()) bottom_.draw(bottom_part(parameters), stream);
    top_.draw(top_part(parameters), stream);
  }
  void pack(std::span<const T> parameters, packed& to, bool backward) const {
    if (has_bottom()) bottom_.pack(bottom_part(parameters), to.bottom, backward);
    top_.pack(top_part(parameters), to.top, backward);
  }

  void forward(std::span<const T> parameters, const packed& by, const basic_matrix_view<T>& x,
               const basic_matrix_view<T>& numbers, const click_dropout* dropped, tape& memory,
               std::span<T> log_odds) const {
    memory.read.resize(click_block, top_.inputs());
    if (has_bottom())
      (void)bottom_.forward(bottom_part(parameters), by.bottom, numbers, dropped, memory.bottom);
    for (index_t r = 0; r < x.rows(); ++r) {
      const auto vectors = vectors_of(x, memory, r);
      T* to = memory.read.row(r).data();
      if (has_bottom()) to = std::copy_n(vectors.first, input_.columns, to);
      detail::slot_products(vectors, vectors_, to);
    }
    const auto out = top_.forward(top_part(parameters), by.top, memory.read.topRows(x.rows()),
                                  dropped, memory.top);
    for (index_t r = 0; r < x.rows(); ++r) log_odds[static_cast<std::size_t>(r)] += out(r, 0);
    memory.dropped = dropped != nullptr;
  }

  void backward(std::span<const T> parameters, const packed& by, const basic_matrix_view<T>& x,
                const basic_matrix_view<T>& numbers, std::span<const T> slopes, tape& memory,
                std::span<T> gradient, basic_matrix_span<T> dx) const {
    const index_t n = x.rows();
    auto dy = top_.output_gradient(memory.top, n);
    for (index_t r = 0; r < n; ++r) dy(r, 0) = slopes[static_cast<std::size_t>(r)];
    memory.slope.resize(click_block, top_.inputs());
    basic_matrix_span<T> by_read = memory.slope.topRows(n);
    top_.backward(top_part(parameters), by.top, memory.read.topRows(n), memory.dropped, memory.top,
                  top_part(gradient), &by_read);
    dx.setZero();
    const bool bottom = has_bottom();
    if (bottom) (void)bottom_.output_gradient(memory.bottom, n);
    for (index_t r = 0; r < n; ++r) {
      const T* from = by_read.row(r).data();
      T* first = nullptr;
      if (bottom) {
        first = memory.bottom.gradients.back().row(r).data();
        std::copy_n(from, input_.columns, first);
        from += input_.columns;
      }
      T* const slots = dx.row(r).data();
      detail::slot_slopes(vectors_of(x, memory, r), vectors_, from, [&](index_t s) {
        if (!bottom) return slots + s * input_.columns;
        return s == 0 ? first : slots + (s - 1) * input_.columns;
      });
    }
    if (bottom)
      bottom_.backward(bottom_part(parameters), by.bottom, numbers, memory.dropped, memory.bottom,
                       bottom_part(gradient), nullptr);
  }

  /// All tables are turned together, and with them the last bottom layer; the first top layer takes
  /// the turn of the vector back. Where ReLU follows the bottom, the columns of all tables and of
  /// the vector come in the order of their energy instead, which ReLU does not mind.
  void rotate(std::span<basic_masked_table<T>> tables, std::span<T> parameters) const {
    const square_matrix axes =
        has_bottom() && relu_ ? detail::order_commonly(tables) : detail::turn_commonly(tables);
    if (!has_bottom()) return;
    const std::size_t last = bottom_.count() - 1;
    const auto shape = bottom_.shape(last);
    // Weights [inputs, d] and, as one row more, the bias [d].
    detail::turn_columns(bottom_part(parameters).data() + bottom_.offset(last), shape.inputs + 1,
                         axes);
    detail::turn_weights(top_part(parameters).data(), top_.shape(0).outputs, 0, axes);
  }
  [[nodiscard]] std::size_t axes_group(std::size_t) const noexcept { return 0; }

 private:
  static constexpr std::uint64_t first_of_bottom = 1000;  ///< number of a layer that drops

  [[nodiscard]] bool has_bottom() const noexcept { return input_.features > 0; }
  template <class U>
  [[nodiscard]] std::span<U> bottom_part(std::span<U> all) const noexcept {
    return all.first(all.size() - static_cast<std::size_t>(top_.parameters()));
  }
  template <class U>
  [[nodiscard]] std::span<U> top_part(std::span<U> all) const noexcept {
    return all.last(static_cast<std::size_t>(top_.parameters()));
  }
  [[nodiscard]] detail::slot_vectors<T> vectors_of(const basic_matrix_view<T>& x,
                                                   const tape& memory, index_t r) const {
    return {.first = has_bottom() ? memory.bottom.outputs.back().row(r).data() : nullptr,
            .slots = x.row(r).data(),
            .columns = input_.columns};
  }

  click_input input_;
  index_t vectors_;  ///< of which there are pairs
  bool relu_;
  detail::layer_stack<T> bottom_, top_;
};

/// DLRM for clicks.
template <class T>
using basic_dlrm = basic_click_model<dlrm_network<T>>;
using dlrm = basic_dlrm<float>;

}  // namespace ciess
