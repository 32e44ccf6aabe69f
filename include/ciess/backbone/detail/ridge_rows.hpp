// SPDX-License-Identifier: MIT
/// @file
/// Rows that are solved for while those of another table stand still.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>

#include <Eigen/Cholesky>

#include <ciess/core/error.hpp>
#include <ciess/core/index.hpp>
#include <ciess/core/lease.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/masked_table.hpp>

namespace ciess::detail {

/// Those of the other table that a row is paired with, and how much each pair weighs (empty: 1).
struct ridge_pairs {
  std::span<const row_id> others;
  std::span<const float> weights;
};

/// Solves for each row w_r of a table, in the numbers that it keeps, what is least of
///
///   sum over its pairs (r, c) of weight (1 - <w_r, h_c>)^2 + unobserved * sum over all c of
///   <w_r, h_c>^2 + penalty(r) * |w_r|^2
///
/// with the rows h_c of another table as they are. A row of size k costs k^2 flops a pair and k^3 /
/// 3 for the solution, whatever the other table keeps.
template <class T>
class ridge_rows {
  // Column-major: Eigen's Cholesky takes half the time that it takes by rows.
  using square = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

 public:
  /// Each row is solved alone, so bytes do not depend on how rows are shared out to threads.
  /// @param what     a row is called in messages
  /// @param solved   its rows are replaced
  /// @param other    [rows, as many columns as `solved`]
  /// @param pairs    callable (index_t row) -> ridge_pairs, asked from several threads
  /// @param penalty  callable (index_t row) -> double, above 0, asked likewise
  /// @returns what is least, without the penalty: the sum over all rows
  /// @throws numeric_error naming the first row whose equations have no solution in numbers of this
  ///         kind, because of rounding or of numbers that are too large; such rows stay as they
  ///         were, all others are new
  template <class Pairs, class Penalty>
  double solve(const char* what, basic_masked_table<T>& solved, const basic_masked_table<T>& other,
               double unobserved, Pairs&& pairs, Penalty&& penalty) {
    if (unobserved > 0) gram_of(other);
    constexpr index_t grain = 16;
    std::atomic<index_t> unsolved{solved.rows()};  // the first
    const double missed = parallel_reduce(
        solved.rows(), grain, 0.0,
        [&](index_t first, index_t last) {
          const typename lease_pool<workspace>::lease work(workspaces_);
          double sum = 0;
          for (index_t r = first; r < last; ++r)
            if (const auto m = row(solved[r], other, unobserved, pairs(r), penalty(r), *work))
              sum += *m;
            else
              for (index_t now = unsolved; r < now && !unsolved.compare_exchange_weak(now, r);) {
              }
          return sum;
        },
        [](double a, double b) { return a + b; });
    if (unsolved < solved.rows())
      throw_error<numeric_error>(
          "ials: the equations of ", what, " ", unsolved.load(),
          " have no solution in numbers of this kind: too small a penalty, or too large numbers");
    return missed;
  }

 private:
  static constexpr index_t block = 256;  ///< rows of the other table that are multiplied at a time

  struct workspace {
    basic_matrix<T> gathered;  ///< [block, d_max], in use [pairs, size]
    square normal;
    basic_vector<T> right;
    basic_vector<T> solution;
  };

  /// H^T H of the other table, its lower half. Sums of blocks of rows, in the order of the rows.
  void gram_of(const basic_masked_table<T>& other) {
    const index_t columns = other.columns();
    gram_.setZero(columns, columns);
    for (index_t first = 0; first < other.rows(); first += block)
      gram_.template selfadjointView<Eigen::Lower>().rankUpdate(
          other.values().middleRows(first, std::min(block, other.rows() - first)).transpose());
  }

  /// @returns what is missed; nothing if there is no solution, the row is as it was then
  std::optional<double> row(std::span<T> kept, const basic_masked_table<T>& other,
                            double unobserved, const ridge_pairs& pairs, double penalty,
                            workspace& work) const {
    const auto size = static_cast<index_t>(kept.size());
    Eigen::Map<basic_vector<T>> w(kept.data(), size);
    if (pairs.others.empty()) {  // nothing speaks against 0
      w.setZero();
      return 0.0;
    }
    if (work.normal.rows() < other.columns()) {
      work.normal.resize(other.columns(), other.columns());
      work.gathered.resize(block, other.columns());
      work.right.resize(other.columns());
      work.solution.resize(other.columns());
    }
    auto normal = work.normal.topLeftCorner(size, size);
    auto right = work.right.head(size);
    if (unobserved > 0)
      normal.template triangularView<Eigen::Lower>() =
          static_cast<T>(unobserved) * gram_.topLeftCorner(size, size);
    else
      normal.template triangularView<Eigen::Lower>().setZero();
    normal.diagonal().array() += static_cast<T>(penalty);
    right.setZero();
    double all = 0;  // of the pairs' weights
    for (std::size_t first = 0; first < pairs.others.size(); first += block) {
      const auto count =
          std::min<index_t>(block, static_cast<index_t>(pairs.others.size() - first));
      auto gathered = work.gathered.topLeftCorner(count, size);
      for (index_t k = 0; k < count; ++k) {
        const std::size_t p = first + static_cast<std::size_t>(k);
        gathered.row(k) = other.values().row(pairs.others[p]).head(size);
        if (pairs.weights.empty()) {
          right += gathered.row(k).transpose();
          all += 1;
          continue;
        }
        const T weight = pairs.weights[p];
        right += weight * gathered.row(k).transpose();
        gathered.row(k) *= std::sqrt(weight);
        all += static_cast<double>(weight);
      }
      normal.template selfadjointView<Eigen::Lower>().rankUpdate(gathered.transpose());
    }
    Eigen::Ref<square, 0, Eigen::OuterStride<>> in_place(normal);
    const Eigen::LLT<Eigen::Ref<square, 0, Eigen::OuterStride<>>> factor(in_place);
    auto solution = work.solution.head(size);
    solution = right;
    factor.solveInPlace(solution);
    // A pivot that is no number passes for a good one.
    if (factor.info() != Eigen::Success || !solution.allFinite()) return std::nullopt;
    w = solution;
    // At the least value the whole, with the penalty, is what the pairs weigh less <b, w>.
    return all - static_cast<double>(right.dot(w)) - penalty * static_cast<double>(w.squaredNorm());
  }

  square gram_;
  lease_pool<workspace> workspaces_;
};

}  // namespace ciess::detail
