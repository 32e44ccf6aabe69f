// SPDX-License-Identifier: MIT
/// @file
/// Hashing: rows of an embedding table that are made of fewer, shared ones, which learn.
#pragma once

#include <ciess/backbone/table_lens.hpp>
#include <ciess/core/error.hpp>
#include <ciess/core/parallel.hpp>
#include <ciess/core/random.hpp>
#include <ciess/core/types.hpp>
#include <ciess/embedding/assignment.hpp>
#include <ciess/embedding/masked_table.hpp>
#include <ciess/nn/adam.hpp>
#include <ciess/nn/learning_rate.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace ciess_bench {

/// Which shared rows a row is made of, with m buckets.
enum class sharing {
  modulo,             ///< row r is R[r % m]
  quotient_remainder  ///< row r is Q[r / m] * R[r % m], number by number: no two rows are the same
};

/// A `table_lens`: the network reads rows that are made of shared ones, by Adam at the model's
/// rate. The model's own numbers play no part and do not learn. Source of quotient and remainder:
/// Shi et al., "Compositional embeddings using complementary partitions for memory-efficient
/// recommendation systems", KDD 2020. Memory: 4 numbers for each shared one.
/// @tparam T  of the numbers
template <class T>
class basic_shared_rows_lens {
 public:
  /// The shared rows of one table.
  struct shared {
    ciess::basic_matrix<T> quotients;   ///< Q, [rows / m rounded up, d]; without rows for `modulo`
    ciess::basic_matrix<T> remainders;  ///< R, [m, d]
  };

  /// @param shapes     of the model, whose rows must stay at full size
  /// @param buckets    m of each table, >= 1
  /// @param deviation  of the first weights of a row that is made: > 0
  /// @throws ciess::argument_error if there is not one m >= 1 for each table, or the deviation is
  ///         not above 0
  basic_shared_rows_lens(std::span<const ciess::table_shape> shapes, sharing how,
                         std::span<const ciess::index_t> buckets, double deviation,
                         const ciess::learning_rate& rate, std::uint64_t seed)
      : how_{how}, rate_{rate} {
    if (shapes.size() != buckets.size())
      ciess::detail::throw_error<ciess::argument_error>(
          "shared_rows_lens: expected buckets of ", shapes.size(), " tables, got ", buckets.size());
    for (const ciess::index_t m : buckets)
      if (m < 1)
        ciess::detail::throw_error<ciess::argument_error>(
            "shared_rows_lens: expected 1 bucket or more, got ", m);
    if (!(deviation > 0 && std::isfinite(deviation)))
      ciess::detail::throw_error<ciess::argument_error>(
          "shared_rows_lens: expected a deviation above 0, got ", deviation);
    const bool product = how == sharing::quotient_remainder;
    for (std::size_t t = 0; t < shapes.size(); ++t) {
      const ciess::index_t m = buckets[t], d = shapes[t].range.max;
      const ciess::index_t quotients = product ? (shapes[t].rows + m - 1) / m : 0;
      const auto stream = ciess::random_stream(seed, ciess::purpose::weights).child(t);
      weights_.push_back(
          {drawn(quotients, d, {0.1}, stream.child(0)), drawn(m, d, {deviation}, stream.child(1))});
      // About 1, rows begin as R says. From two factors about 0, quality on MovieLens-1M (MF) rises
      // to three quarters of that, and falls again while it is trained.
      weights_.back().quotients.array() += T{1};
      for (auto* same : {&slopes_, &first_, &second_})
        same->push_back({zeros(quotients, d), zeros(m, d)});
    }
  }

  [[nodiscard]] std::vector<shared>& weights() noexcept { return weights_; }
  [[nodiscard]] const std::vector<shared>& weights() const noexcept { return weights_; }
  /// Slopes of the last loss by them.
  [[nodiscard]] const std::vector<shared>& slopes() const noexcept { return slopes_; }

  /// Writes the rows that shared ones make.
  /// @pre tables of the model's shapes, all rows at full size
  void look(std::int64_t, std::vector<ciess::basic_masked_table<T>>& tables) const {
    for (std::size_t t = 0; t < tables.size(); ++t) {
      const auto& [quotients, remainders] = weights_[t];
      const ciess::index_t m = remainders.rows();
      ciess::parallel_for(tables[t].rows(), grain, [&, t](auto first, auto last) {
        for (ciess::index_t r = first; r < last; ++r) {
          const std::span<T> row = tables[t][r];
          const T* const b = remainders.row(r % m).data();
          if (how_ == sharing::modulo) {
            std::copy_n(b, row.size(), row.begin());
            continue;
          }
          const T* const a = quotients.row(r / m).data();
          for (std::size_t j = 0; j < row.size(); ++j) row[j] = a[j] * b[j];
        }
      });
    }
  }

  /// Sums slopes by rows into those by shared rows, always in the order of the rows.
  void back(const std::vector<ciess::basic_masked_table<T>>&,
            std::vector<ciess::basic_matrix<T>>& slopes) {
    const bool product = how_ == sharing::quotient_remainder;
    for (std::size_t t = 0; t < slopes.size(); ++t) {
      const auto& [quotients, remainders] = weights_[t];
      const ciess::index_t rows = slopes[t].rows(), m = remainders.rows();
      ciess::parallel_for(m, grain, [&, t](auto first, auto last) {
        for (ciess::index_t b = first; b < last; ++b) {
          auto sum = slopes_[t].remainders.row(b);
          sum.setZero();
          for (ciess::index_t r = b; r < rows; r += m)
            add(slopes[t].row(r), product ? quotients.row(r / m).data() : nullptr, sum);
        }
      });
      ciess::parallel_for(quotients.rows(), 1, [&, t](auto first, auto last) {
        for (ciess::index_t a = first; a < last; ++a) {
          auto sum = slopes_[t].quotients.row(a);
          sum.setZero();
          for (ciess::index_t r = a * m; r < std::min(rows, (a + 1) * m); ++r)
            add(slopes[t].row(r), remainders.row(r % m).data(), sum);
        }
      });
      slopes[t].setZero();
    }
  }

  void learn(std::int64_t step) {
    const ciess::adam_step<T> adam({}, rate_.at(step), step + 1);
    for (std::size_t t = 0; t < weights_.size(); ++t) {
      learn(adam, weights_[t].quotients, slopes_[t].quotients, first_[t].quotients,
            second_[t].quotients);
      learn(adam, weights_[t].remainders, slopes_[t].remainders, first_[t].remainders,
            second_[t].remainders);
    }
  }

 private:
  static constexpr ciess::index_t grain = 64;

  static ciess::basic_matrix<T> zeros(ciess::index_t rows, ciess::index_t columns) {
    return ciess::basic_matrix<T>::Zero(rows, columns);
  }
  static ciess::basic_matrix<T> drawn(ciess::index_t rows, ciess::index_t columns,
                                      const ciess::normal_rows& init,
                                      const ciess::random_stream& stream) {
    ciess::basic_matrix<T> m(rows, columns);
    for (ciess::index_t r = 0; r < rows; ++r) {
      auto engine = stream.at(0, static_cast<std::uint64_t>(r));
      init(engine, std::span<T>(m.row(r).data(), static_cast<std::size_t>(columns)));
    }
    return m;
  }
  /// @param factor  by which each number is multiplied; null: 1
  static void add(const auto& slope, const T* factor, auto& sum) {
    for (ciess::index_t j = 0; j < sum.size(); ++j)
      sum[j] += factor == nullptr ? slope[j] : slope[j] * factor[j];
  }
  static void learn(const ciess::adam_step<T>& adam, ciess::basic_matrix<T>& weights,
                    const ciess::basic_matrix<T>& slopes, ciess::basic_matrix<T>& first,
                    ciess::basic_matrix<T>& second) {
    ciess::parallel_for(weights.rows(), grain, [&](auto begin, auto end) {
      const auto count = static_cast<std::size_t>((end - begin) * weights.cols());
      const ciess::index_t at = begin * weights.cols();
      adam(weights.data() + at, slopes.data() + at, first.data() + at, second.data() + at, count);
    });
  }

  sharing how_;
  ciess::learning_rate rate_;
  std::vector<shared> weights_, slopes_;  ///< [tables]
  std::vector<shared> first_, second_;    ///< Adam's moments
};

using shared_rows_lens = basic_shared_rows_lens<float>;

}  // namespace ciess_bench
