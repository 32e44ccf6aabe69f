// SPDX-License-Identifier: MIT
#include <ciess/backbone/detail/ridge_rows.hpp>
// its own header first
#include <ciess/core/random.hpp>
#include <ciess/core/threads.hpp>

#include <Eigen/LU>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using ciess::index_t;
using ciess::row_id;

template <class T>
ciess::basic_masked_table<T> drawn(index_t rows, int columns, std::uint64_t seed) {
  std::vector<int> each;
  for (index_t r = 0; r < rows; ++r) each.push_back(1 + static_cast<int>((r * 5) % columns));
  ciess::basic_masked_table<T> table(ciess::sizes(each, {1, columns}));
  table.draw(ciess::normal_rows{0.5}, ciess::random_stream(seed, ciess::purpose::user));
  return table;
}

/// Which of `others` rows each row is paired with, from none to all, and weights.
struct pair_lists {
  std::vector<std::vector<row_id>> of;
  std::vector<std::vector<float>> weights;

  pair_lists(index_t rows, index_t others) {
    auto engine = ciess::random_stream(3, ciess::purpose::user).at(0);
    for (index_t r = 0; r < rows; ++r) {
      of.emplace_back();
      weights.emplace_back();
      for (index_t c = 0; c < others; ++c)
        if (r == 1 || (r > 1 && ciess::bounded(engine, 3) == 0)) {
          of.back().push_back(static_cast<row_id>(c));
          weights.back().push_back(0.25F + 0.5F * static_cast<float>(ciess::bounded(engine, 8)));
        }
    }
  }
};

double penalty_of(index_t r) { return 0.4 + 0.1 * static_cast<double>(r); }

/// By plain loops and an inverse, in double.
template <class T>
std::vector<double> by_loops(const ciess::basic_masked_table<T>& other, int size, double unobserved,
                             const std::vector<row_id>& pairs, const std::vector<float>& weights,
                             double penalty) {
  Eigen::MatrixXd normal = Eigen::MatrixXd::Identity(size, size) * penalty;
  Eigen::VectorXd right = Eigen::VectorXd::Zero(size);
  for (index_t c = 0; c < other.rows(); ++c) {
    const Eigen::VectorXd h = other.values().row(c).head(size).transpose().template cast<double>();
    normal += unobserved * h * h.transpose();
    for (std::size_t k = 0; k < pairs.size(); ++k)
      if (pairs[k] == c) {
        const double weight = weights.empty() ? 1.0 : static_cast<double>(weights[k]);
        normal += weight * h * h.transpose();
        right += weight * h;
      }
  }
  const Eigen::VectorXd w = Eigen::FullPivLU<Eigen::MatrixXd>(normal).solve(right);
  return {w.data(), w.data() + size};
}

}  // namespace

TEMPLATE_TEST_CASE("each row is the solution of its own equations, in the numbers that it keeps",
                   "[backbone]", float, double) {
  // More of the other rows than are multiplied at a time, and no multiple of that.
  constexpr index_t rows = 21;
  constexpr index_t others = 600;
  const auto other = drawn<TestType>(others, 9, 1);
  const pair_lists pairs(rows, others);
  for (const bool weighted : {false, true})
    for (const double unobserved : {0.0, 0.3}) {
      auto table = drawn<TestType>(rows, 9, 2);
      const auto before = table;
      ciess::detail::ridge_rows<TestType> solver;
      const double missed = solver.solve(
          "row", table, other, unobserved,
          [&](index_t r) {
            const auto row = static_cast<std::size_t>(r);
            return ciess::detail::ridge_pairs{
                pairs.of[row],
                weighted ? std::span<const float>(pairs.weights[row]) : std::span<const float>{}};
          },
          penalty_of);
      double expected_missed = 0;
      for (index_t r = 0; r < rows; ++r) {
        const auto row = static_cast<std::size_t>(r);
        const std::vector<float> weights =
            weighted ? pairs.weights[row] : std::vector<float>(pairs.of[row].size(), 1.0F);
        const int size = before.row_sizes()[r];
        const auto expected =
            by_loops(other, size, unobserved, pairs.of[row], weights, penalty_of(r));
        // A float has 24 bits, and sums have up to 600 terms of about 1.
        const double tolerance = std::is_same_v<TestType, float> ? 2e-4 : 1e-10;
        for (int j = 0; j < 9; ++j)
          CHECK(static_cast<double>(table.values()(r, j)) ==
                Approx(j < size ? expected[static_cast<std::size_t>(j)] : 0.0).margin(tolerance));
        for (index_t c = 0; c < others; ++c) {
          double score = 0;
          for (int j = 0; j < size; ++j)
            score +=
                expected[static_cast<std::size_t>(j)] * static_cast<double>(other.values()(c, j));
          expected_missed += unobserved * score * score;
          for (std::size_t k = 0; k < pairs.of[row].size(); ++k)
            if (pairs.of[row][k] == c)
              expected_missed += static_cast<double>(weights[k]) * (1 - score) * (1 - score);
        }
      }
      CHECK(missed == Approx(expected_missed).epsilon(1e-5));
      CHECK((table.values().row(0).array() == TestType{0}).all());  // without a pair
    }
}

TEST_CASE("rows are solved to the same bytes at 1, 2 and 3 threads", "[backbone][threads]") {
  const auto other = drawn<float>(300, 16, 1);
  const pair_lists pairs(200, 300);
  std::vector<ciess::matrix> found;
  std::vector<double> missed;
  for (const int threads : {1, 2, 3}) {
    const ciess::threads pool(threads);
    auto table = drawn<float>(200, 16, 2);
    ciess::detail::ridge_rows<float> solver;
    for (int twice = 0; twice < 2; ++twice)  // memory of other sizes is used again
      missed.push_back(solver.solve(
          "row", table, other, 0.1,
          [&](index_t r) {
            const auto row = static_cast<std::size_t>(r);
            return ciess::detail::ridge_pairs{pairs.of[row], {}};
          },
          penalty_of));
    found.push_back(table.values());
  }
  CHECK(found[0] == found[1]);
  CHECK(found[0] == found[2]);
  for (const double m : missed) CHECK(m == missed.front());
}

TEST_CASE("rows that cannot be solved for are named, the first of them, and stay as they were",
          "[backbone][threads]") {
  // Two columns that are the same: without a penalty that a float can see they cannot be told
  // apart. Another row is paired with a number that is none, which Cholesky takes for a good one.
  constexpr index_t rows = 400;
  ciess::masked_table other(ciess::sizes(6, {2, 2}));
  for (index_t r = 0; r < 3; ++r) other[r][0] = other[r][1] = 1e4F * static_cast<float>(r + 1);
  other[3][0] = std::numeric_limits<float>::quiet_NaN();
  other[4][0] = other[4][1] = 3e38F;
  const std::vector<row_id> same{0, 1, 2};
  const std::vector<row_id> no_number{3};
  const std::vector<row_id> too_large{4};
  const std::vector<row_id> good{5};
  other[5][0] = 1;
  for (const auto* bad : {&same, &no_number, &too_large})
    for (const int threads : {1, 2}) {
      const ciess::threads pool(threads);
      ciess::masked_table table(ciess::sizes(rows, {2, 2}));
      for (index_t r = 0; r < rows; ++r) table[r][0] = 7;
      ciess::detail::ridge_rows<float> solver;
      CHECK_THROWS_WITH(solver.solve(
                            "user", table, other, 0.0,
                            [&](index_t r) {
                              return ciess::detail::ridge_pairs{r == 150 || r == 390 ? *bad : good,
                                                                {}};
                            },
                            [](index_t r) { return r == 150 || r == 390 ? 1e-9 : 1.0; }),
                        ContainsSubstring("user 150 have no solution"));
      for (index_t r = 0; r < rows; ++r) CHECK((table[r][0] == 7) == (r == 150 || r == 390));
    }
}
