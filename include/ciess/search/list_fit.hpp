// SPDX-License-Identifier: MIT
/// @file
/// Vectors of few bits that are fitted to the lists which the whole vectors give.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <ciess/backbone/axes.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/number_formats.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/data/interactions.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/fit_code_book.hpp>
#include <ciess/embedding/packed_table.hpp>
#include <ciess/ranking/rank.hpp>
#include <ciess/ranking/top_lists.hpp>
#include <ciess/search/kept_lists.hpp>
#include <ciess/search/vector_environment.hpp>

namespace ciess {

/// How vectors are fitted.
struct list_fit_options {
  int top = 50;            ///< items of a user's list
  int rounds = 2;          ///< in each the users are fitted to the items, then these to the users
  index_t users = 50'000;  ///< whose lists are looked at, at most: by chance, if there are more
};

/// Both tables as they are stored.
struct coded_vectors {
  packed_table<code_byte> users, items;
};

namespace detail {

/// a^T b in doubles, by blocks of rows: there is no whole copy.
[[nodiscard]] inline square_matrix products(const matrix_view& a, const matrix_view& b) {
  constexpr index_t block = 4096;
  square_matrix sum = square_matrix::Zero(a.cols(), b.cols());
  for (index_t r = 0; r < a.rows(); r += block) {
    const index_t count = std::min(block, a.rows() - r);
    sum.noalias() +=
        a.middleRows(r, count).cast<double>().transpose() * b.middleRows(r, count).cast<double>();
  }
  return sum;
}

/// Rows that give scores with the rows of another table, by weighted least squares: row r minimises
/// sum_j w_rj (row . other_j - score_rj)^2, w_rj being 1 + weight for j in list r, else 1, and a
/// little |row|^2 beside; of its columns only the first are not 0.
/// @param whole    whole vectors of these rows, and of the others: their products are the scores
/// @param others   as they are stored, [n, k]
/// @param list     `list(r)`: the j with the weight, rising
/// @param columns  `columns(r)`: how many of the k a row has, 1 or more
/// @returns [rows, k]
/// O(rows (d k + k^3 / 3 + list (k^2 + d))), in doubles
template <class List, class Columns>
[[nodiscard]] matrix fit_rows(const matrix_view& whole, const matrix_view& whole_others,
                              const matrix& others, double weight, List&& list, Columns&& columns) {
  const index_t k = others.cols();
  square_matrix all = products(others, others);
  constexpr double ridge = 1e-3;  // of the mean of the diagonal: as many rows as columns may do
  all.diagonal().array() += ridge * all.trace() / static_cast<double>(k);
  matrix rows = matrix::Zero(whole.rows(), k);
  if (!(all.trace() > 0)) return rows;
  const square_matrix scores = products(whole_others, others);  // [d, k]
  // Of fewer columns the factor is its first rows and columns.
  const square_matrix of_all = square_matrix(Eigen::LLT<square_matrix>(all).matrixL());
  parallel_for(whole.rows(), 64, [&](index_t first, index_t last) {
    square_matrix left(k, k);
    basic_vector<double> row(whole.cols()), right(k), other(k);
    for (index_t r = first; r < last; ++r) {
      const index_t has = columns(r);
      row = whole.row(r).cast<double>();
      right.head(has).noalias() = scores.leftCols(has).transpose() * row;
      const std::span<const row_id> listed = list(r);
      if (listed.empty()) {
        const auto factor = of_all.topLeftCorner(has, has).template triangularView<Eigen::Lower>();
        factor.solveInPlace(right.head(has));
        factor.transpose().solveInPlace(right.head(has));
        rows.row(r).head(has) = right.head(has).template cast<float>();
        continue;
      }
      auto some = left.topLeftCorner(has, has);
      some = all.topLeftCorner(has, has);
      for (const row_id j : listed) {
        const double score = row.dot(whole_others.row(j).cast<double>());
        other.head(has) = others.row(j).head(has).template cast<double>();
        some.template selfadjointView<Eigen::Lower>().rankUpdate(other.head(has), weight);
        right.head(has) += weight * score * other.head(has);
      }
      const Eigen::LLT<Eigen::Ref<square_matrix>> solver(some);  // in place
      solver.solveInPlace(right.head(has));
      rows.row(r).head(has) = right.head(has).template cast<float>();
    }
  });
  return rows;
}

}  // namespace detail

/// Fits vectors with bits by column so that their products come near those of the whole vectors,
/// above all where a user's best items are: alternating least squares, each side against the other
/// one as it is stored. Needs no interactions but those that lists leave out, and no training.
class list_fit {
 public:
  /// Ranks for the users with all columns; for fewer than `o.users`, but 2,000, if that would be
  /// more than 2e12 operations.
  /// @param env    must outlive this
  /// @param known  pairs that lists leave out
  /// @throws argument_error if an option is out of range, or if scores are cosines: what is fitted
  /// has
  ///         other lengths
  list_fit(const vector_environment& env, const interactions& known, const list_fit_options& o = {})
      : env_{&env}, options_{o} {
    if (o.top < 1 || o.rounds < 1 || o.users < 1)
      detail::throw_error<argument_error>("list_fit: expected top, rounds and users above 0, got ",
                                          o.top, ", ", o.rounds, " and ", o.users);
    if (env.cosine())
      detail::throw_error<argument_error>("list_fit: expected inner products, got cosines");
    const auto [items, columns] = std::pair(env.shapes()[1].rows, env.shapes()[1].range.max);
    const double of_user = 2.0 * static_cast<double>(std::max<index_t>(items, 1)) * columns;
    const auto affordable = static_cast<index_t>(std::clamp(2e12 / of_user, 2000.0, 1e9));
    // Drawn apart from those whose lists are compared: of these no more are fitted than of all.
    const auto who = kept_lists::some_of(known.users(), std::min(o.users, affordable), 2);
    top_lists best(std::ssize(who), o.top);
    rank_products(env.full_table(0), env.full_table(1), known, who, o.top, best);
    std::vector<interaction> pairs;
    for (std::size_t p = 0; p < who.size(); ++p)
      for (const row_id item : best[static_cast<index_t>(p)]) pairs.push_back({who[p], item});
    lists_ = interactions(known.users(), known.items(), pairs);
  }
  list_fit(const vector_environment&&, const interactions&, const list_fit_options& = {}) = delete;

  /// @param bytes   of rows, see `vector_environment::own_bits`; a row of fewer than all is fitted
  /// in
  ///                the columns that it has
  /// @param weight  how much more the score of an item of a list counts than any other: of vectors
  ///                of recommenders 100 is good, of vectors without any order 5
  /// @param scales  which tables have a scale for each row
  /// @throws as that, argument_error if the weight is not above 0; numeric_error as `packed_table`
  /// Each round O(rows k^3 + lists k^2) for k columns, in doubles
  [[nodiscard]] coded_vectors fit(const assignment& bytes, double weight = 100,
                                  const scaled_tables& scales = {}) const {
    if (!(weight > 0) || !std::isfinite(weight))
      detail::throw_error<argument_error>("list_fit: expected a weight above 0, got ", weight);
    const auto bits = env_->own_bits(bytes, scales);
    coded_vectors stored{{}, pack_own_bits(bytes[1], bits[1], env_->full_table(1), scales[1])};
    const std::array of_bytes{detail::columns_of_bytes(bits[0]), detail::columns_of_bytes(bits[1])};
    const auto fitted = [&](std::size_t t, const matrix& others, auto&& list) {
      const auto columns = [&](index_t r) {
        return of_bytes[t][static_cast<std::size_t>(bytes[t][r])];
      };
      const matrix_view whole = env_->full_table(t), whole_others = env_->full_table(1 - t);
      const matrix rows = detail::fit_rows(whole, whole_others, others, weight, list, columns);
      const auto row = [&](index_t r) {  // what a row has not is no 0 that a step should suit
        return std::span<const float>(rows.row(r).data(), static_cast<std::size_t>(columns(r)));
      };
      return packed_table<code_byte>(
          bytes[t], row, fit_code_book(rows.rows(), row, bits[t], scales[t]), scales[t]);
    };
    for (int round = 0; round < options_.rounds; ++round) {
      stored.users = fitted(0, stored.items.view().dense(),
                            [&](index_t u) { return lists_.items_of(static_cast<row_id>(u)); });
      stored.items = fitted(1, stored.users.view().dense(),
                            [&](index_t i) { return lists_.users_of(static_cast<row_id>(i)); });
    }
    return stored;
  }

 private:
  const vector_environment* env_;
  list_fit_options options_;
  interactions lists_;  ///< the best items of users
};

}  // namespace ciess
