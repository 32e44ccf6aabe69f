// SPDX-License-Identifier: MIT
/// @file
/// NGCF's product of the graph with a table: every row becomes the mean of itself and its
/// neighbours.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/nn/bipartite_graph.hpp>
#include <ciess/nn/detail/panels.hpp>
#include <ciess/nn/dropout.hpp>

namespace ciess {

/// The matrix A = D^-1 (B + I), where B is the 0/1 graph of users and items and D the row sums of
/// B + I; and its transpose, for gradients. `thin` leaves out single entries of A at random, those
/// of (B)_ui, (B)_iu and I independently, and scales up the others (NGCF's node dropout).
///
/// Tables are [users + items, d] with the users first. Every number is the sum of one thread in a
/// fixed order: the same bytes at any number of threads.
/// Memory: a table, and 21 bytes an interaction once thinned. Cost of a product: 2 additions an
/// interaction and column. Source: Wang et al., "Neural graph collaborative filtering", SIGIR 2019.
template <class T>
class mean_aggregation {
 public:
  /// @param graph  copied; its interactions must outlive this
  explicit mean_aggregation(bipartite_graph graph) : graph_{std::move(graph)} {
    for (std::size_t t = 0; t < 2; ++t)
      for (index_t r = 0; r < graph_[t].rows(); ++r)
        mean_[t].push_back(T{1} / static_cast<T>(graph_[t].degree(r) + 1));
    whole();
  }

  [[nodiscard]] index_t rows() const noexcept { return graph_[0].rows() + graph_[1].rows(); }

  /// Takes all entries of A again.
  void whole() noexcept {
    thinned_ = false;
    scale_ = T{1};
  }

  /// Leaves out entries until the next call of `thin` or `whole`. O(interactions)
  /// @param stream, step  address of the choice
  void thin(const dropout& drop, const random_stream& stream, std::uint64_t step) {
    whole();  // if memory runs out below, nothing is half thinned
    choose(drop, stream, step);
    for (std::size_t t = 0; t < 2; ++t)
      for (const bool transposed : {false, true}) compact(t, transposed);
    thinned_ = true;
    scale_ = drop.scale<T>();
  }

  /// out = A in, on the first `columns` columns.
  /// @param in   [rows(), d]
  /// @param out  [rows(), any], at least `columns` wide; overwritten there; may be `in`
  /// @throws argument_error if a shape differs
  void operator()(const basic_matrix<T>& in, basic_matrix<T>& out, index_t columns) {
    check(in, out, columns);
    pack(in, columns, [](std::size_t, index_t) { return T{1}; });
    detail::gather(graph_, lists(false), all_rows(), panels_, [&](std::size_t t, index_t panel) {
      return [this, t, to = place(out, t, panel, columns), own = panels_[t].panel(panel)](
                 index_t r, typename detail::exact_lines<T, 1>::sum& sum) {
        auto& line = sum[0];
        const auto i = static_cast<std::size_t>(r);
        line.add_scaled(own[r].line[0], keeps_itself(t, i));
        line.store(to.data + r * to.stride, to.width, scale_ * mean_[t][i]);
      };
    });
  }

  /// out += A^T in, on the first `columns` columns.
  /// @throws argument_error if a shape differs
  void add_transposed(const basic_matrix<T>& in, basic_matrix<T>& out, index_t columns) {
    check(in, out, columns);
    pack(in, columns,
         [&](std::size_t t, index_t r) { return scale_ * mean_[t][static_cast<std::size_t>(r)]; });
    detail::gather(graph_, lists(true), all_rows(), panels_, [&](std::size_t t, index_t panel) {
      return [this, t, to = place(out, t, panel, columns), own = panels_[t].panel(panel)](
                 index_t r, typename detail::exact_lines<T, 1>::sum& sum) {
        auto& line = sum[0];
        line.add_scaled(own[r].line[0], keeps_itself(t, static_cast<std::size_t>(r)));
        T* const row = to.data + r * to.stride;
        detail::cache_line<T> before;
        before.load(row, to.width, T{1});
        line.add(before);
        line.store(row, to.width, T{1});
      };
    });
  }

 private:
  /// Where a panel of a side lies in a table.
  struct target {
    T* data;
    index_t stride;
    index_t width;
  };

  void check(const basic_matrix<T>& in, const basic_matrix<T>& out, index_t columns) const {
    if (in.rows() != rows() || out.rows() != rows() || columns < 0 || columns > in.cols() ||
        columns > out.cols())
      detail::throw_error<argument_error>(
          "mean_aggregation: the graph has ", rows(), " rows, got [", in.rows(), ", ", in.cols(),
          "] into [", out.rows(), ", ", out.cols(), "] and ", columns, " columns");
  }

  [[nodiscard]] index_t first_row(std::size_t t) const noexcept {
    return t == 0 ? 0 : graph_[0].rows();
  }
  [[nodiscard]] target place(basic_matrix<T>& m, std::size_t t, index_t panel,
                             index_t columns) const {
    constexpr index_t width = detail::cache_line<T>::width;
    return {m.data() + first_row(t) * m.cols() + panel * width, m.cols(),
            std::min(width, columns - panel * width)};
  }

  template <class Factor>
  void pack(const basic_matrix<T>& in, index_t columns, Factor&& factor) {
    constexpr index_t width = detail::cache_line<T>::width;
    for (std::size_t t = 0; t < 2; ++t) {
      panels_[t].resize(graph_[t].rows(), columns);
      parallel_for(graph_[t].rows(), 64, [&](index_t first, index_t last) {
        for (index_t p = 0; p < panels_[t].panels(); ++p) {
          auto* const to = panels_[t].panel(p);
          const index_t n = std::min(width, columns - p * width);
          const T* const from = in.data() + first_row(t) * in.cols() + p * width;
          for (index_t r = first; r < last; ++r)
            to[r].line[0].load(from + r * in.cols(), n, factor(t, r));
        }
      });
    }
  }

  [[nodiscard]] T keeps_itself(std::size_t t, std::size_t r) const noexcept {
    return !thinned_ || itself_[t][r] ? T{1} : T{0};
  }

  [[nodiscard]] auto all_rows() const noexcept {
    return [this](std::size_t t, index_t) { return detail::row_list{{}, graph_[t].rows()}; };
  }

  [[nodiscard]] auto lists(bool transposed) const noexcept {
    return [this, transposed](std::size_t t, index_t) {
      auto all = detail::neighbour_lists::all(graph_[t]);
      if (!thinned_) return all;
      const auto& thin = thin_[t][transposed ? 1 : 0];
      return detail::neighbour_lists{all.begins, thin.ends, thin.neighbours};
    };
  }

  /// Draws for each interaction, in the order of the users' lists, whether its entries in the
  /// users' rows of A (bit 0) and in the items' rows (bit 1) stay; and the same for the diagonal.
  void choose(const dropout& drop, const random_stream& stream, std::uint64_t step) {
    const auto edges = static_cast<index_t>(graph_[0].neighbours.size());
    stays_.resize(static_cast<std::size_t>(edges));
    constexpr index_t run = 4096;  // interactions that share a sequence of random words
    const random_stream pairs = stream.child(2);
    parallel_for(edges, run, [&](index_t first, index_t last) {
      auto engine = pairs.at(step, static_cast<std::uint64_t>(first / run));
      for (index_t e = first; e < last; ++e) {
        const std::uint32_t word = engine();
        stays_[static_cast<std::size_t>(e)] = static_cast<std::uint8_t>(
            (drop.keeps_low(word) ? 1 : 0) | (drop.keeps_high(word) ? 2 : 0));
      }
    });
    for (std::size_t t = 0; t < 2; ++t) {
      auto engine = stream.child(t).at(step);
      itself_[t].resize(mean_[t].size());
      for (auto& own : itself_[t]) own = drop.keeps_low(engine()) ? 1 : 0;
    }
  }

  /// Lists what stays of the rows of table t, of A or of its transpose.
  void compact(std::size_t t, bool transposed) {
    const auto& side = graph_[t];
    if (t == 1 && place_of_.empty()) number_interactions();
    auto& [ends, neighbours] = thin_[t][transposed ? 1 : 0];
    ends.resize(static_cast<std::size_t>(side.rows()));
    neighbours.resize(side.neighbours.size());
    const std::uint8_t bit = (t == 0) != transposed ? 1 : 2;  // whose row of A the entry is in
    parallel_for(side.chunks(), 1, [&](index_t chunk, index_t) {
      const auto c = static_cast<std::size_t>(chunk);
      for (index_t r = side.cuts[c]; r < side.cuts[c + 1]; ++r) {
        const auto i = static_cast<std::size_t>(r);
        auto next = static_cast<std::size_t>(side.offsets[i]);
        for (auto e = next; e < static_cast<std::size_t>(side.offsets[i + 1]); ++e) {
          neighbours[next] = side.neighbours[e];
          next += std::size_t{(stays_[t == 0 ? e : place_of_[e]] & bit) != 0};
        }
        ends[i] = static_cast<std::int64_t>(next);
      }
    });
  }

  /// The place of each entry of the items' lists in the users' lists.
  void number_interactions() {
    place_of_.resize(graph_[1].neighbours.size());
    std::vector<std::int64_t> next(graph_[1].offsets.begin(), graph_[1].offsets.end());
    for (std::size_t e = 0; e < graph_[0].neighbours.size(); ++e) {
      const auto item = static_cast<std::size_t>(graph_[0].neighbours[e]);
      place_of_[static_cast<std::size_t>(next[item]++)] = static_cast<std::uint32_t>(e);
    }
  }

  struct thin_lists {
    std::vector<std::int64_t> ends;
    std::vector<row_id> neighbours;
  };

  bipartite_graph graph_;
  std::array<std::vector<T>, 2> mean_;  ///< [rows], D^-1
  detail::side_panels<detail::exact_lines<T, 1>> panels_;
  bool thinned_ = false;
  T scale_{1};                       ///< of the entries that stay
  std::vector<std::uint8_t> stays_;  ///< [interactions]
  std::array<std::vector<std::uint8_t>, 2> itself_;
  std::array<std::array<thin_lists, 2>, 2> thin_;  ///< [table][of A, of its transpose]
  std::vector<std::uint32_t> place_of_;
};

}  // namespace ciess
