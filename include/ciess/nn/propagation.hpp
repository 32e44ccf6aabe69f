// SPDX-License-Identifier: MIT
/// @file
/// LightGCN's propagation: the mean of a table's neighbourhoods up to some distance.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/bipartite_graph.hpp>

namespace ciess {
namespace detail {

/// Width of the registers that the translation unit is compiled for.
#if defined(__AVX512F__)
inline constexpr std::size_t register_bytes = 64;
#elif defined(__AVX__)
inline constexpr std::size_t register_bytes = 32;
#else
inline constexpr std::size_t register_bytes = 16;
#endif

/// Numbers of one cache line, in as few registers as hold it.
template <class T>
struct alignas(64) cache_line {
  using part [[gnu::vector_size(register_bytes)]] = T;
  static constexpr std::size_t parts = 64 / register_bytes;
  static constexpr index width = 64 / sizeof(T);

  part value[parts];

  void add(const cache_line& other) noexcept {
    for (std::size_t p = 0; p < parts; ++p) value[p] += other.value[p];
  }
  /// this = base + factor * this
  void finish(const cache_line& base, T factor) noexcept {
    for (std::size_t p = 0; p < parts; ++p) value[p] = base.value[p] + factor * value[p];
  }
  /// Takes `n` numbers times `factor`; the rest is zero.
  void load(const T* from, index n, T factor) noexcept {
    if (n == width) {
      std::memcpy(value, from, sizeof value);
    } else {
      std::memset(value, 0, sizeof value);
      std::memcpy(value, from, static_cast<std::size_t>(n) * sizeof(T));
    }
    for (std::size_t p = 0; p < parts; ++p) value[p] *= factor;
  }
  /// Writes the first `n` numbers times `factor`.
  void store(T* to, index n, T factor) noexcept {
    for (std::size_t p = 0; p < parts; ++p) value[p] *= factor;
    if (n == width)
      std::memcpy(to, value, sizeof value);
    else
      std::memcpy(to, value, static_cast<std::size_t>(n) * sizeof(T));
  }
};

/// A table in panels one cache line wide, each with its rows one after the other: what is gathered
/// from at a time is small enough for a core's L2 (with whole rows it would not be), and rows a
/// power of two apart do not fight for the same sets of the L1.
template <class T>
class panel_table {
 public:
  /// @param columns  rounded up to whole panels; memory only ever grows
  void resize(index rows, index columns) {
    rows_ = rows;
    panels_ = (columns + cache_line<T>::width - 1) / cache_line<T>::width;
    const auto lines = static_cast<std::size_t>(rows_ * panels_);
    if (lines_.size() < lines) lines_.resize(lines);
  }
  [[nodiscard]] index panels() const noexcept { return panels_; }
  [[nodiscard]] cache_line<T>* panel(index p) noexcept { return lines_.data() + p * rows_; }
  [[nodiscard]] const cache_line<T>* panel(index p) const noexcept {
    return lines_.data() + p * rows_;
  }

 private:
  index rows_ = 0;
  index panels_ = 0;
  std::vector<cache_line<T>> lines_;
};

/// Calls `take(row, line)` with line = base[row] + factor[row] * sum of x over the row's
/// neighbours, for the rows of one chunk.
template <class T, class Take>
void gather_chunk(const bipartite_graph::side& side, index chunk, const T* factor,
                  const cache_line<T>* x, const cache_line<T>* base, Take&& take) {
  // Independent sums hide the latency of an addition; up to eight registers hold them.
  constexpr std::size_t sums = std::min<std::size_t>(register_bytes / 8, 4);
  const auto c = static_cast<std::size_t>(chunk);
  for (index r = side.cuts[c]; r < side.cuts[c + 1]; ++r) {
    const row_id* next = side.neighbours.data() + side.offsets[static_cast<std::size_t>(r)];
    const row_id* const end = next + side.degree(r);
    cache_line<T> sum[sums] = {};
    for (; end - next >= static_cast<std::ptrdiff_t>(sums); next += sums)
      for (std::size_t k = 0; k < sums; ++k) sum[k].add(x[next[k]]);
    for (; next != end; ++next) sum[0].add(x[*next]);
    for (std::size_t k = 1; k < sums; ++k) sum[0].add(sum[k]);
    sum[0].finish(base[r], factor[r]);
    take(r, sum[0]);
  }
}

}  // namespace detail

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
  using side_tables = std::array<detail::panel_table<T>, 2>;

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

  /// Every row of base + D^-1 B x goes to `taker(table, panel)(row, line)`. Panel after panel, so
  /// that a thread gathers from one panel for long.
  template <class Taker>
  void multiply(const side_tables& x, Taker&& taker) {
    const index users = graph_[0].chunks();
    const index both = users + graph_[1].chunks();
    parallel_chunks(both * base_[0].panels(), [&](index task) {
      const index panel = task / both;
      const index chunk = task % both;
      const std::size_t t = chunk < users ? 0 : 1;
      detail::gather_chunk(graph_[t], t == 0 ? chunk : chunk - users, square_[t].data(),
                           x[1 - t].panel(panel), base_[t].panel(panel), taker(t, panel));
    });
  }

  bipartite_graph graph_;
  int layers_;
  std::array<std::vector<T>, 2> scale_;   ///< [rows], D^-1/2
  std::array<std::vector<T>, 2> square_;  ///< [rows], D^-1
  side_tables base_, even_, odd_;
};

}  // namespace ciess
