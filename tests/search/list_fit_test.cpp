// SPDX-License-Identifier: MIT
#include <ciess/search/list_fit.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Dense>

#include <ciess/core/threads.hpp>
#include <ciess/search/kept_lists.hpp>
#include <ciess/search/vector_ways.hpp>

#include "support/catch.hpp"
#include "support/random_tables.hpp"
#include "support/ranking_data.hpp"

namespace {

using ciess::index_t;
using ciess::matrix;
using ciess::row_id;
using testing_support::make_interactions;
using testing_support::random_interactions;

/// Vectors of 16 columns that fall by a fifth each.
matrix falling(index_t rows, std::uint64_t seed) {
  matrix m = random_table(rows, {16, 16}, seed).values();
  for (index_t c = 0; c < m.cols(); ++c)
    m.col(c) *= static_cast<float>(std::pow(0.8, static_cast<double>(c)));
  return m;
}

struct drawn {
  ciess::interactions known = random_interactions(80, 200, 5, 3);
  ciess::interactions none = make_interactions(80, 200, {});
  ciess::vector_environment env{falling(80, 1), falling(200, 2), known, none};
};

ciess::assignment bytes_of(int users, int items) {
  return ciess::assignment(
      {ciess::sizes(80, {1, users}, users), ciess::sizes(200, {1, items}, items)});
}

double kept(const drawn& d, const ciess::coded_vectors& v) {
  const ciess::kept_lists lists(d.env, d.known, ciess::kept_lists::some_of(80), 20);
  return lists.share(v.users.view(), v.items.view());
}

}  // namespace

TEST_CASE("fitted rows minimise the weighted squares in the columns that they have", "[search]") {
  const matrix whole = falling(30, 1), others = falling(40, 2);
  const matrix stored = falling(40, 5).leftCols(6);
  const double weight = 7;
  std::vector<std::vector<row_id>> lists(30);
  for (row_id r = 1; r < 30; ++r)  // the first has none
    for (row_id j = r % 4; j < 40; j += 1 + r % 9) lists[static_cast<std::size_t>(r)].push_back(j);
  lists[14].clear();
  const bool ragged = GENERATE(false, true);
  const auto columns = [&](index_t r) { return ragged ? 1 + r % 6 : index_t{6}; };
  const matrix rows = ciess::detail::fit_rows(
      whole, others, stored, weight,
      [&](index_t r) { return std::span<const row_id>(lists[static_cast<std::size_t>(r)]); },
      columns);
  const double ridge = 1e-3 * double{stored.squaredNorm()} / 6;
  for (index_t r = 0; r < 30; ++r) {
    // All weights written out, by another solver.
    const index_t has = columns(r);
    const Eigen::MatrixXd s = stored.leftCols(has).cast<double>();
    Eigen::VectorXd w = Eigen::VectorXd::Ones(40);
    for (const row_id j : lists[static_cast<std::size_t>(r)]) w[j] += weight;
    const Eigen::VectorXd score = others.cast<double>() * whole.row(r).cast<double>().transpose();
    const Eigen::MatrixXd left =
        s.transpose() * w.asDiagonal() * s + ridge * Eigen::MatrixXd::Identity(has, has);
    const Eigen::VectorXd right = s.transpose() * w.asDiagonal() * score;
    const Eigen::VectorXd expected = left.fullPivLu().solve(right);
    CHECK((rows.row(r).head(has).cast<double>().transpose() - expected).norm() <=
          1e-5 * expected.norm());
    CHECK(rows.row(r).tail(6 - has).isZero(0));
  }
  // Of rows that are 0 nothing can be made.
  const matrix zeros = matrix::Zero(40, 6);
  CHECK(
      ciess::detail::fit_rows(
          whole, others, zeros, weight, [](index_t) { return std::span<const row_id>(); }, columns)
          .isZero());
}

TEST_CASE("fitted vectors keep more of the lists in the same bytes", "[search]") {
  const drawn d;
  const ciess::list_fit fit(d.env, d.known, {.top = 20});
  for (const int bytes : {1, 2, 4}) {
    const double cut =
        d.env.with_own_bits(bytes_of(bytes, bytes), [&](const auto& u, const auto& i) {
          const ciess::kept_lists lists(d.env, d.known, ciess::kept_lists::some_of(80), 20);
          return lists.share(u, i);
        });
    const auto fitted = fit.fit(bytes_of(bytes, bytes), 5);  // they have no order
    CHECK(kept(d, fitted) > cut);
  }
  // With bits for all there is nothing to gain, and hardly anything is lost.
  CHECK(kept(d, fit.fit(bytes_of(16, 16))) > 0.97);
}

TEST_CASE("rows of unequal bytes are fitted, too", "[search]") {
  const drawn d;
  const ciess::list_fit fit(d.env, d.known, {.top = 20});
  const ciess::assignment bytes({random_sizes(80, {1, 4}, 1), random_sizes(200, {1, 5}, 2)});
  const auto fitted = fit.fit(bytes, 5);
  CHECK(fitted.users.view().memory().values == bytes[0].total());
  CHECK(fitted.items.view().memory().values == bytes[1].total());
  const double cut = d.env.with_own_bits(bytes, [&](const auto& u, const auto& i) {
    const ciess::kept_lists lists(d.env, d.known, ciess::kept_lists::some_of(80), 20);
    return lists.share(u, i);
  });
  CHECK(kept(d, fitted) > cut);
}

TEST_CASE("what is fitted is stored as its bytes say, and is one of the ways", "[search]") {
  const drawn d;
  const ciess::list_fit fit(d.env, d.known);
  int fitted = 0;
  for (const auto& way : ciess::ways_to_store(d.env, 1000, ciess::stored_sides::both, &fit)) {
    const auto takes = ciess::with_stored(d.env, way, [](const auto& u, const auto& i) {
      return u.memory().total() + i.memory().total();
    });
    CHECK(takes <= 1000);
    CHECK(takes == ciess::stored_bytes(d.env, way, ciess::stored_sides::both));
    fitted += way.fitted ? 1 : 0;
  }
  CHECK(fitted == 6);  // without scales, with those of items, and of both
}

TEST_CASE("lists of some users are enough, and options are checked", "[search]") {
  const drawn d;
  const ciess::list_fit some(d.env, d.known, {.users = 10});
  CHECK(kept(d, some.fit(bytes_of(2, 2))) > 0.3);
  using options = ciess::list_fit_options;
  for (const options& o : {options{.top = 0}, options{.rounds = 0}, options{.users = 0}})
    CHECK_THROWS_AS(ciess::list_fit(d.env, d.known, o), ciess::argument_error);
  const ciess::list_fit fit(d.env, d.known);
  CHECK_THROWS_AS(fit.fit(bytes_of(17, 2)), ciess::argument_error);
  const ciess::vector_environment cosines(falling(80, 1), falling(200, 2), d.known, d.none,
                                          {.cosine = true});
  CHECK_THROWS_WITH(ciess::list_fit(cosines, d.known), ContainsSubstring("got cosines"));
  for (const double weight : {0.0, -1.0, std::nan("")})
    CHECK_THROWS_AS(fit.fit(bytes_of(2, 2), weight), ciess::argument_error);
}

TEST_CASE("fits are the same bytes at any number of threads", "[search][threads]") {
  const auto codes = [] {
    const drawn d;
    const ciess::list_fit fit(d.env, d.known);
    const auto v = fit.fit(bytes_of(3, 4));
    std::vector<std::uint8_t> all;
    for (const auto* t : {&v.users, &v.items}) {
      for (const auto b : t->view().parts().values) all.push_back(b.value);
      for (const auto step : t->view().parts().book->steps()) {
        all.push_back(static_cast<std::uint8_t>(step.bits));
        all.push_back(static_cast<std::uint8_t>(step.bits >> 8));
      }
    }
    return all;
  };
  const auto one = [&] {
    const ciess::threads pool(1);
    return codes();
  }();
  const ciess::threads pool(3);
  CHECK(codes() == one);
}
