// SPDX-License-Identifier: MIT
/// @file
/// Sums over neighbours, a cache line of columns at a time: the kernel of every product of a graph
/// with a table.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <ciess/core/detail/registers.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/bipartite_graph.hpp>

namespace ciess::detail {

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
  /// this += factor * other
  void add_scaled(const cache_line& other, T factor) noexcept {
    for (std::size_t p = 0; p < parts; ++p) value[p] += factor * other.value[p];
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

/// Neighbours of the rows [first, last): row r owns those in [begins[r], ends[r]).
struct neighbour_lists {
  std::span<const std::int64_t> begins, ends;
  std::span<const row_id> neighbours;

  /// All neighbours of one side of a graph.
  static neighbour_lists all(const bipartite_graph::side& side) noexcept {
    return {side.offsets, side.offsets.subspan(1), side.neighbours};
  }
};

/// Calls `take(row, line)` with line = sum of x over the row's neighbours, for the rows [first,
/// last).
template <class T, class Take>
void gather_rows(const neighbour_lists& lists, index first, index last, const cache_line<T>* x,
                 Take&& take) {
  // Independent sums hide the latency of an addition; up to eight registers hold them.
  constexpr std::size_t sums = std::min<std::size_t>(register_bytes / 8, 4);
  for (index r = first; r < last; ++r) {
    const row_id* next = lists.neighbours.data() + lists.begins[static_cast<std::size_t>(r)];
    const row_id* const end = lists.neighbours.data() + lists.ends[static_cast<std::size_t>(r)];
    cache_line<T> sum[sums] = {};
    for (; end - next >= static_cast<std::ptrdiff_t>(sums); next += sums)
      for (std::size_t k = 0; k < sums; ++k) sum[k].add(x[next[k]]);
    for (; next != end; ++next) sum[0].add(x[*next]);
    for (std::size_t k = 1; k < sums; ++k) sum[0].add(sum[k]);
    take(r, sum[0]);
  }
}

/// Both sides of a table in panels.
template <class T>
using side_panels = std::array<panel_table<T>, 2>;

/// For every row of both sides, `taker(table, panel)(row, line)` gets the sum of x over the row's
/// neighbours (in the other table). Panel after panel, so that a thread gathers from one for long.
template <class T, class Taker>
void gather(const bipartite_graph& graph, const std::array<neighbour_lists, 2>& lists,
            const side_panels<T>& x, Taker&& taker) {
  const index users = graph[0].chunks();
  const index both = users + graph[1].chunks();
  parallel_chunks(both * x[0].panels(), [&](index task) {
    const index panel = task / both;
    const index chunk = task % both;
    const std::size_t t = chunk < users ? 0 : 1;
    const auto& cuts = graph[t].cuts;
    const auto c = static_cast<std::size_t>(t == 0 ? chunk : chunk - users);
    gather_rows(lists[t], cuts[c], cuts[c + 1], x[1 - t].panel(panel), taker(t, panel));
  });
}

}  // namespace ciess::detail
