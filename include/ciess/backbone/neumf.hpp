// SPDX-License-Identifier: MIT
/// @file
/// NeuMF, also called NCF: a small network and a weighted product side by side judge a user and an
/// item.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ciess/backbone/axes.hpp>
#include <ciess/backbone/detail/neumf_pairs.hpp>
#include <ciess/backbone/network.hpp>
#include <ciess/backbone/recommender.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/layer_view.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/nn/bpr.hpp>
#include <ciess/nn/detail/product.hpp>
#include <ciess/nn/detail/share_sums.hpp>

namespace ciess {

/// Score of user u and item i, with two rows each, one a tower:
///   v . relu(Wu^T mlp_u + Wi^T mlp_i + b) + h . (gmf_u .* gmf_i) + c
/// The first layer of the usual form, Linear(2d, d) on both rows in one, falls into a user's part
/// and an item's part: its product is done once a row, not once a pair. What is left for a pair is
/// an addition, a comparison and a multiplication for each of d numbers.
///
/// Tables: 0 users and 1 items of the MLP tower, 2 users and 3 items of the GMF tower, each row
/// with a size of its own. Parameters: Wu [d, d], Wi [d, d], b [d], v [d], h [d], c [1]; d = d_max.
/// Cost of a step: 6 d^2 flops for each user and each item of the batch, about 12 d for each pair.
/// Source: He et al., "Neural collaborative filtering", WWW 2017.
template <class T>
class neumf_network {
 public:
  using value_type = T;
  /// (reference program, MovieLens-1M)
  static constexpr training_defaults defaults{
      .penalty = 1e-2, .rate = {.first = 0.03, .factor = 0.9, .every = 50, .least = 1e-4}};

  struct options {
    /// Whether the rows of the GMF tower have sizes too. The reference program leaves them whole;
    /// they then count in every budget with all their numbers, so none below a half can be met.
    bool mask_gmf = true;

    /// See `field_visitor::same`.
    template <class F>
    void visit(F& f) const {
      f.same("mask_gmf", std::int64_t{mask_gmf});
    }
  };

  neumf_network(const interactions& train, size_range range, const options& o)
      : d_{range.max}, rows_{train.users(), train.items()} {
    const size_range gmf = o.mask_gmf ? range : size_range{range.max, range.max};
    shapes_ = {table_shape{rows_[0], range}, table_shape{rows_[1], range},
               table_shape{rows_[0], gmf}, table_shape{rows_[1], gmf}};
    for (std::size_t s = 0; s < 2; ++s) {
      position_[s].resize(static_cast<std::size_t>(rows_[s]));
      named_[s].reserve(position_[s].size());
    }
    scratch_ = basic_matrix<T>::Zero(2 * share_sums<T>::most, d_);
  }

  [[nodiscard]] std::span<const table_shape> shapes() const noexcept { return shapes_; }
  [[nodiscard]] index_t parameters() const noexcept { return place(6); }
  [[nodiscard]] xavier_uniform_rows initializer(std::size_t table) const noexcept {
    return {shapes_[table].rows, d_};
  }
  /// Xavier-uniform, Wu and Wi as one matrix [2d, d], v and h as one [2d, 1]; biases 0.
  void draw(std::span<T> parameters, const random_stream& stream) const {
    const auto fill = [&](std::size_t from, std::size_t to, index_t rows, index_t columns) {
      auto engine = stream.at(from);
      xavier_uniform_rows{rows, columns}(
          engine, parameters.subspan(static_cast<std::size_t>(place(from)),
                                     static_cast<std::size_t>(place(to) - place(from))));
    };
    std::ranges::fill(parameters, T{0});
    fill(0, 2, 2 * d_, d_);
    fill(3, 5, 2 * d_, 1);
  }

  void changed(const model_weights<T>& w) {
    for (std::size_t t = 0; t < 4; ++t) columns_[t] = w.tables[t].used_columns();
    encoded_ = false;
  }

  double loss_and_gradient(const model_weights<T>& w, const triples& batch, double penalty,
                           const training_step&, model_gradient<T>& g) {
    detail::check_triples("neumf", batch, rows_[0], rows_[1]);
    const double loss = learn_rows(w, batch, g);
    for (std::size_t t = 0; t < 4; ++t)
      parallel_for(rows_[side_of[t]], block, [&](index_t first, index_t last) {
        for (index_t r = first; r < last; ++r)
          if (groups_[side_of[t]][r].empty()) g.tables[t].row(r).setZero();
      });
    double rows = 0;
    const double weight = penalty / static_cast<double>(std::max<std::size_t>(batch.size(), 1));
    for (std::size_t t = 0; t < 4; ++t)
      rows += add_row_penalty<T>(
          weight, w.tables[t].values().leftCols(columns_[t]), g.tables[t].leftCols(columns_[t]),
          [&](index_t r) { return static_cast<index_t>(groups_[side_of[t]][r].size()); });
    return loss + rows;
  }

  /// See `row_network`.
  [[nodiscard]] static constexpr bool learns_rows() noexcept { return true; }
  double learn_rows(const model_weights<T>& w, const triples& batch, model_gradient<T>& g) {
    groups_[0].assign(w.tables[0].rows(), batch.users);
    groups_[1].assign(w.tables[1].rows(), batch.positives, batch.negatives);
    encoded_ = false;
    for (std::size_t s = 0; s < 2; ++s) {
      const auto named = static_cast<index_t>((s + 1) * batch.size());
      const index_t most = std::min(w.tables[s].rows(), named);
      fit(slope_hidden_[s], most);
      encode(w, s, most, [&](index_t r) { return !groups_[s][r].empty(); });
    }
    const double loss = learn_users(w, batch, g);
    learn_items(w, batch, g);
    for (std::size_t s = 0; s < 2; ++s) learn_layer(w, s, g);
    return loss;
  }
  void rows_changed() noexcept { encoded_ = false; }

  void score(const model_weights<T>& w, index_t first, basic_matrix_span<T> out) {
    if (!encoded_) {
      for (std::size_t s = 0; s < 2; ++s) encode(w, s, rows_[s], [](index_t) { return true; });
      const T* const h = part(w, 4).data();
      const auto& rows = w.tables[3].values();
      weighted_.resize(rows_[1], gmf_columns());
      for (index_t r = 0; r < rows_[1]; ++r)
        for (index_t j = 0; j < weighted_.cols(); ++j) weighted_(r, j) = rows(r, j) * h[j];
      pairs_.assign_gmf(weighted_);
      pairs_.assign_mlp(hidden_[1]);
      encoded_ = true;
    }
    const T c = w.parameters[place(5)];
    constexpr index_t users = detail::neumf_pairs<T>::users_at_once;
    constexpr index_t items = detail::neumf_pairs<T>::items_at_once;
    const index_t across = (rows_[1] + items - 1) / items;
    parallel_chunks((out.rows() + users - 1) / users * across, [&](index_t task) {
      const index_t u = task / across * users;
      const index_t i = task % across * items;
      const index_t rows = std::min(users, out.rows() - u);
      const index_t columns = std::min(items, rows_[1] - i);
      pairs_.score(hidden_[0].row(first + u).data(), w.tables[2].values().row(first + u).data(),
                   rows, d_, part(w, 3).data(), c, i, i + columns, out.row(u).data() + i,
                   out.outerStride());
    });
  }

  [[nodiscard]] static constexpr std::array<std::string_view, 4> table_names() noexcept {
    return {"users-mlp", "items-mlp", "users-gmf", "items-gmf"};
  }

  /// Wu, Wi, b, v, h and c by name, as a server wants them; they live as long as the weights.
  [[nodiscard]] std::vector<layer_view> layers(const model_weights<T>& w) const
    requires std::same_as<T, float>
  {
    std::vector<layer_view> all;
    for (std::size_t p = 0; p < detail::neumf_layers.size(); ++p)
      all.push_back({.name = std::string(detail::neumf_layers[p]),
                     .shape = detail::neumf_shape(p, d_),
                     .numbers = std::span(w.parameters.data() + place(p),
                                          static_cast<std::size_t>(place(p + 1) - place(p)))});
    return all;
  }

  /// The MLP tower turns users and items each for themselves, the GMF tower both together.
  [[nodiscard]] std::size_t axes_group(std::size_t table) const noexcept {
    return std::min<std::size_t>(table, 2);
  }

  /// MLP tower: a table E and its part W of the first layer become E W V and V^T with the principal
  /// axes V of E W. GMF tower: the best diagonal form of Eu diag(h) Ei^T, by singular values.
  void rotate(model_weights<T>& w) const {
    for (std::size_t s = 0; s < 2; ++s) {
      T* const layer = w.parameters.data() + place(s);
      square_matrix weights(d_, d_);
      std::copy(layer, layer + d_ * d_, weights.data());
      const layer_axes axes(gram(w.tables[s]), weights);
      w.tables[s].change_axes(axes.turn);
      std::transform(axes.layer.data(), axes.layer.data() + d_ * d_, layer,
                     [](double x) { return static_cast<T>(x); });
    }
    auto h = part(w, 4);
    const diagonal_axes axes(gram(w.tables[2]), gram(w.tables[3]), h.template cast<double>());
    if (axes.weight == 0) return;
    w.tables[2].change_axes(axes.users);
    w.tables[3].change_axes(axes.items);
    h.setConstant(static_cast<T>(axes.weight));
  }

 private:
  static constexpr index_t block = 128;
  static constexpr std::array<std::size_t, 4> side_of{0, 1, 0, 1};  ///< of a table: user or item

  /// Where the parameters of a part begin: Wu, Wi, b, v, h, c, end.
  [[nodiscard]] index_t place(std::size_t p) const noexcept {
    const std::array<index_t, 7> places{0,
                                        d_ * d_,
                                        2 * d_ * d_,
                                        2 * d_ * d_ + d_,
                                        2 * d_ * d_ + 2 * d_,
                                        2 * d_ * d_ + 3 * d_,
                                        2 * d_ * d_ + 3 * d_ + 1};
    return places[p];
  }
  template <class Weights>
  [[nodiscard]] auto part(Weights& w, std::size_t p) const {
    return w.parameters.segment(place(p), d_);
  }
  [[nodiscard]] index_t gmf_columns() const noexcept { return std::min(columns_[2], columns_[3]); }

  /// Room for so many rows of d numbers.
  void fit(basic_matrix<T>& m, index_t rows) const {
    if (m.rows() < rows) m.setZero(rows, d_);
  }

  /// hidden_[s]: what rows of one side bring to the first layer, b with the items, one behind the
  /// other for all rows that `wanted` names, `most` at most.
  template <class Wanted>
  void encode(const model_weights<T>& w, std::size_t s, index_t most, Wanted&& wanted) {
    fit(rows_in_[s], most);
    fit(hidden_[s], most);
    named_[s].clear();
    for (index_t r = 0; r < w.tables[s].rows(); ++r)
      if (wanted(r)) {
        position_[s][static_cast<std::size_t>(r)] = std::ssize(named_[s]);
        named_[s].push_back(static_cast<row_id>(r));
      }
    const index_t columns = columns_[s];
    const auto& table = w.tables[s].values();
    const T* const bias = part(w, 2).data();
    layer_.pack(w.parameters.data() + place(s), columns, d_, d_, 1);
    parallel_for(std::ssize(named_[s]), block, [&](index_t first, index_t last) {
      for (index_t k = first; k < last; ++k)
        std::copy_n(table.row(named(s, k)).data(), columns, rows_in_[s].row(k).data());
      detail::neumf_hidden(layer_, rows_in_[s].row(first).data(), last - first,
                           s == 1 ? bias : nullptr, hidden_[s].row(first).data());
    });
  }
  [[nodiscard]] index_t named(std::size_t s, index_t k) const noexcept {
    return named_[s][static_cast<std::size_t>(k)];
  }
  [[nodiscard]] const T* hidden_of(std::size_t s, row_id r) const noexcept {
    return hidden_[s].row(position_[s][static_cast<std::size_t>(r)]).data();
  }

  /// Margins, losses and slopes of the batch; gradients of v and h, of the users' GMF rows and of
  /// their part of the first layer.
  double learn_users(const model_weights<T>& w, const triples& batch, model_gradient<T>& g) {
    slopes_.resize(batch.size());
    losses_.resize(batch.size());
    const T share = T{1} / static_cast<T>(std::max<std::size_t>(batch.size(), 1));
    const T* const v = part(w, 3).data();
    const T* const h = part(w, 4).data();
    const index_t columns = gmf_columns();
    const auto item = [&](row_id i) { return w.tables[3].values().row(i).data(); };
    const std::span<T> top(g.parameters.data() + place(3), static_cast<std::size_t>(2 * d_));
    const index_t n = std::ssize(named_[0]);
    sums_((n + block - 1) / block, top, [&](index_t slot, index_t b, std::span<T> dtop) {
      T* const rise = scratch_.row(2 * slot).data();  // relu of the positive - of the negative
      T* const product =
          scratch_.row(2 * slot + 1).data();  // user's row times the items' difference
      T* const dv = dtop.data();
      T* const dh = dv + d_;
      for (index_t k = b * block; k < std::min(n, (b + 1) * block); ++k) {
        const index_t u = named(0, k);
        const T* const own = hidden_[0].row(k).data();
        const T* const gmf = w.tables[2].values().row(u).data();
        T* const down = slope_hidden_[0].row(k).data();
        T* const dgmf = g.tables[2].row(u).data();
        std::fill_n(down, d_, T{0});
        std::fill_n(dgmf, d_, T{0});
        for (const auto triple : groups_[0][u]) {
          const row_id positive = batch.positives[triple];
          const row_id negative = batch.negatives[triple];
          const T* const better = hidden_of(1, positive);
          const T* const worse = hidden_of(1, negative);
          const T* const better_gmf = item(positive);
          const T* const worse_gmf = item(negative);
          for (index_t j = 0; j < d_; ++j)
            rise[j] = std::max(own[j] + better[j], T{0}) - std::max(own[j] + worse[j], T{0});
          for (index_t j = 0; j < columns; ++j)
            product[j] = gmf[j] * (better_gmf[j] - worse_gmf[j]);
          const T margin = dot(v, rise, d_) + dot(h, product, columns);
          losses_[triple] = bpr_loss(margin);
          const T slope = slopes_[triple] = share * bpr_slope(margin);
          for (index_t j = 0; j < d_; ++j) {
            const T step = (own[j] + better[j] > T{0} ? T{1} : T{0}) -
                           (own[j] + worse[j] > T{0} ? T{1} : T{0});
            down[j] += slope * v[j] * step;
            dv[j] += slope * rise[j];
          }
          for (index_t j = 0; j < columns; ++j) {
            dgmf[j] += slope * h[j] * (better_gmf[j] - worse_gmf[j]);
            dh[j] += slope * product[j];
          }
        }
      }
    });
    g.parameters[place(5)] = T{0};  // the same for both items: it cancels
    double sum = 0;
    for (const T loss : losses_) sum += static_cast<double>(loss);
    return batch.size() == 0 ? 0 : sum / static_cast<double>(batch.size());
  }

  /// Gradients of the items' GMF rows and of their part of the first layer.
  void learn_items(const model_weights<T>& w, const triples& batch, model_gradient<T>& g) {
    const T* const v = part(w, 3).data();
    const T* const h = part(w, 4).data();
    const index_t columns = gmf_columns();
    parallel_for(std::ssize(named_[1]), 64, [&](index_t first, index_t last) {
      for (index_t k = first; k < last; ++k) {
        const index_t i = named(1, k);
        const T* const own = hidden_[1].row(k).data();
        T* const down = slope_hidden_[1].row(k).data();
        T* const dgmf = g.tables[3].row(i).data();
        std::fill_n(down, d_, T{0});
        std::fill_n(dgmf, d_, T{0});
        for (const auto position : groups_[1][i]) {
          const bool worse = position >= batch.size();
          const std::size_t triple = worse ? position - batch.size() : position;
          const T slope = worse ? -slopes_[triple] : slopes_[triple];
          const T* const user = hidden_of(0, batch.users[triple]);
          const T* const gmf = w.tables[2].values().row(batch.users[triple]).data();
          for (index_t j = 0; j < d_; ++j) down[j] += own[j] + user[j] > T{0} ? slope * v[j] : T{0};
          for (index_t j = 0; j < columns; ++j) dgmf[j] += slope * h[j] * gmf[j];
        }
      }
    });
  }

  /// From the gradient of one side's part of the first layer to its rows, its weights and b.
  void learn_layer(const model_weights<T>& w, std::size_t s, model_gradient<T>& g) {
    const index_t columns = columns_[s];
    const index_t n = std::ssize(named_[s]);
    const std::span<T> layer(g.parameters.data() + place(s), static_cast<std::size_t>(d_ * d_));
    layer_.pack(w.parameters.data() + place(s), d_, columns, 1, d_);
    sums_((n + block - 1) / block, layer, [&](index_t slot, index_t b, std::span<T> part_of) {
      const index_t first = b * block;
      const index_t rows = std::min(block, n - first);
      const T* const down = slope_hidden_[s].row(first).data();
      T* const in = rows_in_[s].row(first).data();
      auto& packed = down_[static_cast<std::size_t>(slot)];
      packed.pack(down, rows, d_, d_, 1);
      packed.template multiply<true>(in, columns, 1, d_, part_of.data(), d_);
      layer_.template multiply<false>(down, rows, d_, 1, in, d_);
      for (index_t k = 0; k < rows; ++k)
        std::copy_n(in + k * d_, columns, g.tables[s].row(named(s, first + k)).data());
    });
    if (s == 1) {
      T* const bias = part(g, 2).data();
      std::fill_n(bias, d_, T{0});
      for (index_t k = 0; k < n; ++k) {
        const T* const down = slope_hidden_[1].row(k).data();
        for (index_t j = 0; j < d_; ++j) bias[j] += down[j];
      }
    }
  }

  static T dot(const T* a, const T* b, index_t n) {
    using vector = Eigen::Map<const basic_vector<T>>;
    return vector(a, n).dot(vector(b, n));
  }

  std::array<table_shape, 4> shapes_;
  index_t d_;
  std::array<index_t, 2> rows_;
  std::array<index_t, 4> columns_{};
  std::array<row_groups, 2> groups_;
  std::array<std::vector<row_id>, 2> named_;      ///< rows at work: those of the batch, or all
  std::array<std::vector<index_t>, 2> position_;  ///< [rows], where a row stands in named_
  /// [named, d]: rows of the MLP tables, what they bring to the first layer, its gradient.
  std::array<basic_matrix<T>, 2> rows_in_, hidden_, slope_hidden_;
  std::vector<T> slopes_, losses_;  ///< [batch]
  basic_matrix<T> scratch_;         ///< [2 shares, d]
  share_sums<T> sums_;
  basic_matrix<T> weighted_;  ///< [items, columns], the items' GMF rows times h
  detail::neumf_pairs<T> pairs_;
  detail::packed_factor<T> layer_;  ///< one side's part of the first layer, or its transpose
  std::array<detail::packed_factor<T>, static_cast<std::size_t>(share_sums<T>::most)> down_;
  bool encoded_ = false;  ///< hidden_ of all rows and pairs_ are those of the weights
};

/// NeuMF (NCF).
template <class T>
using basic_neumf = bpr_recommender<neumf_network<T>>;
using neumf = basic_neumf<float>;

}  // namespace ciess
