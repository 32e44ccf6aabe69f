// SPDX-License-Identifier: MIT
/// @file
/// What a product of a graph with a table may leave out: neighbours that have nothing to give, and
/// rows that nobody asks for.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/embedding/sizes.hpp>
#include <ciess/nn/bipartite_graph.hpp>
#include <ciess/nn/detail/panels.hpp>

namespace ciess::detail {

/// The neighbours of every row, largest first, with the place where those end that reach into a
/// panel: a row of 6 numbers has nothing to give to columns past 6. Made anew when sizes change.
class sized_neighbours {
 public:
  static constexpr index_t width = 16;  ///< columns of a panel

  /// O(edges + rows * panels) if the sizes differ from the last ones, else O(rows). Without sizes
  /// there is nothing to leave out, and what is known of the last ones stays.
  void assign(const bipartite_graph& graph, const row_prefixes& sizes, index_t columns) {
    used_ = !sizes[0].empty() && !sizes[1].empty();
    if (!used_) return;
    const index_t panels = (columns + width - 1) / width;
    bool same = panels == panels_;
    for (std::size_t t = 0; t < 2; ++t) same = same && std::ranges::equal(sizes_[t], sizes[t]);
    if (same) return;
    panels_ = -1;  // until all is done
    for (std::size_t t = 0; t < 2; ++t) sizes_[t].assign(sizes[t].begin(), sizes[t].end());
    worth_it_ = share(graph, panels) < 0.8;
    if (worth_it_)
      for (std::size_t t = 0; t < 2; ++t) sort(graph[t], t, panels);
    panels_ = panels;
  }

  /// Neighbours of table t that reach into the panel.
  [[nodiscard]] neighbour_lists operator()(const bipartite_graph& graph, std::size_t t,
                                           index_t panel) const noexcept {
    const auto all = neighbour_lists::all(graph[t]);
    if (!used_ || !worth_it_) return all;
    const auto rows = static_cast<std::size_t>(graph[t].rows());
    return {all.begins, std::span(ends_[t]).subspan(static_cast<std::size_t>(panel) * rows, rows),
            neighbours_[t]};
  }

 private:
  /// Of so many panels, those that a row of table t reaches into.
  [[nodiscard]] index_t reach(std::size_t t, row_id row, index_t panels) const noexcept {
    return std::min<index_t>(panels,
                             (sizes_[t][static_cast<std::size_t>(row)] + width - 1) / width);
  }

  /// Share of the entries that are left.
  [[nodiscard]] double share(const bipartite_graph& graph, index_t panels) const noexcept {
    std::int64_t all = 0;
    std::int64_t left = 0;
    for (std::size_t t = 0; t < 2; ++t)
      for (index_t r = 0; r < graph[t].rows(); ++r) {
        all += graph[t].degree(r) * panels;
        left += graph[t].degree(r) * reach(t, static_cast<row_id>(r), panels);
      }
    return static_cast<double>(left) / static_cast<double>(std::max<std::int64_t>(all, 1));
  }

  void sort(const bipartite_graph::side& side, std::size_t t, index_t panels) {
    const auto rows = static_cast<std::size_t>(side.rows());
    neighbours_[t].resize(side.neighbours.size());
    ends_[t].resize(static_cast<std::size_t>(panels) * rows);
    parallel_for(side.rows(), 256, [&](index_t first, index_t last) {
      // places[k]: where neighbours that reach k panels go next; the longest come first
      std::vector<std::int64_t> places(static_cast<std::size_t>(panels) + 2);
      const auto place = [&](row_id n) -> std::int64_t& {
        return places[static_cast<std::size_t>(reach(1 - t, n, panels))];
      };
      for (index_t r = first; r < last; ++r) {
        const auto i = static_cast<std::size_t>(r);
        const auto own = side.neighbours.subspan(
            static_cast<std::size_t>(side.offsets[i]),
            static_cast<std::size_t>(side.offsets[i + 1] - side.offsets[i]));
        std::ranges::fill(places, 0);
        for (const row_id n : own) ++place(n);
        std::int64_t at = side.offsets[i];
        for (index_t k = panels; k >= 0; --k) {
          at += std::exchange(places[static_cast<std::size_t>(k)], at);
          if (k > 0) ends_[t][static_cast<std::size_t>(k - 1) * rows + i] = at;
        }
        for (const row_id n : own) neighbours_[t][static_cast<std::size_t>(place(n)++)] = n;
      }
    });
  }

  index_t panels_ = -1;
  bool used_ = false;      ///< rows have sizes in this product
  bool worth_it_ = false;  ///< the lists are made
  std::array<std::vector<std::uint16_t>, 2> sizes_;
  std::array<std::vector<row_id>, 2> neighbours_;  ///< in the places of the graph's
  std::array<std::vector<std::int64_t>, 2> ends_;  ///< [panels][rows]
};

/// The rows of which each panel is wanted, as lists.
class wanted_rows {
 public:
  static constexpr index_t width = sized_neighbours::width;

  /// O(rows * panels) at most, and O(rows) if rows are wanted whole or not at all.
  void assign(const bipartite_graph& graph, const row_prefixes& sizes, index_t columns) {
    panels_ = (columns + width - 1) / width;
    for (std::size_t t = 0; t < 2; ++t) {
      all_[t] = sizes[t].empty();
      if (all_[t]) continue;
      const auto panels = static_cast<std::size_t>(panels_);
      lists_[t].resize(std::max(lists_[t].size(), panels));
      counts_.assign(panels + 1, 0);
      for (const auto size : sizes[t])
        ++counts_[static_cast<std::size_t>(std::min(panels_, (size + width - 1) / width))];
      for (std::size_t p = panels; p-- > 1;) counts_[p] += counts_[p + 1];
      same_as_[t].resize(panels);
      for (std::size_t p = 0; p < panels; ++p)
        same_as_[t][p] = p > 0 && counts_[p + 1] == counts_[p] ? same_as_[t][p - 1] : p;
      parallel_for(panels_, 1, [&](index_t panel, index_t) {
        const auto p = static_cast<std::size_t>(panel);
        if (same_as_[t][p] != p) return;
        auto& list = lists_[t][p];
        list.resize(counts_[p + 1] + 1);  // a place more, to write to without asking
        std::size_t n = 0;
        for (index_t r = 0; r < graph[t].rows(); ++r) {
          list[n] = static_cast<row_id>(r);
          n += sizes[t][static_cast<std::size_t>(r)] > panel * width ? 1U : 0U;
        }
        list.resize(n);
      });
    }
  }

  [[nodiscard]] row_list operator()(const bipartite_graph& graph, std::size_t t,
                                    index_t panel) const noexcept {
    if (all_[t]) return {{}, graph[t].rows()};
    return {lists_[t][same_as_[t][static_cast<std::size_t>(panel)]]};
  }

 private:
  index_t panels_ = 0;
  std::array<bool, 2> all_{};
  std::array<std::vector<std::vector<row_id>>, 2> lists_;  ///< [panels][rows wanted]
  std::array<std::vector<std::size_t>, 2> same_as_;        ///< [panels] whose list holds for it
  std::vector<std::size_t> counts_;
};

}  // namespace ciess::detail
