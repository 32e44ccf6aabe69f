// SPDX-License-Identifier: MIT
/// @file
/// LightGCN's propagation: the mean of a table's neighbourhoods up to some distance.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/nn/bipartite_graph.hpp>
#include <ciess/nn/detail/panels.hpp>
#include <ciess/nn/detail/sized_neighbours.hpp>

namespace ciess {
/// How the rows are stored that a product gathers.
enum class gathered {
  exact,    ///< as they are
  bfloat16  ///< in two bytes, sums in float: half the bytes to move, an error of up to 2^-9 of each
            ///< neighbour; only for float, and only if there is more than one panel of 16 columns
};

/// P = 1/(L+1) (I + A + A^2 + ... + A^L) for the normalised graph A; P is symmetric, so the
/// gradient of a loss goes back through P as the table went forward.
///
/// Evaluated in Horner form, x <- e + A x, so that no layer is stored; with x = D^1/2 y the weights
/// of the edges disappear: y <- D^-1/2 e + D^-1 B y, where B is the plain 0/1 graph.
/// Memory: three tables of both sides, and the neighbours once more if rows have sizes. Cost: 2 L *
/// edges * columns additions, less in the first product (rows that are short give less) and in the
/// last (rows of which less is wanted); after the first call nothing is allocated. Every number is
/// the sum of one thread in a fixed order: the same bytes at any number of threads.
/// Source: He et al., "LightGCN", SIGIR 2020.
template <class T>
class propagation {
 public:
  using tables = std::array<const basic_matrix<T>*, 2>;
  using outputs = std::array<basic_matrix<T>*, 2>;

  /// @param graph   copied; its interactions must outlive this
  /// @param layers  L >= 0
  /// @throws argument_error if layers is negative, or bfloat16 is asked of another type than float
  propagation(bipartite_graph graph, int layers, gathered storage = gathered::exact)
      : graph_{std::move(graph)}, layers_{layers}, storage_{storage} {
    if (layers < 0)
      detail::throw_error<argument_error>("propagation: layers must be >= 0, got ", layers);
    if (storage == gathered::bfloat16 && !std::same_as<T, float>)
      detail::throw_error<argument_error>("propagation: bfloat16 can only stand for float");
    for (std::size_t t = 0; t < 2; ++t)
      for (index_t r = 0; r < graph_[t].rows(); ++r) {
        scale_[t].push_back(graph_[t].template scale<T>(r));
        square_[t].push_back(scale_[t].back() * scale_[t].back());
      }
  }

  [[nodiscard]] int layers() const noexcept { return layers_; }

  /// out = P in, on the first `columns` columns; the others are not touched.
  /// @param in      users [users, d], items [items, d]
  /// @param out     the same shapes; may be the memory of `in`
  /// @param given   row r of `in` is zero past its first given[r] numbers; it must be
  /// @param wanted  of row r of `out` the first wanted[r] numbers are asked for; what the others
  ///                of its `columns` become is not said
  /// @throws argument_error if a shape differs
  void operator()(const tables& in, const outputs& out, index_t columns,
                  const row_prefixes& given = {}, const row_prefixes& wanted = {}) {
    for (std::size_t t = 0; t < 2; ++t) check(t, *in[t], *out[t], columns, given[t], wanted[t]);
    if (layers_ == 0) {
      for (std::size_t t = 0; t < 2; ++t)
        if (in[t] != out[t]) out[t]->leftCols(columns) = in[t]->leftCols(columns);
      return;
    }
    sized_.assign(graph_, given, columns);
    wanted_.assign(graph_, wanted, columns);
    if constexpr (std::same_as<T, float>)
      if (storage_ == gathered::bfloat16 && columns > width)
        return columns > detail::half_lines<1>::width ? run(half_pairs_, in, out, columns)
                                                      : run(halves_, in, out, columns);
    if (columns > width)
      run(pairs_, in, out, columns);
    else
      run(lines_, in, out, columns);
  }

 private:
  static constexpr index_t width = detail::cache_line<T>::width;
  template <class Lines>
  static constexpr std::size_t parts = std::tuple_size_v<typename Lines::sum>;
  /// The same columns as they are.
  template <class Lines>
  using exact = detail::exact_lines<T, parts<Lines>>;

  /// What a product works with.
  template <class Lines>
  struct work {
    detail::side_panels<exact<Lines>> base;
    std::array<detail::side_panels<Lines>, 2> x;  ///< what is gathered, by turns
  };

  void check(std::size_t t, const basic_matrix<T>& in, const basic_matrix<T>& out, index_t columns,
             std::span<const std::uint16_t> given, std::span<const std::uint16_t> wanted) const {
    if (in.rows() != graph_[t].rows() || out.rows() != in.rows() || out.cols() != in.cols() ||
        columns < 0 || columns > in.cols())
      detail::throw_error<argument_error>("propagation: table ", t, " of the graph has ",
                                          graph_[t].rows(), " rows, got [", in.rows(), ", ",
                                          in.cols(), "] into [", out.rows(), ", ", out.cols(),
                                          "] and ", columns, " columns");
    for (const auto& sizes : {given, wanted})
      if (!sizes.empty() && std::ssize(sizes) != in.rows())
        detail::throw_error<argument_error>("propagation: table ", t, " has ", in.rows(),
                                            " rows, got sizes of ", sizes.size());
  }

  template <class Lines>
  void run(work<Lines>& w, const tables& in, const outputs& out, index_t columns) {
    constexpr bool same = std::same_as<Lines, exact<Lines>>;  // then the base is gathered first
    for (std::size_t t = 0; t < 2; ++t) {
      const index_t rows = graph_[t].rows();
      w.base[t].resize(rows, columns);
      if (layers_ > 1 || !same) w.x[0][t].resize(rows, columns);
      if (layers_ > 2 || !same) w.x[1][t].resize(rows, columns);
      pack(t, *in[t], columns, w);
    }
    const detail::side_panels<Lines>* from = &w.x[1];
    if constexpr (same) from = &w.base;
    for (int l = 1; l < layers_; ++l) {
      auto& to = w.x[static_cast<std::size_t>(1 - l % 2)];
      multiply(w, *from, l == 1, false, [&](std::size_t t, index_t panel) {
        return [lines = to[t].panel(panel)](index_t r, const typename Lines::sum& sum) {
          lines[r] = Lines::of(sum);
        };
      });
      from = &to;
    }
    const T mean = T{1} / static_cast<T>(layers_ + 1);
    multiply(w, *from, layers_ == 1, true, [&](std::size_t t, index_t panel) {
      const index_t first = panel * Lines::width;
      return [to = out[t]->data() + first, left = columns - first, stride = out[t]->cols(),
              scale = scale_[t].data(), mean](index_t r, typename Lines::sum& sum) {
        for (index_t k = 0; k * width < left && k < std::ssize(sum); ++k)
          sum[static_cast<std::size_t>(k)].store(
              to + r * stride + k * width, std::min(width, left - k * width), mean / scale[r]);
      };
    });
  }

  /// base = D^-1/2 in, and what is gathered first the same in its own storage
  template <class Lines>
  void pack(std::size_t t, const basic_matrix<T>& in, index_t columns, work<Lines>& w) {
    parallel_for(in.rows(), 64, [&](index_t first, index_t last) {
      for (index_t p = 0; p < w.base[t].panels(); ++p) {
        auto* const base = w.base[t].panel(p);
        const T* const from = in.data() + p * Lines::width;
        const index_t left = columns - p * Lines::width;
        for (index_t r = first; r < last; ++r) {
          typename Lines::sum numbers = {};
          for (index_t k = 0; k * width < left && k < std::ssize(numbers); ++k)
            numbers[static_cast<std::size_t>(k)].load(from + r * in.cols() + k * width,
                                                      std::min(width, left - k * width),
                                                      scale_[t][static_cast<std::size_t>(r)]);
          base[r] = exact<Lines>::of(numbers);
          if constexpr (!std::same_as<Lines, exact<Lines>>)
            w.x[1][t].panel(p)[r] = Lines::of(numbers);
        }
      }
    });
  }

  /// The rows of base + D^-1 B x go to `taker(table, panel)(row, sum)`.
  template <class Lines, class Taker>
  void multiply(const work<Lines>& w, const detail::side_panels<Lines>& x, bool first, bool last,
                const Taker& taker) {
    const auto lists = [&](std::size_t t, index_t panel) {
      return first ? sized_(graph_, t, panel * Lines::width / detail::sized_neighbours::width)
                   : detail::neighbour_lists::all(graph_[t]);
    };
    const auto rows = [&](std::size_t t, index_t panel) {
      return last ? wanted_(graph_, t, panel * Lines::width / detail::wanted_rows::width)
                  : detail::row_list{{}, graph_[t].rows()};
    };
    detail::gather(graph_, lists, rows, x, [&](std::size_t t, index_t panel) {
      return [take = taker(t, panel), base = w.base[t].panel(panel), square = square_[t].data()](
                 index_t r, typename Lines::sum& sum) {
        for (std::size_t k = 0; k < sum.size(); ++k) sum[k].finish(base[r].line[k], square[r]);
        take(r, sum);
      };
    });
  }

  bipartite_graph graph_;
  int layers_;
  gathered storage_;
  std::array<std::vector<T>, 2> scale_;   ///< [rows], D^-1/2
  std::array<std::vector<T>, 2> square_;  ///< [rows], D^-1
  detail::sized_neighbours sized_;
  detail::wanted_rows wanted_;
  // One of them is used, as storage and columns will have it.
  work<detail::exact_lines<T, 1>> lines_;
  work<detail::exact_lines<T, 2>> pairs_;
  work<detail::half_lines<1>> halves_;
  work<detail::half_lines<2>> half_pairs_;
};

}  // namespace ciess
