// SPDX-License-Identifier: MIT
/// @file
/// The graph whose nodes are users and items and whose edges are their interactions.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ciess/core/index.hpp>
#include <ciess/data/interactions.hpp>

namespace ciess {

/// Users (table 0) and items (table 1) joined by their interactions, with the symmetric
/// normalisation of graph convolutions: A = D^-1/2 [0 R; R^T 0] D^-1/2. The weight of an edge is a
/// product of two numbers that belong to its ends, so none is stored. A row without neighbours
/// takes part with an empty sum. A view: the interactions must outlive it.
/// Source: Kipf and Welling, "Semi-supervised classification with graph convolutional networks",
/// ICLR 2017.
class bipartite_graph {
 public:
  /// The rows of one table and their neighbours in the other one.
  struct side {
    std::span<const std::int64_t> offsets;  ///< row r owns neighbours [offsets[r], offsets[r + 1])
    std::span<const row_id> neighbours;
    std::vector<index_t> cuts;  ///< rows where the chunks of a parallel loop begin, and rows()

    [[nodiscard]] index_t rows() const noexcept { return static_cast<index_t>(offsets.size()) - 1; }
    [[nodiscard]] index_t chunks() const noexcept { return static_cast<index_t>(cuts.size()) - 1; }
    [[nodiscard]] std::int64_t degree(index_t row) const noexcept {
      const auto r = static_cast<std::size_t>(row);
      return offsets[r + 1] - offsets[r];
    }
    /// The row's entry of D^-1/2; 1 without neighbours, where it multiplies nothing.
    template <class T>
    [[nodiscard]] T scale(index_t row) const noexcept {
      const auto d = degree(row);
      return d == 0 ? T{1} : T{1} / std::sqrt(static_cast<T>(d));
    }
  };

  explicit bipartite_graph(const interactions& data)
      : sides_{make_side(data.user_offsets(), data.items_by_user()),
               make_side(data.item_offsets(), data.users_by_item())} {}
  explicit bipartite_graph(const interactions&&) = delete;

  /// Table 0: users, table 1: items.
  [[nodiscard]] const side& operator[](std::size_t table) const noexcept { return sides_[table]; }

 private:
  /// Edges of a chunk, about; a row costs as much as `row_cost` edges besides its own.
  static constexpr std::int64_t chunk_edges = 32768;
  static constexpr std::int64_t row_cost = 8;

  static side make_side(std::span<const std::int64_t> offsets, std::span<const row_id> neighbours) {
    side s{offsets, neighbours, {0}};
    std::int64_t work = 0;
    for (index_t r = 0; r < s.rows(); ++r) {
      work += s.degree(r) + row_cost;
      if (work >= chunk_edges && r + 1 < s.rows()) {
        s.cuts.push_back(r + 1);
        work = 0;
      }
    }
    if (s.rows() > 0) s.cuts.push_back(s.rows());
    return s;
  }

  std::array<side, 2> sides_;
};

}  // namespace ciess
