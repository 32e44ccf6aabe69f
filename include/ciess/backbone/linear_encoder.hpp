// SPDX-License-Identifier: MIT
/// @file
/// Encoders that are linear in the tables: what MF and LightGCN share.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>

#include <ciess/backbone/axes.hpp>
#include <ciess/backbone/network.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/bpr.hpp>

namespace ciess {

/// A linear map of both tables together, equal to its own transpose and the same for each column:
/// identity (MF), graph propagation (LightGCN). `M(interactions, M::options)` makes one; `apply(in,
/// out, columns, given, wanted)` maps the first columns of the tables [rows, d] at `in` to those at
/// `out`, which may be the same. What it may use: rows of `in` are zero past their first `given`
/// numbers, of those of `out` only the first `wanted` are asked for (empty: all). Its options hold
/// `deviation`, that of the first weights. One that leaves rows as they are may say so by
/// `M::identity`: they are not copied then.
template <class M>
concept linear_map =
    requires { typename M::value_type; } &&
    std::constructible_from<M, const interactions&, const typename M::options&> &&
    requires(M& map, const typename bpr<typename M::value_type>::tables& in,
             const typename bpr<typename M::value_type>::outputs& out, index_t columns,
             const row_prefixes& sizes, const typename M::options& o) {
      { o.deviation } -> std::convertible_to<double>;
      map.apply(in, out, columns, sizes, sizes);
    };

/// The encoder of an `inner_product_network` that applies a linear map. Rows start from a normal
/// distribution, the penalty is on the rows of the tables.
/// Defaults: LightGCN on MovieLens-1M in the reference program.
template <linear_map Map>
class linear_encoder {
 public:
  using value_type = typename Map::value_type;
  using options = typename Map::options;
  using outputs = typename bpr<value_type>::outputs;
  static constexpr training_defaults defaults{.penalty = 1e-4, .rate = {}};
  static constexpr bool penalises_vectors = false;
  static constexpr bool vectors_are_rows = requires { requires Map::identity; };

  /// @throws argument_error if an option is out of range
  linear_encoder(const interactions& train, size_range range, const options& o)
      : map_{train, o}, width_{range.max}, deviation_{static_cast<double>(o.deviation)} {
    if (!(deviation_ > 0 && std::isfinite(deviation_)))
      detail::throw_error<argument_error>("recommender: deviation must be > 0, got ", deviation_);
  }

  [[nodiscard]] index_t width() const noexcept { return width_; }
  [[nodiscard]] index_t used(index_t columns) const noexcept { return columns; }
  [[nodiscard]] bool drops() const noexcept { return false; }
  [[nodiscard]] index_t parameters() const noexcept { return 0; }
  [[nodiscard]] normal_rows initializer(const table_shape&) const noexcept { return {deviation_}; }
  void draw(std::span<value_type>, const random_stream&) const noexcept {}

  void forward(const model_weights<value_type>& w, index_t columns, const training_step*,
               const row_prefixes& wanted, const outputs& vectors) {
    map_.apply({&w.tables[0].values(), &w.tables[1].values()}, vectors, columns, sizes_of(w),
               wanted);
  }
  [[nodiscard]] outputs vector_gradients(model_gradient<value_type>& g) const noexcept {
    return {&g.tables[0], &g.tables[1]};
  }
  void backward(const model_weights<value_type>& w, index_t columns,
                model_gradient<value_type>& g) {
    const outputs tables = vector_gradients(g);
    map_.apply({tables[0], tables[1]}, tables, columns, {}, sizes_of(w));  // its own transpose
  }

  /// One orthogonal matrix for both tables: the inner products stay.
  void rotate(model_weights<value_type>& w) const { turn_together<value_type>(w.tables); }

 private:
  static row_prefixes sizes_of(const model_weights<value_type>& w) noexcept {
    return {w.tables[0].row_sizes().values(), w.tables[1].row_sizes().values()};
  }

  Map map_;
  index_t width_;
  double deviation_;
};

}  // namespace ciess
