// SPDX-License-Identifier: MIT
/// @file
/// LightGCN's propagation: the mean of a table's neighbourhoods up to some distance.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/bipartite_graph.hpp>
#include <ciess/nn/detail/panels.hpp>

namespace ciess {
/// P = 1/(L+1) (I + A + A^2 + ... + A^L) for the normalised graph A; P is symmetric, so the
/// gradient of a loss goes back through P as the table went forward.
///
/// Evaluated in Horner form, x <- e + A x, so that no layer is stored; with x = D^1/2 y the weights
/// of the edges disappear: y <- D^-1/2 e + D^-1 B y, where B is the plain 0/1 graph.
/// Memory: three tables of both sides. Cost: 2 L * edges * columns additions; after the first call
/// nothing is allocated. Every number is the sum of one thread in a fixed order: the same bytes at
/// any number of threads.
/// Source: He et al., "LightGCN", SIGIR 2020.
template <class T>
class propagation {
 public:
  using tables = std::array<const basic_matrix<T>*, 2>;
  using outputs = std::array<basic_matrix<T>*, 2>;

  /// @param graph   copied; its interactions must outlive this
  /// @param layers  L >= 0
  /// @throws argument_error if layers is negative
  propagation(bipartite_graph graph, int layers) : graph_{std::move(graph)}, layers_{layers} {
    if (layers < 0)
      detail::throw_error<argument_error>("propagation: layers must be >= 0, got ", layers);
    for (std::size_t t = 0; t < 2; ++t)
      for (index r = 0; r < graph_[t].rows(); ++r) {
        scale_[t].push_back(graph_[t].template scale<T>(r));
        square_[t].push_back(scale_[t].back() * scale_[t].back());
      }
  }

  [[nodiscard]] int layers() const noexcept { return layers_; }

  /// out = P in, on the first `columns` columns; the others are not touched.
  /// @param in   users [users, d], items [items, d]
  /// @param out  the same shapes; may be the memory of `in`
  /// @throws argument_error if a shape differs
  void operator()(const tables& in, const outputs& out, index columns) {
    for (std::size_t t = 0; t < 2; ++t) check(t, *in[t], *out[t], columns);
    if (layers_ == 0) {
      for (std::size_t t = 0; t < 2; ++t)
        if (in[t] != out[t]) out[t]->leftCols(columns) = in[t]->leftCols(columns);
      return;
    }
    for (auto* panels : {&base_, &even_, &odd_})
      for (std::size_t t = 0; t < 2; ++t) (*panels)[t].resize(graph_[t].rows(), columns);
    for (std::size_t t = 0; t < 2; ++t) pack(t, *in[t], columns);

    const side_tables* x = &base_;
    for (int l = 1; l < layers_; ++l) {
      side_tables& y = l % 2 ? odd_ : even_;
      multiply(*x, [&](std::size_t t, index panel) {
        auto* const to = y[t].panel(panel);
        return [to](index r, const detail::cache_line<T>& line) { to[r] = line; };
      });
      x = &y;
    }
    const T mean = T{1} / static_cast<T>(layers_ + 1);
    multiply(*x, [&](std::size_t t, index panel) {
      constexpr index width = detail::cache_line<T>::width;
      const index d = out[t]->cols();
      T* const to = out[t]->data() + panel * width;
      const index n = std::min(width, columns - panel * width);
      const T* const scale = scale_[t].data();
      return
          [=](index r, detail::cache_line<T>& line) { line.store(to + r * d, n, mean / scale[r]); };
    });
  }

 private:
  using side_tables = detail::side_panels<T>;

  void check(std::size_t t, const basic_matrix<T>& in, const basic_matrix<T>& out,
             index columns) const {
    if (in.rows() != graph_[t].rows() || out.rows() != in.rows() || out.cols() != in.cols() ||
        columns < 0 || columns > in.cols())
      detail::throw_error<argument_error>("propagation: table ", t, " of the graph has ",
                                          graph_[t].rows(), " rows, got [", in.rows(), ", ",
                                          in.cols(), "] into [", out.rows(), ", ", out.cols(),
                                          "] and ", columns, " columns");
  }

  /// base = D^-1/2 in
  void pack(std::size_t t, const basic_matrix<T>& in, index columns) {
    constexpr index width = detail::cache_line<T>::width;
    parallel_for(in.rows(), 64, [&](index first, index last) {
      for (index p = 0; p < base_[t].panels(); ++p) {
        auto* const to = base_[t].panel(p);
        const index n = std::min(width, columns - p * width);
        for (index r = first; r < last; ++r)
          to[r].load(in.data() + r * in.cols() + p * width, n,
                     scale_[t][static_cast<std::size_t>(r)]);
      }
    });
  }

  /// Every row of base + D^-1 B x goes to `taker(table, panel)(row, line)`.
  template <class Taker>
  void multiply(const side_tables& x, Taker&& taker) {
    detail::gather<T>(
        graph_, {detail::neighbour_lists::all(graph_[0]), detail::neighbour_lists::all(graph_[1])},
        x, [&](std::size_t t, index panel) {
          return [take = taker(t, panel), base = base_[t].panel(panel), factor = square_[t].data()](
                     index r, detail::cache_line<T>& line) {
            line.finish(base[r], factor[r]);
            take(r, line);
          };
        });
  }

  bipartite_graph graph_;
  int layers_;
  std::array<std::vector<T>, 2> scale_;   ///< [rows], D^-1/2
  std::array<std::vector<T>, 2> square_;  ///< [rows], D^-1
  side_tables base_, even_, odd_;
};

}  // namespace ciess
