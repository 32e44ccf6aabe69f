// SPDX-License-Identifier: MIT
/// @file
/// The k best items of many users, or of one, from packed tables.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/packed_row.hpp>
#include <ciess/embedding/packed_view.hpp>
#include <ciess/ranking/detail/packed_ranker.hpp>
#include <ciess/ranking/detail/rank_in_tasks.hpp>
#include <ciess/ranking/detail/score_tile.hpp>
#include <ciess/ranking/packed_choice.hpp>
#include <ciess/ranking/rank.hpp>
#include <ciess/ranking/top_k.hpp>

namespace ciess {
namespace detail {

/// Rows of a dense matrix as `packed_ranker` reads them.
struct dense_vectors {
  const matrix_view& rows;

  [[nodiscard]] index_t size(index_t) const noexcept { return rows.cols(); }
  void copy(index_t u, std::span<float> out) const noexcept {
    std::copy_n(rows.row(u).data(), rows.cols(), out.begin());
  }
};

/// The same of chosen rows of a packed table.
template <packed_number N>
struct packed_vectors {
  const packed_view<N>& rows;
  std::span<const row_id> which;

  [[nodiscard]] index_t size(index_t u) const noexcept { return rows.size(row(u)); }
  void copy(index_t u, std::span<float> out) const { rows[row(u)].copy_to(out); }
  [[nodiscard]] index_t row(index_t u) const noexcept { return which[static_cast<std::size_t>(u)]; }
};

/// Vectors of the users from `first` on.
template <class Vector>
struct vectors_from {
  const Vector& all;
  index_t first;

  [[nodiscard]] index_t size(index_t u) const noexcept { return all.size(first + u); }
  void copy(index_t u, std::span<float> out) const { all.copy(first + u, out); }
};

/// Ranks for the users 0 ... count - 1 of `vectors`: in parallel over blocks of them and, where
/// those are too few for all threads, over ranges of items, too.
/// @param excluded  `excluded(u)`: items in rising order
/// @param name      `name(u)`: what a message calls user u
template <packed_number N, class Vectors, class Excluded, class Name, class Take>
void rank_packed(const packed_view<N>& items, const chosen_items& chosen, index_t count, int k,
                 const Vectors& vectors, Excluded&& excluded, Name&& name, Take&& take) {
  // So many that it costs little to decode a chunk; at most 4 MB of candidates and of vectors.
  const index_t most = std::clamp(
      std::min((index_t{1} << 19) / (2 * index_t{k} + 64), (index_t{1} << 20) / items.columns()),
      tile_users, index_t{384});
  const index_t blocks = (count + most - 1) / most;
  const index_t block = blocks == 0 ? 1 : (count + blocks - 1) / blocks;
  rank_in_tasks(
      {.users = count, .items = chosen.count(), .k = k, .block = block},
      [&] { return packed_ranker<N>(items, chosen, block, k); },
      [&](packed_ranker<N>& ranker, const rank_task& task, auto&& put, auto&& bad) {
        ranker(
            task.users, task.first_item, task.last_item,
            vectors_from<Vectors>{vectors, task.first_user},
            [&](index_t u) { return excluded(task.first_user + u); }, put, bad);
      },
      name, take);
}

inline void check_columns(const char* who, index_t users, index_t items) {
  if (users != items)
    throw_error<argument_error>(who, ": user vectors have ", users, " columns, item vectors ",
                                items);
}

/// @throws argument_error if excluded items are not of all queries, or out of range or order
inline void check_excluded(const char* who, index_t queries,
                           std::span<const std::span<const row_id>> excluded, index_t items) {
  if (!excluded.empty() && std::ssize(excluded) != queries)
    throw_error<argument_error>(who, ": expected excluded items of ", queries, " queries, got ",
                                excluded.size());
  for (std::size_t q = 0; q < excluded.size(); ++q)
    for (std::size_t i = 0; i < excluded[q].size(); ++i)
      if (excluded[q][i] < (i == 0 ? 0 : excluded[q][i - 1] + 1) || excluded[q][i] >= items)
        throw_error<argument_error>(who, ": excluded items of query ", q, " must rise in [0, ",
                                    items, "), got ", excluded[q][i]);
}

}  // namespace detail

/// Ranks all items of a packed table for some users of another one by inner products and hands over
/// the k best of each. The table stays packed: a thread decodes at most 2,048 items at a time,
/// for up to 384 users. A score costs about as many multiplications as the smaller of both rows
/// keeps numbers; it is summed from the first column to the last, so it and the lists are those of
/// `rank_products` on the two dense tables. The same bytes at any number of threads.
/// A thread owns about 1 MB for decoded items and up to 4 MB each for user vectors and candidates.
/// @param users, items  tables of all users and all items, with the same d_max
/// @param seen  interactions that must not be recommended again
/// @param who   users to rank for, in rising order
/// @param take  `take(position, best)` is called once for each position in `who`, from several
///              threads at once; `best`, a `std::span<const scored_item>`, dies with the call
/// @param choice  of the items: what is not among them hardly costs time
/// @throws argument_error before any call of `take` if shapes do not fit, k < 1, or `who` or
///         `choice` is out of range or order
/// @throws numeric_error if a score is NaN, naming user and item
/// @throws data_error if a view says that a row is not among its values
template <packed_number N, packed_number M, class Take>
void rank_packed(const packed_view<N>& users, const packed_view<M>& items, const interactions& seen,
                 std::span<const row_id> who, int k, Take&& take,
                 const packed_choice& choice = {}) {
  detail::check_columns("rank_packed", users.columns(), items.columns());
  detail::check_shape("rank_packed", users.rows(), items.rows(), seen);
  detail::check_users(who, users.rows());
  detail::check_choice("rank_packed", choice, items.rows());
  const detail::chosen_items chosen(choice, items.rows());
  k = detail::list_length("rank_packed", k, chosen.count());
  const auto user = [&](index_t p) { return who[static_cast<std::size_t>(p)]; };
  detail::rank_packed(
      items, chosen, std::ssize(who), k, detail::packed_vectors<N>{users, who},
      [&](index_t p) { return seen.items_of(user(p)); }, user, take);
}

/// The same for vectors of any origin, as a server has them: one user or many.
/// @param queries   [n, d_max of the items]
/// @param excluded  for each query the items not to choose, in rising order; or none at all: {}
/// @param choice  of the items
/// @throws argument_error before any call of `take` if shapes do not fit, k < 1, or `excluded` or
///         `choice` is out of range or order
template <packed_number N, class Take>
void rank_packed(const matrix_view& queries, const packed_view<N>& items,
                 std::span<const std::span<const row_id>> excluded, int k, Take&& take,
                 const packed_choice& choice = {}) {
  detail::check_columns("rank_packed", queries.cols(), items.columns());
  detail::check_excluded("rank_packed", queries.rows(), excluded, items.rows());
  detail::check_choice("rank_packed", choice, items.rows());
  const detail::chosen_items chosen(choice, items.rows());
  k = detail::list_length("rank_packed", k, chosen.count());
  detail::rank_packed(
      items, chosen, queries.rows(), k, detail::dense_vectors{queries},
      [&](index_t q) {
        return excluded.empty() ? std::span<const row_id>{} : excluded[static_cast<std::size_t>(q)];
      },
      [](index_t q) { return static_cast<row_id>(q); }, take);
}

}  // namespace ciess
