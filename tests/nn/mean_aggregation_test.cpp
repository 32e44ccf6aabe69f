// SPDX-License-Identifier: MIT
#include <ciess/nn/mean_aggregation.hpp>

#include <vector>

#include <ciess/core/threads.hpp>
#include <ciess/data/synthetic.hpp>

#include "support/catch.hpp"

namespace {

using matrix = ciess::basic_matrix<double>;

/// Users 0 to 59, then items; the last of each have no interaction.
const ciess::interactions& data() {
  static const ciess::interactions made = [] {
    const auto all = ciess::make_synthetic(
                         {.users = 59, .items = 44, .interactions = 900, .factors = 4, .seed = 7})
                         .data;
    std::vector<ciess::interaction> pairs;
    for (ciess::row_id u = 0; u < 59; ++u)
      for (const ciess::row_id i : all.items_of(u)) pairs.push_back({u, i});
    return ciess::interactions(60, 45, pairs);
  }();
  return made;
}

/// D^-1 (B + I), entry by entry.
matrix dense() {
  const ciess::index_t users = data().users();
  const ciess::index_t n = users + data().items();
  matrix a = matrix::Identity(n, n);
  for (ciess::row_id u = 0; u < users; ++u)
    for (const ciess::row_id i : data().items_of(u)) a(u, users + i) = a(users + i, u) = 1;
  const Eigen::VectorXd rows = a.rowwise().sum();
  return rows.cwiseInverse().asDiagonal() * a;
}

matrix random_table(ciess::index_t columns) {
  auto engine = ciess::random_stream(8, ciess::purpose::user).at(0);
  matrix m(105, columns);
  for (double& x : m.reshaped()) x = ciess::uniform(engine, -1.0, 1.0);
  return m;
}

/// The matrix that an aggregation multiplies with now, column by column.
matrix of(ciess::mean_aggregation<double>& a) {
  matrix out(105, 105);
  a(matrix::Identity(105, 105), out, 105);
  return out;
}

}  // namespace

TEST_CASE("an aggregation is the mean over a row and its neighbours", "[nn]") {
  ciess::mean_aggregation<double> a{ciess::bipartite_graph(data())};
  CHECK(of(a).isApprox(dense(), 1e-14));
  const matrix in = random_table(20);
  for (const ciess::index_t columns : {1, 7, 8, 9, 20}) {
    matrix out = matrix::Constant(105, 24, 7);
    a(in, out, columns);
    CHECK(out.leftCols(columns).isApprox(dense() * in.leftCols(columns), 1e-13));
    CHECK((out.rightCols(24 - columns).array() == 7).all());  // not touched
    a.add_transposed(in, out, columns);
    CHECK(out.leftCols(columns).isApprox((dense() + dense().transpose()) * in.leftCols(columns),
                                         1e-13));
    CHECK((out.rightCols(24 - columns).array() == 7).all());
  }
  matrix same = in;
  a(same, same, 20);
  CHECK(same.isApprox(dense() * in, 1e-13));
}

TEST_CASE("a thinned aggregation leaves out entries, and its transpose the same ones", "[nn]") {
  ciess::mean_aggregation<double> a{ciess::bipartite_graph(data())};
  const ciess::random_stream stream(3, ciess::purpose::dropout);
  const ciess::dropout drop(0.25);
  const matrix whole = dense();
  const double scale = drop.scale<double>();
  matrix mean = matrix::Zero(105, 105);
  double left_out = 0;
  double entries = 0;
  const int draws = 200;
  for (int step = 0; step < draws; ++step) {
    a.thin(drop, stream, static_cast<std::uint64_t>(step));
    const matrix thin = of(a);
    mean += thin / draws;
    for (ciess::index_t r = 0; r < 105; ++r)
      for (ciess::index_t c = 0; c < 105; ++c)
        if (whole(r, c) > 0) {
          REQUIRE((thin(r, c) == 0 || std::abs(thin(r, c) - scale * whole(r, c)) < 1e-14));
          left_out += thin(r, c) == 0 ? 1 : 0;
          entries += 1;
        } else {
          REQUIRE(thin(r, c) == 0);
        }
    matrix transposed = matrix::Zero(105, 105);
    a.add_transposed(matrix::Identity(105, 105), transposed, 105);
    REQUIRE(transposed.isApprox(thin.transpose(), 1e-14));
  }
  // About 1,900 entries, 200 draws: one standard error of the share is 0.0007.
  CHECK(left_out / entries == Approx(0.25).margin(0.004));
  // Every entry keeps its expectation: 5 standard errors of a mean of 200 draws.
  for (ciess::index_t r = 0; r < 105; ++r)
    for (ciess::index_t c = 0; c < 105; ++c)
      if (whole(r, c) > 0) CHECK(mean(r, c) / whole(r, c) == Approx(1).margin(5 * 0.041));
  // The same address, the same choice; after `whole` nothing is left out.
  a.thin(drop, stream, 5);
  const matrix five = of(a);
  a.thin(drop, stream, 6);
  CHECK(of(a) != five);
  a.thin(drop, stream, 5);
  CHECK(of(a) == five);
  a.whole();
  CHECK(of(a).isApprox(whole, 1e-14));
}

TEST_CASE("an aggregation has the same bytes at two threads", "[nn][threads]") {
  const auto big = ciess::make_synthetic({.users = 900, .items = 700, .interactions = 40'000}).data;
  const auto run = [&] {
    ciess::mean_aggregation<float> a{ciess::bipartite_graph(big)};
    a.thin(ciess::dropout(0.1), ciess::random_stream(3, ciess::purpose::dropout), 4);
    auto engine = ciess::random_stream(8, ciess::purpose::user).at(0);
    ciess::matrix in(1600, 33);
    for (float& x : in.reshaped()) x = ciess::uniform(engine, -1.0F, 1.0F);
    ciess::matrix out(1600, 33);
    a(in, out, 33);
    a.add_transposed(in, out, 33);
    return out;
  };
  const auto serial = run();
  const ciess::threads pool{2};
  CHECK(run() == serial);
}

TEST_CASE("an aggregation refuses tables of another shape", "[nn]") {
  ciess::mean_aggregation<double> a{ciess::bipartite_graph(data())};
  matrix right(105, 4);
  matrix low(104, 4);
  CHECK_THROWS_AS(a(low, right, 4), ciess::argument_error);
  CHECK_THROWS_AS(a(right, low, 4), ciess::argument_error);
  CHECK_THROWS_AS(a(right, right, 5), ciess::argument_error);
  CHECK_THROWS_AS(a.add_transposed(right, low, 4), ciess::argument_error);
}
