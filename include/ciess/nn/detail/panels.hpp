// SPDX-License-Identifier: MIT
/// @file
/// Sums over neighbours, a cache line of columns at a time: the kernel of every product of a graph
/// with a table.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <tuple>
#include <vector>

#include <ciess/core/detail/registers.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/nn/bipartite_graph.hpp>

namespace ciess::detail {

/// Numbers of one cache line, in as few registers as hold it.
template <class T>
struct alignas(64) cache_line {
  using part [[gnu::vector_size(register_bytes)]] = T;
  static constexpr std::size_t parts = 64 / register_bytes;
  static constexpr index_t width = 64 / sizeof(T);

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
  void load(const T* from, index_t n, T factor) noexcept {
    if (n == width) {
      std::memcpy(value, from, sizeof value);
    } else {
      std::memset(value, 0, sizeof value);
      std::memcpy(value, from, static_cast<std::size_t>(n) * sizeof(T));
    }
    for (std::size_t p = 0; p < parts; ++p) value[p] *= factor;
  }
  /// Writes the first `n` numbers times `factor`.
  void store(T* to, index_t n, T factor) noexcept {
    for (std::size_t p = 0; p < parts; ++p) value[p] *= factor;
    if (n == width)
      std::memcpy(to, value, sizeof value);
    else
      std::memcpy(to, value, static_cast<std::size_t>(n) * sizeof(T));
  }
};

/// What is gathered of a row at a time, N cache lines as they are. Two are better than one, if
/// there are as many columns: more work for each neighbour that is looked up.
template <class T, std::size_t N>
struct exact_lines {
  using sum = std::array<cache_line<T>, N>;
  static constexpr index_t width = N * cache_line<T>::width;

  cache_line<T> line[N];

  void add_to(sum& s) const noexcept {
    for (std::size_t k = 0; k < N; ++k) s[k].add(line[k]);
  }
  static exact_lines of(const sum& s) noexcept {
    exact_lines l;
    std::copy_n(s.begin(), N, l.line);
    return l;
  }
};

/// The same with 32 numbers in a line, as bfloat16: the first halves of floats, rounded to the
/// nearest, of ties to the even. Half the bytes to gather; sums are made in float.
template <std::size_t N>
struct alignas(64) half_lines {
  using sum = std::array<cache_line<float>, 2 * N>;
  static constexpr index_t width = 32 * N;

  /// Of a line, column k in the low half of word k, column 16 + k in its high half, so that a shift
  /// and a mask unpack whole registers.
  std::uint32_t word[N][16];

  void add_to(sum& s) const noexcept {
    using words [[gnu::vector_size(register_bytes)]] = std::uint32_t;
    using part = cache_line<float>::part;
    for (std::size_t l = 0; l < N; ++l)
      for (std::size_t p = 0; p < cache_line<float>::parts; ++p) {
        words w;
        std::memcpy(&w, reinterpret_cast<const char*>(word[l]) + p * register_bytes, sizeof w);
        s[2 * l].value[p] += std::bit_cast<part>(w << 16);
        s[2 * l + 1].value[p] += std::bit_cast<part>(w & 0xffff0000U);
      }
  }

  static half_lines of(const sum& s) noexcept {
    half_lines h;
    for (std::size_t l = 0; l < N; ++l) {
      std::uint32_t low[16];
      std::uint32_t high[16];
      std::memcpy(low, s[2 * l].value, sizeof low);
      std::memcpy(high, s[2 * l + 1].value, sizeof high);
      for (std::size_t k = 0; k < 16; ++k) h.word[l][k] = rounded(low[k]) >> 16 | rounded(high[k]);
    }
    return h;
  }

 private:
  static std::uint32_t rounded(std::uint32_t bits) noexcept {
    const std::uint32_t up = (bits + 0x7fffU + (bits >> 16 & 1U)) & 0xffff0000U;
    const bool number = (bits & 0x7fffffffU) <= 0x7f800000U;  // NaN must not become anything else
    return number ? up : (bits | 0x00400000U) & 0xffff0000U;
  }
};

/// A table in panels as wide as `Lines`, each with its rows one after the other: what is
/// gathered from at a time is small enough for a core's L2 (with whole rows it would not be), and
/// rows a power of two apart do not fight for the same sets of the L1.
template <class Lines>
class panel_table {
 public:
  /// @param columns  rounded up to whole panels; memory only ever grows
  void resize(index_t rows, index_t columns) {
    rows_ = rows;
    panels_ = (columns + Lines::width - 1) / Lines::width;
    const auto lines = static_cast<std::size_t>(rows_ * panels_);
    if (lines_.size() < lines) lines_.resize(lines);
  }
  [[nodiscard]] index_t panels() const noexcept { return panels_; }
  [[nodiscard]] Lines* panel(index_t p) noexcept { return lines_.data() + p * rows_; }
  [[nodiscard]] const Lines* panel(index_t p) const noexcept { return lines_.data() + p * rows_; }

 private:
  index_t rows_ = 0;
  index_t panels_ = 0;
  std::vector<Lines> lines_;
};

/// Neighbours of the rows of a table: row r owns those in [begins[r], ends[r]).
struct neighbour_lists {
  std::span<const std::int64_t> begins, ends;
  std::span<const row_id> neighbours;

  /// All neighbours of one side of a graph.
  static neighbour_lists all(const bipartite_graph::side& side) noexcept {
    return {side.offsets, side.offsets.subspan(1), side.neighbours};
  }
};

/// Rows in rising order: a list, or all from 0 on.
struct row_list {
  std::span<const row_id> rows;
  index_t count = -1;  ///< of all rows, if there is no list

  /// Calls `visit(row)` for those in [first, last).
  template <class Visit>
  void each(index_t first, index_t last, Visit&& visit) const {
    if (count >= 0) {
      for (index_t r = first; r < std::min(last, count); ++r) visit(r);
    } else {
      // A list, not a question at each row: the processor could not guess the answers.
      for (auto r = std::ranges::lower_bound(rows, first); r != rows.end() && *r < last; ++r)
        visit(index_t{*r});
    }
  }
};

/// Calls `take(row, sum)` with the sum of x over the row's neighbours for the rows in
/// [first, last).
template <class Lines, class Take>
void gather_rows(const neighbour_lists& lists, const row_list& rows, index_t first, index_t last,
                 const Lines* x, Take&& take) {
  // Independent sums hide the latency of an addition; up to eight registers hold them.
  constexpr std::size_t lines = std::tuple_size_v<typename Lines::sum>;
  constexpr std::size_t sums = std::clamp<std::size_t>(register_bytes / 8 / lines, 1, 4);
  rows.each(first, last, [&](index_t r) {
    const row_id* next = lists.neighbours.data() + lists.begins[static_cast<std::size_t>(r)];
    const row_id* const end = lists.neighbours.data() + lists.ends[static_cast<std::size_t>(r)];
    typename Lines::sum sum[sums] = {};
    for (; end - next >= static_cast<std::ptrdiff_t>(sums); next += sums)
      for (std::size_t k = 0; k < sums; ++k) x[next[k]].add_to(sum[k]);
    for (; next != end; ++next) x[*next].add_to(sum[0]);
    for (std::size_t k = 1; k < sums; ++k)
      for (std::size_t l = 0; l < lines; ++l) sum[0][l].add(sum[k][l]);
    take(r, sum[0]);
  });
}

/// Both sides of a table in panels.
template <class Lines>
using side_panels = std::array<panel_table<Lines>, 2>;

/// For the rows of both sides, `taker(table, panel)(row, sum)` gets the sum of x over the row's
/// neighbours (in the other table). Panel after panel, so that a thread gathers from one for long.
/// @param lists  `lists(table, panel)`: the `neighbour_lists` that matter there
/// @param rows   `rows(table, panel)`: the `row_list` whose sums are asked for
template <class Lines, class Lists, class Rows, class Taker>
void gather(const bipartite_graph& graph, Lists&& lists, Rows&& rows, const side_panels<Lines>& x,
            Taker&& taker) {
  const index_t users = graph[0].chunks();
  const index_t both = users + graph[1].chunks();
  parallel_chunks(both * x[0].panels(), [&](index_t task) {
    const index_t panel = task / both;
    const index_t chunk = task % both;
    const std::size_t t = chunk < users ? 0 : 1;
    const auto& cuts = graph[t].cuts;
    const auto c = static_cast<std::size_t>(t == 0 ? chunk : chunk - users);
    gather_rows(lists(t, panel), rows(t, panel), cuts[c], cuts[c + 1], x[1 - t].panel(panel),
                taker(t, panel));
  });
}

}  // namespace ciess::detail
